//! The SFTP door: partners drop documents into `/inbox` and fetch answers from `/outbox`.
//!
//! Everything is virtual. Four folders per account stand over a [`Mailbox`] that the hub implements; the only real
//! files are private staging files of uploads under way. A file counts as received when a clean CLOSE (or a RENAME
//! from a temporary name) was answered with OK, and that answer is given only after [`Mailbox::received`] returned:
//! acknowledgement last.
//!
//! **Invariant**: there is no shell, no exec, no forwarding, no link and no path to the machine's file system.
//! **Invariant**: a session sees only its own account; no operation takes an account from the client.
#![forbid(unsafe_code)]

mod config;
mod key_file;
mod mailbox;
mod path;

mod transport_policy;

mod admission;
mod connection;
mod server;
mod stream;

mod transport;

mod answer;
mod files;
mod handles;
mod session;

mod parking;
mod staging;

mod telemetry;

pub use config::Config;
pub use key_file::{KeyFileError, client_key};
pub use mailbox::{
    Account, AccountId, Arrival, Entry, Folder, Mailbox, MailboxError, Readable, Refusal,
};
pub use path::TemporaryNames;
pub use russh::keys::PublicKey;
pub use server::{Error, Server};
pub use staging::Staged;
