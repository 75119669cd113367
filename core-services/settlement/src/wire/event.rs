//! The data of the events that this service makes.
//!
//! WHEN CHANGING THIS: a written event is read for years; add fields, never rename them.

use caravan_events::{Envelope, Kind};
use caravan_model::{TenantId, TraceId};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::contract::Terms;
use super::invoice::{InvoiceOut, MatchOut};
use super::settled::{Settled, SettledApproval};
use super::{amount, utc};
use crate::store::approvals::Approval;
use crate::store::invoices::Invoice;

/// Who and when: what every event of ours has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) tenant: TenantId,
    pub(crate) trace: Option<TraceId>,
    pub(crate) now_ms: i64,
}

/// The data of `caravan.rate-contract.published`.
#[derive(Serialize)]
struct ContractPublished<'a> {
    contract_id: Uuid,
    version: i32,
    published_at: String,
    #[serde(flatten)]
    terms: &'a Terms,
}

/// A version was published. None when it cannot be written as JSON, which texts and numbers always can.
pub(crate) fn published(stamp: Stamp, id: Uuid, version: i32, terms: &Terms) -> Option<Envelope> {
    let data =
        ContractPublished { contract_id: id, version, published_at: utc(stamp.now_ms), terms };
    let data = serde_json::to_string(&data).ok()?;
    let (key, cause) = (id.to_string(), format!("{id}/{version}"));
    Some(envelope(stamp, Kind::RATE_CONTRACT_PUBLISHED, key, &cause, data))
}

/// A bill was compared: its outcome and lines.
pub(crate) fn matched(stamp: Stamp, invoice: &Invoice, found: &MatchOut) -> Envelope {
    of_invoice(stamp, Kind::FREIGHT_INVOICE_MATCHED, invoice, json!({ "match": found }))
}

/// A bill is contested.
pub(crate) fn disputed(stamp: Stamp, invoice: &Invoice, dispute: Value) -> Envelope {
    of_invoice(stamp, Kind::FREIGHT_INVOICE_DISPUTED, invoice, json!({ "dispute": dispute }))
}

/// A bill is to be paid.
pub(crate) fn approved(stamp: Stamp, invoice: &Invoice, approval: Value) -> Envelope {
    of_invoice(stamp, Kind::FREIGHT_INVOICE_APPROVED, invoice, json!({ "approval": approval }))
}

/// What an approval comes to, for its event and the trail.
pub(crate) fn approval(approval: &Approval) -> Value {
    let text = |minor| amount(&approval.currency, minor);
    json!({
        "version": approval.version, "freight": text(approval.freight), "tax_forward": text(approval.tax_forward),
        "tax_reverse": text(approval.tax_reverse), "deducted": text(approval.deducted), "entry_id": approval.entry_id,
        "reason": approval.reason, "by": approval.by,
    })
}

/// A bill was handed over, with what the receiver needs to book it.
pub(crate) fn settled(
    stamp: Stamp,
    invoice: &Invoice,
    approval: &SettledApproval,
    bill: &Settled,
) -> Envelope {
    let rest = json!({ "hand_over_id": invoice.hand_over, "approval": approval, "bill": bill });
    of_invoice(stamp, Kind::FREIGHT_INVOICE_SETTLED, invoice, rest)
}

/// Every event about a bill has the bill; a bill's revision makes it one of its own.
fn of_invoice(stamp: Stamp, kind: Kind, invoice: &Invoice, rest: Value) -> Envelope {
    let mut data = json!({ "invoice": InvoiceOut::from(invoice) });
    if let (Some(data), Value::Object(rest)) = (data.as_object_mut(), rest) {
        data.extend(rest);
    }
    let cause = format!("{}/{}", invoice.id, invoice.revision);
    envelope(stamp, kind, invoice.id.to_string(), &cause, data.to_string())
}

fn envelope(stamp: Stamp, kind: Kind, key: String, cause: &str, data: String) -> Envelope {
    Envelope::of_service(stamp.tenant, kind, key, cause, stamp.now_ms, stamp.trace, data)
}
