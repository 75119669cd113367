//! Who works on an import's job: an advisory lock of the worker's own session.
//!
//! # Why not a lease
//! A lease has to outlast the longest silence of a worker that lives, so after a crash everybody waits that long. PostgreSQL frees a
//! session's locks the moment its connection ends, which the end of a process brings about by itself: the next worker goes on at once.
//!
//! # What it does not do
//! A session can end while its process lives. A worker looks before each batch and stops, but for one batch two may work on a job.
//! What keeps that harmless is the import's row: a batch is written only by whoever finds the job as far as it believed it to be.

use caravan_tenancy::{Database, Error};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

const TAKE: &str =
    "SELECT pg_try_advisory_lock(hashtextextended('caravan.order/import/' || $1::uuid::text, 0))";
const GIVE_BACK: &str =
    "SELECT pg_advisory_unlock(hashtextextended('caravan.order/import/' || $1::uuid::text, 0))";

/// A worker's session, opened for the first job and kept while there are any.
#[derive(Debug)]
pub(crate) struct Hold {
    database: Database,
    session: Option<PgConnection>,
}

impl Hold {
    /// Holds nothing.
    pub(crate) fn new(database: Database) -> Self {
        Self { database, session: None }
    }

    /// Whether the job of `import` is this worker's now.
    pub(crate) async fn take(&mut self, import: Uuid) -> Result<bool, Error> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.database.session().await?,
        };
        // A session that fails is dropped, and with it all that it held.
        let taken = ask(&mut session, TAKE, import).await?;
        self.session = Some(session);
        Ok(taken)
    }

    /// Whether what was taken is held still.
    pub(crate) async fn lives(&mut self) -> bool {
        let Some(mut session) = self.session.take() else { return false };
        let lives = session.ping().await.is_ok();
        self.session = lives.then_some(session);
        lives
    }

    /// Lets go of a job that was taken.
    pub(crate) async fn give_back(&mut self, import: Uuid) -> Result<(), Error> {
        let Some(mut session) = self.session.take() else { return Ok(()) };
        ask(&mut session, GIVE_BACK, import).await?;
        self.session = Some(session);
        Ok(())
    }

    /// Ends the session, as there is nothing to do.
    pub(crate) async fn rest(&mut self) -> Result<(), Error> {
        let Some(session) = self.session.take() else { return Ok(()) };
        Ok(session.close().await?)
    }
}

async fn ask(
    session: &mut PgConnection,
    what: &'static str,
    import: Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(what).bind(import).fetch_one(session).await
}
