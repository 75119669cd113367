//! What a connector returns: canonical records, and what it could not understand.

use crate::text_enum::text_enum;
use crate::{FreightInvoice, Milestone, Order, Span, TenderResponse, Verdict};

/// A canonical record. Boxed where large, so that a batch of milestones stays compact.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Record {
    /// A tracked happening.
    Milestone(Box<Milestone>),
    /// An order or delivery from an ERP.
    Order(Box<Order>),
    /// A freight bill.
    FreightInvoice(Box<FreightInvoice>),
    /// A carrier's answer to a tender.
    TenderResponse(Box<TenderResponse>),
}

impl Record {
    /// The bytes it came from.
    #[must_use]
    pub fn source(&self) -> Span {
        match self {
            Self::Milestone(milestone) => milestone.source,
            Self::Order(order) => order.source,
            Self::FreightInvoice(invoice) => invoice.source,
            Self::TenderResponse(response) => response.source,
        }
    }
}

text_enum! {
    /// Whether a reject cost us a record.
    Severity, "severity" {
        /// A record was lost to it.
        Error = "error",
        /// The record was kept; something about it is worth knowing.
        Warning = "warning",
    }
}

/// Something in a document that could not be understood: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reject {
    /// Error (a record was lost) or warning.
    pub severity: Severity,
    /// Stable kebab-case code, for example `x12-segment-count`.
    pub code: String,
    /// Where in the dialect's own terms, for example `ST 0001 / AT7 #2 / element 05`.
    pub path: String,
    /// One sentence: what is wrong.
    pub message: String,
    /// One sentence: what to do.
    pub hint: Option<String>,
    /// The bytes it is about.
    pub source: Span,
}

/// One portion of a document's result, in document order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Records.
    pub records: Vec<Record>,
    /// Rejects and warnings.
    pub rejects: Vec<Reject>,
    /// Verdicts on the document's parts that ended in this portion.
    pub verdicts: Vec<Verdict>,
    /// Whether this was the last portion.
    pub done: bool,
}
