//! The steps of an order's life.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use caravan_tenancy::{Caller, Database};
use caravan_web::{Idempotent, IfMatch, Path, Problem};
use uuid::Uuid;

use super::problems::{doubtful, incomplete};
use super::run::{Asked, Read};
use super::{APPROVE, WRITE};
use crate::domain::{Command, check, doubts};
use crate::wire::{AnswerIn, DeliverIn, DispatchIn, OrderOut, ReasonIn, TenderIn};

/// One step: its route, its description, its scope, its body, and what it makes of the body.
macro_rules! step {
    ($(#[$doc:meta])* $name:ident, $path:literal, $operation:literal, $scope:ident = $granted:literal, $body:ty, $read:expr) => {
        $(#[$doc])*
        #[utoipa::path(
            post, path = $path, operation_id = $operation, tag = "orders",
            params(
                ("id" = String, Path, format = "uuid"),
                ("if-match" = Option<String>, Header, description = "Only if it is still this version."),
                ("idempotency-key" = Option<String>, Header),
            ),
            request_body = $body, security(("api_key" = [$granted])),
            responses(
                (status = 200, body = OrderOut),
                (status = 404, description = "`order-not-found`"),
                (status = 409, description = "`order-state`"),
                (status = 412, description = "`version-conflict`"),
                (status = 422, description = "`order-invalid`"),
            ),
        )]
        pub(super) async fn $name(
            State(database): State<Database>,
            Extension(caller): Extension<Caller>,
            Path(id): Path<Uuid>,
            if_match: IfMatch,
            Idempotent { body, attempt }: Idempotent<$body>,
        ) -> Result<Response, Problem> {
            let asked = Asked { database, caller, id, expected: if_match.optional(), attempt };
            let read: fn($body, i64) -> Read = $read;
            asked.run($scope, move |now_ms| read(body, now_ms)).await
        }
    };
}

/// A command whose body is at most a reason.
fn with_reason(body: Option<ReasonIn>, needed: bool, command: Command) -> Read {
    body.unwrap_or_default().read(needed).map(|reason| (command, reason))
}

step!(
    /// Tender an order to its carrier.
    ///
    /// The carrier has until `respond_by` to answer; then the order goes back to assigned.
    tender, "/v1/orders/{id}/tender", "tenderOrder", WRITE = "orders:write", Option<TenderIn>,
    |body, now_ms| body.unwrap_or_default().read(now_ms).map(|command| (command, None))
);
step!(
    /// Tell a carrier's answer.
    ///
    /// For answers by phone or mail; those by EDI come by themselves.
    answer, "/v1/orders/{id}/answer", "answerTender", WRITE = "orders:write", AnswerIn,
    |body, _| body.read()
);
step!(
    /// Withdraw a tender.
    ///
    /// Also after it was accepted; the order goes back to assigned.
    withdraw, "/v1/orders/{id}/withdraw", "withdrawTender", WRITE = "orders:write", ReasonIn,
    |body, _| with_reason(Some(body), true, Command::Withdraw)
);
step!(
    /// Dispatch an order.
    ///
    /// With the LR, the vehicle and the driver.
    dispatch, "/v1/orders/{id}/dispatch", "dispatchOrder", WRITE = "orders:write", DispatchIn,
    |body, now_ms| body.read(now_ms).map(|command| (command, None))
);
step!(
    /// Tell that an order was delivered.
    ///
    /// Where no milestone says so.
    deliver, "/v1/orders/{id}/deliver", "deliverOrder", WRITE = "orders:write", Option<DeliverIn>,
    |body, now_ms| body.unwrap_or_default().read(now_ms)
);
step!(
    /// Close a delivered order.
    close, "/v1/orders/{id}/close", "closeOrder", WRITE = "orders:write", Option<ReasonIn>,
    |body, _| with_reason(body, false, Command::Close)
);
step!(
    /// Cancel an order.
    ///
    /// Until its goods have left; a carrier that was asked is told.
    cancel, "/v1/orders/{id}/cancel", "cancelOrder", WRITE = "orders:write", ReasonIn,
    |body, _| with_reason(Some(body), true, Command::Cancel)
);
step!(
    /// Put an order on hold.
    ///
    /// Until a carrier is asked; withdraw a tender first.
    hold, "/v1/orders/{id}/hold", "holdOrder", WRITE = "orders:write", ReasonIn,
    |body, _| with_reason(Some(body), true, Command::Hold)
);
step!(
    /// Release an order from its hold.
    ///
    /// It goes on where it was held.
    release, "/v1/orders/{id}/release", "releaseOrder", WRITE = "orders:write", Option<ReasonIn>,
    |body, _| with_reason(body, false, Command::Release)
);

/// Approve an indent.
///
/// Refused while it has gaps, and without a reason while something of it is doubtful; `errors` names them.
#[utoipa::path(
    post, path = "/v1/orders/{id}/approve", operation_id = "approveOrder", tag = "orders",
    params(
        ("id" = String, Path, format = "uuid"),
        ("if-match" = Option<String>, Header, description = "Only if it is still this version."),
        ("idempotency-key" = Option<String>, Header),
    ),
    request_body = Option<ReasonIn>, security(("api_key" = ["orders:approve"])),
    responses(
        (status = 200, body = OrderOut),
        (status = 404, description = "`order-not-found`"),
        (status = 409, description = "`order-state`"),
        (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`order-incomplete`, `order-doubtful`, `order-invalid`"),
    ),
)]
pub(super) async fn approve(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<Option<ReasonIn>>,
) -> Result<Response, Problem> {
    let asked = Asked { database, caller, id, expected: if_match.optional(), attempt };
    asked
        .run_with(APPROVE, |order, _| {
            let gaps = check(&order.content);
            let is_indent = order.state == crate::domain::State::Indent;
            if is_indent && !gaps.is_empty() {
                return Err(incomplete(gaps));
            }
            let doubts = doubts(&order.content);
            let said = body.as_ref().and_then(|body| body.reason.as_deref());
            if is_indent && !doubts.is_empty() && said.is_none_or(|said| said.trim().is_empty()) {
                return Err(doubtful(doubts));
            }
            with_reason(body, false, Command::Approve).map_err(super::problems::invalid)
        })
        .await
}
