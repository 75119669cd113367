//! A request, a result and a counting service for the layers' own tests.

use core::future::Future;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use caravan_fault::Class;
use tokio::time::Instant;

use crate::{Call, Key, Outcome, Progress, Refused};

#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) key: Key,
    pub(crate) deadline: Instant,
    pub(crate) idempotent: bool,
    pub(crate) attempt: u8,
    pub(crate) progress: Progress,
    pub(crate) requests_per_s: Option<u32>,
}

impl Ask {
    pub(crate) fn new() -> Self {
        Self {
            key: Key::new("connection", "api"),
            deadline: Instant::now() + Duration::from_secs(30),
            idempotent: true,
            attempt: 0,
            progress: Progress::default(),
            requests_per_s: None,
        }
    }
}

impl Call for Ask {
    fn key(&self) -> &Key {
        &self.key
    }
    fn deadline(&self) -> Instant {
        self.deadline
    }
    fn is_idempotent(&self) -> bool {
        self.idempotent
    }
    fn attempt(&self) -> u8 {
        self.attempt
    }
    fn next_attempt(&mut self) {
        self.attempt += 1;
        self.progress = Progress::default();
    }
    fn progress(&self) -> &Progress {
        &self.progress
    }
    fn requests_per_s(&self) -> Option<u32> {
        self.requests_per_s
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    Done,
    Failed { class: Class, retry_after: Option<Duration>, no_effect: bool },
    Refused(Refused),
}

impl Reply {
    pub(crate) fn failed(class: Class) -> Result<Self, Self> {
        Err(Self::Failed { class, retry_after: None, no_effect: false })
    }
}

impl From<Refused> for Reply {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Outcome for Reply {
    fn class(&self) -> Option<Class> {
        match self {
            Self::Done => None,
            Self::Failed { class, .. } => Some(*class),
            Self::Refused(refused) => refused.class(),
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Done => None,
            Self::Failed { retry_after, .. } => *retry_after,
            Self::Refused(refused) => refused.retry_after(),
        }
    }
    fn had_no_effect(&self) -> bool {
        matches!(self, Self::Failed { no_effect: true, .. })
    }
    fn is_local(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// A service that answers with `answer` and counts its calls.
pub(crate) fn service<F, Fut>(
    answer: F,
) -> (
    impl tower::Service<
        Ask,
        Response = Reply,
        Error = Reply,
        Future = futures_util::future::BoxFuture<'static, Result<Reply, Reply>>,
    > + Clone
    + Send
    + 'static,
    Arc<AtomicUsize>,
)
where
    F: Fn(Ask) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Reply>> + Send + 'static,
{
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let service = tower::service_fn(move |ask: Ask| {
        counter.fetch_add(1, Ordering::SeqCst);
        let answer = answer.clone();
        let future: futures_util::future::BoxFuture<'static, _> =
            Box::pin(async move { answer(ask).await });
        future
    });
    (service, calls)
}
