//! What the door needs from the hub: accounts, four folders, and a place where received files become durable.
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use russh::keys::PublicKey;
use thiserror::Error;

use crate::path::TemporaryNames;
use crate::staging::Staged;

/// Names an account inside the hub (for example a connection id); one line of text, never shown to other accounts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(Arc<str>);

impl AccountId {
    /// Takes the hub's own identifier.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(Arc::from(id))
    }

    /// The identifier as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One login: who it is, which keys open it, and which names its client uses for files that are not complete yet.
#[derive(Debug, Clone)]
pub struct Account {
    /// The hub's identifier of the account.
    pub id: AccountId,
    /// Keys that may log in; comments are ignored. Keys that need SHA-1 signatures are refused whatever is listed.
    pub keys: Vec<PublicKey>,
    /// Upload names that become real by RENAME.
    pub temporary: TemporaryNames,
}

/// The four virtual folders of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Folder {
    /// What the partner sent and the hub has not finished with.
    Inbox,
    /// What waits for the partner; the partner may read and remove it.
    Outbox,
    /// What the hub took.
    Processed,
    /// What the hub could not take.
    Rejected,
}

impl Folder {
    /// Every folder, in the order of a listing.
    pub const ALL: [Self; 4] = [Self::Inbox, Self::Outbox, Self::Processed, Self::Rejected];

    /// The folder's name in paths.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Outbox => "outbox",
            Self::Processed => "processed",
            Self::Rejected => "rejected",
        }
    }
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// File name without folder; one per name and folder (the newest, if the hub holds several).
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// Unix time in seconds, as SFTP version 3 counts it.
    pub modified: u32,
}

/// A file that a session reads. Reads may come in any order and overlap.
#[async_trait]
pub trait Readable: Send + Sync {
    /// Size in bytes, fixed while the handle is open.
    fn size(&self) -> u64;

    /// At most `len` bytes from `offset`; empty only at or after the end. `len` never exceeds 256 KiB.
    ///
    /// # Errors
    /// When the store cannot deliver them; the client sees a plain failure.
    async fn read_at(&self, offset: u64, len: usize) -> io::Result<Bytes>;
}

/// A complete upload on its way into the hub.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// Its final name, already validated: one component, no control characters, at most 255 bytes.
    pub name: &'a str,
    /// Its bytes, in a private file that vanishes after the call.
    pub upload: &'a Staged,
    /// Where it came from.
    pub peer: IpAddr,
}

/// Why an arrival was not taken. The message goes to the partner's client as it is: one clause, no internals.
#[derive(Debug, Clone, Error)]
#[error("{message}")]
pub struct Refusal {
    /// What is wrong and what to do.
    pub message: String,
}

/// Why a folder operation did not work.
#[derive(Debug, Error)]
pub enum MailboxError {
    /// No such file in that folder of that account.
    #[error("no such file")]
    NotFound,
    /// Policy forbids it; the text goes to the client.
    #[error("{0}")]
    Refused(String),
    /// The store is not answering; the client is told to try again, the cause is logged.
    #[error("the mailbox is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The hub's side of the door.
#[async_trait]
pub trait Mailbox: Send + Sync + 'static {
    /// The account of a login name, read anew at each attempt. An unreachable store is answered with `None`.
    async fn account(&self, user: &str) -> Option<Account>;

    /// The files of a folder, in any order. Keep it bounded (some thousands): it is held for the whole listing.
    ///
    /// # Errors
    /// [`MailboxError::Unavailable`] when the store does not answer.
    async fn list(&self, account: &AccountId, folder: Folder) -> Result<Vec<Entry>, MailboxError>;

    /// One file's entry. The default searches the listing; override it when a lookup is cheaper.
    ///
    /// # Errors
    /// [`MailboxError::NotFound`] when the folder has no such file.
    async fn entry(
        &self,
        account: &AccountId,
        folder: Folder,
        name: &str,
    ) -> Result<Entry, MailboxError> {
        let entries = self.list(account, folder).await?;
        entries.into_iter().find(|entry| entry.name == name).ok_or(MailboxError::NotFound)
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    /// [`MailboxError::NotFound`] when the folder has no such file.
    async fn open(
        &self,
        account: &AccountId,
        folder: Folder,
        name: &str,
    ) -> Result<Arc<dyn Readable>, MailboxError>;

    /// Takes a complete upload. Returning `Ok` promises that the bytes are durable: the client is told so next.
    /// The same bytes may come twice (a client that lost our answer sends again), so it must be idempotent.
    ///
    /// # Errors
    /// A [`Refusal`] that the partner can read.
    async fn received(&self, account: &AccountId, arrival: Arrival<'_>) -> Result<(), Refusal>;

    /// Removes a file. Asked for [`Folder::Outbox`] only.
    ///
    /// # Errors
    /// [`MailboxError::NotFound`] when the folder has no such file.
    async fn remove(
        &self,
        account: &AccountId,
        folder: Folder,
        name: &str,
    ) -> Result<(), MailboxError>;
}
