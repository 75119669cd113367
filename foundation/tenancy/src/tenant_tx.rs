//! The only way to a tenant's rows.

use caravan_model::TenantId;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::{Database, Error};

/// What runs once a transaction is durable.
pub(crate) type Hook = Box<dyn FnOnce() + Send>;

/// A transaction that sees, and can write, exactly one tenant's rows. Dropped without [`TenantTx::commit`] it is rolled back.
pub struct TenantTx {
    tenant: TenantId,
    inner: Transaction<'static, Postgres>,
    reads: bool,
    after_commit: Vec<Hook>,
}

impl TenantTx {
    /// Begins a transaction for `tenant`. `app.tenant_id` is set in the same round trip as `BEGIN`, and for this transaction only.
    ///
    /// # Errors
    /// [`Error::Begin`] when no connection is to be had.
    pub async fn begin(database: &Database, tenant: TenantId) -> Result<Self, Error> {
        Self::open(database, tenant, false).await
    }

    /// Begins a transaction whose statements all see one moment, and can change nothing: for answers that are put together from
    /// several questions, between which others commit.
    ///
    /// # Errors
    /// [`Error::Begin`] when no connection is to be had.
    pub async fn read(database: &Database, tenant: TenantId) -> Result<Self, Error> {
        Self::open(database, tenant, true).await
    }

    async fn open(database: &Database, tenant: TenantId, reads: bool) -> Result<Self, Error> {
        let begin =
            if reads { "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" } else { "BEGIN" };
        // A UUID's text is hex digits and hyphens, so it needs no escaping; a simple query cannot bind parameters.
        let inner = database.begin(begin, ("app.tenant_id", &tenant.to_string())).await?;
        Ok(Self { tenant, inner, reads, after_commit: Vec::new() })
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The connection to run statements on.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// Has `hook` run after the commit, and not at all when there is none. It must not block.
    pub fn after_commit(&mut self, hook: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(hook));
    }

    /// Commits, then runs the hooks.
    ///
    /// # Errors
    /// [`Error::Commit`]: whether the database took it is then unknown, so the transaction must be safe to repeat.
    pub async fn commit(self) -> Result<(), Error> {
        // What only read has nothing to make durable: nobody waits for its end, which the pool sees to.
        if !self.reads {
            self.inner.commit().await.map_err(Error::Commit)?;
        }
        self.after_commit.into_iter().for_each(|hook| hook());
        Ok(())
    }
}

impl core::fmt::Debug for TenantTx {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TenantTx").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
