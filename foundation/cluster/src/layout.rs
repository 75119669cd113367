//! What lies where in the data folder, and the settings that we run with.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::account::Account;

/// Longest path of a Unix socket on every system (Linux 107, macOS 103), less the socket's own name.
const SOCKET_FOLDER_MAX: usize = 103 - "/".len() - SOCKET.len();
/// The socket's own name, which PostgreSQL makes of the port.
pub(crate) const SOCKET: &str = ".s.PGSQL.5432";

/// The data folder's parts.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The whole.
    pub(crate) root: PathBuf,
    /// PostgreSQL's own data.
    pub(crate) data: PathBuf,
    /// The server's log.
    pub(crate) log: PathBuf,
    /// Holds the lock that keeps a second Caravan out.
    pub(crate) lock: PathBuf,
    /// Holds the socket.
    pub(crate) socket: PathBuf,
}

impl Layout {
    /// The parts of `root`, an absolute path.
    pub(crate) fn of(root: &Path) -> Self {
        let near = root.join("socket");
        let socket = if near.as_os_str().len() <= SOCKET_FOLDER_MAX {
            near
        } else {
            // Too deep for a socket: a folder of our own in the temporary folder, named by the data folder.
            let hash = root
                .as_os_str()
                .as_encoded_bytes()
                .iter()
                .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                    (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
                });
            std::env::temp_dir().join(format!("caravan-{hash:016x}"))
        };
        Self {
            root: root.to_path_buf(),
            data: root.join("data"),
            log: root.join("postgres.log"),
            lock: root.join("lock"),
            socket,
        }
    }

    /// Makes the folders and gives them to the server's user; nobody else may enter.
    pub(crate) fn make(&self, account: &Account) -> Result<(), Error> {
        account.check_reach(&self.root)?;
        for folder in [&self.root, &self.socket] {
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::file("create", folder, source))?;
            account.own(folder).map_err(|_| Error::SocketFolder { folder: folder.clone() })?;
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
                .map_err(|_| Error::SocketFolder { folder: folder.clone() })?;
        }
        // Who may enter the socket's folder is who may log in: somebody else's folder in /tmp is no door of ours.
        let metadata = self
            .socket
            .symlink_metadata()
            .map_err(|source| Error::file("look at", &self.socket, source))?;
        if !metadata.is_dir() || metadata.uid() != account.uid || metadata.mode() & 0o077 != 0 {
            return Err(Error::SocketFolder { folder: self.socket.clone() });
        }
        Ok(())
    }

    /// The server's settings. Small where many idle processes would pay for it; durable unless told otherwise.
    pub(crate) fn settings(&self, fsync: bool) -> String {
        let quote = |path: &Path| path.display().to_string().replace('\'', "''");
        let durable = if fsync { "on" } else { "off" };
        format!(
            "# Written by Caravan at every start; changes here are lost.\n\
             listen_addresses = ''\n\
             port = 5432\n\
             unix_socket_directories = '{socket}'\n\
             unix_socket_permissions = 0700\n\
             max_connections = 100\n\
             shared_buffers = 128MB\n\
             work_mem = 8MB\n\
             maintenance_work_mem = 32MB\n\
             max_worker_processes = 4\n\
             max_parallel_workers_per_gather = 1\n\
             autovacuum_max_workers = 2\n\
             max_wal_size = 1GB\n\
             jit = off\n\
             max_prepared_transactions = 0\n\
             idle_in_transaction_session_timeout = 60s\n\
             log_min_messages = warning\n\
             timezone = 'UTC'\n\
             fsync = {durable}\n\
             synchronous_commit = {durable}\n\
             full_page_writes = {durable}\n",
            socket = quote(&self.socket),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_folder_gets_a_short_socket_of_its_own() {
        let shallow = Layout::of(Path::new("/var/lib/caravan"));
        assert_eq!(shallow.socket, Path::new("/var/lib/caravan/socket"));
        let deep = Layout::of(&Path::new("/var").join("x".repeat(120)));
        let other = Layout::of(&Path::new("/var").join("y".repeat(120)));
        assert!(deep.socket.as_os_str().len() <= SOCKET_FOLDER_MAX, "{:?}", deep.socket);
        assert_ne!(deep.socket, other.socket);
    }
}
