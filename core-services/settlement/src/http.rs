//! The HTTP side, for the tenant of the caller. Reading needs `settlement:read`, changing `settlement:write`, and whatever
//! publishes, pays or undoes `settlement:approve`.

mod actions;
mod bulk;
mod change;
mod contracts;
mod disputes;
mod fuel;
mod hand_overs;
mod invoices;
mod jobs;
mod ledger;
mod quotes;
mod recovered;
mod rules;
mod table;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use caravan_tenancy::{Caller, Database};
use caravan_web::Problem;
use jiff::civil::Date;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::change::{Change, Stop};

const READ: &str = "settlement:read";
const WRITE: &str = "settlement:write";
const APPROVE: &str = "settlement:approve";
/// Largest table that is imported, in bytes.
const TABLE_BYTES_MAX: usize = 16 << 20;

#[derive(utoipa::OpenApi)]
#[openapi(tags(
    (name = "rates", description = "Dated rate contracts, fuel indexes, quotes and re-rating."),
    (name = "freight-invoices", description = "Freight bills: the three-way match, approval, dispute, notes, hand-over."),
    (name = "ledger", description = "Double-entry postings and balances."),
))]
struct Api;

fn routes() -> OpenApiRouter<Database> {
    let tables = OpenApiRouter::new()
        .routes(routes!(contracts::import))
        .routes(routes!(invoices::import))
        .layer(DefaultBodyLimit::max(TABLE_BYTES_MAX));
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(contracts::list, contracts::create))
        .routes(routes!(contracts::add))
        .routes(routes!(contracts::show, contracts::edit, contracts::delete))
        .routes(routes!(contracts::publish))
        .routes(routes!(fuel::list, fuel::record))
        .routes(routes!(quotes::quote))
        .routes(routes!(jobs::list, jobs::create))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::results))
        .routes(routes!(invoices::list, invoices::create))
        .routes(routes!(invoices::counts))
        .routes(routes!(recovered::show))
        .routes(routes!(bulk::approve))
        .routes(routes!(rules::show, rules::change))
        .routes(routes!(invoices::show))
        .routes(routes!(actions::examine))
        .routes(routes!(actions::approve))
        .routes(routes!(actions::reopen))
        .routes(routes!(actions::cancel))
        .routes(routes!(disputes::open))
        .routes(routes!(disputes::note))
        .routes(routes!(disputes::show))
        .routes(routes!(disputes::reply))
        .routes(routes!(disputes::resolve))
        .routes(routes!(hand_overs::list, hand_overs::create))
        .routes(routes!(hand_overs::file))
        .routes(routes!(ledger::entries))
        .routes(routes!(ledger::balances))
        .merge(tables)
}

/// `/v1/rate-contracts`, `/v1/fuel-indexes`, `/v1/rates/…`, `/v1/rate-jobs`, `/v1/freight-invoices`, `/v1/disputes`,
/// `/v1/hand-overs` and `/v1/ledger/…` over `database` (role `caravan_settlement`).
///
/// Reads [`Caller`] from the request's extensions; whoever mounts the router puts it there.
pub fn router(database: Database) -> Router {
    let (router, _) = routes().split_for_parts();
    router.with_state(database)
}

/// The routes' OpenAPI 3.1 description.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    caravan_web::openapi::complete(routes().into_openapi())
}

/// Refuses a caller without `scope`.
fn may(caller: &Caller, scope: &str) -> Result<(), Problem> {
    if caller.may(scope) { Ok(()) } else { Err(Problem::scope_missing(scope)) }
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn date(name: &str, text: &str) -> Result<Date, Problem> {
    text.trim().parse().map_err(|_| {
        Problem::unprocessable(
            "date-invalid",
            format!("{name} is no date; write it as YYYY-MM-DD."),
        )
    })
}

/// A moment: RFC 3339, or a day, which means its end in UTC; now unless said.
fn as_of(text: Option<&str>, now_ms: i64) -> Result<i64, Problem> {
    let Some(text) = text.map(str::trim) else { return Ok(now_ms) };
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(instant.as_millisecond());
    }
    let end = date("as_of", text)?
        .tomorrow()
        .and_then(|next| next.to_zoned(jiff::tz::TimeZone::UTC))
        .map_err(|error| {
            Problem::unprocessable("date-invalid", format!("as_of cannot be: {error}."))
        })?;
    Ok(end.timestamp().as_millisecond().saturating_sub(1))
}
