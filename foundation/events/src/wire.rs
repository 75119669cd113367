//! The canonical records as JSON: serde structs that mirror the model, and the conversions both ways.
//!
//! Field names are `snake_case`, enumerations the model's kebab-case texts, times RFC 3339 with the reported offset beside the
//! source of that offset, money a decimal text with its currency (its places are the precision). What is absent is left out.

mod freight_invoice;
mod milestone;
mod order;
mod parts;
mod tender_response;

#[cfg(test)]
pub(crate) mod examples;
#[cfg(test)]
mod tests;

use caravan_model::Record;

pub use freight_invoice::{Charge, FreightInvoice};
pub use milestone::{Milestone, Reporter, Scope};
pub use order::{Order, OrderLine};
pub use parts::{Dated, Measure, Moment, Money, Named, Party, Place, RawCode, Reference, Span};
pub use tender_response::TenderResponse;

use crate::Kind;

/// A JSON value that is of the right shape and still not a record.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JSON, or a field is missing or of another type.
    #[error("not a record's JSON")]
    Json(#[from] serde_json::Error),
    /// A text that is none of its enumeration's values.
    #[error(transparent)]
    Text(#[from] caravan_model::UnknownText),
    /// A time that is not RFC 3339 with an offset.
    #[error("{text:?} is not a time with an offset")]
    Time {
        /// The text.
        text: String,
    },
    /// An amount that is not a decimal number of at most 18 digits.
    #[error("{text:?} is not an amount")]
    Amount {
        /// The text.
        text: String,
    },
    /// The kind is not one whose data is a record.
    #[error("events of kind {kind} carry no record")]
    Kind {
        /// The kind.
        kind: String,
    },
}

/// The record as one JSON object.
///
/// # Errors
/// When it cannot be written, which a record made of texts and numbers always can.
pub fn to_json(record: &Record) -> Result<String, serde_json::Error> {
    match record {
        Record::Milestone(milestone) => serde_json::to_string(&Milestone::from(milestone.as_ref())),
        Record::Order(order) => serde_json::to_string(&Order::from(order.as_ref())),
        Record::FreightInvoice(invoice) => {
            serde_json::to_string(&FreightInvoice::from(invoice.as_ref()))
        }
        Record::TenderResponse(response) => {
            serde_json::to_string(&TenderResponse::from(response.as_ref()))
        }
    }
}

/// The same with who reported it, where the record's form has a place for that: the data of the event.
///
/// # Errors
/// As [`to_json`].
pub fn to_json_by(record: &Record, reporter: &Reporter) -> Result<String, serde_json::Error> {
    match record {
        Record::Milestone(milestone) => {
            let reported_by = Some(reporter.clone());
            serde_json::to_string(&Milestone { reported_by, ..Milestone::from(milestone.as_ref()) })
        }
        Record::Order(_) | Record::FreightInvoice(_) | Record::TenderResponse(_) => to_json(record),
    }
}

/// The same without any place in a file: what the fact is, for its id.
pub(crate) fn to_json_without_source(record: &Record) -> Result<String, serde_json::Error> {
    match record {
        Record::Milestone(milestone) => {
            let wire = Milestone { source: None, ..Milestone::from(milestone.as_ref()) };
            serde_json::to_string(&wire)
        }
        Record::Order(order) => {
            let wire = Order { source: None, ..Order::from(order.as_ref()) };
            serde_json::to_string(&wire)
        }
        Record::FreightInvoice(invoice) => {
            let mut wire =
                FreightInvoice { source: None, ..FreightInvoice::from(invoice.as_ref()) };
            wire.charges.iter_mut().for_each(|charge| charge.source = None);
            serde_json::to_string(&wire)
        }
        Record::TenderResponse(response) => {
            let wire = TenderResponse { source: None, ..TenderResponse::from(response.as_ref()) };
            serde_json::to_string(&wire)
        }
    }
}

/// Reads the data of an event of `kind` back into a record.
///
/// # Errors
/// [`Error`] says which text is wrong; events of other kinds carry no record.
pub fn from_json(kind: &Kind, data: &str) -> Result<Record, Error> {
    if *kind == Kind::MILESTONE_RECORDED {
        let wire: Milestone = serde_json::from_str(data)?;
        Ok(Record::Milestone(Box::new(wire.try_into()?)))
    } else if *kind == Kind::ORDER_RECEIVED {
        let wire: Order = serde_json::from_str(data)?;
        Ok(Record::Order(Box::new(wire.try_into()?)))
    } else if *kind == Kind::FREIGHT_INVOICE_RECEIVED {
        let wire: FreightInvoice = serde_json::from_str(data)?;
        Ok(Record::FreightInvoice(Box::new(wire.try_into()?)))
    } else if *kind == Kind::TENDER_ANSWERED {
        let wire: TenderResponse = serde_json::from_str(data)?;
        Ok(Record::TenderResponse(Box::new(wire.try_into()?)))
    } else {
        Err(Error::Kind { kind: kind.to_string() })
    }
}
