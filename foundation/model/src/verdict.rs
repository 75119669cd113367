//! What we tell the sender about its document: one verdict per part, and the messages made of them.

use crate::Span;
use crate::text_enum::text_enum;

text_enum! {
    /// Which part of a document a verdict is about.
    Level, "verdict level" {
        Interchange = "interchange",
        Group = "group",
        Message = "message",
    }
}

text_enum! {
    /// Whether a part was taken.
    VerdictOutcome, "verdict outcome" {
        Accepted = "accepted",
        AcceptedWithErrors = "accepted-with-errors",
        Rejected = "rejected",
    }
}

/// The verdict on one part of a document. Verdicts are data: the acknowledgement can be made from them at any time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Interchange, group or message.
    pub level: Level,
    /// The part's kind: `214`, `QM`, `ORDERS05`.
    pub kind: String,
    /// Its control or document number as sent.
    pub control: String,
    /// Taken, taken with errors, or not.
    pub outcome: VerdictOutcome,
    /// One sentence for people, when something is wrong.
    pub note: Option<String>,
    /// The dialect's own details (for X12: the AK2…AK5 segments); opaque to the hub.
    pub detail: String,
    /// The bytes it is about.
    pub source: Span,
}

/// A message to be sent out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Outgoing {
    /// Kind: `x12/997`, `idoc/SYSTAT01`.
    pub kind: String,
    /// A file name that fits the dialect, without a path.
    pub file_name: String,
    /// Media type.
    pub media_type: String,
    /// The bytes.
    pub body: Vec<u8>,
}
