//! The audit trail, shown and verified.

use axum::Extension;
use axum::extract::State;
use caravan_audit::Head;
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Json, Page, PageQuery, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::need;
use crate::identity::Identity;
use crate::wire::{AuditOut, VerificationOut, VerifyIn};

/// The cursor's list.
const LIST: &str = "audit";

/// What of the trail is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only entries about this, for example `order/<id>` or `user/<id>`.
    subject: Option<String>,
}

/// List the audit trail.
///
/// Who changed what, the newest first.
#[utoipa::path(get, path = "/v1/audit", operation_id = "listAudit", tag = "identity", params(PageQuery, Filter),
    security(("api_key" = ["audit:read"])),
    responses((status = 200, body = Page<AuditOut>), (status = 400, description = "`limit-invalid`, `cursor-invalid`")))]
pub(crate) async fn list(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<AuditOut>>, Problem> {
    need(&caller, "audit:read")?;
    let limit = page.limit()?;
    let before: Option<i64> = page.after(LIST)?;
    let mut tx = TenantTx::read(&identity.inner.database, caller.tenant).await?;
    let rows =
        caravan_audit::page(&mut tx, before, filter.subject.as_deref(), limit.rows()).await?;
    tx.commit().await?;
    Ok(Json(Page::of(LIST, limit, rows, |entry| entry.seq, AuditOut::from)?))
}

/// Verify the audit trail.
///
/// Hashes every entry again, from the first on. With a `witness`, a trail that was rewritten as a whole is found too.
#[utoipa::path(post, path = "/v1/audit/verify", operation_id = "verifyAudit", tag = "identity", request_body = Option<VerifyIn>,
    security(("api_key" = ["audit:read"])),
    responses((status = 200, body = VerificationOut), (status = 422, description = "`witness-invalid`")))]
pub(crate) async fn verify(
    State(identity): State<Identity>,
    Extension(caller): Extension<Caller>,
    wanted: Option<Json<VerifyIn>>,
) -> Result<Json<VerificationOut>, Problem> {
    need(&caller, "audit:read")?;
    let witness = wanted.and_then(|Json(wanted)| wanted.witness);
    let witness: Option<Head> = witness.map(|text| text.parse()).transpose().map_err(|_| {
        let detail = "A witness is the `head` of an earlier verification: a number, a colon and 64 hex digits.";
        Problem::unprocessable("witness-invalid", detail)
    })?;
    let mut tx = TenantTx::begin(&identity.inner.database, caller.tenant).await?;
    let found = caravan_audit::verify(&mut tx, witness.as_ref()).await?;
    tx.commit().await?;
    if !found.ok() {
        tracing::error!(tenant = %caller.tenant, broken = ?found.broken, "An audit trail is broken.");
    }
    Ok(Json(found.into()))
}
