//! Hand-overs: files of approved bills and the notes behind them, kept as they were given.

use caravan_model::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

/// A hand-over without its file.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct HandOver {
    pub(crate) id: Uuid,
    pub(crate) invoices: i32,
    pub(crate) by: String,
    pub(crate) at_ms: i64,
}

/// Keeps one.
pub(crate) async fn add(
    connection: &mut PgConnection,
    tenant: TenantId,
    hand_over: &HandOver,
    content: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO hand_overs (tenant_id, id, invoices, content, by, at_ms) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant.0)
    .bind(hand_over.id)
    .bind(hand_over.invoices)
    .bind(content)
    .bind(&hand_over.by)
    .bind(hand_over.at_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// A carrier's note that is to be handed over, with the bill that it is about.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct WaitingNote {
    pub(crate) id: Uuid,
    pub(crate) invoice_id: Uuid,
    pub(crate) bill: String,
    pub(crate) carrier: String,
    pub(crate) kind: String,
    pub(crate) number: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) at_ms: i64,
}

/// Notes of bills that are handed over and that are not handed over themselves, the oldest first, at most `max`.
pub(crate) async fn waiting_notes(
    connection: &mut PgConnection,
    tenant: TenantId,
    carrier: Option<&str>,
    max: i64,
) -> Result<Vec<WaitingNote>, sqlx::Error> {
    sqlx::query_as(
        "SELECT n.id, n.invoice_id, i.number AS bill, i.carrier, n.kind, n.number, n.amount, n.currency, n.at_ms
           FROM notes n CROSS JOIN LATERAL (
             SELECT number, carrier FROM invoices
              WHERE tenant_id = $1 AND id = n.invoice_id AND status = 'settled'
                AND ($2::text IS NULL OR carrier = $2) OFFSET 0) i
          WHERE n.tenant_id = $1
            AND NOT EXISTS (SELECT 1 FROM note_hand_overs h WHERE h.tenant_id = $1 AND h.note_id = n.id)
          ORDER BY n.at_ms, n.id LIMIT $3",
    )
    .bind(tenant.0)
    .bind(carrier)
    .bind(max)
    .fetch_all(connection)
    .await
}

/// Marks notes as handed over.
pub(crate) async fn settle_notes(
    connection: &mut PgConnection,
    tenant: TenantId,
    notes: &[WaitingNote],
    hand_over: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO note_hand_overs (tenant_id, note_id, hand_over_id) SELECT $1, n.id, $3 FROM unnest($2::uuid[]) AS n (id)",
    )
    .bind(tenant.0)
    .bind(notes.iter().map(|note| note.id).collect::<Vec<_>>())
    .bind(hand_over)
    .execute(connection)
    .await
    .map(drop)
}

/// The file of one.
pub(crate) async fn content(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT content FROM hand_overs WHERE tenant_id = $1 AND id = $2")
        .bind(tenant.0)
        .bind(id)
        .fetch_optional(connection)
        .await
}

/// Hand-overs, the newest first, behind `after`, at most `max`.
pub(crate) async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
    after: Option<(i64, Uuid)>,
    max: i64,
) -> Result<Vec<HandOver>, sqlx::Error> {
    let (after_ms, after_id) = after.unzip();
    sqlx::query_as(
        "SELECT id, invoices, by, at_ms FROM hand_overs
          WHERE tenant_id = $1 AND at_ms >= 0 AND ($2::bigint IS NULL OR at_ms < $2 OR (at_ms = $2 AND id > $3))
          ORDER BY at_ms DESC, id LIMIT $4",
    )
    .bind(tenant.0)
    .bind(after_ms)
    .bind(after_id)
    .bind(max)
    .fetch_all(connection)
    .await
}
