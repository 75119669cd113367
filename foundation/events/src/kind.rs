//! The kinds of event, in the past tense: `caravan.milestone.recorded`.

use core::fmt;
use std::borrow::Cow;

use caravan_model::Record;

/// What an event says happened. It is also the topic by which consumers choose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(Cow<'static, str>);

/// Declares the kinds, and [`Kind::ALL`] of the same list.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        impl Kind {
            $($(#[doc = $doc])+ pub const $name: Self = Self(Cow::Borrowed($text));)+

            /// Every kind that this version knows, with its line here: what the AsyncAPI document is made of.
            pub const ALL: &[(Self, &str)] = &[$((Self::$name, concat!($($doc),+)),)+];
        }
    };
}

// A new kind is a line here: its name in the past tense, and whose its data is.
kinds! {
    /// A party reported a milestone; data: [`crate::wire::Milestone`].
    MILESTONE_RECORDED = "caravan.milestone.recorded";
    /// An ERP handed over an order or delivery; data: [`crate::wire::Order`].
    ORDER_RECEIVED = "caravan.order.received";
    /// A carrier asks to be paid; data: [`crate::wire::FreightInvoice`].
    FREIGHT_INVOICE_RECEIVED = "caravan.freight-invoice.received";
    /// A late or corrected fact changed a timeline that was already told; data belongs to the tracking service.
    TIMELINE_CORRECTED = "caravan.timeline.corrected";
    /// Something is wrong with a shipment; data: the exception, by the tracking service.
    EXCEPTION_OPENED = "caravan.exception.opened";
    /// Somebody took, snoozed or commented an exception, or opened it again; data: the exception, by the tracking service.
    EXCEPTION_CHANGED = "caravan.exception.changed";
    /// An exception is over, by later facts or a person's word; data: the exception, by the tracking service.
    EXCEPTION_RESOLVED = "caravan.exception.resolved";
    /// An order was made, as an indent; data: the order, by the order service.
    ORDER_PLACED = "caravan.order.placed";
    /// What an order moves was changed, or a late fact about it was noted; data: the order, by the order service.
    ORDER_CHANGED = "caravan.order.changed";
    /// An indent was approved; data: the order, by the order service.
    ORDER_APPROVED = "caravan.order.approved";
    /// A carrier was chosen; data: the order, by the order service.
    ORDER_ASSIGNED = "caravan.order.assigned";
    /// An order was offered to its carrier; the data is all that an X12 204 needs; data: the order, by the order service.
    ORDER_TENDERED = "caravan.order.tendered";
    /// A carrier accepted or declined, or let the time to answer pass; data: the order, by the order service.
    ORDER_TENDER_ANSWERED = "caravan.order.tender-answered";
    /// A tender or its acceptance was taken back by us; data: the order, by the order service.
    ORDER_TENDER_WITHDRAWN = "caravan.order.tender-withdrawn";
    /// The vehicle left with its LR; data: the order, by the order service.
    ORDER_DISPATCHED = "caravan.order.dispatched";
    /// A milestone says that an order's goods move; data: the order, by the order service.
    ORDER_DEPARTED = "caravan.order.departed";
    /// An order was delivered; data: the order, by the order service.
    ORDER_DELIVERED = "caravan.order.delivered";
    /// A delivered order was closed; data: the order, by the order service.
    ORDER_CLOSED = "caravan.order.closed";
    /// An order was cancelled; data: the order, by the order service.
    ORDER_CANCELLED = "caravan.order.cancelled";
    /// An order was put on hold; data: the order, by the order service.
    ORDER_HELD = "caravan.order.held";
    /// An order goes on where it was held; data: the order, by the order service.
    ORDER_RELEASED = "caravan.order.released";
    /// Something could not be done to an order and waits for somebody to look; data: the order, by the order service.
    ORDER_CONFLICTED = "caravan.order.conflicted";
    /// An import of orders from a file came further; data: its state and counts, by the order service.
    ORDER_IMPORT_CHANGED = "caravan.order-import.changed";
    /// A carrier answered a tender; data: [`crate::wire::TenderResponse`].
    TENDER_ANSWERED = "caravan.tender.answered";
    /// A tender, or its withdrawal, cannot be brought to its carrier; data: the order's number, whom it is for, and why, by the hub.
    TENDER_UNDELIVERABLE = "caravan.tender.undeliverable";
    /// A version of a rate contract was published and holds from its first day on; data: the whole version, by settlement.
    RATE_CONTRACT_PUBLISHED = "caravan.rate-contract.published";
    /// A freight bill was compared with what was agreed and delivered; data: the outcome, line by line, by settlement.
    FREIGHT_INVOICE_MATCHED = "caravan.freight-invoice.matched";
    /// A freight bill is contested with its carrier; data: the dispute, by settlement.
    FREIGHT_INVOICE_DISPUTED = "caravan.freight-invoice.disputed";
    /// A freight bill is to be paid; data: what was approved and posted, by settlement.
    FREIGHT_INVOICE_APPROVED = "caravan.freight-invoice.approved";
    /// An approved freight bill was handed over to be paid; data: the bill as approved, by settlement.
    FREIGHT_INVOICE_SETTLED = "caravan.freight-invoice.settled";
}

impl Kind {
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
            Record::TenderResponse(_) => Self::TENDER_ANSWERED,
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
