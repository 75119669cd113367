//! The hint that something was appended in this process, so that readers need not wait for their next poll.
//!
//! It is only a hint: it says nothing about which log, and appends of other processes do not give it. Polling finds everything.

use std::sync::LazyLock;

use tokio::sync::watch;

static APPENDS: LazyLock<watch::Sender<u64>> = LazyLock::new(|| watch::channel(0).0);

/// Waits for the next hint.
#[derive(Debug, Clone)]
pub struct Wake(watch::Receiver<u64>);

impl Wake {
    /// A waiter that counts from now.
    #[must_use]
    pub fn new() -> Self {
        Self(APPENDS.subscribe())
    }

    /// Resolves once something was appended since the last time, or at once if it was in between.
    pub async fn appended(&mut self) {
        if self.0.changed().await.is_err() {
            // The sender is a static and never dropped; waiting for ever leaves the reader to its polls.
            core::future::pending::<()>().await;
        }
    }
}

impl Default for Wake {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells every waiter of this process.
pub(crate) fn announce() {
    APPENDS.send_modify(|count| *count = count.wrapping_add(1));
}
