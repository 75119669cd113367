//! What can be wrong with an IDoc, or with what was called one.

use crate::Span;

/// Something wrong inside one IDoc: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// Stable kebab-case code, for example `idoc-encoding`.
    pub code: &'static str,
    /// Where, for example `E1EDKA1 / NAME1`; empty for the IDoc as a whole.
    pub path: String,
    /// One sentence: what is wrong.
    pub message: String,
    /// One sentence: what to do.
    pub hint: &'static str,
    /// SEGNUM of the segment, when there is one.
    pub segment: Option<u32>,
    /// Name of the field, when there is one.
    pub field: Option<String>,
    /// The bytes it is about.
    pub span: Span,
}

/// The document is no IDoc at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} {hint}")]
pub struct NotIdoc {
    /// Stable kebab-case code, for example `idoc-empty`.
    pub code: &'static str,
    /// One sentence: what was found instead.
    pub message: String,
    /// One sentence: what to do.
    pub hint: &'static str,
    /// The bytes that say so.
    pub span: Span,
}
