//! Approvals: what was decided, and what a carrier's year comes to.

use caravan_model::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::currency::Currency;
use crate::domain::tax::Year;

/// An approval as stored. Amounts are in smallest units.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Approval {
    pub(crate) version: i32,
    pub(crate) number: i32,
    pub(crate) carrier: String,
    pub(crate) financial_year: i32,
    pub(crate) currency: String,
    pub(crate) freight: i64,
    pub(crate) tax_forward: i64,
    pub(crate) tax_reverse: i64,
    pub(crate) deducted_on: i64,
    pub(crate) deducted: i64,
    pub(crate) explanation: String,
    /// A list of [`crate::wire::settled::TaxShare`] as JSON.
    pub(crate) taxes: String,
    pub(crate) reason: Option<String>,
    pub(crate) entry_id: Uuid,
    pub(crate) by: String,
    pub(crate) at_ms: i64,
}

/// Approvals of an invoice, the oldest first.
pub(crate) async fn of(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: Uuid,
) -> Result<Vec<Approval>, sqlx::Error> {
    sqlx::query_as(
        "SELECT version, number, carrier, financial_year, currency, freight, tax_forward, tax_reverse, deducted_on, deducted,
                explanation, taxes, reason, entry_id, by, at_ms
           FROM approvals WHERE tenant_id = $1 AND invoice_id = $2 ORDER BY at_ms, version, number",
    )
    .bind(tenant.0)
    .bind(invoice)
    .fetch_all(connection)
    .await
}

/// What the last approval of an invoice comes to.
#[derive(Debug, Clone, Default, sqlx::FromRow)]
pub(crate) struct Decided {
    pub(crate) invoice_id: Uuid,
    pub(crate) carrier: String,
    pub(crate) freight: i64,
    pub(crate) tax_forward: i64,
    pub(crate) tax_reverse: i64,
    pub(crate) deducted: i64,
    pub(crate) taxes: String,
}

impl Decided {
    /// What the carrier gets.
    pub(crate) fn payable(&self) -> i64 {
        self.freight.saturating_add(self.tax_forward).saturating_sub(self.deducted)
    }
}

/// The last approval of each of these invoices.
pub(crate) async fn last_of(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoices: &[Uuid],
) -> Result<Vec<Decided>, sqlx::Error> {
    sqlx::query_as(
        "SELECT a.* FROM unnest($2::uuid[]) AS w (id) CROSS JOIN LATERAL (
           SELECT invoice_id, carrier, freight, tax_forward, tax_reverse, deducted, taxes FROM approvals
            WHERE tenant_id = $1 AND invoice_id = w.id ORDER BY version DESC, number DESC LIMIT 1) a",
    )
    .bind(tenant.0)
    .bind(invoices)
    .fetch_all(connection)
    .await
}

/// What counts for the carrier in a financial year: approvals whose entry was not undone.
pub(crate) async fn year(
    connection: &mut PgConnection,
    tenant: TenantId,
    carrier: &str,
    currency: Currency,
    financial_year: i32,
) -> Result<Year, sqlx::Error> {
    let (base, deducted_on): (i64, i64) = sqlx::query_as(
        "SELECT COALESCE(sum(a.freight), 0)::bigint, COALESCE(sum(a.deducted_on), 0)::bigint FROM approvals a
          WHERE a.tenant_id = $1 AND a.carrier = $2 AND a.currency = $3 AND a.financial_year = $4 AND a.financial_year >= 0
            AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.tenant_id = $1 AND e.reverses = a.entry_id OFFSET 0)",
    )
    .bind(tenant.0)
    .bind(carrier)
    .bind(currency.as_str())
    .bind(financial_year)
    .fetch_one(connection)
    .await?;
    Ok(Year { base, deducted_on })
}

/// Adds one.
pub(crate) async fn add(
    connection: &mut PgConnection,
    tenant: TenantId,
    invoice: Uuid,
    approval: &Approval,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO approvals
           (tenant_id, invoice_id, version, number, carrier, financial_year, currency, freight, tax_forward, tax_reverse,
            deducted_on, deducted, explanation, taxes, reason, entry_id, by, at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(tenant.0)
    .bind(invoice)
    .bind(approval.version)
    .bind(approval.number)
    .bind(&approval.carrier)
    .bind(approval.financial_year)
    .bind(&approval.currency)
    .bind(approval.freight)
    .bind(approval.tax_forward)
    .bind(approval.tax_reverse)
    .bind(approval.deducted_on)
    .bind(approval.deducted)
    .bind(&approval.explanation)
    .bind(&approval.taxes)
    .bind(&approval.reason)
    .bind(approval.entry_id)
    .bind(&approval.by)
    .bind(approval.at_ms)
    .execute(connection)
    .await
    .map(drop)
}
