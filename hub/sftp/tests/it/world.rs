//! A server of its own for each test: in-memory mailbox, fresh keys, free port.
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use caravan_hub_sftp::{
    Account, AccountId, Arrival, Config, Entry, Folder, Mailbox, MailboxError, PublicKey, Readable,
    Refusal, Server, TemporaryNames,
};
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

type Files = BTreeMap<(AccountId, Folder, String), Bytes>;

#[derive(Default)]
pub(crate) struct MemoryMailbox {
    accounts: Mutex<BTreeMap<String, Account>>,
    files: Mutex<Files>,
    received: Mutex<Vec<(String, Bytes)>>,
}

impl MemoryMailbox {
    pub(crate) fn put(&self, account: &str, folder: Folder, name: &str, bytes: &Bytes) {
        let key = (AccountId::new(account), folder, name.to_owned());
        self.files.lock().unwrap().insert(key, bytes.clone());
    }

    /// Adds a key to an account.
    pub(crate) fn allow(&self, user: &str, key: PublicKey) {
        self.accounts.lock().unwrap().get_mut(user).unwrap().keys.push(key);
    }

    pub(crate) fn has(&self, account: &str, folder: Folder, name: &str) -> bool {
        let key = (AccountId::new(account), folder, name.to_owned());
        self.files.lock().unwrap().contains_key(&key)
    }

    /// Everything received, as `account/name` and bytes, in order.
    pub(crate) fn received(&self) -> Vec<(String, Bytes)> {
        self.received.lock().unwrap().clone()
    }

    pub(crate) fn received_names(&self) -> Vec<String> {
        self.received().into_iter().map(|(name, _)| name).collect()
    }
}

struct Memory(Bytes);

#[async_trait]
impl Readable for Memory {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    async fn read_at(&self, offset: u64, len: usize) -> io::Result<Bytes> {
        assert!(len <= 256 << 10, "a client's length reached the store: {len}");
        let start = self.0.len().min(offset as usize);
        Ok(self.0.slice(start..self.0.len().min(start + len)))
    }
}

#[async_trait]
impl Mailbox for MemoryMailbox {
    async fn account(&self, user: &str) -> Option<Account> {
        self.accounts.lock().unwrap().get(user).cloned()
    }

    async fn list(&self, account: &AccountId, folder: Folder) -> Result<Vec<Entry>, MailboxError> {
        let files = self.files.lock().unwrap();
        let entries =
            files.iter().filter(|((owner, place, _), _)| owner == account && *place == folder);
        Ok(entries
            .map(|((_, _, name), bytes)| Entry {
                name: name.clone(),
                size: bytes.len() as u64,
                modified: 1_700_000_000,
            })
            .collect())
    }

    async fn open(
        &self,
        account: &AccountId,
        folder: Folder,
        name: &str,
    ) -> Result<Arc<dyn Readable>, MailboxError> {
        let key = (account.clone(), folder, name.to_owned());
        let bytes = self.files.lock().unwrap().get(&key).cloned();
        Ok(Arc::new(Memory(bytes.ok_or(MailboxError::NotFound)?)))
    }

    async fn received(&self, account: &AccountId, arrival: Arrival<'_>) -> Result<(), Refusal> {
        if arrival.name.starts_with("refuse") {
            return Err(Refusal { message: "not today".to_owned() });
        }
        let bytes = Bytes::from(std::fs::read(arrival.upload.path()).unwrap());
        assert_eq!(bytes.len() as u64, arrival.upload.size());
        // `gone` names stand for files that the hub moves on at once.
        if !arrival.name.starts_with("gone") {
            self.put(account.as_str(), Folder::Inbox, arrival.name, &bytes);
        }
        self.received.lock().unwrap().push((format!("{account}/{}", arrival.name), bytes));
        Ok(())
    }

    async fn remove(
        &self,
        account: &AccountId,
        folder: Folder,
        name: &str,
    ) -> Result<(), MailboxError> {
        let key = (account.clone(), folder, name.to_owned());
        self.files.lock().unwrap().remove(&key).map(drop).ok_or(MailboxError::NotFound)
    }
}

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) mailbox: Arc<MemoryMailbox>,
    pub(crate) port: u16,
    pub(crate) shutdown: CancellationToken,
    pub(crate) running: JoinHandle<()>,
}

impl World {
    /// A server with the accounts `alice` and `bob`, each with a key of its own.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Arc::new(MemoryMailbox::default());
        for user in ["alice", "bob"] {
            let key = generate_key(folder.path(), user).await;
            let account = Account {
                id: AccountId::new(user),
                keys: vec![key],
                temporary: TemporaryNames::default(),
            };
            mailbox.accounts.lock().unwrap().insert(user.to_owned(), account);
        }
        let mut config = Config::new(
            "127.0.0.1:0".parse().unwrap(),
            folder.path().join("host_key"),
            folder.path().join("staging"),
        );
        config.auth_rejection_delay = Duration::from_millis(20);
        change(&mut config);
        let server = Server::bind(config, mailbox.clone()).await.unwrap();
        let port = server.local_addr().port();
        let host = server.host_key().to_openssh().unwrap();
        std::fs::write(folder.path().join("known_hosts"), format!("[127.0.0.1]:{port} {host}\n"))
            .unwrap();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(server.run(shutdown.clone()));
        Self { folder, mailbox, port, shutdown, running }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a local file to send.
    pub(crate) fn local(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    pub(crate) fn staged_files(&self) -> Vec<(String, u64)> {
        let files = std::fs::read_dir(self.path("staging")).unwrap();
        files
            .filter_map(|file| {
                let file = file.unwrap();
                let size = file.metadata().ok()?.len();
                Some((file.file_name().into_string().unwrap(), size))
            })
            .collect()
    }

    fn options(&self, key: &str) -> Vec<String> {
        let mut options = vec!["-F".to_owned(), "/dev/null".to_owned()];
        for option in [
            format!("UserKnownHostsFile={}", self.path("known_hosts").display()),
            "GlobalKnownHostsFile=/dev/null".to_owned(),
            "StrictHostKeyChecking=yes".to_owned(),
            "IdentitiesOnly=yes".to_owned(),
            "BatchMode=yes".to_owned(),
            format!("IdentityFile={}", self.path(key).display()),
        ] {
            options.extend(["-o".to_owned(), option]);
        }
        options
    }

    /// `sftp -b` with the given lines, not yet started.
    pub(crate) fn sftp_command(
        &self,
        user: &str,
        key: &str,
        batch: &str,
        more: &[&str],
    ) -> Command {
        let script = self.path("batch");
        std::fs::write(&script, format!("{batch}\n")).unwrap();
        let mut command = Command::new("sftp");
        command
            .args(more)
            .args(self.options(key))
            .arg("-b")
            .arg(script)
            .arg("-P")
            .arg(self.port.to_string())
            .arg(format!("{user}@127.0.0.1"))
            .env_remove("SSH_AUTH_SOCK")
            .kill_on_drop(true);
        command
    }

    /// Runs `sftp` as `user`.
    pub(crate) async fn sftp(&self, user: &str, batch: &str) -> Run {
        run(&mut self.sftp_command(user, user, batch, &[])).await
    }

    /// Runs `ssh` as alice with more arguments.
    pub(crate) async fn ssh(&self, before: &[&str], after: &[&str]) -> Run {
        let mut command = Command::new("ssh");
        command
            .args(self.options("alice"))
            .args(before)
            .arg("-p")
            .arg(self.port.to_string())
            .arg("alice@127.0.0.1")
            .args(after)
            .env_remove("SSH_AUTH_SOCK")
            .kill_on_drop(true);
        run(&mut command).await
    }
}

/// What a client program said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) ok: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        assert!(self.ok, "{self:#?}");
        self.out
    }

    #[track_caller]
    pub(crate) fn fails_with(self, text: &str) {
        assert!(!self.ok, "{self:#?}");
        assert!(
            self.err.to_lowercase().contains(&text.to_lowercase()),
            "{text:?} not in {self:#?}"
        );
    }
}

pub(crate) async fn run(command: &mut Command) -> Run {
    command.stdin(std::process::Stdio::null());
    let Output { status, stdout, stderr } =
        timeout(Duration::from_secs(60), command.output()).await.expect("client hangs").unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Run { ok: status.success(), out: text(&stdout[..]), err: text(&stderr[..]) }
}

/// An ed25519 key pair made by ssh-keygen, `name` and `name.pub` in `folder`.
pub(crate) async fn generate_key(folder: &Path, name: &str) -> PublicKey {
    let path = folder.join(name);
    let keygen =
        run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&path))
            .await;
    assert!(keygen.ok, "{keygen:?}");
    PublicKey::from_openssh(&std::fs::read_to_string(path.with_extension("pub")).unwrap()).unwrap()
}

/// Waits until the condition holds.
#[track_caller]
pub(crate) fn eventually(mut holds: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let waiting = async {
            let mut tick = interval(Duration::from_millis(5));
            while !holds() {
                tick.tick().await;
            }
        };
        assert!(timeout(Duration::from_secs(20), waiting).await.is_ok(), "never held: {caller}");
    }
}

/// Bytes that no compression or repetition would hide a mix-up in.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
