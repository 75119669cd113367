//! The ledger: entries are added whole, read and summed, and never changed.

use std::collections::BTreeMap;

use caravan_model::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::unreadable;
use crate::domain::currency::Currency;
use crate::domain::ledger::{Account, Entry, Posting};
use crate::invariants;

/// What an entry is about.
#[derive(Debug, Clone)]
pub(crate) struct Head<'a> {
    pub(crate) id: Uuid,
    /// `accrual`, `approval`, `dispute`, `note` or `reversal`.
    pub(crate) kind: &'a str,
    /// The carrier.
    pub(crate) party: &'a str,
    pub(crate) shipment: Option<Uuid>,
    pub(crate) invoice: Option<Uuid>,
    pub(crate) memo: &'a str,
    pub(crate) reverses: Option<Uuid>,
    pub(crate) by: &'a str,
    pub(crate) at_ms: i64,
}

/// An entry as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Stored {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) party: String,
    pub(crate) shipment_id: Option<Uuid>,
    pub(crate) invoice_id: Option<Uuid>,
    pub(crate) memo: String,
    pub(crate) reverses: Option<Uuid>,
    pub(crate) by: String,
    pub(crate) at_ms: i64,
}

/// Posts an entry; one whose id is there already is left as it is. Returns whether it was new.
pub(crate) async fn post(
    connection: &mut PgConnection,
    tenant: TenantId,
    head: &Head<'_>,
    entry: &Entry,
) -> Result<bool, sqlx::Error> {
    debug_assert_eq!(invariants::unbalanced(entry), None);
    let new = sqlx::query(
        "INSERT INTO entries (tenant_id, id, kind, party, shipment_id, invoice_id, memo, reverses, by, at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant_id, id) DO NOTHING",
    )
    .bind(tenant.0)
    .bind(head.id)
    .bind(head.kind)
    .bind(head.party)
    .bind(head.shipment)
    .bind(head.invoice)
    .bind(head.memo)
    .bind(head.reverses)
    .bind(head.by)
    .bind(head.at_ms)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if new == 0 || entry.postings().is_empty() {
        return Ok(new > 0);
    }
    let postings = entry.postings();
    let lines: Vec<i16> = (1_i16..).take(postings.len()).collect();
    // In one statement: the database refuses one that does not balance.
    sqlx::query(
        "INSERT INTO postings (tenant_id, entry_id, line, account, party, currency, amount)
         SELECT $1, $2, p.line, p.account, $3, p.currency, p.amount
           FROM unnest($4::smallint[], $5::text[], $6::text[], $7::bigint[]) AS p (line, account, currency, amount)",
    )
    .bind(tenant.0)
    .bind(head.id)
    .bind(head.party)
    .bind(lines)
    .bind(postings.iter().map(|posting| posting.account.as_str()).collect::<Vec<_>>())
    .bind(postings.iter().map(|posting| posting.currency.as_str().to_owned()).collect::<Vec<_>>())
    .bind(postings.iter().map(|posting| posting.amount).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(|_| true)
}

/// Posts what undoes an entry; nothing happens when it is undone already.
pub(crate) async fn reverse(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    memo: &str,
    by: &str,
    at_ms: i64,
) -> Result<(), sqlx::Error> {
    let undone: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM entries WHERE tenant_id = $1 AND reverses = $2)",
    )
    .bind(tenant.0)
    .bind(id)
    .fetch_one(&mut *connection)
    .await?;
    let all = entries(&mut *connection, tenant, &[id]).await?;
    let Some(original) = all.into_iter().next().filter(|_| !undone) else { return Ok(()) };
    let postings = postings(&mut *connection, tenant, &[id]).await?;
    let entry = Entry::new(postings.into_iter().map(|(_, posting)| posting)).map_err(unreadable)?;
    let head = Head {
        id: Uuid::now_v7(),
        kind: "reversal",
        party: &original.party,
        shipment: original.shipment_id,
        invoice: original.invoice_id,
        memo,
        reverses: Some(id),
        by,
        at_ms,
    };
    post(connection, tenant, &head, &entry.reversed().map_err(unreadable)?).await.map(drop)
}

/// Entries by id.
pub(crate) async fn entries(
    connection: &mut PgConnection,
    tenant: TenantId,
    ids: &[Uuid],
) -> Result<Vec<Stored>, sqlx::Error> {
    sqlx::query_as(
        "SELECT e.* FROM unnest($2::uuid[]) AS w (wanted) CROSS JOIN LATERAL (
           SELECT id, kind, party, shipment_id, invoice_id, memo, reverses, by, at_ms FROM entries
            WHERE tenant_id = $1 AND id = w.wanted OFFSET 0) e",
    )
    .bind(tenant.0)
    .bind(ids)
    .fetch_all(connection)
    .await
}

/// Entries, the newest first, behind `after`, at most `max`.
pub(crate) async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: Option<Uuid>,
    after: Option<(i64, Uuid)>,
    max: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    let (after_ms, after_id) = after.unzip();
    sqlx::query_as(
        "SELECT id, kind, party, shipment_id, invoice_id, memo, reverses, by, at_ms FROM entries
          WHERE tenant_id = $1 AND at_ms >= 0 AND ($2::uuid IS NULL OR invoice_id = $2)
            AND ($3::bigint IS NULL OR at_ms < $3 OR (at_ms = $3 AND id > $4))
          ORDER BY at_ms DESC, id LIMIT $5",
    )
    .bind(tenant.0)
    .bind(invoice)
    .bind(after_ms)
    .bind(after_id)
    .bind(max)
    .fetch_all(connection)
    .await
}

/// The postings of entries, in their order.
pub(crate) async fn postings(
    connection: &mut PgConnection,
    tenant: TenantId,
    entries: &[Uuid],
) -> Result<Vec<(Uuid, Posting)>, sqlx::Error> {
    let rows: Vec<(Uuid, String, String, i64)> = sqlx::query_as(
        "SELECT p.entry_id, p.account, p.currency, p.amount FROM unnest($2::uuid[]) AS w (wanted) CROSS JOIN LATERAL (
           SELECT entry_id, line, account, currency, amount FROM postings
            WHERE tenant_id = $1 AND entry_id = w.wanted OFFSET 0) p ORDER BY p.entry_id, p.line",
    )
    .bind(tenant.0)
    .bind(entries)
    .fetch_all(connection)
    .await?;
    let posting = |(id, account, currency, amount): (Uuid, String, String, i64)| {
        let account = Account::read(&account)?;
        Some((id, Posting { account, currency: Currency::new(&currency)?, amount }))
    };
    let read: Option<Vec<_>> = rows.into_iter().map(posting).collect();
    read.ok_or_else(|| unreadable("a posting cannot be read"))
}

/// What was accrued for a shipment.
#[derive(Debug, Clone)]
pub(crate) struct Accruals {
    pub(crate) entries: i64,
    /// In smallest units.
    pub(crate) amounts: BTreeMap<Currency, i64>,
    /// Whether a bill for it was approved; from then on it is the approval that counts.
    pub(crate) approved: bool,
}

/// The accruals of a shipment.
pub(crate) async fn accruals(
    connection: &mut PgConnection,
    tenant: TenantId,
    shipment: Uuid,
) -> Result<Accruals, sqlx::Error> {
    let (entries, approved): (i64, bool) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM entries e WHERE e.tenant_id = $1 AND e.shipment_id = $2 AND e.kind = 'accrual'),
                EXISTS (SELECT 1 FROM invoices i
                         WHERE i.tenant_id = $1 AND i.shipment_id = $2 AND i.status IN ('approved', 'settled'))",
    )
    .bind(tenant.0)
    .bind(shipment)
    .fetch_one(&mut *connection)
    .await?;
    let amounts = accrued(connection, tenant, shipment, Some("accrual")).await?;
    Ok(Accruals { entries, amounts, approved })
}

/// What entries of one kind, or all, have accrued for a shipment, by currency, in smallest units. Of all it is what no approved
/// bill covers yet.
pub(crate) async fn accrued(
    connection: &mut PgConnection,
    tenant: TenantId,
    shipment: Uuid,
    kind: Option<&str>,
) -> Result<BTreeMap<Currency, i64>, sqlx::Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT p.currency, -sum(p.amount)::bigint
           FROM entries e CROSS JOIN LATERAL (
             SELECT account, currency, amount FROM postings WHERE tenant_id = $1 AND entry_id = e.id OFFSET 0) p
          WHERE e.tenant_id = $1 AND e.shipment_id = $2 AND ($3::text IS NULL OR e.kind = $3)
            AND p.account = 'freight-accrued'
          GROUP BY p.currency HAVING sum(p.amount) <> 0",
    )
    .bind(tenant.0)
    .bind(shipment)
    .bind(kind)
    .fetch_all(connection)
    .await?;
    let read = |(currency, amount): (String, i64)| Some((Currency::new(&currency)?, amount));
    let amounts: Option<BTreeMap<Currency, i64>> = rows.into_iter().map(read).collect();
    amounts.ok_or_else(|| unreadable("a posting cannot be read"))
}

/// The sum of each account, party and currency that is not zero.
pub(crate) async fn balances(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<(String, String, String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT account, party, currency, sum(amount)::bigint FROM postings WHERE tenant_id = $1 AND amount <> 0
          GROUP BY account, party, currency HAVING sum(amount) <> 0 ORDER BY account, party, currency",
    )
    .bind(tenant.0)
    .fetch_all(connection)
    .await
}
