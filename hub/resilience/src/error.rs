//! Why a call gave no response.

use core::time::Duration;

use caravan_fault::{Class, Fault, Origin};
use caravan_net::{Outcome, Refused, client, guard};

/// A call without a response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// A layer of ours refused it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The egress guard refused the destination.
    #[error("the destination is not allowed")]
    Destination(#[source] guard::Denied),
    /// The request cannot be formed.
    #[error("the request cannot be formed: {what}")]
    Request {
        /// What is wrong with it, without its contents.
        what: String,
    },
    /// No connection: refused, no such name, TLS failed. Nothing was sent.
    #[error("the other side cannot be reached: {detail}")]
    Unreachable {
        /// For the log.
        detail: String,
    },
    /// No response in time, after the request was sent.
    #[error("no response in time")]
    Timeout,
    /// The connection failed after the request was sent.
    #[error("the connection broke: {detail}")]
    Broken {
        /// For the log.
        detail: String,
    },
    /// The body is larger than allowed.
    #[error("the reply is larger than {bytes_max} bytes")]
    TooLarge {
        /// The cap.
        bytes_max: u64,
    },
    /// No token: the main request was not sent.
    #[error("no access token: {detail}")]
    Token {
        /// Auth when the credentials were refused, else what the token endpoint's failure was.
        class: Class,
        /// For the log; never holds a secret.
        detail: String,
        /// When the token endpoint said so.
        retry_after: Option<Duration>,
    },
}

impl From<guard::Denied> for EgressError {
    fn from(denied: guard::Denied) -> Self {
        Self::Destination(denied)
    }
}

/// What the client says of the other side.
impl From<client::Failure> for EgressError {
    fn from(failure: client::Failure) -> Self {
        match failure {
            client::Failure::Denied(denied) => Self::Destination(denied),
            client::Failure::Unreachable { detail } => Self::Unreachable { detail },
            client::Failure::Timeout => Self::Timeout,
            client::Failure::Request { detail } => Self::Request { what: detail },
            client::Failure::Broken { detail } => Self::Broken { detail },
        }
    }
}

impl Outcome for EgressError {
    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::Refused(refused) => return refused.class(),
            Self::Destination(_) | Self::Request { .. } => Class::Config,
            Self::Unreachable { .. } => Class::Transient,
            Self::Timeout | Self::Broken { .. } => Class::Unknown,
            Self::TooLarge { .. } => Class::Permanent,
            Self::Token { class, .. } => *class,
        })
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refused) => refused.retry_after(),
            Self::Token { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    fn had_no_effect(&self) -> bool {
        match self {
            Self::Refused(refused) => refused.had_no_effect(),
            Self::Destination(_)
            | Self::Request { .. }
            | Self::Unreachable { .. }
            | Self::Token { .. } => true,
            Self::Timeout | Self::Broken { .. } | Self::TooLarge { .. } => false,
        }
    }

    fn is_local(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Destination(_) | Self::Request { .. })
    }
}

impl EgressError {
    /// The failure class.
    #[must_use]
    pub fn failure_class(&self) -> Class {
        self.class().unwrap_or(Class::Unknown)
    }

    /// The failure as it crosses a boundary: the shown sentence is coarse, so that it tells nothing of our network.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let (origin, code, shown) = match self {
            Self::Refused(Refused::Deadline { .. }) | Self::Timeout => (
                Origin::Party,
                "party-timeout",
                "The party did not answer in time; the call is tried again later.",
            ),
            Self::Refused(Refused::BreakerOpen { .. }) => (
                Origin::Party,
                "party-unavailable",
                "The party failed repeatedly, so calls to it pause; they resume by themselves.",
            ),
            Self::Refused(Refused::QueueFull | Refused::RateLimited { .. }) => (
                Origin::Hub,
                "connection-busy",
                "The connection is at its rate limit; the call is tried again later.",
            ),
            Self::Destination(_) => (
                Origin::Caller,
                "destination-denied",
                "The endpoint's address is not allowed; check the connection's base URL.",
            ),
            Self::Request { .. } => (
                Origin::Hub,
                "request-invalid",
                "The connector formed a request that cannot be sent; tell its author.",
            ),
            Self::Unreachable { .. } | Self::Broken { .. } => (
                Origin::Party,
                "party-unreachable",
                "The party cannot be reached; the call is tried again later.",
            ),
            Self::TooLarge { .. } => (
                Origin::Party,
                "reply-too-large",
                "The party's reply is larger than the endpoint allows; raise reply_bytes_max.",
            ),
            Self::Token { .. } => (
                Origin::Party,
                "token-refused",
                "The party gave no access token; check the connection's client id and secret.",
            ),
        };
        let mut fault = Fault::new(self.failure_class(), origin, code, shown).caused_by(self);
        fault.retry_after = self.retry_after();
        fault
    }
}
