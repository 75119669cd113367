//! A trait per operation. A connector implements those that its party has, and names them in `register!`.

use caravan_model::{Batch, FreightInvoice, Outgoing, Reference, SettledBill, Tender, Verdict};

use crate::{Context, Document, Failure, Host, Outcome};

/// Asks the party where shipments are.
pub trait Tracking {
    /// One result a query, in the order of the queries; asks as few times as the party's API allows.
    fn track(
        host: &dyn Host,
        context: &Context,
        queries: &[Reference],
    ) -> Vec<Result<Batch, Failure>>;
}

/// Reads a document that the party sent.
pub trait Files {
    /// Holds the position in the document between portions.
    type Reader: Reader;

    /// Looks at the document's beginning and prepares to read it.
    ///
    /// # Errors
    /// `Unreadable` when it is not the message named by `context.message` at all.
    fn open(
        host: &dyn Host,
        context: &Context,
        document: Box<dyn Document>,
    ) -> Result<Self::Reader, Failure>;
}

/// A document being read, portion by portion.
pub trait Reader {
    /// The next portion, about 500 records; `Batch::done` is set on the last.
    /// Not called again after the last portion or a failure.
    ///
    /// # Errors
    /// Only when nothing more of the document can be read; one bad segment is a reject in the batch.
    fn next(&mut self, host: &dyn Host) -> Result<Batch, Failure>;
}

/// What the party posted to us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebhookRequest {
    /// Method, upper case.
    pub method: String,
    /// Path below the connection's address.
    pub path: String,
    /// Query parameters, decoded.
    pub query: Vec<(String, String)>,
    /// Headers as received.
    pub headers: Vec<(String, String)>,
    /// Body, document 0 of the call.
    pub body: Vec<u8>,
}

impl WebhookRequest {
    /// The first header of that name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name))?;
        Some(found.1.as_str())
    }
}

/// What to answer, when an empty 200 is not right for the party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookReply {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// A webhook call, verified and read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebhookDelivery {
    /// Records and rejects.
    pub batch: Batch,
    /// None: the host answers 200 with an empty body. Sent once the records are durable.
    pub reply: Option<WebhookReply>,
}

/// Verifies and reads what the party posts to us.
pub trait Webhooks {
    /// Verifies the sender first, then reads.
    ///
    /// # Errors
    /// `Auth` when the signature or the shared secret is wrong; `Unreadable` when the body is not the party's message.
    fn receive(
        host: &dyn Host,
        context: &Context,
        request: &WebhookRequest,
    ) -> Result<WebhookDelivery, Failure>;
}

/// Writes what we send to the party.
pub trait Documents {
    /// The acknowledgement (997, CONTRL, SYSTAT01) of one document, whose verdicts come in document order.
    /// `control_number` is ours, unique for the connection.
    /// Empty when the sender asked for none or the dialect has none.
    ///
    /// # Errors
    /// `InvalidRequest` when the verdicts do not hold what the dialect needs.
    fn acknowledge(
        host: &dyn Host,
        context: &Context,
        control_number: u32,
        verdicts: &[Verdict],
    ) -> Result<Vec<Outgoing>, Failure>;
}

/// A page of orders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Records and rejects.
    pub batch: Batch,
    /// Where the next fetch goes on; opaque to the hub.
    pub cursor: Vec<u8>,
    /// Whether there is more right now.
    pub more: bool,
}

/// Fetches orders from an ERP that has to be asked.
pub trait Orders {
    /// The page after `cursor` (empty at first).
    ///
    /// # Errors
    /// When the ERP does not answer with a page.
    fn fetch(host: &dyn Host, context: &Context, cursor: &[u8]) -> Result<Page, Failure>;
}

/// What became of a handed-over bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Whether the ERP took it.
    pub outcome: Outcome,
    /// The ERP's document number.
    pub number: Option<String>,
    /// The ERP's own words.
    pub message: Option<String>,
}

/// Hands a settled freight bill to an ERP.
pub trait Invoices {
    /// `idempotency_key` is the same over all retries of one hand-over.
    ///
    /// # Errors
    /// When nothing was sent; once something may have been sent, answer with `Outcome::Unknown` instead.
    fn submit(
        host: &dyn Host,
        context: &Context,
        invoice: &FreightInvoice,
        idempotency_key: &str,
    ) -> Result<Submission, Failure>;
}

/// Offers loads to a carrier, or takes offers back. The answer comes as a document, a `TenderResponse`.
pub trait Tenders {
    /// The messages (X12 204) that bring the tender to the carrier; the hub sees to it that they leave once.
    ///
    /// # Errors
    /// `InvalidRequest` names each field that the dialect cannot carry or needs and does not have.
    fn offer(host: &dyn Host, context: &Context, tender: &Tender)
    -> Result<Vec<Outgoing>, Failure>;
}

/// Hands settled freight bills to an ERP as messages.
pub trait Settlements {
    /// The messages (INVOIC02) that bring the bill into the books; the hub sees to it that they leave once.
    ///
    /// # Errors
    /// `InvalidRequest` names each field that the dialect cannot carry or needs and does not have.
    fn hand_over(
        host: &dyn Host,
        context: &Context,
        bill: &SettledBill,
    ) -> Result<Vec<Outgoing>, Failure>;
}
