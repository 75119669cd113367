//! Provenance: which bytes of which document a fact came from.

/// A half-open byte range `start..end` of one of a call's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    /// Index of the document within the call: 0 is the input, others are replies in the order they were fetched.
    pub document: u32,
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}
