//! Carriers that do not answer: a worker that takes due tenders and moves their orders back.
//!
//! The timer is the tender's own row. Taking it is a lease with a counted attempt, in a transaction of its own; what follows is
//! another, in which the order is locked first, so an answer that comes at the same moment either is there before or finds the
//! tender closed. A crash in between costs the lease's time and nothing else.

use core::time::Duration;

use caravan_model::Words;
use caravan_tenancy::{Database, SystemTx, TenantTx};
use tokio_util::sync::CancellationToken;

use crate::domain::{Answer, By, Command};
use crate::effects::{self, SYSTEM};
use crate::store::{self, Due};
use crate::telemetry;

/// How often due tenders are looked for.
const EVERY: Duration = Duration::from_millis(500);
/// Tenders taken at once.
const BATCH: i64 = 50;
/// Rows of counts that are let be before they are added up.
const COUNTS_MAX: i64 = 5_000;

/// Works until `shutdown`. Failures are logged and tried again when the lease is over.
pub(crate) async fn run(database: Database, shutdown: CancellationToken) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = shutdown.cancelled() => return,
        }
        if let Err(error) = turn(&database).await {
            tracing::warn!(
                error = caravan_fault::error_chain(&error),
                "Due tenders could not be taken."
            );
        }
    }
}

async fn turn(database: &Database) -> Result<(), caravan_tenancy::Error> {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let mut tx = SystemTx::begin(database).await?;
    let due = store::claim(&mut tx, now_ms, BATCH).await?;
    store::sum_up_counts(&mut tx, COUNTS_MAX).await?;
    tx.commit().await?;
    for tender in due {
        match expire(database, tender, now_ms).await {
            Ok(outcome) => telemetry::silence(outcome),
            Err(error) => {
                telemetry::silence("failed");
                tracing::error!(
                    error = caravan_fault::error_chain(&error),
                    order = %tender.order.0,
                    attempts = tender.attempts,
                    "A tender's silence could not be written down."
                );
            }
        }
    }
    Ok(())
}

/// Moves the order of a silent tender back, unless it was answered meanwhile.
async fn expire(
    database: &Database,
    due: Due,
    now_ms: i64,
) -> Result<&'static str, effects::Error> {
    let mut tx = TenantTx::begin(database, due.tenant).await?;
    store::lock_shared(tx.conn(), due.tenant).await?;
    let Some(mut order) = store::one(tx.conn(), due.tenant, due.order, true).await? else {
        return Ok("gone");
    };
    let is_open = |tender: &crate::domain::Tender| {
        tender.number == due.number && tender.answer == Answer::Open
    };
    if !order.progress.tender.as_ref().is_some_and(is_open) {
        return Ok("answered");
    }
    let carrier = [("carrier", order.carrier().unwrap_or_default().to_owned())];
    let reason = Some(Words::new("silent", "{carrier} did not answer in time", carrier).into());
    let by = By { actor: SYSTEM.to_owned(), at_ms: now_ms, reason, document: None };
    let done = effects::act(&mut tx, &mut order, Command::Expire, by, None).await?;
    if done.is_err() {
        return Ok("answered");
    }
    tx.commit().await?;
    Ok("expired")
}
