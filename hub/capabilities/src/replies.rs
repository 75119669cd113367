//! Where HTTP replies are kept, so that spans can point into them.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

/// Keeps a call's replies.
#[async_trait]
pub trait ReplySink: Send + Sync + 'static {
    /// Keeps `reply` and answers its index: what `span.document` says. 0 is the call's input, so replies begin at 1.
    async fn keep(&self, reply: Bytes) -> u32;
}

/// Replies kept in memory: for dry runs and tests.
#[derive(Debug, Default)]
pub struct MemoryReplies(Mutex<Vec<Bytes>>);

impl MemoryReplies {
    /// The replies so far; the first has index 1.
    #[must_use]
    pub fn kept(&self) -> Vec<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl ReplySink for MemoryReplies {
    async fn keep(&self, reply: Bytes) -> u32 {
        let mut replies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        replies.push(reply);
        u32::try_from(replies.len()).unwrap_or(u32::MAX)
    }
}
