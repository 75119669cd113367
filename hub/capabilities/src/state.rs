//! Small values that a connector keeps between calls: the contract of a store, and one in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use caravan_hub_sandbox::{StateError, StateItem};

/// Largest value in bytes.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Code of a state error that is ours.
pub(crate) const HOST_FAULT: &str = "host-fault";
/// Most keys of a connection.
pub(crate) const KEYS_MAX: usize = 1_000;

/// The values of one connection. Keys and sizes were checked by the caller.
#[async_trait]
pub trait StateStore: Send + Sync + 'static {
    /// The value under `key`.
    async fn get(&self, key: &str) -> Result<Option<StateItem>, StateError>;
    /// Keeps `value`; `if_version` 0: only when absent, none: always. Answers the new version, 1 for the first.
    async fn put(
        &self,
        key: &str,
        value: Vec<u8>,
        if_version: Option<u64>,
    ) -> Result<u64, StateError>;
    /// Forgets `key`; an absent one is no error.
    async fn delete(&self, key: &str) -> Result<(), StateError>;
}

/// A store in memory: for dry runs and tests.
#[derive(Debug, Default)]
pub struct MemoryState(Mutex<BTreeMap<String, StateItem>>);

#[async_trait]
impl StateStore for MemoryState {
    async fn get(&self, key: &str) -> Result<Option<StateItem>, StateError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    async fn put(
        &self,
        key: &str,
        value: Vec<u8>,
        if_version: Option<u64>,
    ) -> Result<u64, StateError> {
        let mut items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = items.get(key).map_or(0, |item| item.version);
        if if_version.is_some_and(|expected| expected != now) {
            return Err(StateError::Conflict(now));
        }
        if now == 0 && items.len() >= KEYS_MAX {
            return Err(StateError::TooLarge);
        }
        let version = now.saturating_add(1);
        items.insert(key.to_owned(), StateItem { value, version });
        Ok(version)
    }

    async fn delete(&self, key: &str) -> Result<(), StateError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        Ok(())
    }
}
