//! What a call carries in and what an operation gives back, apart from the canonical records.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use caravan_model::Batch;

use crate::{Class, Services};

/// What a call is about; the connector sees all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The connection's id, opaque to the connector.
    pub connection: String,
    /// The expected message kind (`x12/214`), when known.
    pub message: Option<String>,
    /// Milliseconds that remain; the sandbox lowers it to the class's wall limit.
    pub deadline_ms: u32,
    /// Milliseconds since 1970 UTC; the only time that a mapping sees.
    pub now_ms: i64,
    /// W3C trace id, 32 hex digits.
    pub trace_id: String,
    /// Nothing in the world may change.
    pub dry_run: bool,
}

/// One call: context, limits, and what the connector may ask.
#[derive(Clone)]
pub struct Call {
    /// What the call is about.
    pub context: Context,
    /// Which limits apply.
    pub class: Class,
    /// Who answers the connector's questions.
    pub services: Arc<dyn Services>,
    /// The party's profile as JSON.
    pub profile: Arc<[u8]>,
    /// The connection's non-secret settings.
    pub settings: Arc<BTreeMap<String, String>>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("context", &self.context)
            .field("class", &self.class)
            .field("profile_bytes", &self.profile.len())
            .finish_non_exhaustive()
    }
}

/// Which optional operations a connector has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag per optional interface of the contract"
)]
pub struct Operations {
    /// Asks the party where shipments are.
    pub tracking: bool,
    /// Reads documents.
    pub files: bool,
    /// Verifies and reads what the party posts.
    pub webhooks: bool,
    /// Writes acknowledgements.
    pub documents: bool,
    /// Fetches orders.
    pub orders: bool,
    /// Hands over settled freight bills.
    pub invoices: bool,
    /// Offers loads to the party.
    pub tenders: bool,
    /// Hands over settled freight bills as messages.
    pub settlements: bool,
}

/// Who a connector says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// Its folder's name.
    pub id: String,
    /// Its own version.
    pub version: String,
    /// For people.
    pub title: String,
    /// Message kinds that it understands, `dialect/message`.
    pub messages: Vec<String>,
}

/// A request that the party posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRequest {
    /// Method, upper case.
    pub method: String,
    /// Path below the connection's webhook address.
    pub path: String,
    /// Query pairs, decoded.
    pub query: Vec<(String, String)>,
    /// Header pairs, lower-case names.
    pub headers: Vec<(String, String)>,
    /// Raw body.
    pub body: Vec<u8>,
}

/// What the party gets back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookReply {
    /// Status code.
    pub status: u16,
    /// Header pairs.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// What a webhook request held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Records and rejects.
    pub batch: Batch,
    /// `None`: 200 with an empty body once the records are durable.
    pub reply: Option<WebhookReply>,
}
