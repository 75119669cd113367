//! Throwaway databases for tests: one cluster for all test processes of a user, one fresh database for each test.
//!
//! The cluster lives in the temporary folder, without fsync. The first test process starts it; a small watcher stops it a minute
//! after the last one has ended, which it learns from a file lock that every test process shares.

use core::sync::atomic::{AtomicU32, Ordering};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::sync::OnceCell;

use crate::account::Account;
use crate::cluster::{OWNER_ROLE, ensure_database, url};
use crate::layout::Layout;
use crate::server::Server;
use crate::{Error, find_binaries};

/// The cluster as this process holds it, until it ends.
struct Shared {
    server: Server,
    _in_use: File,
}

static SHARED: OnceCell<Shared> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A database of a test's own; dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    socket: PathBuf,
    dropdb: PathBuf,
}

/// A fresh, empty database. Takes a fraction of a second; the first call of a machine makes the cluster (one or two seconds).
///
/// # Errors
/// [`Error`], for example when PostgreSQL is not installed.
pub async fn database() -> Result<TestDatabase, Error> {
    let shared = SHARED.get_or_try_init(start).await?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("t_{}_{number}", std::process::id());
    let socket = shared.server.layout.socket.clone();
    ensure_database(&socket, &name, None).await?;
    Ok(TestDatabase { name, socket, dropdb: shared.server.binaries.join("dropdb") })
}

impl TestDatabase {
    /// The owner's URL: for `caravan_tenancy::migrate`.
    #[must_use]
    pub fn owner_url(&self) -> String {
        self.url(OWNER_ROLE)
    }

    /// The URL under `role`, for example `caravan_tracking`.
    #[must_use]
    pub fn url(&self, role: &str) -> String {
        url(&self.socket, &self.name, role)
    }

    /// The URL of the superuser, for planting what nobody else may.
    #[must_use]
    pub fn superuser_url(&self) -> String {
        self.url("postgres")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Not waited for: what this leaves behind, the next test process sweeps up.
        let dropped = std::process::Command::new(&self.dropdb)
            .args(["--if-exists", "--force", "-U", "postgres", "-h"])
            .arg(&self.socket)
            .arg(&self.name)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        drop(dropped);
    }
}

async fn start() -> Result<Shared, Error> {
    let account = Account::current()?;
    let root = std::env::temp_dir().join(format!("caravan-test-pg-{}", account.uid));
    let server = Server { binaries: find_binaries()?, account, layout: Layout::of(&root) };
    server.layout.make(&account)?;
    let lock = open(&server.layout.lock)?;
    let in_use_file = root.join("in-use");
    let in_use = open(&in_use_file)?;
    // Waiting for another process's start is blocking work.
    let held = tokio::task::spawn_blocking(move || {
        lock.lock()?;
        in_use.lock_shared()?;
        Ok((lock, in_use))
    });
    let (lock, in_use) = held
        .await
        .map_err(std::io::Error::other)
        .flatten()
        .map_err(|source| Error::file("lock", &in_use_file, source))?;
    server.initialize(false).await?;
    let ran = server.is_running().await;
    server.start(&server.layout.settings(false)).await?;
    if !ran {
        watch(&server, &in_use_file)?;
    }
    sweep(&server.layout.socket).await?;
    drop(lock);
    Ok(Shared { server, _in_use: in_use })
}

fn open(path: &Path) -> Result<File, Error> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .read(true)
        .open(path)
        .map_err(|source| Error::file("open", path, source))
}

/// Leaves a shell behind that stops the cluster once nobody has held the lock for a minute. Where there is no flock(1) the
/// cluster just goes on running, idle.
fn watch(server: &Server, in_use: &Path) -> Result<(), Error> {
    let script = "while :; do sleep 60; flock --nonblock --exclusive \"$1\" \"$2\" -D \"$3\" -m fast -w -s stop && exit; \
                  \"$2\" -D \"$3\" -s status || exit; done";
    let mut command = server.account.command(Path::new("/bin/sh"));
    server.account.own(in_use)?;
    command
        .args(["-c", script, "caravan-test-pg"])
        .arg(in_use)
        .arg(server.binaries.join("pg_ctl"))
        .arg(&server.layout.data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(drop)
        .map_err(|source| Error::Run { program: "sh", source })
}

/// Drops the databases of test processes that are no more.
async fn sweep(socket: &Path) -> Result<(), Error> {
    let failed = |source| Error::Database { database: "postgres".to_owned(), source };
    let mut admin = PgConnectOptions::from_str(&url(socket, "postgres", "postgres"))
        .map_err(failed)?
        .connect()
        .await
        .map_err(failed)?;
    let names: Vec<String> =
        sqlx::query_scalar("SELECT datname FROM pg_database WHERE datname ~ '^t_[0-9]+_[0-9]+$'")
            .fetch_all(&mut admin)
            .await
            .map_err(failed)?;
    let own = std::process::id().to_string();
    for name in names {
        let pid = name.split('_').nth(1).unwrap_or_default();
        if pid != own && !Path::new("/proc").join(pid).exists() {
            let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            // A rival may sweep the same one; then it is gone all the same.
            drop(sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await);
        }
    }
    admin.close().await.map_err(failed)
}
