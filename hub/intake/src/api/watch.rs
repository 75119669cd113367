//! What a connection's party is polled about.

use axum::Extension;
use axum::extract::State;
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Json, Path, Problem};
use serde_json::json;

use super::connections::{find, need, record};
use super::wire::{Watch, Watched};
use crate::intake::Intake;
use crate::poll;

/// Most references in one request.
const REFERENCES_MAX: usize = 1_000;
/// Longest reference.
const REFERENCE_BYTES_MAX: usize = 64;

/// Watch references.
///
/// The party is polled about them from now on.
#[utoipa::path(
    post, path = "/v1/connections/{connection}/watch", operation_id = "watchReferences", tag = "connections",
    params(("connection" = String, Path, description = "Id or name.")),
    request_body = Watch,
    security(("api_key" = ["connections:write"])),
    responses(
        (status = 200, description = "How many are watched.", body = Watched),
        (status = 400, description = "`bad-reference`, `too-many-references`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn watch(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(connection): Path<String>,
    Json(watch): Json<Watch>,
) -> Result<Json<Watched>, Problem> {
    need(&caller, "connections:write")?;
    let connection = find(&intake, &caller, &connection).await?;
    let references: Vec<String> =
        watch.references.iter().map(|text| text.trim().to_owned()).collect();
    if references.len() > REFERENCES_MAX {
        let detail = format!("at most {REFERENCES_MAX} references a request");
        return Err(Problem::bad_request("too-many-references", detail));
    }
    if let Some(bad) =
        references.iter().find(|text| text.is_empty() || text.len() > REFERENCE_BYTES_MAX)
    {
        let detail = format!("{bad:?} is not 1 to {REFERENCE_BYTES_MAX} bytes long");
        return Err(Problem::bad_request("bad-reference", detail));
    }
    let mut tx = TenantTx::begin(intake.database(), caller.tenant).await?;
    let kind = watch.kind.as_deref().unwrap_or("tracking");
    let interval_s = watch.interval_s.unwrap_or(900);
    let detail = json!({ "kind": kind, "references": references.len(), "interval_s": interval_s });
    let watched = poll::watch(&mut tx, connection.id, kind, references, interval_s).await?;
    record(&mut tx, &caller, "connection.watched", connection.id, detail).await?;
    tx.commit().await?;
    Ok(Json(Watched { watched }))
}
