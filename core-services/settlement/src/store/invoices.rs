//! Freight bills: taken once, corrected by versions, compared, listed.

use std::collections::BTreeMap;

use caravan_model::TenantId;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow as _, PgConnection, Row as _};
use uuid::Uuid;

use crate::bill::Bill;

/// An invoice's row.
#[derive(Debug, Clone)]
pub(crate) struct Invoice {
    pub(crate) id: Uuid,
    pub(crate) connection: Uuid,
    pub(crate) carrier: String,
    pub(crate) number: String,
    pub(crate) version: i32,
    pub(crate) status: String,
    pub(crate) revision: i64,
    pub(crate) currency: String,
    pub(crate) total: i64,
    pub(crate) billed: Option<String>,
    pub(crate) shipment: Option<Uuid>,
    pub(crate) outcome: String,
    pub(crate) ways: i16,
    pub(crate) expected: Option<i64>,
    pub(crate) variance: Option<i64>,
    pub(crate) found: String,
    pub(crate) explanation: Option<String>,
    pub(crate) hand_over: Option<Uuid>,
    pub(crate) received_ms: i64,
    pub(crate) updated_ms: i64,
}

const COLUMNS: &str = "id, connection_id, carrier, number, version, status, revision, currency, total, billed_date::text AS billed, \
     shipment_id, outcome, ways, expected_total, variance, match, explanation, hand_over_id, received_ms, updated_ms";

fn invoice(row: &PgRow) -> Result<Invoice, sqlx::Error> {
    Ok(Invoice {
        id: row.try_get("id")?,
        connection: row.try_get("connection_id")?,
        carrier: row.try_get("carrier")?,
        number: row.try_get("number")?,
        version: row.try_get("version")?,
        status: row.try_get("status")?,
        revision: row.try_get("revision")?,
        currency: row.try_get("currency")?,
        total: row.try_get("total")?,
        billed: row.try_get("billed")?,
        shipment: row.try_get("shipment_id")?,
        outcome: row.try_get("outcome")?,
        ways: row.try_get("ways")?,
        expected: row.try_get("expected_total")?,
        variance: row.try_get("variance")?,
        found: row.try_get("match")?,
        explanation: row.try_get("explanation")?,
        hand_over: row.try_get("hand_over_id")?,
        received_ms: row.try_get("received_ms")?,
        updated_ms: row.try_get("updated_ms")?,
    })
}

/// A version's row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Version {
    pub(crate) version: i32,
    pub(crate) event_id: Uuid,
    pub(crate) taken: bool,
    pub(crate) correction: Option<String>,
    pub(crate) document: Vec<u8>,
    pub(crate) data: String,
    pub(crate) received_ms: i64,
}

/// What became of a bill that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// A bill that was not known.
    New,
    /// A correction: another version of a known one.
    Corrected,
    /// Of a known number, without saying that it corrects: kept beside it, and not counted.
    Resent,
    /// The same event again: nothing was done.
    Again,
}

/// Takes a bill: a new number makes an invoice, a correction a new version of it, anything else of a known number is kept and
/// not counted. A corrected bill is open, unless it is disputed: that ends by a person's word or by a cancellation.
pub(crate) async fn take(
    connection: &mut PgConnection,
    tenant: TenantId,
    bill: &Bill,
) -> Result<Taken, sqlx::Error> {
    let id = bill.invoice();
    let again: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM invoice_versions WHERE tenant_id = $1 AND event_id = $2)",
    )
    .bind(tenant.0)
    .bind(bill.event)
    .fetch_one(&mut *connection)
    .await?;
    if again {
        return Ok(Taken::Again);
    }
    let status = if bill.is_cancelled() { "cancelled" } else { "open" };
    let made = sqlx::query(
        "INSERT INTO invoices
           (tenant_id, id, connection_id, carrier, number, version, status, revision, currency, total, billed_date, outcome,
            ways, match, received_ms, updated_ms)
         VALUES ($1, $2, $3, $4, $5, 1, $6, 1, $7, $8, $9::date, 'exception', 0, '{}', $10, $10)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(bill.connection.0)
    .bind(&bill.carrier)
    .bind(&bill.number)
    .bind(status)
    .bind(bill.amounts.currency.as_str())
    .bind(bill.amounts.total)
    .bind(bill.billed.map(|date| date.to_string()))
    .bind(bill.received_ms)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    let taken = match (made, &bill.correction) {
        (1, _) => Taken::New,
        (_, Some(_)) => Taken::Corrected,
        (_, None) => Taken::Resent,
    };
    let version = add_version(&mut *connection, tenant, bill, taken).await?;
    if taken == Taken::Corrected {
        sqlx::query(
            "UPDATE invoices SET version = $3, revision = revision + 1, currency = $5, total = $6, billed_date = $7::date,
                    updated_ms = $8, status = CASE WHEN $4 = 'open' AND EXISTS (
                      SELECT 1 FROM disputes d WHERE d.tenant_id = $1 AND d.invoice_id = $2 AND d.status = 'open')
                      THEN 'disputed' ELSE $4 END
              WHERE tenant_id = $1 AND id = $2",
        )
        .bind(tenant.0)
        .bind(id)
        .bind(version)
        .bind(status)
        .bind(bill.amounts.currency.as_str())
        .bind(bill.amounts.total)
        .bind(bill.billed.map(|date| date.to_string()))
        .bind(bill.received_ms)
        .execute(&mut *connection)
        .await?;
    }
    if taken == Taken::Resent {
        grown(&mut *connection, tenant, id, bill.received_ms).await?;
    }
    add_references(connection, tenant, bill).await?;
    Ok(taken)
}

/// Keeps what came as the next version and returns its number.
async fn add_version(
    connection: &mut PgConnection,
    tenant: TenantId,
    bill: &Bill,
    taken: Taken,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO invoice_versions (tenant_id, invoice_id, version, event_id, taken, correction, document, data, received_ms)
         SELECT $1, $2, COALESCE(max(version), 0) + 1, $3, $4, $5, $6, $7, $8
           FROM invoice_versions WHERE tenant_id = $1 AND invoice_id = $2
         RETURNING version",
    )
    .bind(tenant.0)
    .bind(bill.invoice())
    .bind(bill.event)
    .bind(taken != Taken::Resent)
    .bind(&bill.correction)
    .bind(bill.document.0.as_slice())
    .bind(&bill.data)
    .bind(bill.received_ms)
    .fetch_one(connection)
    .await
}

/// Keeps the numbers that the bill names.
async fn add_references(
    connection: &mut PgConnection,
    tenant: TenantId,
    bill: &Bill,
) -> Result<(), sqlx::Error> {
    let (kinds, values): (Vec<&str>, Vec<&str>) =
        bill.references.iter().map(|(kind, value)| (kind.as_str(), value.as_str())).unzip();
    sqlx::query(
        "INSERT INTO invoice_references (tenant_id, value, kind, invoice_id)
         SELECT $1, r.value, r.kind, $2 FROM unnest($3::text[], $4::text[]) AS r (kind, value) ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(bill.invoice())
    .bind(kinds)
    .bind(values)
    .execute(connection)
    .await
    .map(drop)
}

/// One invoice. Whoever changes it holds [`lock`](super::lock) of its tenant.
pub(crate) async fn one(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<Invoice>, sqlx::Error> {
    let row = sqlx::query(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM invoices WHERE tenant_id = $1 AND id = $2"
    )))
    .bind(tenant.0)
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(invoice).transpose()
}

/// The open ones of `ids`, locked, in the ids' order, each with the JSON of its version, its event and its document.
pub(crate) async fn open(
    connection: &mut PgConnection,
    tenant: TenantId,
    ids: &[Uuid],
) -> Result<Vec<(Invoice, Version)>, sqlx::Error> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT i.* FROM unnest($2::uuid[]) AS w (wanted) CROSS JOIN LATERAL (
           SELECT {COLUMNS} FROM invoices
            WHERE tenant_id = $1 AND id = w.wanted AND status IN ('open', 'disputed') FOR UPDATE OFFSET 0) i ORDER BY i.id"
    )))
    .bind(tenant.0)
    .bind(ids)
    .fetch_all(&mut *connection)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let invoice = invoice(row)?;
        let all = versions(&mut *connection, tenant, invoice.id).await?;
        let current = all.into_iter().find(|version| version.version == invoice.version);
        found.extend(current.map(|version| (invoice, version)));
    }
    Ok(found)
}

/// Every version that came, the oldest first.
pub(crate) async fn versions(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Vec<Version>, sqlx::Error> {
    sqlx::query_as(
        "SELECT version, event_id, taken, correction, document, data, received_ms FROM invoice_versions
          WHERE tenant_id = $1 AND invoice_id = $2 ORDER BY version",
    )
    .bind(tenant.0)
    .bind(id)
    .fetch_all(connection)
    .await
}

/// The open invoices that name one of these shipments, or already belong to one.
pub(crate) async fn of_shipments(
    connection: &mut PgConnection,
    tenant: TenantId,
    shipments: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT DISTINCT i.id FROM unnest($2::uuid[]) AS w (id)
          CROSS JOIN LATERAL (
            SELECT kind, value FROM shipment_references WHERE tenant_id = $1 AND shipment_id = w.id OFFSET 0) s
          CROSS JOIN LATERAL (
            SELECT invoice_id FROM invoice_references WHERE tenant_id = $1 AND value = s.value AND kind = s.kind OFFSET 0) r
          CROSS JOIN LATERAL (
            SELECT id FROM invoices
             WHERE tenant_id = $1 AND id = r.invoice_id AND status IN ('open', 'disputed') OFFSET 0) i",
    )
    .bind(tenant.0)
    .bind(shipments)
    .fetch_all(connection)
    .await
}

/// Open invoices of a carrier that are not clean, at most `max`: a new contract may explain them.
pub(crate) async fn unexplained(
    connection: &mut PgConnection,
    tenant: TenantId,
    carrier: &str,
    max: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT i.id FROM invoices i LEFT JOIN shipments s ON s.tenant_id = i.tenant_id AND s.id = i.shipment_id
          WHERE i.tenant_id = $1 AND i.status = 'open' AND i.received_ms >= 0 AND i.outcome IN ('exception', 'disputed', 'missing-delivery')
            AND (i.carrier = $2 OR s.carrier = $2)
          ORDER BY i.received_ms DESC LIMIT $3",
    )
    .bind(tenant.0)
    .bind(carrier)
    .bind(max)
    .fetch_all(connection)
    .await
}

/// The open ones of `ids`, and of those that may be the same as one of them, by carrier and number or by shipment: which of them is
/// the duplicate depends on all.
pub(crate) async fn with_alike(
    connection: &mut PgConnection,
    tenant: TenantId,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT DISTINCT o.id FROM unnest($2::uuid[]) AS w (id)
          CROSS JOIN LATERAL (
            SELECT carrier, number, shipment_id FROM invoices WHERE tenant_id = $1 AND id = w.id OFFSET 0) i
          CROSS JOIN LATERAL (
            (SELECT id FROM invoices
              WHERE tenant_id = $1 AND carrier = i.carrier AND number = i.number AND revision >= 1
                AND status IN ('open', 'disputed') OFFSET 0)
            UNION ALL
            (SELECT id FROM invoices
              WHERE tenant_id = $1 AND shipment_id = i.shipment_id AND status IN ('open', 'disputed') OFFSET 0)) o",
    )
    .bind(tenant.0)
    .bind(ids)
    .fetch_all(connection)
    .await
}

/// Earlier bills that may be the same: by carrier and number, or by shipment and amount within a number of days.
pub(crate) async fn duplicates(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: &Invoice,
    shipment: Option<Uuid>,
    days: i32,
) -> Result<Vec<(Uuid, String, bool)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, number, by_number FROM (
           (SELECT id, number, true AS by_number, received_ms FROM invoices
             WHERE tenant_id = $1 AND carrier = $3 AND number = $4 AND revision >= 1 AND id <> $2
               AND status <> 'cancelled' AND (received_ms, id) < ($5, $2) OFFSET 0)
           UNION ALL
           (SELECT id, number, false, received_ms FROM invoices
             WHERE tenant_id = $1 AND shipment_id = $6 AND id <> $2 AND NOT (carrier = $3 AND number = $4)
               AND status <> 'cancelled' AND (received_ms, id) < ($5, $2)
               AND currency = $7 AND total = $8 AND total <> 0 AND version = 1
               AND abs(COALESCE(billed_date, $9::date) - COALESCE($9::date, billed_date)) <= $10 OFFSET 0)) AS same
          ORDER BY received_ms, id LIMIT 5",
    )
    .bind(tenant.0)
    .bind(invoice.id)
    .bind(&invoice.carrier)
    .bind(&invoice.number)
    .bind(invoice.received_ms)
    .bind(shipment)
    .bind(&invoice.currency)
    .bind(invoice.total)
    .bind(&invoice.billed)
    .bind(days)
    .fetch_all(connection)
    .await
}

/// What a comparison came to.
#[derive(Debug, Clone)]
pub(crate) struct Compared<'a> {
    pub(crate) shipment: Option<Uuid>,
    pub(crate) outcome: &'a str,
    pub(crate) ways: i16,
    pub(crate) expected: Option<i64>,
    pub(crate) variance: Option<i64>,
    pub(crate) found: &'a str,
    pub(crate) explanation: Option<&'a str>,
}

/// Writes it; the revision counts only when something changed. Returns whether it did.
pub(crate) async fn write_compared(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    compared: &Compared<'_>,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(
        "UPDATE invoices SET shipment_id = $3, outcome = $4, ways = $5, expected_total = $6, variance = $7, match = $8,
                explanation = $9, revision = revision + 1, updated_ms = $10
          WHERE tenant_id = $1 AND id = $2
            AND (shipment_id, outcome, ways, expected_total, variance, match) IS DISTINCT FROM ($3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(compared.shipment)
    .bind(compared.outcome)
    .bind(compared.ways)
    .bind(compared.expected)
    .bind(compared.variance)
    .bind(compared.found)
    .bind(compared.explanation)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// Counts what was added beside it (a message, a note, a bill that came again) as another revision.
pub(crate) async fn grown(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE invoices SET revision = revision + 1, updated_ms = $3 WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(now_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// Moves it to another status and returns it as it is then.
pub(crate) async fn set_status(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    status: &str,
    now_ms: i64,
) -> Result<Invoice, sqlx::Error> {
    let row = sqlx::query(AssertSqlSafe(format!(
        "UPDATE invoices SET status = $3, revision = revision + 1, updated_ms = $4 WHERE tenant_id = $1 AND id = $2
         RETURNING {COLUMNS}"
    )))
    .bind(tenant.0)
    .bind(id)
    .bind(status)
    .bind(now_ms)
    .fetch_one(connection)
    .await?;
    invoice(&row)
}

/// What a list may be narrowed by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) status: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) carrier: Option<String>,
    pub(crate) number: Option<String>,
    pub(crate) shipment: Option<Uuid>,
}

/// Invoices, the last received first, behind `after`, at most `max`.
pub(crate) async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
    filter: &Filter,
    after: Option<(i64, Uuid)>,
    max: i64,
) -> Result<Vec<Invoice>, sqlx::Error> {
    let (after_ms, after_id) = after.unzip();
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM invoices
          WHERE tenant_id = $1 AND received_ms >= 0 AND revision >= 1
            AND ($2::text IS NULL OR status = $2) AND ($3::text IS NULL OR outcome = $3)
            AND ($4::text IS NULL OR carrier = $4) AND ($5::text IS NULL OR number = $5)
            AND ($6::uuid IS NULL OR shipment_id = $6)
            AND ($7::bigint IS NULL OR received_ms < $7 OR (received_ms = $7 AND id > $8))
          ORDER BY received_ms DESC, id LIMIT $9"
    )))
    .bind(tenant.0)
    .bind(&filter.status)
    .bind(&filter.outcome)
    .bind(&filter.carrier)
    .bind(&filter.number)
    .bind(filter.shipment)
    .bind(after_ms)
    .bind(after_id)
    .bind(max)
    .fetch_all(connection)
    .await?;
    rows.iter().map(invoice).collect()
}

/// How many there are of each status and outcome.
pub(crate) async fn counts(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<(String, String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT status, outcome, count(*) FROM invoices WHERE tenant_id = $1 GROUP BY status, outcome ORDER BY status, outcome",
    )
    .bind(tenant.0)
    .fetch_all(connection)
    .await
}

/// The approved ones that are not handed over yet, locked, the oldest first.
pub(crate) async fn to_hand_over(
    connection: &mut PgConnection,
    tenant: TenantId,
    carrier: Option<&str>,
    max: i64,
) -> Result<Vec<Invoice>, sqlx::Error> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM invoices
          WHERE tenant_id = $1 AND status = 'approved' AND received_ms >= 0 AND ($2::text IS NULL OR carrier = $2)
          ORDER BY received_ms, id LIMIT $3 FOR UPDATE"
    )))
    .bind(tenant.0)
    .bind(carrier)
    .bind(max)
    .fetch_all(connection)
    .await?;
    rows.iter().map(invoice).collect()
}

/// The versions that count of these invoices, by invoice.
pub(crate) async fn counting(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoices: &[Invoice],
) -> Result<BTreeMap<Uuid, Version>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT w.id, v.* FROM unnest($2::uuid[], $3::int[]) AS w (id, number) CROSS JOIN LATERAL (
           SELECT version, event_id, taken, correction, document, data, received_ms FROM invoice_versions
            WHERE tenant_id = $1 AND invoice_id = w.id AND version = w.number OFFSET 0) v",
    )
    .bind(tenant.0)
    .bind(invoices.iter().map(|invoice| invoice.id).collect::<Vec<_>>())
    .bind(invoices.iter().map(|invoice| invoice.version).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, Version::from_row(row)?))).collect()
}

/// Marks them as handed over.
pub(crate) async fn settle(
    connection: &mut PgConnection,
    tenant: TenantId,
    ids: &[Uuid],
    hand_over: Uuid,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE invoices SET status = 'settled', hand_over_id = $3, revision = revision + 1, updated_ms = $4
          WHERE tenant_id = $1 AND id = ANY ($2)",
    )
    .bind(tenant.0)
    .bind(ids)
    .bind(hand_over)
    .bind(now_ms)
    .execute(connection)
    .await
    .map(drop)
}
