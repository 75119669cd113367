//! What is wrong with a document, where, and what to do about it.

/// A half-open byte range of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something was lost to it.
    Error,
    /// Nothing was lost; worth knowing.
    Warning,
}

/// One finding of the envelope reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Error or warning.
    pub level: Level,
    /// Stable kebab-case code, `x12-…`.
    pub code: &'static str,
    /// Where, in words of X12: `ISA 000000001 / GS 1 / ST 0001`.
    pub path: String,
    /// One sentence: what is wrong.
    pub message: String,
    /// One sentence: what to do.
    pub hint: &'static str,
    /// The bytes it is about.
    pub span: Span,
}
