//! The JSON Schemas of events' data, as far as they are kept; a test holds them against the code.

use crate::Kind;

/// The JSON Schema (2020-12) of the data of events of `kind`; none where the service that makes them describes it.
#[must_use]
pub fn schema_of(kind: &Kind) -> Option<&'static str> {
    match kind {
        kind if *kind == Kind::MILESTONE_RECORDED => {
            Some(include_str!("../schemas/milestone.json"))
        }
        kind if *kind == Kind::ORDER_RECEIVED => Some(include_str!("../schemas/order.json")),
        kind if *kind == Kind::FREIGHT_INVOICE_RECEIVED => {
            Some(include_str!("../schemas/freight-invoice.json"))
        }
        kind if *kind == Kind::TENDER_ANSWERED => {
            Some(include_str!("../schemas/tender-response.json"))
        }
        _ => None,
    }
}
