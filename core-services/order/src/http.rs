//! The HTTP side: orders of the caller's tenant, made, found, moved.
//!
//! Each handler checks its scope, does its work in one transaction, and keeps its answer under the caller's idempotency key there.

mod actions;
mod assign;
mod conflicts;
mod imports;
mod list;
mod make;
mod problems;
mod run;
mod show;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use caravan_tenancy::Database;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(utoipa::OpenApi)]
#[openapi(tags(
    (name = "orders", description = "Freight orders and their life, from indent to closing."),
    (name = "imports", description = "Files of orders: uploaded, repaired, checked, committed."),
))]
struct Api;

fn routes() -> OpenApiRouter<Database> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(list::list, make::place))
        .routes(routes!(show::show, make::change))
        .routes(routes!(make::duplicate))
        .routes(routes!(actions::approve))
        .routes(routes!(assign::quotes))
        .routes(routes!(assign::assign))
        .routes(routes!(actions::tender))
        .routes(routes!(actions::answer))
        .routes(routes!(actions::withdraw))
        .routes(routes!(actions::dispatch))
        .routes(routes!(actions::deliver))
        .routes(routes!(actions::close))
        .routes(routes!(actions::cancel))
        .routes(routes!(actions::hold))
        .routes(routes!(actions::release))
        .routes(routes!(conflicts::resolve))
        .routes(routes!(imports::upload, imports::list))
        .routes(routes!(imports::blank))
        .routes(routes!(imports::show, imports::choose))
        .routes(routes!(imports::commit))
        .routes(routes!(imports::cancel))
        .routes(routes!(imports::rejected))
}

/// The routes under `/v1/orders` over `database` (role `caravan_order`).
///
/// Reads `Caller` from the request's extensions; whoever mounts the router puts it there. Scopes are checked here:
/// `orders:read`, `orders:write`, `orders:approve`.
pub fn router(database: Database) -> Router {
    let (router, _) = routes().split_for_parts();
    router.layer(DefaultBodyLimit::max(crate::import::BYTES_MAX)).with_state(database)
}

/// The description of [`router`]'s routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    caravan_web::openapi::complete(routes().into_openapi())
}

/// What may be read.
const READ: &str = "orders:read";
/// What may be made and moved.
const WRITE: &str = "orders:write";
/// Who may approve, and change what was approved.
const APPROVE: &str = "orders:approve";
