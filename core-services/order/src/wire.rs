//! The JSON forms: what callers send and see, what is stored, and the data of `caravan.order.*`.

mod commands;
mod content;
mod event;
mod order;
mod progress;
mod rates;

pub(crate) use commands::{
    AnswerIn, AssignIn, DeliverIn, DispatchIn, DuplicateIn, ReasonIn, TenderIn,
};
pub(crate) use content::{
    OrderIn, OrderLine, OrderMeasure, OrderMoney, OrderParty, OrderPlace, OrderReference, OrderStop,
};
pub(crate) use event::{AnswerData, CorrectedData, UndeliverableData, event};
pub(crate) use order::{
    ConflictOut, HistoryOut, OrderLane, OrderListOut, OrderOut, OrderRowOut, QuotesOut, StateCount,
};
pub(crate) use progress::{OrderDelivery, OrderRevocation, OrderTender, Stored};
pub(crate) use rates::{
    Contract, Error as ContractError, Lane, area_text, slabs_from_json, slabs_json,
};

use caravan_model::Moment;

/// A UTC time from milliseconds.
pub(crate) fn utc(instant_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(instant_ms)
        .map_or_else(|_| format!("{instant_ms} ms"), |at| at.to_string())
}

/// Milliseconds of an RFC 3339 time with an offset.
pub(crate) fn instant_ms(text: &str) -> Option<i64> {
    moment(text).map(|at| at.instant_ms)
}

/// A time with its offset.
pub(crate) fn moment(text: &str) -> Option<Moment> {
    Moment::from_rfc3339(text, caravan_model::ZoneSource::Sent)
}
