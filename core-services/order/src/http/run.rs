//! One command over HTTP: the order locked, the version compared, the command done, the answer kept.

use axum::http::StatusCode;
use axum::response::Response;
use caravan_model::Said;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Answer, Attempt, Expected, Problem};
use uuid::Uuid;

use super::problems::{invalid, may, not_found, refused};
use crate::domain::{By, Command, Order, OrderId, Violation};
use crate::effects;
use crate::store;
use crate::wire::OrderOut;

/// A request about one order.
pub(super) struct Asked {
    pub(super) database: Database,
    pub(super) caller: Caller,
    pub(super) id: Uuid,
    pub(super) expected: Expected,
    pub(super) attempt: Attempt,
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// The caller doing something.
pub(super) fn by(caller: &Caller, at_ms: i64, reason: Option<Said>) -> By {
    By { actor: caller.principal.clone(), at_ms, reason, document: None }
}

/// What a body asks for, and why, or everything that is wrong with it.
pub(super) type Read = Result<(Command, Option<String>), Vec<Violation>>;

impl Asked {
    /// Does what `read` makes of the body, given the time.
    pub(super) async fn run(
        self,
        scope: &str,
        read: impl FnOnce(i64) -> Read + Send,
    ) -> Result<Response, Problem> {
        self.run_with(scope, |_, now_ms| read(now_ms).map_err(invalid)).await
    }

    /// The same where the order itself has a say.
    pub(super) async fn run_with(
        self,
        scope: &str,
        read: impl FnOnce(&Order, i64) -> Result<(Command, Option<String>), Problem> + Send,
    ) -> Result<Response, Problem> {
        may(&self.caller, scope)?;
        let mut tx = TenantTx::begin(&self.database, self.caller.tenant).await?;
        if let Some(answered) = self.attempt.replay(&mut tx).await? {
            tx.commit().await?;
            return Ok(answered);
        }
        let order = self.locked(&mut tx).await?;
        let (command, reason) = read(&order, now_ms())?;
        self.finish(tx, order, command, reason).await
    }

    /// The order, locked, in the version that the caller means.
    pub(super) async fn locked(&self, tx: &mut TenantTx) -> Result<Order, Problem> {
        let tenant = tx.tenant();
        store::lock_shared(tx.conn(), tenant).await?;
        let order = store::one(tx.conn(), tenant, OrderId(self.id), true).await?;
        let order = order.ok_or_else(|| not_found(self.id))?;
        self.expected.check(order.version.into(), &OrderOut::from(&order))?;
        Ok(order)
    }

    /// Does the command, keeps the answer and commits.
    pub(super) async fn finish(
        self,
        mut tx: TenantTx,
        mut order: Order,
        command: Command,
        reason: Option<String>,
    ) -> Result<Response, Problem> {
        let by = by(&self.caller, now_ms(), reason.map(Said::own));
        effects::act(&mut tx, &mut order, command, by, Some(self.caller.trace))
            .await?
            .map_err(|refusal| refused(&refusal))?;
        let answer = Answer::new(StatusCode::OK, &OrderOut::from(&order))?;
        let response = self.attempt.store(&mut tx, answer.version(order.version.into())).await?;
        tx.commit().await?;
        Ok(response)
    }
}
