//! What the clock alone makes wrong: a worker that looks at shipments when their promise, or the time to hear of them, has passed.
//!
//! The timer is the shipment's own row (`watch_ms`). A look is one transaction of one tenant: what was found and when to look next
//! are written together, so a crash repeats a look and nothing else.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use caravan_event_log::append_system;
use caravan_fault::error_chain;
use caravan_model::TenantId;
use caravan_tenancy::{Database, SystemTx};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::thresholds::Thresholds;
use crate::domain::{ShipmentId, Sight, Timeline, next_look, over};
use crate::exceptions::{Looked, reconcile};
use crate::store::{self, exceptions, thresholds};
use crate::telemetry;

/// How often due shipments are looked for.
const EVERY: Duration = Duration::from_millis(500);
/// Shipments looked at in one turn.
const BATCH: i64 = 500;
/// How long a shipment waits whose look failed.
const LATER_MS: i64 = 60_000;
/// Rows of counts that are let be before they are added up.
const COUNTS_MAX: i64 = 5_000;

/// Why a look failed; it is tried again at the next turn.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Database(#[from] caravan_tenancy::Error),
    #[error("the exceptions cannot be told")]
    Append(#[from] caravan_event_log::AppendError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Works until `shutdown`. Failures are logged and tried again.
pub(crate) async fn run(database: Database, shutdown: CancellationToken) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = shutdown.cancelled() => return,
        }
        let now_ms = jiff::Timestamp::now().as_millisecond();
        if let Err(error) = turn(&database, now_ms).await {
            tracing::warn!(error = error_chain(&error), "Due shipments could not be looked at.");
        }
    }
}

async fn turn(database: &Database, now_ms: i64) -> Result<(), Error> {
    let mut tx = SystemTx::begin(database).await?;
    exceptions::sum_up_counts(&mut tx, COUNTS_MAX).await?;
    let changed = thresholds::changed(&mut tx).await?;
    tx.commit().await?;
    for tenant in changed {
        bring(database, tenant).await?;
    }
    let mut tx = SystemTx::begin(database).await?;
    let due = exceptions::due(&mut tx, now_ms, BATCH).await?;
    tx.commit().await?;
    for (tenant, ids) in due {
        // One tenant's trouble is not its neighbours'.
        if let Err(error) = look(database, tenant, &ids, now_ms).await {
            tracing::error!(error = error_chain(&error), %tenant, "A tenant's shipments could not be looked at.");
            later(database, tenant, &ids, now_ms).await?;
        }
    }
    Ok(())
}

/// Has the next of a tenant's shipments looked at under its new thresholds.
async fn bring(database: &Database, tenant: TenantId) -> Result<(), Error> {
    let mut tx = SystemTx::begin(database).await?;
    tx.scope(tenant).await?;
    store::lock(tx.conn(), tenant).await?;
    thresholds::apply(&mut tx, tenant, &over()).await?;
    Ok(tx.commit().await?)
}

/// Puts off what could not be looked at, so that it does not stand before everybody else's.
async fn later(
    database: &Database,
    tenant: TenantId,
    ids: &[Uuid],
    now_ms: i64,
) -> Result<(), Error> {
    let next: Vec<_> =
        ids.iter().map(|id| (ShipmentId(*id), Some(now_ms.saturating_add(LATER_MS)))).collect();
    let mut tx = SystemTx::begin(database).await?;
    tx.scope(tenant).await?;
    exceptions::watch_again(&mut tx, tenant, &next).await?;
    Ok(tx.commit().await?)
}

async fn look(
    database: &Database,
    tenant: TenantId,
    ids: &[Uuid],
    now_ms: i64,
) -> Result<(), Error> {
    let mut tx = SystemTx::begin(database).await?;
    tx.scope(tenant).await?;
    store::lock(tx.conn(), tenant).await?;
    let (_, said) = thresholds::get(tx.conn(), tenant).await?;
    let said = Thresholds::from(&said);
    let ids: BTreeSet<ShipmentId> = ids.iter().map(|id| ShipmentId(*id)).collect();
    let mains = store::mains(&mut tx, tenant, &ids).await?;
    let stored: Vec<ShipmentId> = ids.into_iter().collect();
    let mut timelines: BTreeMap<ShipmentId, Timeline> = BTreeMap::new();
    for (id, fact) in store::facts(&mut tx, tenant, &stored).await? {
        timelines.entry(id).or_default().insert(fact);
    }
    let seen = mains.iter().filter_map(|main| {
        let limits = said.of(main.ordered.mode.as_deref());
        let sight = Sight::of(timelines.get(&main.id)?, main.ordered.promised_ms, limits)?;
        Some((main, [sight]))
    });
    let seen: Vec<_> = seen.collect();
    let looked = seen.iter().map(|(main, sight)| Looked {
        id: main.id,
        reference: &main.main.value,
        steps: sight,
    });
    let looked: Vec<Looked<'_>> = looked.collect();
    let events = reconcile(&mut tx, tenant, &looked, Some(now_ms)).await?;
    let next = seen.iter().map(|(main, [sight])| (main.id, next_look(sight, now_ms)));
    let next: Vec<_> = next.collect();
    exceptions::watch_again(&mut tx, tenant, &next).await?;
    append_system(&mut tx, &events).await?;
    tx.commit().await?;
    telemetry::exceptions(events.len());
    Ok(())
}
