//! What disputing brought back so far.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::{READ, may};
use crate::domain::currency::Currency;
use crate::store::recovered::{self as store, Lowered};
use crate::wire::amount;

/// What came back in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FreightRecovered)]
pub(crate) struct RecoveredOut {
    currency: String,
    /// Both together.
    amount: String,
    /// By the carriers' credit notes.
    by_notes: String,
    /// By bills that were disputed and then corrected to less, or cancelled.
    by_disputes: String,
}

/// Show what was recovered.
///
/// By currency: credit notes that were booked, and what disputed bills come to less since.
#[utoipa::path(get, path = "/v1/freight-invoices/recovered", operation_id = "showRecoveredFreight", tag = "freight-invoices",
    security(("api_key" = ["settlement:read"])), responses((status = 200, body = Vec<RecoveredOut>)))]
pub(super) async fn show(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<RecoveredOut>>, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let notes = store::by_notes(tx.conn(), caller.tenant).await?;
    let lowered = store::by_disputes(tx.conn(), caller.tenant).await?;
    tx.commit().await?;
    Ok(Json(recovered(&notes, &lowered)))
}

fn recovered(notes: &[(String, i64)], lowered: &[Lowered]) -> Vec<RecoveredOut> {
    let mut by_currency: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for (currency, minor) in notes {
        let so_far = by_currency.entry(currency).or_default();
        so_far.0 = so_far.0.saturating_add(*minor);
    }
    for bill in lowered {
        // A bill in parts of the smallest unit has an exception and is no money yet.
        if let Some(minor) = difference(bill) {
            let so_far = by_currency.entry(&bill.currency).or_default();
            so_far.1 = so_far.1.saturating_add(minor);
        }
    }
    let show = |(currency, (notes, disputes)): (&str, (i64, i64))| RecoveredOut {
        currency: currency.to_owned(),
        amount: amount(currency, notes.saturating_add(disputes)),
        by_notes: amount(currency, notes),
        by_disputes: amount(currency, disputes),
    };
    by_currency.into_iter().map(show).collect()
}

fn difference(bill: &Lowered) -> Option<i64> {
    let currency = Currency::new(&bill.currency)?;
    let now = bill.now.as_deref().map_or(Some(0), |now| currency.minor(now))?;
    currency.minor(&bill.was)?.checked_sub(now)
}
