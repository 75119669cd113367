//! Taking what is due, by lease: the attempt is counted and written down before the try, so a crash cannot try for ever.

use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use sqlx::Row as _;
use uuid::Uuid;

/// A delivery that is ours until its lease ends.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) tenant: TenantId,
    pub(crate) id: Uuid,
    pub(crate) webhook: Uuid,
    pub(crate) event: Uuid,
    pub(crate) body: String,
    /// The number of this try; with it the outcome finds its row, and a lost lease finds none.
    pub(crate) attempt: i32,
    /// This try's place in the schedule.
    pub(crate) step: i32,
    pub(crate) url: String,
    /// Sealed: the one that holds, and the one before while it is still good.
    pub(crate) secrets: Vec<Vec<u8>>,
}

/// How much may be taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Calls to one endpoint, of all processes together.
    pub(crate) per_webhook: i64,
    /// Deliveries in all.
    pub(crate) in_all: i64,
}

/// Takes due deliveries of enabled endpoints that are not `paused` in this process. The first of each endpoint come before the second
/// of any, so that the long queue of a dead one stands before nobody; what somebody changes at this moment is passed over.
pub(crate) async fn claim(
    tx: &mut SystemTx,
    room: Room,
    paused: &[Uuid],
    now_ms: i64,
    lease_ms: i64,
) -> Result<Vec<Claimed>, sqlx::Error> {
    // One process claims at a time: each then sees the leases of the others, so that the cap of an endpoint holds for all of them.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('notification/claim', 0))")
        .execute(tx.conn())
        .await?;
    let rows = sqlx::query(
        "WITH due AS MATERIALIZED (
           SELECT d.tenant_id, d.id, row_number() OVER (PARTITION BY d.tenant_id, d.webhook_id ORDER BY d.due_ms, d.id) AS turn
             FROM webhooks w CROSS JOIN LATERAL (
                  SELECT p.tenant_id, p.id, p.webhook_id, p.due_ms FROM deliveries p
                   WHERE p.tenant_id = w.tenant_id AND p.webhook_id = w.id AND p.status = 'pending' AND p.due_ms <= $1
                   ORDER BY p.due_ms, p.id
                   LIMIT greatest(0, $3 - (SELECT count(*) FROM deliveries l
                                            WHERE l.tenant_id = w.tenant_id AND l.webhook_id = w.id AND l.leased AND l.due_ms > $1))
                     FOR UPDATE SKIP LOCKED) AS d
            WHERE w.status = 'enabled' AND w.id <> ALL ($5)),
         picked AS (SELECT tenant_id, id FROM due ORDER BY turn, id LIMIT $4),
         taken AS (
           UPDATE deliveries d SET attempts = attempts + 1, step = step + 1, leased = true, due_ms = $2
             FROM picked p WHERE d.tenant_id = p.tenant_id AND d.id = p.id
           RETURNING d.tenant_id, d.id, d.webhook_id, d.event_id, d.body, d.attempts, d.step),
         noted AS (
           INSERT INTO attempts (tenant_id, delivery_id, number, at_ms) SELECT tenant_id, id, attempts, $1 FROM taken)
         SELECT t.*, w.url, w.secret, CASE WHEN w.previous_until_ms > $1 THEN w.previous_secret END AS previous
           FROM taken t JOIN webhooks w ON w.tenant_id = t.tenant_id AND w.id = t.webhook_id",
    )
    .bind(now_ms)
    .bind(now_ms.saturating_add(lease_ms))
    .bind(room.per_webhook)
    .bind(room.in_all)
    .bind(paused)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            let secrets: [Option<Vec<u8>>; 2] = [row.try_get("secret")?, row.try_get("previous")?];
            Ok(Claimed {
                tenant: TenantId(row.try_get("tenant_id")?),
                id: row.try_get("id")?,
                webhook: row.try_get("webhook_id")?,
                event: row.try_get("event_id")?,
                body: row.try_get("body")?,
                attempt: row.try_get("attempts")?,
                step: row.try_get("step")?,
                url: row.try_get("url")?,
                secrets: secrets.into_iter().flatten().collect(),
            })
        })
        .collect()
}
