//! Disputes with their threads, and the carriers' notes.

use caravan_model::TenantId;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// A dispute's row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Dispute {
    pub(crate) id: Uuid,
    pub(crate) invoice_id: Uuid,
    pub(crate) status: String,
    pub(crate) revision: i64,
    pub(crate) reason: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) entry_id: Uuid,
    pub(crate) opened_by: String,
    pub(crate) opened_ms: i64,
    pub(crate) resolution: Option<String>,
    pub(crate) resolved_by: Option<String>,
    pub(crate) resolved_ms: Option<i64>,
}

/// One message of a thread.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Message {
    pub(crate) dispute_id: Uuid,
    pub(crate) number: i32,
    pub(crate) side: String,
    pub(crate) by: String,
    pub(crate) text: String,
    pub(crate) evidence: Vec<String>,
    pub(crate) at_ms: i64,
}

/// A carrier's credit or debit note.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Note {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) number: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) reason: String,
    pub(crate) entry_id: Uuid,
    pub(crate) by: String,
    pub(crate) at_ms: i64,
}

const COLUMNS: &str = "id, invoice_id, status, revision, reason, amount, currency, entry_id, opened_by, opened_ms, resolution, \
                       resolved_by, resolved_ms";

/// Opens a dispute.
pub(crate) async fn open(
    connection: &mut PgConnection,
    tenant: TenantId,
    dispute: &Dispute,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO disputes (tenant_id, id, invoice_id, status, revision, reason, amount, currency, entry_id, opened_by, opened_ms)
         VALUES ($1, $2, $3, 'open', 1, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant.0)
    .bind(dispute.id)
    .bind(dispute.invoice_id)
    .bind(&dispute.reason)
    .bind(dispute.amount)
    .bind(&dispute.currency)
    .bind(dispute.entry_id)
    .bind(&dispute.opened_by)
    .bind(dispute.opened_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// Adds a message at the end of a thread, which is another revision of the dispute.
pub(crate) async fn say(
    connection: &mut PgConnection,
    tenant: TenantId,
    message: &Message,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH grown AS (UPDATE disputes SET revision = revision + 1 WHERE tenant_id = $1 AND id = $2)
         INSERT INTO dispute_messages (tenant_id, dispute_id, number, side, by, text, evidence, at_ms)
         SELECT $1, $2, COALESCE(max(number), 0) + 1, $3, $4, $5, $6, $7
           FROM dispute_messages WHERE tenant_id = $1 AND dispute_id = $2",
    )
    .bind(tenant.0)
    .bind(message.dispute_id)
    .bind(&message.side)
    .bind(&message.by)
    .bind(&message.text)
    .bind(&message.evidence)
    .bind(message.at_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// One dispute. Whoever changes it holds [`lock`](super::lock) of its tenant.
pub(crate) async fn one(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<Dispute>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM disputes WHERE tenant_id = $1 AND id = $2"
    )))
    .bind(tenant.0)
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// Those of an invoice, the oldest first.
pub(crate) async fn of(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: Uuid,
) -> Result<Vec<Dispute>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM disputes WHERE tenant_id = $1 AND invoice_id = $2 AND opened_ms >= 0
          ORDER BY opened_ms, id"
    )))
    .bind(tenant.0)
    .bind(invoice)
    .fetch_all(connection)
    .await
}

/// The threads of disputes, in their order.
pub(crate) async fn messages(
    connection: &mut PgConnection,
    tenant: TenantId,
    disputes: &[Uuid],
) -> Result<Vec<Message>, sqlx::Error> {
    sqlx::query_as(
        "SELECT m.* FROM unnest($2::uuid[]) AS w (id) CROSS JOIN LATERAL (
           SELECT dispute_id, number, side, by, text, evidence, at_ms FROM dispute_messages
            WHERE tenant_id = $1 AND dispute_id = w.id OFFSET 0) m ORDER BY m.dispute_id, m.number",
    )
    .bind(tenant.0)
    .bind(disputes)
    .fetch_all(connection)
    .await
}

/// Ends a dispute.
pub(crate) async fn resolve(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    resolution: &str,
    by: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE disputes SET status = 'resolved', revision = revision + 1, resolution = $3, resolved_by = $4, resolved_ms = $5
          WHERE tenant_id = $1 AND id = $2 AND status = 'open'",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(resolution)
    .bind(by)
    .bind(now_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// Keeps a note; false when one of this kind and number is there already.
pub(crate) async fn note(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: Uuid,
    note: &Note,
) -> Result<bool, sqlx::Error> {
    let new = sqlx::query(
        "INSERT INTO notes (tenant_id, id, invoice_id, kind, number, amount, currency, reason, entry_id, by, at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(note.id)
    .bind(invoice)
    .bind(&note.kind)
    .bind(&note.number)
    .bind(note.amount)
    .bind(&note.currency)
    .bind(&note.reason)
    .bind(note.entry_id)
    .bind(&note.by)
    .bind(note.at_ms)
    .execute(connection)
    .await?;
    Ok(new.rows_affected() > 0)
}

/// The notes of an invoice, the oldest first.
pub(crate) async fn notes(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: Uuid,
) -> Result<Vec<Note>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, kind, number, amount, currency, reason, entry_id, by, at_ms FROM notes
          WHERE tenant_id = $1 AND invoice_id = $2 ORDER BY at_ms, id",
    )
    .bind(tenant.0)
    .bind(invoice)
    .fetch_all(connection)
    .await
}
