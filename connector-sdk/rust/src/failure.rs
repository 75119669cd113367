//! Why an operation did not succeed: the same cases as `types.failure` in the contract.

use caravan_model::Span;

/// Something wrong with a request, at a place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, in the request's own terms.
    pub path: String,
    /// Stable kebab-case code.
    pub code: String,
    /// One sentence: what is wrong.
    pub message: String,
}

/// The party answered, and the answer is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamError {
    /// HTTP status, when there was one. An error hidden in a 200 carries that 200.
    pub status: Option<u16>,
    /// The party's own error code.
    pub code: Option<String>,
    /// The party's own words, without secrets.
    pub message: String,
    /// Whether asking again later may succeed.
    pub retryable: bool,
}

/// The document is not the named message at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Stable kebab-case code: `x12-no-isa`.
    pub code: String,
    /// One sentence: what was found instead.
    pub message: String,
    /// The bytes it is about.
    pub source: Span,
}

/// Which of the call's budgets is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetKind {
    /// Processor time.
    Cpu,
    /// Memory.
    Memory,
    /// Requests to the party.
    Requests,
    /// Bytes exchanged with the host.
    Bytes,
    /// Wall time.
    Wall,
}

/// What is known of a call that changes the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The party took it.
    Committed,
    /// The party did not take it; repeating is safe.
    NotCommitted,
    /// Nobody knows (a timeout after sending): the hub asks before it repeats.
    Unknown,
}

/// Why an operation did not succeed.
///
/// The host classifies from transport facts; a connector can only be stricter.
///
/// ```
/// use caravan_connector_sdk::Failure;
/// let failure = Failure::unreadable("x12-no-isa", "the first three bytes are not ISA", Default::default());
/// assert_eq!(failure.to_string(), "the document is unreadable (x12-no-isa): the first three bytes are not ISA");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The party refused our credentials, or a webhook's signature is wrong.
    #[error("not authorised: {0}")]
    Auth(String),
    /// The party asks us to slow down; milliseconds to wait, when it said.
    #[error("rate limited")]
    RateLimited(Option<u64>),
    /// The party does not know what we asked for.
    #[error("not found: {0}")]
    NotFound(String),
    /// What we were asked to do cannot be done as asked.
    #[error("invalid request")]
    InvalidRequest(Vec<Violation>),
    /// The party answered with an error.
    #[error("the party answered with an error: {}", .0.message)]
    Upstream(UpstreamError),
    /// The document is not the named message at all.
    #[error("the document is unreadable ({}): {}", .0.code, .0.message)]
    Unreadable(Unreadable),
    /// This connector cannot do that.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// A capability was refused; the text names the manifest line that would allow it.
    #[error("denied: {0}")]
    Denied(String),
    /// A budget of the call is spent.
    #[error("the call's budget is spent ({0:?})")]
    Budget(BudgetKind),
    /// (code, message): for what later versions will name.
    #[error("{1} ({0})")]
    Other(String, String),
}

impl Failure {
    /// The document is not the named message at all.
    #[must_use]
    pub fn unreadable(code: impl Into<String>, message: impl Into<String>, source: Span) -> Self {
        Self::Unreadable(Unreadable { code: code.into(), message: message.into(), source })
    }

    /// The party answered with an error that no time will mend.
    #[must_use]
    pub fn refused(code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (Some(code.into()), message.into());
        Self::Upstream(UpstreamError { status: None, code, message, retryable: false })
    }
}
