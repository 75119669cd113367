//! The kinds of event, in the past tense: `caravan.milestone.recorded`.

use core::fmt;
use std::borrow::Cow;

use caravan_model::Record;

/// What an event says happened. It is also the topic by which consumers choose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(Cow<'static, str>);

impl Kind {
    /// A party reported a milestone; data: [`crate::wire::Milestone`].
    pub const MILESTONE_RECORDED: Self = Self(Cow::Borrowed("caravan.milestone.recorded"));
    /// An ERP handed over an order or delivery; data: [`crate::wire::Order`].
    pub const ORDER_RECEIVED: Self = Self(Cow::Borrowed("caravan.order.received"));
    /// A carrier asks to be paid; data: [`crate::wire::FreightInvoice`].
    pub const FREIGHT_INVOICE_RECEIVED: Self =
        Self(Cow::Borrowed("caravan.freight-invoice.received"));
    /// A late or corrected fact changed a timeline that was already told; data belongs to the tracking service.
    pub const TIMELINE_CORRECTED: Self = Self(Cow::Borrowed("caravan.timeline.corrected"));

    /// The kind with this text; unknown kinds are kept, since a newer process may have written them.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }

    /// The kind of event by which `record` is announced.
    #[must_use]
    pub const fn of(record: &Record) -> Self {
        match record {
            Record::Milestone(_) => Self::MILESTONE_RECORDED,
            Record::Order(_) => Self::ORDER_RECEIVED,
            Record::FreightInvoice(_) => Self::FREIGHT_INVOICE_RECEIVED,
        }
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
