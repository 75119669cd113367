//! The hint that something was appended in this process, so that readers need not wait for their next poll.
//!
//! It is only a hint: it says nothing about which log, and appends of other processes do not give it. Polling finds everything.

use std::sync::LazyLock;

use tokio::sync::watch;

static APPENDS: LazyLock<watch::Sender<u64>> = LazyLock::new(|| watch::channel(0).0);

/// Waits for the next hint.
#[derive(Debug, Clone)]
pub struct Wake(Option<watch::Receiver<u64>>);

impl Wake {
    /// A waiter that counts from now.
    #[must_use]
    pub fn new() -> Self {
        Self(Some(APPENDS.subscribe()))
    }

    /// For a log whose `fetch` waits by itself: there is no need to wait before the next one.
    #[must_use]
    pub const fn at_once() -> Self {
        Self(None)
    }

    /// Resolves once something was appended since the last time, or at once if it was in between.
    pub async fn appended(&mut self) {
        let Some(appends) = &mut self.0 else { return };
        if appends.changed().await.is_err() {
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
