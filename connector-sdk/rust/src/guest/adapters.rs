//! Our traits as the exported interfaces: one adapter type, generic over the connector's own.

use core::cell::RefCell;
use core::marker::PhantomData;

use super::base::caravan::connector::{blobs, types};
use super::base::exports::caravan::connector::meta;
use super::documents::exports::caravan::connector::documents;
use super::files::exports::caravan::connector::files;
use super::invoices::exports::caravan::connector::invoices;
use super::orders::exports::caravan::connector::orders;
use super::settlements::exports::caravan::connector::settlements;
use super::tenders::exports::caravan::connector::tenders;
use super::tracking::exports::caravan::connector::tracking;
use super::webhooks::exports::caravan::connector::webhooks;
use super::{GuestHost, wire};

/// Exports the connector's `T`.
pub struct Adapter<T>(PhantomData<T>);

/// Turns our descriptor into the contract's.
pub fn descriptor(ours: crate::Descriptor) -> meta::Descriptor {
    let crate::Descriptor { id, version, title, messages } = ours;
    meta::Descriptor { id, version, title, messages }
}

impl<T: crate::Tracking> tracking::Guest for Adapter<T> {
    fn track(
        context: types::Context,
        queries: Vec<types::Reference>,
    ) -> Vec<Result<types::Batch, types::Failure>> {
        let queries: Vec<_> = queries.into_iter().map(wire::reference_in).collect();
        T::track(&GuestHost, &wire::context(context), &queries)
            .into_iter()
            .map(|answer| answer.map(wire::batch).map_err(wire::failure))
            .collect()
    }
}

/// A reader behind the resource's shared reference; calls never overlap in one instance.
pub struct ReaderAdapter<R>(RefCell<R>);

impl<R: crate::Reader + 'static> files::GuestReader for ReaderAdapter<R> {
    fn next(&self) -> Result<types::Batch, types::Failure> {
        self.0.borrow_mut().next(&GuestHost).map(wire::batch).map_err(wire::failure)
    }
}

impl<T: crate::Files + 'static> files::Guest for Adapter<T>
where
    T::Reader: 'static,
{
    type Reader = ReaderAdapter<T::Reader>;

    fn open(
        context: types::Context,
        document: blobs::Blob,
    ) -> Result<files::Reader, types::Failure> {
        T::open(&GuestHost, &wire::context(context), Box::new(document))
            .map(|reader| files::Reader::new(ReaderAdapter(RefCell::new(reader))))
            .map_err(wire::failure)
    }
}

impl<T: crate::Webhooks> webhooks::Guest for Adapter<T> {
    fn receive(
        context: types::Context,
        request: webhooks::Request,
    ) -> Result<webhooks::Delivery, types::Failure> {
        let webhooks::Request { method, path, query, headers, body } = request;
        let request = crate::WebhookRequest { method, path, query, headers, body };
        let delivery = T::receive(&GuestHost, &wire::context(context), &request);
        let delivery = delivery.map_err(wire::failure)?;
        let reply = delivery.reply.map(|reply| {
            let crate::WebhookReply { status, headers, body } = reply;
            webhooks::Reply { status, headers, body }
        });
        Ok(webhooks::Delivery { batch: wire::batch(delivery.batch), reply })
    }
}

impl<T: crate::Documents> documents::Guest for Adapter<T> {
    fn acknowledge(
        context: types::Context,
        acknowledgement: documents::Acknowledgement,
    ) -> Result<Vec<types::Outgoing>, types::Failure> {
        let verdicts: Vec<_> = acknowledgement.verdicts.into_iter().map(wire::verdict_in).collect();
        let control_number = acknowledgement.control_number;
        T::acknowledge(&GuestHost, &wire::context(context), control_number, &verdicts)
            .map(|messages| messages.into_iter().map(wire::outgoing).collect())
            .map_err(wire::failure)
    }
}

impl<T: crate::Orders> orders::Guest for Adapter<T> {
    fn fetch(context: types::Context, cursor: Vec<u8>) -> Result<orders::Page, types::Failure> {
        let page = T::fetch(&GuestHost, &wire::context(context), &cursor);
        let crate::Page { batch, cursor, more } = page.map_err(wire::failure)?;
        Ok(orders::Page { batch: wire::batch(batch), cursor, more })
    }
}

impl<T: crate::Invoices> invoices::Guest for Adapter<T> {
    fn submit(
        context: types::Context,
        invoice: types::FreightInvoice,
        idempotency_key: String,
    ) -> Result<invoices::Submission, types::Failure> {
        let invoice = wire::freight_invoice_in(invoice);
        let submission = T::submit(&GuestHost, &wire::context(context), &invoice, &idempotency_key);
        let crate::Submission { outcome, number, message } = submission.map_err(wire::failure)?;
        Ok(invoices::Submission { outcome: wire::outcome(outcome), number, message })
    }
}

impl<T: crate::Tenders> tenders::Guest for Adapter<T> {
    fn offer(
        context: types::Context,
        tender: types::Tender,
    ) -> Result<Vec<types::Outgoing>, types::Failure> {
        T::offer(&GuestHost, &wire::context(context), &wire::tender_in(tender))
            .map(|messages| messages.into_iter().map(wire::outgoing).collect())
            .map_err(wire::failure)
    }
}

impl<T: crate::Settlements> settlements::Guest for Adapter<T> {
    fn hand_over(
        context: types::Context,
        bill: types::SettledBill,
    ) -> Result<Vec<types::Outgoing>, types::Failure> {
        T::hand_over(&GuestHost, &wire::context(context), &wire::settled_bill_in(bill))
            .map(|messages| messages.into_iter().map(wire::outgoing).collect())
            .map_err(wire::failure)
    }
}
