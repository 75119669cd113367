//! A change under way: what every one begins with (scope, lock, the answer it had before) and ends with (events, answer, trail).

use std::collections::BTreeSet;

use axum::response::{IntoResponse, Response};
use caravan_events::Envelope;
use caravan_model::TenantId;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Answer, Attempt, Problem};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{may, now_ms};
use crate::decide::Decider;
use crate::examine;
use crate::store;
use crate::trail::Deed;
use crate::wire::event::Stamp;

/// What ends a request before its end.
pub(super) enum Stop {
    /// The answer that this attempt had before.
    Answered(Box<Response>),
    /// What is wrong.
    Problem(Problem),
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Answered(answer) => *answer,
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

impl<E> From<E> for Stop
where
    Problem: From<E>,
{
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

/// A transaction of the caller's tenant that no other writer of its settlement is in, with what is to be told at its end.
pub(super) struct Change {
    tx: TenantTx,
    caller: Caller,
    attempt: Attempt,
    now_ms: i64,
    events: Vec<Envelope>,
    deeds: Vec<Deed>,
}

impl Change {
    /// Begins one for a caller with `scope`.
    ///
    /// # Errors
    /// What was answered to this attempt before, or that the caller may not.
    pub(super) async fn begin(
        database: &Database,
        caller: Caller,
        scope: &str,
        attempt: Attempt,
    ) -> Result<Self, Stop> {
        may(&caller, scope)?;
        let mut tx = TenantTx::begin(database, caller.tenant).await?;
        store::lock(tx.conn(), caller.tenant).await?;
        if let Some(answered) = attempt.replay(&mut tx).await? {
            return Err(Stop::Answered(Box::new(answered)));
        }
        Ok(Self { tx, caller, attempt, now_ms: now_ms(), events: Vec::new(), deeds: Vec::new() })
    }

    pub(super) fn conn(&mut self) -> &mut PgConnection {
        self.tx.conn()
    }

    pub(super) const fn tenant(&self) -> TenantId {
        self.caller.tenant
    }

    /// The moment at which all of it happens.
    pub(super) const fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Who changes.
    pub(super) fn by(&self) -> String {
        self.caller.principal.clone()
    }

    pub(super) fn decider(&self, reason: Option<String>) -> Decider {
        Decider { by: self.by(), reason, now_ms: self.now_ms }
    }

    pub(super) const fn stamp(&self) -> Stamp {
        Stamp { tenant: self.caller.tenant, trace: Some(self.caller.trace), now_ms: self.now_ms }
    }

    /// Tells of it.
    pub(super) fn tell(&mut self, event: Envelope) {
        self.events.push(event);
    }

    /// Puts what the caller did into the trail.
    pub(super) fn did(&mut self, action: &'static str, subject: String, detail: Value) {
        self.deeds.push(Deed { by: self.by(), action, subject, detail });
    }

    /// Looks at bills again, tells what came of it, and puts what was approved by rule into the trail.
    pub(super) async fn examine(&mut self, bills: &BTreeSet<Uuid>) -> Result<(), Stop> {
        let stamp = self.stamp();
        let found = examine::invoices(self.tx.conn(), stamp, bills).await?;
        self.events.extend(found.events);
        self.deeds.extend(found.deeds);
        Ok(())
    }

    /// Ends it: appends the events, keeps the answer for this attempt, writes the trail last, and commits.
    pub(super) async fn end(mut self, answer: Answer) -> Result<Response, Stop> {
        let appended = caravan_event_log::append(&mut self.tx, &self.events).await.map(drop);
        appended.map_err(|error| Problem::internal(&error))?;
        let response = self.attempt.store(&mut self.tx, answer).await?;
        for deed in &self.deeds {
            caravan_audit::record(&mut self.tx, &deed.entry()).await?;
        }
        self.tx.commit().await?;
        Ok(response)
    }
}
