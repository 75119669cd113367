//! What cannot be done, as problems: what, where, what next.

use caravan_tenancy::Caller;
use caravan_web::Problem;
use uuid::Uuid;

use crate::domain::{Action, Refusal, Violation};
use crate::effects;

/// The scope, or 403.
pub(super) fn may(caller: &Caller, scope: &str) -> Result<(), Problem> {
    if caller.may(scope) { Ok(()) } else { Err(Problem::scope_missing(scope)) }
}

/// The tenant has no such order.
pub(super) fn not_found(id: Uuid) -> Problem {
    let detail =
        format!("There is no order {id}; look it up in GET /v1/orders?q= by any of its numbers.");
    Problem::not_found("order-not-found", detail)
}

/// What was sent has mistakes: all of them.
pub(super) fn invalid(violations: Vec<Violation>) -> Problem {
    let detail = match violations.as_slice() {
        [one] => format!("{} ({})", one.message, one.pointer),
        many => format!("{} things are wrong; `errors` names each with its place.", many.len()),
    };
    with_errors(Problem::unprocessable("order-invalid", detail), violations)
}

/// The order has gaps that must be filled before it is approved.
pub(super) fn incomplete(violations: Vec<Violation>) -> Problem {
    let detail = format!(
        "The order cannot be approved before {} gaps are filled; `errors` names each with its place in `content`.",
        violations.len()
    );
    with_errors(Problem::unprocessable("order-incomplete", detail), violations)
}

/// The order may be approved knowingly only: with a reason.
pub(super) fn doubtful(doubts: Vec<Violation>) -> Problem {
    let detail = match doubts.as_slice() {
        [one] => format!("{} ({})", one.message, one.pointer),
        many => format!(
            "{} things of the order are doubtful; `errors` names each with its place in `content`. Correct them, or approve the order with a reason.",
            many.len()
        ),
    };
    with_errors(Problem::unprocessable("order-doubtful", detail), doubts)
}

fn with_errors(problem: Problem, violations: Vec<Violation>) -> Problem {
    let error = |violation: Violation| caravan_web::Violation {
        pointer: violation.pointer,
        code: violation.code,
        message: violation.message,
    };
    problem.errors(&violations.into_iter().map(error).collect::<Vec<_>>())
}

/// The order's state does not let it.
pub(super) fn refused(refusal: &Refusal) -> Problem {
    let allowed: Vec<&str> = refusal.allowed.iter().copied().map(Action::as_str).collect();
    let next = if allowed.is_empty() {
        "nothing can be done to it any more".to_owned()
    } else {
        format!("what can be done now: {}", allowed.join(", "))
    };
    let (state, action) = (refusal.state.as_str(), refusal.action.as_str());
    Problem::conflict(
        "order-state",
        format!("The order is {state}, so \"{action}\" is refused; {next}."),
    )
    .member("order_status", state)
    .member("action", action)
    .member("allowed", allowed)
}

/// Another order has the number.
pub(super) fn number_taken(number: &str, id: Option<Uuid>) -> Problem {
    let detail =
        format!("There is an order {number:?} already; change that one, or choose another number.");
    let problem = Problem::conflict("order-number-taken", detail);
    match id {
        Some(id) => problem.member("order", format!("/v1/orders/{id}")),
        None => problem,
    }
}

impl From<effects::Error> for Problem {
    fn from(error: effects::Error) -> Self {
        match error {
            effects::Error::Database(error) if is_taken(&error) => {
                number_taken("that was sent", None)
            }
            effects::Error::Database(error) => error.into(),
            defect => Self::internal(&defect),
        }
    }
}

/// A rival took the number between the look and the commit (SQLSTATE 23505 on its index).
fn is_taken(error: &caravan_tenancy::Error) -> bool {
    let database = error.sqlx().and_then(sqlx::Error::as_database_error);
    database.is_some_and(|database| database.constraint() == Some("orders_by_number"))
}
