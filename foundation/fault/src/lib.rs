//! One vocabulary for what goes wrong: whose fault it is, whether a retry can help, and what may be shown.
//!
//! Classes follow the project's failure model (research/reliability.md §2.1). The host sets a class from transport facts;
//! a guest can only make it stricter.
#![forbid(unsafe_code)]

use core::fmt;
use core::time::Duration;

/// The failure classes. They decide retry, breaker, quarantine and alert everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Connection refused or reset, DNS, 408, 425, 500, 502, 503, 504: a later try may work.
    Transient,
    /// 429, 503 with Retry-After, a carrier's quota code: a later try works, not before the time said.
    RateLimited,
    /// Bytes were sent and the outcome is not known: repeat only what is idempotent.
    Unknown,
    /// 401, 403, expired certificate: pauses the connection.
    Auth,
    /// 400, 404, 409, 410, 422, a document that is not what it claims: the same input fails again.
    Permanent,
    /// A trap, or CPU or memory exhausted: quarantined with its bytes.
    Poison,
    /// A missing secret, a denied capability, a refused address: pauses the connection until somebody changes a setting.
    Config,
    /// Our own database, disk or key is unavailable: retried without counting an attempt.
    HostFault,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 8] = [
        Self::Transient,
        Self::RateLimited,
        Self::Unknown,
        Self::Auth,
        Self::Permanent,
        Self::Poison,
        Self::Config,
        Self::HostFault,
    ];

    /// The stable text form, as stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::RateLimited => "rate-limited",
            Self::Unknown => "unknown",
            Self::Auth => "auth",
            Self::Permanent => "permanent",
            Self::Poison => "poison",
            Self::Config => "config",
            Self::HostFault => "host-fault",
        }
    }

    /// Whether the durable schedule may try again by itself.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Transient | Self::RateLimited | Self::HostFault)
    }

    /// Whether it counts against the circuit breaker.
    #[must_use]
    pub const fn trips_breaker(self) -> bool {
        matches!(self, Self::Transient | Self::Unknown)
    }

    /// Whether a try that ended so is counted.
    #[must_use]
    pub const fn consumes_attempt(self) -> bool {
        !matches!(self, Self::HostFault)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The carrier, ERP or authority.
    Party,
    /// Whoever called our API.
    Caller,
    /// We.
    Hub,
}

/// A failure as it crosses a boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Failure class.
    pub class: Class,
    /// Whose fault.
    pub origin: Origin,
    /// Stable kebab-case code; `docs/errors.md` has an entry for each.
    pub code: &'static str,
    /// One sentence that may be shown to the caller: what is wrong and what to do next. Never a secret, never an address.
    pub shown: String,
    /// The error chain for our logs; not shown.
    pub internal: String,
    /// Not before this time, when the other side said so.
    pub retry_after: Option<Duration>,
}

impl Fault {
    /// A fault of `class` with nothing but a shown sentence.
    pub fn new(class: Class, origin: Origin, code: &'static str, shown: impl Into<String>) -> Self {
        Self {
            class,
            origin,
            code,
            shown: shown.into(),
            internal: String::new(),
            retry_after: None,
        }
    }

    /// Adds the chain of `error` for the log.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        self.internal = error_chain(error);
        self
    }

    /// Adds the time before which a retry is pointless.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.class, self.shown)
    }
}

impl std::error::Error for Fault {}

/// An error and all its sources, joined by `: `.
#[must_use]
pub fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classes_agree_with_the_table() {
        let retryable: Vec<_> =
            Class::ALL.into_iter().filter(|class| class.is_retryable()).collect();
        assert_eq!(retryable, [Class::Transient, Class::RateLimited, Class::HostFault]);
        let trips: Vec<_> = Class::ALL.into_iter().filter(|class| class.trips_breaker()).collect();
        assert_eq!(trips, [Class::Transient, Class::Unknown]);
    }

    #[test]
    fn a_chain_names_every_cause_once() {
        let inner = std::io::Error::other("disk full");
        let outer = std::io::Error::other(inner);
        assert_eq!(error_chain(&outer), "disk full");
    }
}
