//! The ledger, to be read.

use axum::Extension;
use axum::extract::State;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Json, Page, PageQuery, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{READ, may};
use crate::store::ledger as store;
use crate::wire::ledger::{BalanceOut, EntryOut};

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EntryFilter {
    /// Those about one freight bill.
    #[param(value_type = Option<String>, format = "uuid")]
    invoice: Option<Uuid>,
}

/// List ledger entries.
///
/// The newest first, each with its postings.
#[utoipa::path(get, path = "/v1/ledger/entries", operation_id = "listLedgerEntries", tag = "ledger",
    params(PageQuery, EntryFilter), security(("api_key" = ["settlement:read"])),
    responses((status = 200, body = Page<EntryOut>)))]
pub(super) async fn entries(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<EntryFilter>,
) -> Result<Json<Page<EntryOut>>, Problem> {
    may(&caller, READ)?;
    let limit = page.limit()?;
    let after: Option<(i64, Uuid)> = page.after("ledger-entries")?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let rows = store::list(tx.conn(), caller.tenant, filter.invoice, after, limit.rows()).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let postings = store::postings(tx.conn(), caller.tenant, &ids).await?;
    tx.commit().await?;
    let show = |row| EntryOut::new(row, &postings);
    Ok(Json(Page::of("ledger-entries", limit, rows, |row| (row.at_ms, row.id), show)?))
}

/// Show ledger balances.
///
/// By account, carrier and currency; those that are zero are left out.
#[utoipa::path(get, path = "/v1/ledger/balances", operation_id = "listLedgerBalances", tag = "ledger",
    security(("api_key" = ["settlement:read"])), responses((status = 200, body = Vec<BalanceOut>)))]
pub(super) async fn balances(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<BalanceOut>>, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let rows = store::balances(tx.conn(), caller.tenant).await?;
    tx.commit().await?;
    Ok(Json(rows.into_iter().map(BalanceOut::from).collect()))
}
