//! What can keep the private cluster from running, each with what to do about it.

use std::io;
use std::path::PathBuf;

use crate::Missing;

/// The cluster cannot be started, used or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No server binaries.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// We are root and there is nobody to run the server as.
    #[error(
        "PostgreSQL does not run as root and there is no user \"postgres\" to run it as; create it with: useradd --system postgres"
    )]
    NoUser,
    /// The server's user cannot reach the data folder.
    #[error(
        "user \"postgres\" cannot enter {}, which leads to the data folder; choose a data folder elsewhere, for example under /var/lib, or run: chmod o+x {}",
        .folder.display(), .folder.display()
    )]
    NotTraversable {
        /// The closed folder.
        folder: PathBuf,
    },
    /// Another process runs on the same data folder.
    #[error("another Caravan uses the data folder {}; stop it, or choose another folder", .folder.display())]
    InUse {
        /// The data folder.
        folder: PathBuf,
    },
    /// A folder for the socket exists and is not ours alone.
    #[error("{} belongs to somebody else or is open to others; remove it", .folder.display())]
    SocketFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// A file operation failed.
    #[error("cannot {action} {}", .path.display())]
    File {
        /// What was to be done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// One of PostgreSQL's programs could not be run at all.
    #[error("cannot run {program}")]
    Run {
        /// The program.
        program: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// One of PostgreSQL's programs failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// The program.
        program: &'static str,
        /// What it said, and the last lines of the server's log.
        output: String,
    },
    /// The server runs and does not let us in, or refused a statement.
    #[error("cannot prepare database {database}")]
    Database {
        /// The database.
        database: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A database name that would need quoting.
    #[error("{name:?} is not a plain lower-case name for a database")]
    Name {
        /// The name.
        name: String,
    },
}

impl Error {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File { action, path: path.into(), source }
    }
}
