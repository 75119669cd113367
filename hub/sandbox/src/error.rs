//! What goes wrong: at start, at loading a component, and in a call; each with its failure class.

use std::path::PathBuf;
use std::time::Duration;

use caravan_fault::Class;
use caravan_model::Span;

/// Why a sandbox could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine refused its configuration; usually there is not enough address space for the pool.
    #[error(
        "the engine could not be made with a pool of {instances} instances (lower it, or raise vm.max_map_count)"
    )]
    Engine {
        /// The pool's size.
        instances: u32,
        /// Cause.
        source: wasmtime::Error,
    },
    /// The contract's imports could not be linked; a bug of this build.
    #[error("the contract's imports could not be linked")]
    Link {
        /// Cause.
        source: wasmtime::Error,
    },
    /// A guest thread or the epoch thread could not be started.
    #[error("a sandbox thread could not be started")]
    Thread {
        /// Cause.
        source: std::io::Error,
    },
    /// The folder of compiled components cannot be used.
    #[error("the component cache folder {} cannot be used", path.display())]
    Cache {
        /// The folder.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
}

/// Why a component was refused.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// More bytes than the cap.
    #[error("the component has {size} bytes; at most {max} are taken")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The cap.
        max: usize,
    },
    /// Not WebAssembly at all, or damaged.
    #[error("the bytes are not a valid WebAssembly component")]
    NotAComponent {
        /// Cause.
        source: wasmparser::BinaryReaderError,
    },
    /// A core module, not wrapped as a component.
    #[error(
        "this is a core module, not a component: wrap it with wit-component (`caravan` connectors are built by connectors/bundle)"
    )]
    CoreModule,
    /// It imports something that is not of the contract.
    #[error("the component imports `{import}`, which no connector may: {hint}")]
    ForbiddenImport {
        /// The import's name.
        import: String,
        /// What to do.
        hint: String,
    },
    /// It lacks the one interface that every connector exports.
    #[error(
        "the component does not export `caravan:connector/meta`; every connector says who it is"
    )]
    NoMeta,
    /// It could not be compiled.
    #[error("the component could not be compiled")]
    Compile {
        /// Cause.
        source: wasmtime::Error,
    },
    /// It was built against a contract that this host does not speak.
    #[error("the component does not fit this host's contract (caravan:connector 1.0)")]
    Contract {
        /// Cause, naming the item.
        source: wasmtime::Error,
    },
    /// `meta.describe` failed.
    #[error("the component could not say who it is")]
    Describe {
        /// Cause.
        source: Box<CallError>,
    },
}

/// Which limit of a call was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Budget {
    /// Time on the processor.
    Cpu,
    /// Linear memory or tables.
    Memory,
    /// Calls out.
    Requests,
    /// Bytes of one transfer.
    Bytes,
    /// Time by the clock.
    Wall,
}

impl Budget {
    /// The stable text form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Requests => "requests",
            Self::Bytes => "bytes",
            Self::Wall => "wall",
        }
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing wrong with what we asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where in the request.
    pub path: String,
    /// Kebab-case code.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// The party's own error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamError {
    /// HTTP status, when there was one.
    pub status: Option<u16>,
    /// The party's code.
    pub code: Option<String>,
    /// The party's wording.
    pub message: String,
    /// Whether the party's documents say that a later try may work.
    pub retryable: bool,
}

/// A document that is not the named message at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Kebab-case code.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// Where.
    pub source: Span,
}

/// Why an operation did not succeed, in the connector's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The party refused our credentials.
    #[error("the party refused our credentials: {0}")]
    Auth(String),
    /// Too often; how long to wait, when the party said.
    #[error("the party asks us to wait")]
    RateLimited(Option<Duration>),
    /// The party does not know it.
    #[error("not found: {0}")]
    NotFound(String),
    /// What we asked is wrong.
    #[error("the request is not valid: {}", .0.iter().map(|v| v.message.as_str()).collect::<Vec<_>>().join("; "))]
    InvalidRequest(Vec<Violation>),
    /// The party failed.
    #[error("the party answered with an error: {}", .0.message)]
    Upstream(UpstreamError),
    /// Not the named message.
    #[error("the document cannot be read: {}", .0.message)]
    Unreadable(Unreadable),
    /// The connector has no such thing.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// A capability was refused; the text names the manifest line that would allow it.
    #[error("{0}")]
    Denied(String),
    /// The connector noticed that a budget is spent.
    #[error("the call's {0} budget is spent")]
    Budget(Budget),
    /// What later versions will name: (code, message): kebab-case, one sentence.
    #[error("{1} ({0})")]
    Other(String, String),
    /// The host's own: it saw worse than what the connector said. No guest can name this case.
    #[error("{message}")]
    Observed {
        /// What the host saw.
        class: Class,
        /// What it saw, and the connector's words.
        message: String,
        /// The wait that was asked for.
        retry_after: Option<Duration>,
    },
}

impl Failure {
    /// The failure class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Auth(_) => Class::Auth,
            Self::RateLimited(_) => Class::RateLimited,
            Self::Upstream(UpstreamError { retryable: true, .. }) => Class::Transient,
            Self::Denied(_) => Class::Config,
            Self::Budget(_) => Class::Poison,
            Self::Observed { class, .. } => *class,
            Self::NotFound(_)
            | Self::InvalidRequest(_)
            | Self::Upstream(_)
            | Self::Unreadable(_)
            | Self::Unsupported(_)
            | Self::Other(..) => Class::Permanent,
        }
    }

    /// How long to wait before the next try, when the party said.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited(wait) => *wait,
            Self::Observed { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The connector said so.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The connector has a bug: it trapped.
    #[error("the connector trapped ({kind}): {message}")]
    Trap {
        /// Stable kebab-case kind: `unreachable`, `stack-overflow`, `out-of-bounds`, …
        kind: &'static str,
        /// The engine's words.
        message: String,
        /// Function names, innermost first; empty when the component has no names.
        backtrace: String,
    },
    /// A limit was reached and the call was stopped.
    #[error("the connector was stopped: its {0} budget is spent")]
    Budget(Budget),
    /// The connector does not have this operation.
    #[error("the connector has no `{0}` operation")]
    NoSuchOperation(&'static str),
    /// All instances stayed busy for as long as the call may last.
    #[error("no sandbox instance became free in time")]
    Busy,
    /// The reader has ended: it gave its last portion, failed, or its last `next` was dropped.
    #[error("the reader has ended")]
    Ended,
    /// The sandbox is being shut down.
    #[error("the sandbox is shutting down")]
    Stopped,
    /// The host failed, not the connector.
    #[error("the sandbox failed to run the connector")]
    Host {
        /// Cause.
        source: wasmtime::Error,
    },
}

impl CallError {
    /// The failure class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Failed(failure) => failure.class(),
            Self::Trap { .. } | Self::Budget(_) => Class::Poison,
            Self::NoSuchOperation(_) => Class::Config,
            Self::Busy | Self::Stopped | Self::Host { .. } => Class::HostFault,
            Self::Ended => Class::Permanent,
        }
    }
}
