//! Making and changing orders.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use caravan_model::{Said, Words};
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Answer, Attempt, Idempotent, IfMatch, Path, Problem};
use uuid::Uuid;

use super::problems::{invalid, may, not_found, number_taken};
use super::run::{Asked, by, now_ms};
use super::{APPROVE, WRITE};
use crate::create::{self, Draft, Outcome};
use crate::domain::{Command, Content, Order, OrderId, State as OrderState, Violation};
use crate::store;
use crate::wire::{DuplicateIn, OrderIn, OrderOut};

/// Place an order.
///
/// It begins as an indent. Send an `idempotency-key` to be able to repeat the request safely.
#[utoipa::path(
    post, path = "/v1/orders", operation_id = "placeOrder", tag = "orders",
    params(("idempotency-key" = Option<String>, Header, description = "Your own key for this request.")),
    request_body = OrderIn, security(("api_key" = ["orders:write"])),
    responses(
        (status = 201, body = OrderOut),
        (status = 409, description = "`order-number-taken`, `idempotency-key-in-use`"),
        (status = 422, description = "`order-invalid`, `body-invalid`, `idempotency-key-reused`"),
    ),
)]
pub(super) async fn place(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<OrderIn>,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        tx.commit().await?;
        return Ok(answered);
    }
    let draft = create::validate(body).map_err(invalid)?;
    made(tx, &caller, draft, None, &attempt).await
}

/// Duplicate an order.
///
/// The copy is an indent with the same journey and lines, without the numbers that identify the old shipment.
#[utoipa::path(
    post, path = "/v1/orders/{id}/duplicate", operation_id = "duplicateOrder", tag = "orders",
    params(("id" = String, Path, format = "uuid"), ("idempotency-key" = Option<String>, Header)),
    request_body = Option<DuplicateIn>, security(("api_key" = ["orders:write"])),
    responses(
        (status = 201, body = OrderOut),
        (status = 404, description = "`order-not-found`"),
        (status = 409, description = "`order-number-taken`"),
        (status = 422, description = "`order-invalid`"),
    ),
)]
pub(super) async fn duplicate(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    Idempotent { body, attempt }: Idempotent<Option<DuplicateIn>>,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        tx.commit().await?;
        return Ok(answered);
    }
    let original = store::one(tx.conn(), caller.tenant, OrderId(id), false).await?;
    let original = original.ok_or_else(|| not_found(id))?;
    let copy = body.unwrap_or_default().read(&original.content).map_err(invalid)?;
    let draft = create::validate(OrderIn::from(&copy)).map_err(invalid)?;
    let number = [("number", original.content.number.clone())];
    let reason = Some(Words::new("copied", "copy of {number}", number).into());
    made(tx, &caller, draft, reason, &attempt).await
}

async fn made(
    mut tx: TenantTx,
    caller: &Caller,
    draft: Draft,
    reason: Option<Said>,
    attempt: &Attempt,
) -> Result<Response, Problem> {
    let tenant = tx.tenant();
    store::lock_shared(tx.conn(), tenant).await?;
    let by = by(caller, now_ms(), reason);
    let outcomes = create::create(&mut tx, &by, Some(caller.trace), vec![draft]).await?;
    let order = match outcomes.into_iter().next() {
        Some(Outcome::Created(order)) => order,
        Some(Outcome::NumberTaken { number, id }) => {
            return Err(number_taken(&number, id.map(|id| id.0)));
        }
        None => return Err(number_taken("that was sent", None)),
    };
    let answer = Answer::new(StatusCode::CREATED, &OrderOut::from(order.as_ref()))?
        .location(format!("/v1/orders/{}", order.id.0))
        .version(order.version.into());
    let response = attempt.store(&mut tx, answer).await?;
    tx.commit().await?;
    Ok(response)
}

/// Change an order.
///
/// Send the whole `content` with the `etag` of what you read as `if-match`. A change of what a carrier was offered takes the
/// tender back; a change of what was approved needs `orders:approve` too.
#[utoipa::path(
    put, path = "/v1/orders/{id}", operation_id = "changeOrder", tag = "orders",
    params(
        ("id" = String, Path, format = "uuid"),
        ("if-match" = String, Header, description = "The `etag` of what you read."),
        ("idempotency-key" = Option<String>, Header),
    ),
    request_body = OrderIn, security(("api_key" = ["orders:write"])),
    responses(
        (status = 200, body = OrderOut),
        (status = 404, description = "`order-not-found`"),
        (status = 409, description = "`order-state`"),
        (status = 412, description = "`version-conflict`, with `current`"),
        (status = 422, description = "`order-invalid`"),
        (status = 428, description = "`precondition-required`"),
    ),
)]
pub(super) async fn change(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<OrderIn>,
) -> Result<Response, Problem> {
    let expected = if_match.required()?;
    let may_approve = caller.may(APPROVE);
    let asked = Asked { database, caller, id, expected, attempt };
    asked
        .run_with(WRITE, |order, _| {
            let content = changed(order, body)?;
            let is_approved = order.state != OrderState::Indent;
            if is_approved && !may_approve && order.content.is_another_offer(&content) {
                return Err(Problem::scope_missing(APPROVE));
            }
            Ok((Command::Edit(Box::new(content)), None))
        })
        .await
}

/// The new content, which keeps the order's number.
fn changed(order: &Order, body: OrderIn) -> Result<Content, Problem> {
    let number = &order.content.number;
    if body.number.as_ref().is_some_and(|given| given.trim() != number) {
        let message =
            format!("An order keeps its number ({number}); leave it out, or make another order.");
        return Err(invalid(vec![Violation::new("/number", "number-fixed", message)]));
    }
    let kind = body.kind.or_else(|| Some(order.content.kind.as_str().to_owned()));
    let body = OrderIn { number: Some(number.clone()), kind, ..body };
    create::validate(body).map(|draft| draft.content).map_err(invalid)
}
