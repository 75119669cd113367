//! The job worker: re-rates many shipments as of a moment, a chunk a transaction.

use core::time::Duration;

use caravan_model::TenantId;
use caravan_tenancy::{Database, Error, SystemTx, TenantTx};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::rate::{Rated, Unrated, rate};
use crate::store;
use crate::store::jobs::Outcome;
use crate::store::shipments::Shipment;

/// Shipments of a transaction.
const CHUNK: i64 = 2_000;
/// How long to wait when there is nothing to do, or it failed.
const IDLE: Duration = Duration::from_millis(500);

/// Works off jobs until `shutdown`. Failures are logged and tried again.
pub(crate) async fn run(database: Database, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let worked = match step(&database).await {
            Ok(worked) => worked,
            Err(error) => {
                tracing::error!(
                    error = caravan_fault::error_chain(&error),
                    "A re-rating job could not go on."
                );
                false
            }
        };
        if !worked {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(IDLE) => {}
            }
        }
    }
}

/// Takes a chunk of the oldest job that nobody else has. Returns whether there was one.
async fn step(database: &Database) -> Result<bool, Error> {
    let mut tx = SystemTx::begin(database).await?;
    let waiting = store::jobs::waiting(&mut tx).await?;
    tx.commit().await?;
    for (tenant, job) in waiting {
        if chunk(database, TenantId(tenant), job).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rates the job's next shipments and writes the results with its progress.
async fn chunk(database: &Database, tenant: TenantId, id: Uuid) -> Result<bool, Error> {
    let mut tx = TenantTx::begin(database, tenant).await?;
    let connection = tx.conn();
    let Some(mut job) = store::jobs::claim(connection, tenant, id).await? else { return Ok(false) };
    let rows = store::shipments::chunk(connection, tenant, &job, CHUNK).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.1).collect();
    let shipments = store::shipments::load(connection, tenant, &ids).await?;
    let carriers = job.carrier.as_ref().map(|carrier| vec![carrier.clone()]);
    let tariff = store::contracts::tariff(connection, tenant, carriers.as_deref()).await?;
    let outcomes: Vec<Outcome> = shipments
        .iter()
        .map(|shipment| {
            outcome(
                shipment,
                shipment.facts.as_ref().map(|facts| rate(facts, &tariff, job.as_of_ms)),
            )
        })
        .collect();
    store::jobs::keep(connection, tenant, job.id, &outcomes).await?;
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    job.done = job.done.saturating_add(count(rows.len()));
    job.changed =
        job.changed.saturating_add(count(outcomes.iter().filter(|one| one.changed()).count()));
    job.unrated = job
        .unrated
        .saturating_add(count(outcomes.iter().filter(|one| one.unrated.is_some()).count()));
    job.updated_ms = jiff::Timestamp::now().as_millisecond();
    job.status = if count(rows.len()) < CHUNK { "done" } else { "running" }.to_owned();
    if let Some((date, shipment)) = rows.into_iter().next_back() {
        (job.at_date, job.at_id) = (Some(date), Some(shipment));
    }
    store::jobs::progress(connection, tenant, &job).await?;
    tx.commit().await?;
    Ok(true)
}

fn outcome(shipment: &Shipment, found: Option<Result<Rated, Unrated>>) -> Outcome {
    let text = |currency: crate::domain::currency::Currency| currency.as_str().to_owned();
    let (rated, unrated) = match found {
        Some(Ok(rated)) => (Some(rated), None),
        Some(Err(unrated)) => (None, Some(unrated.code().to_owned())),
        None => (None, Some("order-incomplete".to_owned())),
    };
    Outcome {
        shipment_id: shipment.id,
        before_minor: shipment.rated.map(|before| before.1),
        before_currency: shipment.rated.map(|before| text(before.0)),
        after_minor: rated.as_ref().map(|after| after.total),
        after_currency: rated.as_ref().map(|after| text(after.currency)),
        contract_id: rated.as_ref().map(|after| after.contract),
        version: rated.as_ref().and_then(|after| i32::try_from(after.version).ok()),
        unrated,
    }
}
