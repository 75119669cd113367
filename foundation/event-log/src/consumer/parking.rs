//! Setting one event aside without losing the rest of its transaction.

use caravan_tenancy::SystemTx;

use crate::Stored;

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

/// Keeps the event, whole, beside the reason. A second parking of the same event renews the reason.
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
         ON CONFLICT (tenant_id, group_name, id) DO UPDATE SET error = excluded.error, parked_at = now()",
    )
    .bind(envelope.tenant.0)
    .bind(group)
    .bind(envelope.id.0)
    .bind(i16::try_from(event.partition.0).unwrap_or(i16::MAX))
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
