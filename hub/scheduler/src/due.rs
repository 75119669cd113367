//! Due polls in the database: claimed over all tenants, ended inside their own.

use core::time::Duration;

use caravan_fault::Class;
use caravan_hub_intake::PollFailure;
use caravan_model::{ConnectionId, Reference, TenantId};
use caravan_tenancy::{Database, Error, SystemTx, TenantTx};
use sqlx::Row as _;

/// How long a poll may take before somebody else takes it up.
const LEASE_S: f64 = 120.0;

/// A claimed poll.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) tenant: TenantId,
    pub(crate) connection: ConnectionId,
    pub(crate) reference: Reference,
}

/// An owner that starts again gives back what an earlier life of it held.
pub(crate) async fn release(database: &Database, owner: &str) -> Result<(), Error> {
    let mut tx = SystemTx::begin(database).await?;
    sqlx::query(
        "UPDATE hub.polls SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = $1",
    )
    .bind(owner)
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

/// Claims at most `most` due polls, those of one connection side by side so that one call can serve many.
pub(crate) async fn claim(database: &Database, owner: &str, most: i64) -> Result<Vec<Due>, Error> {
    let mut tx = SystemTx::begin(database).await?;
    let rows = sqlx::query(
        "UPDATE hub.polls p
            SET attempts = p.attempts + 1, lease_owner = $1, lease_until = now() + make_interval(secs => $3)
          WHERE (p.tenant_id, p.connection_id, p.reference_kind, p.reference) IN (
                SELECT c.tenant_id, c.connection_id, c.reference_kind, c.reference FROM hub.polls c
                  JOIN hub.connections o ON o.tenant_id = c.tenant_id AND o.id = c.connection_id AND o.paused_class IS NULL
                 WHERE c.next_at <= now() AND (c.lease_until IS NULL OR c.lease_until < now())
                 ORDER BY c.next_at LIMIT $2 FOR UPDATE OF c SKIP LOCKED)
          RETURNING p.tenant_id, p.connection_id, p.reference_kind, p.reference",
    )
    .bind(owner)
    .bind(most)
    .bind(LEASE_S)
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    let mut due = rows
        .iter()
        .map(|row| {
            Ok(Due {
                tenant: TenantId(row.try_get("tenant_id")?),
                connection: ConnectionId(row.try_get("connection_id")?),
                reference: Reference {
                    kind: row.try_get("reference_kind")?,
                    value: row.try_get("reference")?,
                },
            })
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    due.sort_by(|a, b| {
        (a.tenant, a.connection, &a.reference).cmp(&(b.tenant, b.connection, &b.reference))
    });
    Ok(due)
}

/// Ends a poll: at its interval when it went well, after a growing wait when it did not.
pub(crate) async fn end(
    database: &Database,
    due: &Due,
    result: Result<(), &PollFailure>,
) -> Result<(), Error> {
    let (class, text, floor) = match result {
        Ok(()) => (None, None, Duration::ZERO),
        Err(failure) => (
            Some(failure.class),
            Some(failure.text.as_str()),
            failure.retry_after.unwrap_or_default(),
        ),
    };
    let counted = class.is_none_or(Class::consumes_attempt);
    let mut tx = TenantTx::begin(database, due.tenant).await?;
    sqlx::query(
        "UPDATE hub.polls SET
           lease_owner = NULL, lease_until = NULL, failure_class = $5, failure_text = $6,
           last_ok_at = CASE WHEN $5::text IS NULL THEN now() ELSE last_ok_at END,
           attempts = CASE WHEN $5::text IS NULL THEN 0 WHEN $9 THEN attempts ELSE greatest(attempts - 1, 0) END,
           next_at = now() + make_interval(secs => CASE
             WHEN $5::text IS NULL THEN interval_s
             -- A permanent answer (unknown number) is asked again at the ordinary interval.
             WHEN $10 THEN greatest(interval_s, $7)
             ELSE greatest($7, $8 * least(900.0, power(2, least(attempts, 10)))) END)
         WHERE connection_id = $2 AND reference_kind = $3 AND reference = $4 AND tenant_id = $1",
    )
    .bind(due.tenant.0)
    .bind(due.connection.0)
    .bind(&due.reference.kind)
    .bind(&due.reference.value)
    .bind(class.map(Class::as_str))
    .bind(text)
    .bind(floor.as_secs_f64())
    .bind(rand::random::<f64>())
    .bind(counted)
    .bind(class == Some(Class::Permanent))
    .execute(tx.conn())
    .await?;
    tx.commit().await
}
