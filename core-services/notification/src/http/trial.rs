//! A sample event, sent at once.

use axum::Extension;
use axum::extract::State;
use caravan_events::{Envelope, Kind, cloud_event};
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Json, Path, Problem};
use serde_json::json;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use super::{WRITE, audit, may, not_found};
use crate::domain::Verdict;
use crate::notification::Parts;
use crate::sender::Post;
use crate::store::webhooks as store;
use crate::telemetry;
use crate::wire::TestOut;

/// Lane of what people send by hand: it is sent while an endpoint's deliveries pause.
const LANE: &str = "tests";
/// The kind of a sample; nothing in the log has it.
const SAMPLE: &str = "caravan.webhook.tested";

/// Test a webhook.
///
/// Sends an event of the kind `caravan.webhook.tested` at once, signed as all are, also while the webhook is disabled, and answers what
/// came back. It is not repeated, and no delivery.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", operation_id = "testWebhook", tag = "webhooks",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["webhooks:write"])),
    responses((status = 200, body = TestOut), (status = 404, description = "`webhook-not-found`")))]
pub(super) async fn test(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Json<TestOut>, Problem> {
    may(&caller, WRITE)?;
    let mut tx = TenantTx::begin(&parts.database, caller.tenant).await?;
    let row = store::one(&mut tx, id).await?.ok_or_else(not_found)?;
    tx.commit().await?;
    let now_ms = parts.clock.now_ms();
    let previous = row.previous_secret.filter(|_| row.previous_until_ms > Some(now_ms));
    let sealed = core::iter::once(&row.secret).chain(&previous);
    let signer = parts.secrets.signer(caller.tenant, id, sealed);
    let signer = signer.map_err(|error| Problem::internal(&error))?;
    let event = Envelope::of_service(
        caller.tenant,
        Kind::new(SAMPLE),
        format!("webhook/{id}"),
        &Uuid::now_v7().to_string(),
        now_ms,
        Some(caller.trace),
        json!({ "webhook": id, "name": row.name, "by": caller.principal }).to_string(),
    );
    let body = cloud_event::to_json(&event).map_err(|error| Problem::internal(&error))?;
    let url = Url::parse(&row.url).map_err(|error| Problem::internal(&error))?;
    let message = (event.id.0, now_ms.div_euclid(1_000));
    let post = Post::new((id, LANE), url, &signer, message, body, parts.deadline);
    let post = post.map_err(|error| Problem::internal(&error))?;
    // No transaction is open while a stranger takes his time.
    let began = Instant::now();
    let result = parts.sender.send(post).await;
    let took = began.elapsed();
    let outcome = Verdict::word(&result);
    telemetry::tried(outcome, took);
    let mut tx = TenantTx::begin(&parts.database, caller.tenant).await?;
    audit(&mut tx, &caller, "webhook.tested", id, json!({ "outcome": outcome })).await?;
    tx.commit().await?;
    Ok(Json(TestOut {
        event_id: event.id.0,
        outcome,
        status: result.as_ref().ok().map(|reply| reply.status),
        duration_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
        response: Verdict::told(&result),
    }))
}
