//! The private cluster as the rest of Caravan sees it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::account::Account;
use crate::layout::{Layout, SOCKET};
use crate::server::Server;
use crate::{Error, find_binaries};

/// The role that owns databases and schemas and runs the migrations. Nothing else logs in as it.
pub const OWNER_ROLE: &str = "caravan_owner";

/// Tries for the data folder's lock, and the wait between two.
const LOCK_TRIES: u32 = 25;
const LOCK_WAIT: core::time::Duration = core::time::Duration::from_millis(20);

/// Where and how the cluster runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// A folder of the cluster's own; made when missing. As root it must be reachable for the user `postgres`.
    pub data_dir: PathBuf,
    /// Whether a commit is on the disk when it returns. Off only where the data may be lost, as in tests.
    pub fsync: bool,
}

impl Config {
    /// A durable cluster in `data_dir`.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), fsync: true }
    }
}

/// A running cluster. Dropped without [`Cluster::stop`] the server goes on running, and the next start takes it over.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    /// Held until we stop or die.
    lock: File,
}

impl Cluster {
    /// Makes the cluster on the first call, then starts it, or takes over the one that a killed process left running. Returns
    /// when it accepts connections.
    ///
    /// # Errors
    /// [`Error`] says what is missing or wrong and what to do.
    pub async fn start(config: Config) -> Result<Self, Error> {
        let account = Account::current()?;
        let root = std::path::absolute(&config.data_dir)
            .map_err(|source| Error::file("resolve", &config.data_dir, source))?;
        let server = Server { binaries: find_binaries()?, account, layout: Layout::of(&root) };
        server.layout.make(&account)?;
        let lock = exclude_others(&server.layout).await?;
        server.initialize(config.fsync).await?;
        server.start(&server.layout.settings(config.fsync)).await?;
        Ok(Self { server, lock })
    }

    /// The URL of `database` under `role` in the cluster of a data folder that another process has running; none when there is no
    /// socket, and so no server. Nothing is started, and nobody is kept out.
    #[must_use]
    pub fn url_beside(data_dir: &Path, database: &str, role: &str) -> Option<String> {
        let layout = Layout::of(&std::path::absolute(data_dir).ok()?);
        let listening = layout.socket.join(SOCKET).exists();
        listening.then(|| url(&layout.socket, database, role))
    }

    /// The URL of `database` under `role`; there is no password.
    #[must_use]
    pub fn url(&self, database: &str, role: &str) -> String {
        url(&self.server.layout.socket, database, role)
    }

    /// The folder of its socket, for `psql -h`.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        &self.server.layout.socket
    }

    /// Makes the owner role and `database`, owned by it, where they are missing, and returns the owner's URL, for migrations.
    ///
    /// # Errors
    /// [`Error::Name`] for a name that would need quoting, [`Error::Database`] when the server refuses.
    pub async fn ensure_database(&self, database: &str) -> Result<String, Error> {
        ensure_database(&self.server.layout.socket, database, None).await?;
        Ok(self.url(database, OWNER_ROLE))
    }

    /// Stops the server: fast shutdown, everything written down.
    ///
    /// # Errors
    /// [`Error::Failed`] when it does not stop in time.
    pub async fn stop(self) -> Result<(), Error> {
        let stopped = self.server.stop().await;
        drop(self.lock);
        stopped
    }
}

/// Takes the folder's lock. Tried for half a second: a program that somebody is just starting holds a copy of every open file
/// until it runs, so the lock of a process that has just ended may linger for a moment.
async fn exclude_others(layout: &Layout) -> Result<File, Error> {
    let file =
        File::create(&layout.lock).map_err(|source| Error::file("create", &layout.lock, source))?;
    let mut tries = 0_u32;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if tries < LOCK_TRIES => {
                tries = tries.saturating_add(1);
                tokio::time::sleep(LOCK_WAIT).await;
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Error::InUse { folder: layout.root.clone() });
            }
            Err(TryLockError::Error(source)) => {
                return Err(Error::file("lock", &layout.lock, source));
            }
        }
    }
}

pub(crate) fn url(socket: &Path, database: &str, role: &str) -> String {
    let mut host = String::new();
    for byte in socket.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                host.push(char::from(*byte));
            }
            other => host.push_str(&format!("%{other:02X}")),
        }
    }
    format!("postgres://{role}@localhost:5432/{database}?host={host}")
}

/// Makes the owner and the database, from `template` if given (whose objects are then the new database's).
pub(crate) async fn ensure_database(
    socket: &Path,
    database: &str,
    template: Option<&str>,
) -> Result<(), Error> {
    if !database.starts_with(|c: char| c.is_ascii_lowercase())
        || !database.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        return Err(Error::Name { name: database.to_owned() });
    }
    let failed = |source| Error::Database { database: database.to_owned(), source };
    let mut admin = PgConnectOptions::from_str(&url(socket, "postgres", "postgres"))
        .map_err(failed)?
        .connect()
        .await
        .map_err(failed)?;
    let owner = format!(
        "DO $$ BEGIN
           IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{OWNER_ROLE}') THEN
             CREATE ROLE {OWNER_ROLE} LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS NOCREATEDB;
           END IF;
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    sqlx::raw_sql(AssertSqlSafe(owner)).execute(&mut admin).await.map_err(failed)?;
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(database)
            .fetch_one(&mut admin)
            .await
            .map_err(failed)?;
    if !exists {
        let template = template.unwrap_or("template0");
        let create = format!("CREATE DATABASE {database} OWNER {OWNER_ROLE} TEMPLATE {template}");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut admin).await.map_err(failed)?;
    }
    admin.close().await.map_err(failed)
}
