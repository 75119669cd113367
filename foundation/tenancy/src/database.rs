//! One pool of connections for one login role. It hands out nothing but transactions.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Transaction};

use crate::Error;
use crate::finish::Finish;

/// How long a caller waits for a free connection before it is told that the database is overloaded.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle connection is taken to be alive without a question, which would be a round trip for every transaction.
const TRUSTED_FOR: Duration = Duration::from_millis(500);

/// A pool of connections under one login role. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: PgPool,
}

impl Database {
    /// Connects to `url` (`postgres://role@host/database`, or with `?host=/socket/folder`), with at most `max_connections`
    /// connections. One connection is opened at once, so that a wrong URL is found here.
    ///
    /// # Errors
    /// [`Error::Connect`] when the URL cannot be read or nobody answers.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url)
            .map_err(Error::Connect)?
            .application_name("caravan")
            // A slow statement is worth a line; every statement is not.
            .options([("client_min_messages", "warning")]);
        let pool = PgPoolOptions::new()
            .max_connections(max_connections.max(1))
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // It was asked when it was given back. What has been idle since may have been cut off without a word.
            .test_before_acquire(false)
            .before_acquire(|connection, pooled| {
                Box::pin(async move {
                    if pooled.idle_for > TRUSTED_FOR {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options)
            .await
            .map_err(Error::Connect)?;
        Ok(Self { pool })
    }

    /// Whether the database answers; for readiness probes.
    ///
    /// # Errors
    /// [`Error::Connect`] when it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map(drop).map_err(Error::Connect)
    }

    /// Closes the pool, waiting for connections in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A connection of its own, outside the pool, that must never see a tenant's row: for session-level advisory locks and
    /// other bookkeeping of `foundation/`. It has neither a tenant nor the system flag, so row-level security shows it nothing.
    ///
    /// # Errors
    /// [`Error::Connect`] when it cannot be opened.
    pub async fn session(&self) -> Result<sqlx::PgConnection, Error> {
        use sqlx::ConnectOptions as _;
        self.pool.connect_options().connect().await.map_err(Error::Connect)
    }

    /// Begins a transaction by `begin`, a statement of ours, with `setting` made for it alone: one round trip for all of it.
    ///
    /// The second wall behind `set_config(…, true)`: what another transaction's code set outlives its use of the connection by no
    /// statement. RESET and not DISCARD, which would throw the prepared statements away.
    pub(crate) async fn begin(
        &self,
        begin: &'static str,
        setting: (&'static str, &str),
    ) -> Result<Transaction<'static, Postgres>, Error> {
        let (name, value) = setting;
        let all = format!("RESET ALL; {begin}; SELECT set_config('{name}', '{value}', true)");
        let pool = self.pool.clone();
        let begun = Finish::new(async move { pool.begin_with(AssertSqlSafe(all)).await }).await;
        begun.map_err(Error::Begin)
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the URL: it may carry a password.
        f.debug_struct("Database").field("connections", &self.pool.size()).finish_non_exhaustive()
    }
}
