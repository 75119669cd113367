//! What was expected of a shipment over HTTP: each change, when and why.

use axum::Extension;
use axum::extract::State;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Json, Path, Problem, Query};

use super::{CANDIDATES_MAX, the_one};
use crate::store::{self, etas};
use crate::wire::TimelineQuery;
use crate::wire::etas::ExpectationsOut;

/// Show what was expected of a shipment.
///
/// Each change of what its carrier announced and of what its lane's history made of it, with when and why; intervals are those that
/// were known then.
#[utoipa::path(
    get, path = "/v1/shipments/{reference}/etas", operation_id = "showExpectations", tag = "shipments",
    params(("reference" = String, Path, description = "Any number that the shipment is known by."), TimelineQuery),
    security(("api_key" = ["shipments:read"])),
    responses(
        (status = 200, description = "The history.", body = ExpectationsOut),
        (status = 400, description = "`query-invalid`"),
        (status = 404, description = "`shipment-not-found`"),
        (status = 409, description = "`reference-ambiguous`, with `candidates`"),
    ),
)]
pub(super) async fn history(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(reference): Path<String>,
    Query(TimelineQuery { kind }): Query<TimelineQuery>,
) -> Result<Json<ExpectationsOut>, Problem> {
    let reference = reference.trim();
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let found = store::candidates(&mut tx, reference, kind.as_deref(), CANDIDATES_MAX).await?;
    let id = the_one(reference, &found)?;
    let told = etas::history(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(ExpectationsOut {
        reference: found.first().map(|found| found.main.value.clone()).unwrap_or_default(),
        items: told.iter().map(Into::into).collect(),
    }))
}
