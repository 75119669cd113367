//! The table of what goes out.

use caravan_events::Envelope;
use caravan_model::{ConnectionId, Purpose, TenantId, TraceId};
use caravan_tenancy::{SystemTx, TenantTx};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use uuid::Uuid;

use crate::answer::Offer;

/// How long a message may stay with one worker without a sign of life.
const LEASE_S: f64 = 60.0;

/// Which tender of which order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) order: Uuid,
    pub(super) tender: i32,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// A tender of an order.
    Tender { order: Uuid, tender: i32, purpose: Purpose },
    /// A settled freight bill.
    Bill,
}

/// A message that is to be sent.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) tenant: TenantId,
    pub(super) id: Uuid,
    pub(super) about: About,
    pub(super) number: String,
    pub(super) carrier: String,
    pub(super) content: String,
    pub(super) connection: Option<ConnectionId>,
    pub(super) control: Option<u32>,
    pub(super) attempts: i32,
    pub(super) trace: TraceId,
    pub(super) created_ms: i64,
}

/// An offer is to be sent; asked for again, it is there already.
pub(super) async fn offer(
    tx: &mut SystemTx,
    envelope: &Envelope,
    asked: Asked,
    number: &str,
    carrier: &str,
) -> Result<(), sqlx::Error> {
    let trace = envelope.trace.unwrap_or(TraceId([0; 16]));
    sqlx::query(
        "INSERT INTO hub.outgoing (tenant_id, id, order_id, tender, purpose, number, carrier, content, trace_id)
         VALUES ($1, $2, $3, $4, 'original', $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(envelope.tenant.0)
    .bind(Uuid::now_v7())
    .bind(asked.order)
    .bind(asked.tender)
    .bind(number)
    .bind(carrier)
    .bind(&envelope.data)
    .bind(trace.0.as_slice())
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A settled bill is to be booked; asked for again, it is there already.
pub(super) async fn book(
    tx: &mut SystemTx,
    envelope: &Envelope,
    (invoice, hand_over): (Uuid, Uuid),
    number: &str,
    carrier: &str,
) -> Result<(), sqlx::Error> {
    let trace = envelope.trace.unwrap_or(TraceId([0; 16]));
    sqlx::query(
        "INSERT INTO hub.outgoing (tenant_id, id, about, invoice_id, hand_over_id, purpose, number, carrier, content, trace_id)
         VALUES ($1, $2, 'settled-bill', $3, $4, 'original', $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(envelope.tenant.0)
    .bind(Uuid::now_v7())
    .bind(invoice)
    .bind(hand_over)
    .bind(number)
    .bind(carrier)
    .bind(&envelope.data)
    .bind(trace.0.as_slice())
    .execute(tx.conn())
    .await
    .map(drop)
}

/// An offer is to be taken back: never sent when it was not, else withdrawn by a message of its own. One that failed, or had no
/// address, would go out when somebody sends it again.
pub(super) async fn take_back(
    tx: &mut SystemTx,
    envelope: &Envelope,
    asked: Asked,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE hub.outgoing SET status = 'withdrawn'
          WHERE tenant_id = $1 AND order_id = $2 AND tender = $3 AND purpose = 'original'
            AND status IN ('waiting', 'failed', 'unaddressed')",
    )
    .bind(envelope.tenant.0)
    .bind(asked.order)
    .bind(asked.tender)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "INSERT INTO hub.outgoing (tenant_id, id, order_id, tender, purpose, number, carrier, content, connection_id, trace_id)
         SELECT tenant_id, $4, order_id, tender, 'cancel', number, carrier, content, connection_id, trace_id
           FROM hub.outgoing
          WHERE tenant_id = $1 AND order_id = $2 AND tender = $3 AND purpose = 'original' AND status = 'sent'
         ON CONFLICT DO NOTHING",
    )
    .bind(envelope.tenant.0)
    .bind(asked.order)
    .bind(asked.tender)
    .bind(Uuid::now_v7())
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Leases at most `most` due messages of all tenants; the attempt is counted before it is made.
pub(super) async fn claim(tx: &mut SystemTx, most: i64) -> Result<Vec<Due>, sqlx::Error> {
    let rows = sqlx::query(
        "WITH due AS (
           SELECT tenant_id, id FROM hub.outgoing
            WHERE status = 'waiting' AND next_at <= now() AND (lease_until IS NULL OR lease_until < now())
            ORDER BY next_at, id LIMIT $1 FOR UPDATE SKIP LOCKED)
         UPDATE hub.outgoing o SET attempts = o.attempts + 1, lease_until = now() + make_interval(secs => $2)
           FROM due d WHERE o.tenant_id = d.tenant_id AND o.id = d.id
      RETURNING o.*, (extract(epoch FROM o.created_at) * 1000)::bigint AS created_ms",
    )
    .bind(most)
    .bind(LEASE_S)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(due).collect()
}

fn due(row: &PgRow) -> Result<Due, sqlx::Error> {
    let purpose: &str = row.try_get("purpose")?;
    let control: Option<i64> = row.try_get("control")?;
    let trace: &[u8] = row.try_get("trace_id")?;
    let about = match row.try_get::<Option<Uuid>, _>("order_id")? {
        Some(order) => About::Tender {
            order,
            tender: row.try_get("tender")?,
            purpose: if purpose == "cancel" { Purpose::Cancel } else { Purpose::Original },
        },
        None => About::Bill,
    };
    Ok(Due {
        tenant: TenantId(row.try_get("tenant_id")?),
        id: row.try_get("id")?,
        about,
        number: row.try_get("number")?,
        carrier: row.try_get("carrier")?,
        content: row.try_get("content")?,
        connection: row.try_get::<Option<Uuid>, _>("connection_id")?.map(ConnectionId),
        control: control.and_then(|control| u32::try_from(control).ok()),
        attempts: row.try_get("attempts")?,
        trace: TraceId(trace.try_into().unwrap_or_default()),
        created_ms: row.try_get("created_ms")?,
    })
}

/// Fixes the connection and its next control number, before the first attempt.
pub(super) async fn address(
    tx: &mut TenantTx,
    id: Uuid,
    connection: ConnectionId,
) -> Result<u32, sqlx::Error> {
    let control: i64 = sqlx::query_scalar(
        "WITH next AS (
           UPDATE hub.connections SET next_control = next_control % 999999999 + 1 WHERE id = $2 RETURNING next_control)
         UPDATE hub.outgoing SET connection_id = $2, control = next.next_control FROM next WHERE hub.outgoing.id = $1
         RETURNING control",
    )
    .bind(id)
    .bind(connection.0)
    .fetch_one(tx.conn())
    .await?;
    Ok(u32::try_from(control).unwrap_or(1))
}

/// Writes down that a message went; `false` when it was withdrawn meanwhile, and then must not go.
pub(super) async fn sent(
    tx: &mut TenantTx,
    id: Uuid,
    offer: Option<&Offer>,
) -> Result<bool, sqlx::Error> {
    let written = sqlx::query(
        "UPDATE hub.outgoing
            SET status = 'sent', sent_at = now(), lease_until = NULL, file_name = $2, hash = $3, size_bytes = $4,
                failure_class = NULL, failure_code = NULL, failure_text = NULL
          WHERE id = $1 AND status = 'waiting'",
    )
    .bind(id)
    .bind(offer.map(|offer| offer.outgoing.file_name.as_str()))
    .bind(offer.map(|offer| offer.stored.hash.0.to_vec()))
    .bind(offer.map(|offer| i64::try_from(offer.stored.size_bytes).unwrap_or(i64::MAX)))
    .execute(tx.conn())
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Writes down that nobody takes such a message; it can be sent again when somebody does.
pub(super) async fn unaddressed(tx: &mut TenantTx, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE hub.outgoing
            SET status = 'unaddressed', lease_until = NULL, failure_class = NULL, failure_code = NULL, failure_text = NULL
          WHERE id = $1 AND status = 'waiting'",
    )
    .bind(id)
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Writes down a failure; tried again after `again_s` seconds, or never.
pub(super) async fn failed(
    tx: &mut TenantTx,
    id: Uuid,
    (class, code, text): (&str, &str, &str),
    again_s: Option<f64>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE hub.outgoing
            SET status = CASE WHEN $5::float8 IS NULL THEN 'failed' ELSE status END,
                next_at = now() + make_interval(secs => coalesce($5, 0)), lease_until = NULL,
                failure_class = $2, failure_code = $3, failure_text = $4
          WHERE id = $1 AND status = 'waiting'",
    )
    .bind(id)
    .bind(class)
    .bind(code)
    .bind(text)
    .bind(again_s)
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What became of the wish to have a message sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// It goes once more.
    Goes,
    /// The party was told that it holds no more.
    TakenBack,
    /// It waits, or was withdrawn before it was sent.
    NotNow,
}

/// Has a message that failed or had no address tried anew, and one that was sent offered once more. A tender whose withdrawal was
/// written must not reach its carrier behind that.
pub(crate) async fn again(connection: &mut PgConnection, id: Uuid) -> Result<Again, sqlx::Error> {
    let taken_back: bool = sqlx::query_scalar(
        "SELECT EXISTS (
           SELECT FROM hub.outgoing o JOIN hub.outgoing c
                    ON c.tenant_id = o.tenant_id AND c.order_id = o.order_id AND c.tender = o.tender AND c.purpose = 'cancel'
            WHERE o.id = $1 AND o.purpose = 'original')",
    )
    .bind(id)
    .fetch_one(&mut *connection)
    .await?;
    if taken_back {
        return Ok(Again::TakenBack);
    }
    let failed = sqlx::query(
        "UPDATE hub.outgoing SET status = 'waiting', attempts = 0, next_at = now(), lease_until = NULL
          WHERE id = $1 AND status IN ('failed', 'unaddressed')",
    )
    .bind(id)
    .execute(&mut *connection)
    .await?;
    let sent = sqlx::query(
        "UPDATE hub.outbox_files f SET collected_at = NULL, created_at = now() FROM hub.outgoing o
          WHERE o.id = $1 AND o.status = 'sent' AND f.tenant_id = o.tenant_id AND f.connection_id = o.connection_id
            AND f.name = o.file_name AND f.hash = o.hash",
    )
    .bind(id)
    .execute(connection)
    .await?;
    let goes = failed.rows_affected().saturating_add(sent.rows_affected()) > 0;
    Ok(if goes { Again::Goes } else { Again::NotNow })
}

/// A message as callers see it.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) id: Uuid,
    pub(crate) about: String,
    pub(crate) order: Option<Uuid>,
    pub(crate) tender: Option<i32>,
    pub(crate) invoice: Option<Uuid>,
    pub(crate) hand_over: Option<Uuid>,
    pub(crate) purpose: String,
    pub(crate) number: String,
    pub(crate) carrier: String,
    pub(crate) connection: Option<Uuid>,
    pub(crate) status: String,
    pub(crate) attempts: i32,
    pub(crate) failure: Option<(String, String, String)>,
    pub(crate) file_name: Option<String>,
    pub(crate) hash: Option<Vec<u8>>,
    pub(crate) size_bytes: Option<i64>,
    pub(crate) created_ms: i64,
    pub(crate) sent_ms: Option<i64>,
    pub(crate) collected_ms: Option<i64>,
}

const SHOWN: &str = "SELECT o.*, (extract(epoch FROM o.created_at) * 1000)::bigint AS created_ms,
       (extract(epoch FROM o.sent_at) * 1000)::bigint AS sent_ms,
       (extract(epoch FROM f.collected_at) * 1000)::bigint AS collected_ms
  FROM hub.outgoing o
  LEFT JOIN hub.outbox_files f
    ON f.tenant_id = o.tenant_id AND f.connection_id = o.connection_id AND f.name = o.file_name AND f.hash = o.hash";

fn shown(row: &PgRow) -> Result<Shown, sqlx::Error> {
    let text = |column: &str| row.try_get::<Option<String>, _>(column);
    let failure = match (text("failure_class")?, text("failure_code")?, text("failure_text")?) {
        (Some(class), Some(code), Some(text)) => Some((class, code, text)),
        _ => None,
    };
    Ok(Shown {
        id: row.try_get("id")?,
        about: row.try_get("about")?,
        order: row.try_get("order_id")?,
        tender: row.try_get("tender")?,
        invoice: row.try_get("invoice_id")?,
        hand_over: row.try_get("hand_over_id")?,
        purpose: row.try_get("purpose")?,
        number: row.try_get("number")?,
        carrier: row.try_get("carrier")?,
        connection: row.try_get("connection_id")?,
        status: row.try_get("status")?,
        attempts: row.try_get("attempts")?,
        failure,
        file_name: row.try_get("file_name")?,
        hash: row.try_get("hash")?,
        size_bytes: row.try_get("size_bytes")?,
        created_ms: row.try_get("created_ms")?,
        sent_ms: row.try_get("sent_ms")?,
        collected_ms: row.try_get("collected_ms")?,
    })
}

/// The tenant's messages, newest first: about one thing, of one status, of one order's or bill's number when they are given.
pub(crate) async fn list(
    connection: &mut PgConnection,
    (about, status, number): (Option<&str>, Option<&str>, Option<&str>),
    after: Option<Uuid>,
    rows: i64,
) -> Result<Vec<Shown>, sqlx::Error> {
    let found = sqlx::query(AssertSqlSafe(format!(
        "{SHOWN} WHERE ($1::text IS NULL OR o.status = $1) AND ($2::text IS NULL OR o.number = $2)
            AND ($3::text IS NULL OR o.about = $3) AND ($4::uuid IS NULL OR o.id < $4) ORDER BY o.id DESC LIMIT $5"
    )))
    .bind(status)
    .bind(number)
    .bind(about)
    .bind(after)
    .bind(rows)
    .fetch_all(connection)
    .await?;
    found.iter().map(shown).collect()
}

/// One of the tenant's messages.
pub(crate) async fn one(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Shown>, sqlx::Error> {
    let row = sqlx::query(AssertSqlSafe(format!("{SHOWN} WHERE o.id = $1")))
        .bind(id)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(shown).transpose()
}
