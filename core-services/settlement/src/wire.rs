//! The JSON forms: HTTP bodies, event data and what is stored as text, each with its conversion from or to the domain.

pub(crate) mod contract;
pub(crate) mod event;
pub(crate) mod explanation;
pub(crate) mod invoice;
pub(crate) mod ledger;
pub(crate) mod settled;
pub(crate) mod shipment;

use crate::domain::currency::Currency;

/// An instant as RFC 3339 text in UTC.
pub(crate) fn utc(instant_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(instant_ms)
        .map_or_else(|_| format!("{instant_ms} ms"), |at| at.to_string())
}

/// Smallest units as decimal text; of an unknown currency as they are.
pub(crate) fn amount(currency: &str, minor: i64) -> String {
    Currency::new(currency).map_or_else(|| minor.to_string(), |currency| currency.text(minor))
}
