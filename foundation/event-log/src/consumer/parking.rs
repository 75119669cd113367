//! Setting one event aside without losing the rest of its transaction, and taking it from there again.

use caravan_tenancy::SystemTx;
use sqlx::Row as _;

use super::offsets;
use crate::{Partition, Position, Stored, postgres};

async fn run(tx: &mut SystemTx, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(statement).execute(tx.conn()).await.map(drop)
}

/// Marks the place to come back to.
pub(super) async fn savepoint(tx: &mut SystemTx) -> Result<(), sqlx::Error> {
    run(tx, "SAVEPOINT event").await
}

/// Keeps what was done since.
pub(super) async fn release(tx: &mut SystemTx) -> Result<(), sqlx::Error> {
    run(tx, "RELEASE SAVEPOINT event").await
}

/// Undoes what was done since, the tenant's scope included.
pub(super) async fn roll_back(tx: &mut SystemTx) -> Result<(), sqlx::Error> {
    tx.forget_scope();
    run(tx, "ROLLBACK TO SAVEPOINT event; RELEASE SAVEPOINT event").await
}

/// Keeps the event, whole, beside the reason. A second parking of the same event renews the reason, and waits to be asked for again.
pub(super) async fn park(
    tx: &mut SystemTx,
    group: &str,
    event: &Stored,
    error: &str,
) -> Result<(), sqlx::Error> {
    let envelope = &event.envelope;
    sqlx::query(
        "INSERT INTO consumer_parked
           (tenant_id, group_name, id, partition, position, topic, key, connection_id, document, trace, time_ms, data, error)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (tenant_id, group_name, id) DO UPDATE
           SET error = excluded.error, parked_at = now(), retry_asked_at = NULL",
    )
    .bind(envelope.tenant.0)
    .bind(group)
    .bind(envelope.id.0)
    .bind(offsets::number(event.partition))
    .bind(event.position.as_str())
    .bind(envelope.kind.as_str())
    .bind(&envelope.key)
    .bind(envelope.connection.0)
    .bind(envelope.document.0.as_slice())
    .bind(envelope.trace.map(|trace| trace.0.to_vec()))
    .bind(envelope.time_ms)
    .bind(&envelope.data)
    .bind(error)
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The oldest event of `partitions` that somebody asked to have tried again, locked: who waits for it finds it gone.
pub(super) async fn asked(
    tx: &mut SystemTx,
    group: &str,
    partitions: impl Iterator<Item = Partition>,
) -> Result<Option<Stored>, sqlx::Error> {
    let numbers: Vec<i16> = partitions.map(offsets::number).collect();
    let row = sqlx::query(
        "SELECT tenant_id, id, partition, position, topic, key, connection_id, document, trace, time_ms, data
           FROM consumer_parked
          WHERE group_name = $1 AND retry_asked_at IS NOT NULL AND partition = ANY ($2)
          ORDER BY time_ms, id LIMIT 1 FOR UPDATE",
    )
    .bind(group)
    .bind(numbers)
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    // It was an envelope when it was parked.
    let envelope = postgres::envelope(&row)?.ok_or_else(|| {
        sqlx::Error::Decode("a parked event has bytes of the wrong length".into())
    })?;
    Ok(Some(Stored {
        partition: offsets::partition(row.try_get("partition")?),
        position: Position::new(row.try_get::<String, _>("position")?),
        appended_ms: envelope.time_ms,
        envelope,
    }))
}

/// Forgets an event that has taken effect.
pub(super) async fn forget(
    tx: &mut SystemTx,
    group: &str,
    event: &Stored,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM consumer_parked WHERE tenant_id = $1 AND group_name = $2 AND id = $3")
        .bind(event.envelope.tenant.0)
        .bind(group)
        .bind(event.envelope.id.0)
        .execute(tx.conn())
        .await
        .map(drop)
}
