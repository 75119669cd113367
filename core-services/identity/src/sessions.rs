//! One's own sessions: where one is signed in, and the end of one of them.

use caravan_audit::{Entry, record};
use caravan_tenancy::{Caller, TenantTx};
use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::identity::{Identity, user_of};
use crate::store::sessions::{self, Listed};

impl Identity {
    /// A page of the caller's sessions in this tenant that hold now, the newest first.
    pub(crate) async fn own_sessions(
        &self,
        by: &Caller,
        after: Option<(i64, Uuid)>,
        max: i64,
    ) -> Result<Vec<Listed>, Error> {
        let user = user_of(&by.principal)?;
        let mut tx = TenantTx::begin(&self.inner.database, by.tenant).await?;
        let found = sessions::list(&mut tx, user, after, max).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Ends one of the caller's own sessions in this tenant.
    pub(crate) async fn end_own_session(&self, by: &Caller, id: Uuid) -> Result<(), Error> {
        let user = user_of(&by.principal)?;
        let mut tx = TenantTx::begin(&self.inner.database, by.tenant).await?;
        if !sessions::end_one(&mut tx, user, id).await? {
            return Err(Error::SessionNotFound);
        }
        let who = &by.principal;
        let detail = json!({ "session": id });
        let entry = Entry { actor: who, action: "session.ended", subject: who, detail };
        record(&mut tx, &entry).await?;
        tx.commit().await?;
        self.forget_user(Some(by.tenant), user);
        Ok(())
    }
}
