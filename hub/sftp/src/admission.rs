//! Who may take a place: connections in all, strangers per address, sessions and staging bytes per account.
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::mailbox::AccountId;

/// Counts connections that have not logged in, per address. Cloning shares the count.
#[derive(Debug, Clone)]
pub(crate) struct Strangers {
    per_ip: Arc<Mutex<HashMap<IpAddr, usize>>>,
    per_ip_max: usize,
}

/// A stranger's place; dropping it (at login or at the end) gives it back.
#[derive(Debug)]
pub(crate) struct StrangerPlace {
    strangers: Strangers,
    ip: IpAddr,
}

impl Strangers {
    pub(crate) fn new(per_ip_max: usize) -> Self {
        Self { per_ip: Arc::default(), per_ip_max }
    }

    /// A place for one more connection of `ip`, unless it holds all that it may.
    pub(crate) fn enter(&self, ip: IpAddr) -> Option<StrangerPlace> {
        let ip = ip.to_canonical();
        let mut per_ip = self.per_ip.lock().unwrap_or_else(PoisonError::into_inner);
        let count = per_ip.entry(ip).or_default();
        if *count >= self.per_ip_max {
            return None;
        }
        *count += 1;
        Some(StrangerPlace { strangers: self.clone(), ip })
    }
}

impl Drop for StrangerPlace {
    fn drop(&mut self) {
        let mut per_ip = self.strangers.per_ip.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = per_ip.get_mut(&self.ip) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                per_ip.remove(&self.ip);
            }
        }
    }
}

/// What each account holds at the moment. Entries stay for the life of the process: one small one per account.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    usage: Mutex<HashMap<AccountId, Arc<Usage>>>,
}

/// One account's share of the server.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    sessions: AtomicUsize,
    staged_bytes: AtomicU64,
}

impl Accounts {
    pub(crate) fn usage(&self, account: &AccountId) -> Arc<Usage> {
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        usage.entry(account.clone()).or_default().clone()
    }
}

/// A session's place; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct SessionPlace(Arc<Usage>);

impl SessionPlace {
    /// A place for one more session, unless the account has `max`.
    pub(crate) fn enter(usage: Arc<Usage>, max: usize) -> Option<Self> {
        usage
            .sessions
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
                (count < max).then(|| count.saturating_add(1))
            })
            .ok()?;
        Some(Self(usage))
    }
}

impl Drop for SessionPlace {
    fn drop(&mut self) {
        self.0.sessions.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Staging bytes that an upload holds; grows with it, given back when dropped.
#[derive(Debug)]
pub(crate) struct Space {
    usage: Arc<Usage>,
    held: u64,
}

impl Space {
    pub(crate) fn new(usage: Arc<Usage>) -> Self {
        Self { usage, held: 0 }
    }

    /// Takes `more` bytes unless the account would then hold over `max`.
    pub(crate) fn grow(&mut self, more: u64, max: u64) -> bool {
        let grown =
            self.usage.staged_bytes.fetch_update(Ordering::AcqRel, Ordering::Acquire, |held| {
                held.checked_add(more).filter(|total| *total <= max)
            });
        if grown.is_ok() {
            self.held = self.held.saturating_add(more);
        }
        grown.is_ok()
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        self.usage.staged_bytes.fetch_sub(self.held, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_counted_per_address_and_forgotten() {
        let strangers = Strangers::new(2);
        let (here, there) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let first = strangers.enter(here).unwrap();
        let _second = strangers.enter(here).unwrap();
        assert!(strangers.enter(here).is_none());
        assert!(strangers.enter("::ffff:10.0.0.1".parse().unwrap()).is_none(), "same host in IPv6");
        assert!(strangers.enter(there).is_some());
        drop(first);
        assert!(strangers.enter(here).is_some());
        assert_eq!(strangers.per_ip.lock().unwrap().len(), 1);
    }

    #[test]
    fn sessions_and_space_are_given_back() {
        let accounts = Accounts::default();
        let usage = accounts.usage(&AccountId::new("a"));
        let place = SessionPlace::enter(usage.clone(), 1).unwrap();
        assert!(SessionPlace::enter(accounts.usage(&AccountId::new("a")), 1).is_none());
        drop(place);
        assert!(SessionPlace::enter(usage.clone(), 1).is_some());

        let mut space = Space::new(usage.clone());
        assert!(space.grow(60, 100));
        assert!(!Space::new(usage.clone()).grow(41, 100));
        assert!(!space.grow(u64::MAX, 100));
        drop(space);
        assert!(Space::new(usage).grow(100, 100));
    }
}
