//! Calls out to receivers, through the layers of `foundation/net`.

mod post;
mod stack;
mod transport;

use core::time::Duration;
use std::sync::Arc;

use caravan_fault::Class;
use caravan_net::guard::{Denied, Guard, GuardedResolver, System};
use caravan_net::{Outcome, Refused, client, guard};
use tower::ServiceExt as _;
use url::Url;

pub(crate) use post::Post;
use stack::Stack;

/// Until the connection stands.
const CONNECT: Duration = Duration::from_secs(5);
const AGENT: &str = concat!("Caravan-Webhooks/", env!("CARGO_PKG_VERSION"));

/// What a receiver answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    /// The beginning of the body.
    pub(crate) start: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum SendError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the destination is not allowed")]
    Denied(#[source] Denied),
    #[error("the receiver cannot be reached: {detail}")]
    Unreachable { detail: String },
    #[error("no answer in time")]
    Timeout,
    #[error("the connection broke: {detail}")]
    Broken { detail: String },
}

impl From<Denied> for SendError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<client::Failure> for SendError {
    fn from(failure: client::Failure) -> Self {
        match failure {
            client::Failure::Denied(denied) => Self::Denied(denied),
            client::Failure::Unreachable { detail } => Self::Unreachable { detail },
            client::Failure::Timeout => Self::Timeout,
            client::Failure::Request { detail } | client::Failure::Broken { detail } => {
                Self::Broken { detail }
            }
        }
    }
}

impl Outcome for Reply {
    fn class(&self) -> Option<Class> {
        match self.status {
            200..300 => None,
            429 => Some(Class::RateLimited),
            408 | 425 | 500..600 => Some(Class::Transient),
            _ => Some(Class::Permanent),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl Outcome for SendError {
    fn class(&self) -> Option<Class> {
        match self {
            Self::Refused(refused) => refused.class(),
            Self::Denied(_) => Some(Class::Config),
            Self::Unreachable { .. } => Some(Class::Transient),
            Self::Timeout | Self::Broken { .. } => Some(Class::Unknown),
        }
    }

    fn is_local(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Denied(_))
    }
}

/// Sends messages. Cheap to clone; clones share breakers and places.
#[derive(Clone)]
pub(crate) struct Sender {
    stack: Stack,
    guard: Guard,
    allow_http: bool,
}

impl Sender {
    /// At most `calls_max` calls are out to one endpoint. With `test_nets`, plain http and private networks are open.
    pub(crate) fn new(
        test_nets: bool,
        calls_max: usize,
        read: Duration,
    ) -> Result<Self, reqwest::Error> {
        let guard = Guard::new(guard::Config { allow_test_nets: test_nets, own: Vec::new() });
        let resolver = GuardedResolver::new(guard.clone(), Arc::new(System));
        let timeouts = client::Timeouts { connect: CONNECT, read };
        let client = client::build(resolver, timeouts, AGENT)?;
        let stack = stack::build(calls_max, guard.clone(), client);
        Ok(Self { stack, guard, allow_http: test_nets })
    }

    /// Judges an address before it is kept: what can be judged without a look-up.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Denied> {
        self.guard.check_url(url, self.allow_http)
    }

    pub(crate) async fn send(&self, post: Post) -> Result<Reply, SendError> {
        self.stack.clone().oneshot(post.allow_http(self.allow_http)).await
    }
}

impl core::fmt::Debug for Sender {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}
