//! Uploads that wait in staging: complete ones under a temporary name, and unfinished ones as a note for the partner.
//!
//! # Recovery
//! A CLOSE under a temporary name was answered with OK, so it must survive a restart: its bytes are synced, and a
//! small file beside them (`*.meta`) says whose they are. At start every file with a meta file comes back and every
//! other staging file is deleted: its sender never got an OK.
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::admission::{Accounts, Space};
use crate::mailbox::{AccountId, Entry};
use crate::staging::{PREFIX, Staged};

const META_BYTES_MAX: u64 = 4096;

/// Whether a parked upload may ever be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Closed by its sender under a temporary name; a RENAME makes it received.
    Complete,
    /// Its session ended first; kept for the partner to see, never processed.
    Partial,
}

/// One parked upload.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) staged: Staged,
    pub(crate) state: State,
    modified: u32,
    taken: AtomicBool,
}

impl Parked {
    pub(crate) fn entry(&self, name: &str) -> Entry {
        Entry { name: name.to_owned(), size: self.staged.size(), modified: self.modified }
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        // The meta file goes first: bytes without one are deleted at the next start, one without bytes is ignored.
        if let Err(error) = remove_if_there(&meta_path(self.staged.path())) {
            crate::telemetry::staging_leftover(self.staged.path(), &error);
        }
    }
}

/// The right to move one parked upload; only one session has it at a time.
#[derive(Debug)]
pub(crate) struct Claim(Arc<Parked>);

impl Claim {
    pub(crate) fn parked(&self) -> &Parked {
        &self.0
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.taken.store(false, Ordering::Release);
    }
}

type Slots = BTreeMap<(AccountId, String), Arc<Parked>>;

/// All parked uploads of the server.
#[derive(Debug)]
pub(crate) struct Parking {
    slots: Mutex<Slots>,
    per_account_max: usize,
}

impl Parking {
    /// Brings back what an earlier run parked and clears what it left. Blocking; called once at start.
    pub(crate) fn restore(
        folder: &Path,
        accounts: &Accounts,
        per_account_max: usize,
    ) -> io::Result<Self> {
        let mut slots = Slots::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let ours = path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(PREFIX));
            if !ours {
                continue;
            }
            // A meta file stays while its bytes are there; a draft of one was never finished.
            let kept = match path.extension().and_then(|extension| extension.to_str()) {
                Some("meta") => path.with_extension("").exists(),
                Some(_) => false,
                None => restore_one(&path, accounts)
                    .map(|(key, parked)| slots.insert(key, Arc::new(parked)))
                    .is_some(),
            };
            if !kept {
                remove_if_there(&path)?;
            }
        }
        Ok(Self { slots: Mutex::new(slots), per_account_max })
    }

    /// Parks an upload, replacing what had the name. A partial never replaces a complete one.
    ///
    /// Returns false when the account has as many as it may.
    pub(crate) async fn park(
        &self,
        account: &AccountId,
        name: &str,
        staged: Staged,
        state: State,
    ) -> io::Result<bool> {
        let modified = unix_now();
        let meta = render(state, modified, account, name);
        let path = staged.path().to_owned();
        let parked = Parked { staged, state, modified, taken: AtomicBool::new(false) };
        tokio::task::spawn_blocking(move || persist(&path, &meta)).await??;
        let key = (account.clone(), name.to_owned());
        let mut slots = self.lock();
        let known = slots.get(&key).map(|parked| parked.state);
        if state == State::Partial && known == Some(State::Complete) {
            return Ok(true);
        }
        if known.is_none() && of_account(&slots, account).count() >= self.per_account_max {
            return Ok(false);
        }
        let replaced = slots.insert(key, Arc::new(parked));
        drop(slots);
        drop(replaced);
        Ok(true)
    }

    /// The parked uploads of an account, as its inbox lists them.
    pub(crate) fn list(&self, account: &AccountId) -> Vec<Entry> {
        of_account(&self.lock(), account).map(|(name, parked)| parked.entry(name)).collect()
    }

    pub(crate) fn entry(&self, account: &AccountId, name: &str) -> Option<Entry> {
        let slots = self.lock();
        slots.get(&(account.clone(), name.to_owned())).map(|parked| parked.entry(name))
    }

    /// Takes the right to move or remove an upload; `None` when it is not there or another session has the right.
    pub(crate) fn claim(&self, account: &AccountId, name: &str) -> Option<Claim> {
        let parked = self.lock().get(&(account.clone(), name.to_owned()))?.clone();
        (!parked.taken.swap(true, Ordering::AcqRel)).then_some(Claim(parked))
    }

    /// Removes a claimed upload; its files go when the claim does.
    pub(crate) fn remove(&self, account: &AccountId, name: &str, claim: &Claim) {
        let key = (account.clone(), name.to_owned());
        let mut slots = self.lock();
        // A newer upload may have taken the name meanwhile.
        if slots.get(&key).is_some_and(|parked| Arc::ptr_eq(parked, &claim.0)) {
            slots.remove(&key);
        }
    }

    /// Gives a claimed upload another temporary name.
    pub(crate) async fn rename(
        &self,
        account: &AccountId,
        from: &str,
        to: &str,
        claim: &Claim,
    ) -> io::Result<()> {
        let parked = claim.0.clone();
        let meta = render(parked.state, parked.modified, account, to);
        let path = parked.staged.path().to_owned();
        tokio::task::spawn_blocking(move || persist(&path, &meta)).await??;
        self.remove(account, from, claim);
        let replaced = self.lock().insert((account.clone(), to.to_owned()), parked);
        drop(replaced);
        Ok(())
    }

    /// Discards what is older than `ttl`. Returns how many.
    pub(crate) fn expire(&self, ttl: Duration) -> usize {
        let ttl = u32::try_from(ttl.as_secs()).unwrap_or(u32::MAX);
        let now = unix_now();
        let mut slots = self.lock();
        let old: Vec<_> = slots
            .iter()
            .filter(|(_, parked)| now.saturating_sub(parked.modified) >= ttl)
            .map(|(key, _)| key.clone())
            .collect();
        let removed: Vec<_> = old.iter().filter_map(|key| slots.remove(key)).collect();
        drop(slots);
        removed.len()
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn of_account<'a>(
    slots: &'a Slots,
    account: &'a AccountId,
) -> impl Iterator<Item = (&'a str, &'a Arc<Parked>)> {
    slots
        .range((account.clone(), String::new())..)
        .take_while(move |((owner, _), _)| owner == account)
        .map(|((_, name), parked)| (name.as_str(), parked))
}

/// Seconds since 1970, as SFTP counts them.
pub(crate) fn unix_now() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(now.as_secs()).unwrap_or(u32::MAX)
}

fn meta_path(staged: &Path) -> PathBuf {
    staged.with_extension("meta")
}

/// Four lines; neither names nor account ids contain line breaks.
fn render(state: State, modified: u32, account: &AccountId, name: &str) -> String {
    let state = match state {
        State::Complete => "complete",
        State::Partial => "partial",
    };
    format!("{state}\n{modified}\n{account}\n{name}\n")
}

fn persist(staged: &Path, meta: &str) -> io::Result<()> {
    fs::File::open(staged)?.sync_all()?;
    let draft = staged.with_extension("draft");
    let mut file = fs::File::create(&draft)?;
    file.write_all(meta.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, meta_path(staged))?;
    staged.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

fn restore_one(path: &Path, accounts: &Accounts) -> Option<((AccountId, String), Parked)> {
    let meta = meta_path(path);
    if fs::metadata(&meta).ok()?.len() > META_BYTES_MAX {
        return None;
    }
    let text = fs::read_to_string(meta).ok()?;
    let mut lines = text.lines();
    let state = match lines.next()? {
        "complete" => State::Complete,
        "partial" => State::Partial,
        _ => return None,
    };
    let modified = lines.next()?.parse().ok()?;
    let account = AccountId::new(lines.next()?);
    let name = lines.next()?.to_owned();
    let size = fs::metadata(path).ok()?.len();
    let mut space = Space::new(accounts.usage(&account));
    // Held whatever the limit is now: the bytes exist.
    if !space.grow(size, u64::MAX) {
        return None;
    }
    let staged = Staged::adopt(path.to_owned(), size, space);
    Some(((account, name), Parked { staged, state, modified, taken: AtomicBool::new(false) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::{Limits, Staging};

    struct World {
        folder: tempfile::TempDir,
        staging: Staging,
        accounts: Accounts,
        parking: Parking,
        alice: AccountId,
    }

    fn world() -> World {
        let folder = tempfile::tempdir().unwrap();
        let staging = Staging::open(folder.path()).unwrap();
        let accounts = Accounts::default();
        let parking = Parking::restore(folder.path(), &accounts, 2).unwrap();
        World { folder, staging, accounts, parking, alice: AccountId::new("alice") }
    }

    impl World {
        async fn staged(&self, bytes: &[u8]) -> Staged {
            let space = Space::new(self.accounts.usage(&self.alice));
            let limits = Limits { upload: 100, account: 100 };
            let mut upload = self.staging.create(space, limits).await.unwrap();
            upload.write(0, bytes).await.unwrap();
            upload.finish().await.unwrap()
        }

        async fn park(&self, name: &str, bytes: &[u8], state: State) -> bool {
            let staged = self.staged(bytes).await;
            self.parking.park(&self.alice, name, staged, state).await.unwrap()
        }

        fn files(&self) -> usize {
            fs::read_dir(self.folder.path()).unwrap().count()
        }
    }

    #[tokio::test]
    async fn survives_a_restart_and_clears_the_rest() {
        let world = world();
        assert!(world.park("a.tmp", b"abc", State::Complete).await);
        assert!(world.park("b.partial", b"x", State::Partial).await);
        std::mem::forget(world.staged(b"never closed").await);
        std::mem::forget(world.parking);
        for debris in ["upload-1.meta", "upload-2.draft"] {
            fs::write(world.folder.path().join(debris), "complete\n").unwrap();
        }

        let accounts = Accounts::default();
        let restored = Parking::restore(world.folder.path(), &accounts, 2).unwrap();
        let entries = restored.list(&world.alice);
        let names: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.size)).collect();
        assert_eq!(names, [("a.tmp", 3), ("b.partial", 1)]);
        let claim = restored.claim(&world.alice, "a.tmp").unwrap();
        assert_eq!(fs::read(claim.parked().staged.path()).unwrap(), b"abc");
        assert_eq!(fs::read_dir(world.folder.path()).unwrap().count(), 4);
        assert!(restored.list(&AccountId::new("bob")).is_empty());
    }

    #[tokio::test]
    async fn only_one_session_moves_an_upload() {
        let world = world();
        world.park("a.tmp", b"abc", State::Complete).await;
        let claim = world.parking.claim(&world.alice, "a.tmp").unwrap();
        assert!(world.parking.claim(&world.alice, "a.tmp").is_none());
        drop(claim);
        let claim = world.parking.claim(&world.alice, "a.tmp").unwrap();
        world.parking.rename(&world.alice, "a.tmp", "b.tmp", &claim).await.unwrap();
        drop(claim);
        assert!(world.parking.entry(&world.alice, "a.tmp").is_none());
        let claim = world.parking.claim(&world.alice, "b.tmp").unwrap();
        world.parking.remove(&world.alice, "b.tmp", &claim);
        drop(claim);
        assert_eq!(world.files(), 0);
    }

    #[tokio::test]
    async fn is_bounded_per_account_and_expires() {
        let world = world();
        assert!(world.park("a.tmp", b"1", State::Complete).await);
        assert!(world.park("b.tmp", b"2", State::Complete).await);
        assert!(!world.park("c.tmp", b"3", State::Complete).await);
        assert!(world.park("b.tmp", b"22", State::Complete).await, "replacing needs no place");
        assert!(world.park("b.tmp", b"", State::Partial).await);
        assert_eq!(world.parking.entry(&world.alice, "b.tmp").unwrap().size, 2);
        assert_eq!(world.files(), 4);
        assert_eq!(world.parking.expire(Duration::from_secs(3600)), 0);
        assert_eq!(world.parking.expire(Duration::ZERO), 2);
        assert_eq!(world.files(), 0);
    }
}
