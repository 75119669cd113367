//! Deliveries: listed, looked into, sent again.

use axum::Extension;
use axum::extract::State;
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Json, Page, PageQuery, Path, Problem, Query};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{READ, WRITE, audit, checks, may, not_found};
use crate::domain;
use crate::notification::Parts;
use crate::store::deliveries::{self as store, Delivery};
use crate::store::webhooks::{self, Webhook};
use crate::wire::{DeliveryDetailOut, DeliveryOut, RecoverIn, RecoveredOut};

const STATUSES: [&str; 4] = ["pending", "delivered", "failed", "held"];

/// Which deliveries are wanted.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliveryQuery {
    /// `pending`, `delivered`, `failed` or `held`.
    status: Option<String>,
}

/// List a webhook's deliveries.
///
/// Newest first; those of the last 30 days.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", operation_id = "listWebhookDeliveries", tag = "webhooks",
    params(("id" = String, Path, format = "uuid"), DeliveryQuery, PageQuery), security(("api_key" = ["webhooks:read"])),
    responses((status = 200, body = Page<DeliveryOut>), (status = 404, description = "`webhook-not-found`"),
        (status = 400, description = "`filter-unknown`, `limit-invalid`, `cursor-invalid`")))]
pub(super) async fn list(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Query(page): Query<PageQuery>,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<Page<DeliveryOut>>, Problem> {
    may(&caller, READ)?;
    let (limit, after) = (page.limit()?, page.after("deliveries")?);
    let status = query.status.as_deref();
    if status.is_some_and(|status| !STATUSES.contains(&status)) {
        let detail = format!("`status` is one of {}.", STATUSES.join(", "));
        return Err(Problem::bad_request("filter-unknown", detail));
    }
    let mut tx = TenantTx::read(&parts.database, caller.tenant).await?;
    webhooks::one(&mut tx, id).await?.ok_or_else(not_found)?;
    let rows = store::list(&mut tx, id, status, after, limit.rows()).await?;
    tx.commit().await?;
    Page::of("deliveries", limit, rows, |row| row.id, |row| shown(&caller, row)).map(Json)
}

/// Show a delivery.
///
/// With its tries and what is sent.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries/{delivery}", operation_id = "showWebhookDelivery", tag = "webhooks",
    params(("id" = String, Path, format = "uuid"), ("delivery" = String, Path, format = "uuid")),
    security(("api_key" = ["webhooks:read"])),
    responses((status = 200, body = DeliveryDetailOut), (status = 404, description = "`webhook-delivery-not-found`")))]
pub(super) async fn show(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Path((id, delivery)): Path<(Uuid, Uuid)>,
) -> Result<Json<DeliveryDetailOut>, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&parts.database, caller.tenant).await?;
    let (row, body) = one(&mut tx, id, delivery).await?;
    let tries = store::attempts(&mut tx, delivery).await?;
    tx.commit().await?;
    let body = if may_read(&caller, &row.kind) {
        Some(RawValue::from_string(body).map_err(|error| Problem::internal(&error))?)
    } else {
        None
    };
    let tries = tries.into_iter().map(Into::into).collect();
    Ok(Json(DeliveryDetailOut { delivery: shown(&caller, row), tries, body }))
}

/// Send a delivery again.
///
/// At once, under the same `webhook-id`, also when it was taken before; with the whole schedule before it.
#[utoipa::path(post, path = "/v1/webhooks/{id}/deliveries/{delivery}/resend", operation_id = "resendWebhookDelivery", tag = "webhooks",
    params(("id" = String, Path, format = "uuid"), ("delivery" = String, Path, format = "uuid")),
    security(("api_key" = ["webhooks:write"])),
    responses((status = 200, body = DeliveryOut), (status = 404, description = "`webhook-not-found`, `webhook-delivery-not-found`"),
        (status = 409, description = "`webhook-disabled`, `webhook-delivery-under-way`")))]
pub(super) async fn resend(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Path((id, delivery)): Path<(Uuid, Uuid)>,
) -> Result<Json<DeliveryOut>, Problem> {
    may(&caller, WRITE)?;
    let now_ms = parts.clock.now_ms();
    let mut tx = TenantTx::begin(&parts.database, caller.tenant).await?;
    enabled(&mut tx, id).await?;
    one(&mut tx, id, delivery).await?;
    let sent = store::resend(&mut tx, delivery, now_ms).await?.ok_or_else(|| {
        let detail = "This delivery is being tried at this moment; look again in a moment.";
        Problem::conflict("webhook-delivery-under-way", detail)
    })?;
    let detail = json!({ "delivery": delivery, "event": sent.event });
    audit(&mut tx, &caller, "webhook.delivery-resent", id, detail).await?;
    let wake = parts.wake;
    tx.after_commit(move || wake.notify_one());
    tx.commit().await?;
    Ok(Json(shown(&caller, sent)))
}

/// Recover a webhook.
///
/// Sends everything that was not taken since then: what failed, and what was held while the webhook was disabled.
#[utoipa::path(post, path = "/v1/webhooks/{id}/recover", operation_id = "recoverWebhook", tag = "webhooks",
    params(("id" = String, Path, format = "uuid")), request_body = RecoverIn, security(("api_key" = ["webhooks:write"])),
    responses((status = 200, body = RecoveredOut), (status = 404, description = "`webhook-not-found`"),
        (status = 409, description = "`webhook-disabled`"), (status = 422, description = "`webhook-invalid`")))]
pub(super) async fn recover(
    State(parts): State<Parts>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Json(body): Json<RecoverIn>,
) -> Result<Json<RecoveredOut>, Problem> {
    may(&caller, WRITE)?;
    let since = body.since.parse::<jiff::Timestamp>().map_err(|_| checks::since())?;
    let now_ms = parts.clock.now_ms();
    let mut tx = TenantTx::begin(&parts.database, caller.tenant).await?;
    enabled(&mut tx, id).await?;
    let (deliveries, more) = store::recover(&mut tx, id, since.as_millisecond(), now_ms).await?;
    let detail = json!({ "since": since.to_string(), "deliveries": deliveries });
    audit(&mut tx, &caller, "webhook.recovered", id, detail).await?;
    let wake = parts.wake;
    tx.after_commit(move || wake.notify_one());
    tx.commit().await?;
    Ok(Json(RecoveredOut { deliveries, more }))
}

fn may_read(caller: &Caller, kind: &str) -> bool {
    domain::lacking(caller, &[kind.to_owned()]).is_none()
}

fn shown(caller: &Caller, row: Delivery) -> DeliveryOut {
    let may_read = may_read(caller, &row.kind);
    DeliveryOut::new(row, may_read)
}

/// The endpoint, locked, if it is sent anything.
async fn enabled(tx: &mut TenantTx, id: Uuid) -> Result<Webhook, Problem> {
    let row = webhooks::locked(tx, id).await?.ok_or_else(not_found)?;
    if row.disabled.is_some() {
        let detail = "This webhook is disabled; enable it first.";
        return Err(Problem::conflict("webhook-disabled", detail));
    }
    Ok(row)
}

async fn one(
    tx: &mut TenantTx,
    webhook: Uuid,
    delivery: Uuid,
) -> Result<(Delivery, String), Problem> {
    store::one(tx, webhook, delivery).await?.ok_or_else(|| {
        let detail = "There is no such delivery; they are kept for 30 days.";
        Problem::not_found("webhook-delivery-not-found", detail)
    })
}
