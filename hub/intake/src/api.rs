//! The hub's HTTP interface, as the gateway routes to it: documents, connections, parties, the ERP endpoint.

mod connections;
mod documents;
mod erp;
mod events;
mod outgoing;
mod parties;
mod watch;
mod wire;

use axum::Router;
use caravan_tenancy::Caller;
use caravan_web::Problem;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::intake::Intake;

#[derive(utoipa::OpenApi)]
#[openapi(tags(
    (name = "documents", description = "What was received, byte for byte, and what became of it."),
    (name = "outgoing", description = "What was sent to parties of our own accord: tenders, settled bills."),
    (name = "connections", description = "A party's account with us."),
    (name = "parties", description = "The catalogue of carriers, ERPs and authorities."),
    (name = "events", description = "Canonical events as they are appended."),
))]
struct Api;

/// The routes and their description, from one list.
fn routes() -> OpenApiRouter<Intake> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(parties::list))
        .routes(routes!(parties::show))
        .routes(routes!(connections::list, connections::make))
        .routes(routes!(connections::test))
        .routes(routes!(connections::show, connections::change))
        .routes(routes!(connections::retest))
        .routes(routes!(connections::disable))
        .routes(routes!(connections::enable))
        .routes(routes!(watch::watch))
        .routes(routes!(erp::post))
        .routes(routes!(documents::list))
        .routes(routes!(documents::show))
        .routes(routes!(documents::raw))
        .routes(routes!(documents::answer_raw))
        .routes(routes!(documents::replay))
        .routes(routes!(documents::diff::show))
        .routes(routes!(documents::fixture::show))
        .routes(routes!(outgoing::list))
        .routes(routes!(outgoing::show))
        .routes(routes!(outgoing::raw))
        .routes(routes!(outgoing::resend))
        .routes(routes!(events::tail))
}

/// Routes under `/v1`. Every request carries a `caravan_tenancy::Caller` that the gateway put there.
pub fn router(intake: Intake) -> Router {
    let (router, _) = routes().split_for_parts();
    router.with_state(intake)
}

/// What [`router`] serves, as OpenAPI 3.1.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    caravan_web::openapi::complete(routes().into_openapi())
}

/// What is done a second time needs a scope of its own, or 403.
fn may_repeat(caller: &Caller) -> Result<(), Problem> {
    const REPLAY: &str = "documents:replay";
    if caller.may(REPLAY) { Ok(()) } else { Err(Problem::scope_missing(REPLAY)) }
}

/// The hub's own storage did not do it. The chain goes to the log, not to the caller.
fn unavailable(error: &dyn std::error::Error) -> Problem {
    let detail = "The hub's storage did not answer; try again, and give the operator the trace id of this answer if it lasts.";
    Problem::unavailable("hub-unavailable", detail).caused_by(error)
}

macro_rules! unavailable_from {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                unavailable(&error)
            }
        }
    )+};
}
unavailable_from!(
    crate::object::ObjectError,
    crate::receive::ReceiveError,
    crate::process::IntakeError,
);

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_is_the_one_that_was_reviewed() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        caravan_web::openapi::snapshot(&super::openapi(), path).unwrap();
    }
}
