//! Transactions of a service's own machinery: tables without a tenant, and batches that span tenants.

use caravan_model::TenantId;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::tenant_tx::Hook;
use crate::{Database, Error};

/// A transaction without a tenant. It sees no tenant's rows until [`SystemTx::scope`] names one, save in tables whose policy
/// says `app_system()`. Dropped without [`SystemTx::commit`] it is rolled back.
pub struct SystemTx {
    tenant: Option<TenantId>,
    inner: Transaction<'static, Postgres>,
    after_commit: Vec<Hook>,
}

impl SystemTx {
    /// Begins a transaction.
    ///
    /// # Errors
    /// [`Error::Begin`] when no connection is to be had.
    pub async fn begin(database: &Database) -> Result<Self, Error> {
        let inner = database.begin("BEGIN", ("app.system", "on")).await?;
        Ok(Self { tenant: None, inner, after_commit: Vec::new() })
    }

    /// Lets the statements that follow see and write `tenant`'s rows, instead of the tenant's before it.
    ///
    /// # Errors
    /// [`Error::Scope`] when the connection is lost or the transaction has already failed.
    pub async fn scope(&mut self, tenant: TenantId) -> Result<(), Error> {
        if self.tenant == Some(tenant) {
            return Ok(());
        }
        sqlx::query("SELECT set_config('app.tenant_id', $1, true)")
            .bind(tenant.to_string())
            .execute(&mut *self.inner)
            .await
            .map_err(|source| Error::Scope { tenant, source })?;
        self.tenant = Some(tenant);
        Ok(())
    }

    /// The tenant that [`SystemTx::scope`] named last.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }

    /// Forgets which tenant was named, because the caller rolled back to a savepoint and the setting with it.
    pub fn forget_scope(&mut self) {
        self.tenant = None;
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
        self.inner.commit().await.map_err(Error::Commit)?;
        self.after_commit.into_iter().for_each(|hook| hook());
        Ok(())
    }
}

impl core::fmt::Debug for SystemTx {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SystemTx").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
