//! Choosing a carrier: by hand, or the cheapest by the rates that are known.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Idempotent, IfMatch, Json, Path, Problem};
use uuid::Uuid;

use super::problems::{invalid, may, not_found};
use super::run::{Asked, now_ms};
use super::{READ, WRITE};
use crate::domain::{
    Assignment, Command, Load, Order, OrderId, Quote, Stop, Unpriced, kilograms, micro,
    quotes as price,
};
use crate::store;
use crate::wire::{AssignIn, OrderLane, OrderOut, QuotesOut};

/// What the rates give for an order.
struct Priced {
    quotes: Vec<Quote>,
    unpriced: Vec<Unpriced>,
    /// Contracts in force on the day.
    contracts: i64,
    /// `YYYY-MM-DD`.
    day: String,
}

async fn rates(tx: &mut TenantTx, order: &Order) -> Result<Priced, Problem> {
    let content = &order.content;
    let place = |stop: Option<&Stop>| stop.map(|stop| stop.place.clone()).unwrap_or_default();
    let load = Load {
        order: order.id,
        origin: place(content.first_pickup()),
        destination: place(content.last_delivery()),
        service: content.service.clone(),
        weight_kg: content.gross_weight.as_ref().and_then(kilograms),
        distance_km: content.distance_km.as_deref().and_then(micro),
        packages: content.packages,
    };
    // The day of the pickup where it is picked up; an order without one is priced for today.
    let pickup = content.pickup_at().map(|at| at.to_rfc3339());
    let today = || crate::wire::utc(now_ms());
    let day: String = pickup.unwrap_or_else(today).chars().take(10).collect();
    let tenant = tx.tenant();
    let (candidates, contracts) = store::candidates(tx.conn(), tenant, &day, &load).await?;
    let (quotes, unpriced) = price(&load, &candidates);
    Ok(Priced { quotes, unpriced, contracts, day })
}

/// Compare carriers by rate.
///
/// What the known rate contracts give for this order on the day of its pickup: linehaul, without fuel and accessorials.
#[utoipa::path(
    get, path = "/v1/orders/{id}/quotes", operation_id = "quoteOrder", tag = "orders",
    params(("id" = String, Path, format = "uuid")), security(("api_key" = ["orders:read"])),
    responses((status = 200, body = QuotesOut), (status = 404, description = "`order-not-found`")),
)]
pub(super) async fn quotes(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
) -> Result<Json<QuotesOut>, Problem> {
    may(&caller, READ)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let order = store::one(tx.conn(), caller.tenant, OrderId(id), false).await?;
    let priced = rates(&mut tx, &order.ok_or_else(|| not_found(id))?).await?;
    tx.commit().await?;
    Ok(Json(QuotesOut::new(&priced.quotes, &priced.unpriced)))
}

/// Assign a carrier.
///
/// Name one, or leave it out to take the cheapest by rate.
#[utoipa::path(
    post, path = "/v1/orders/{id}/assign", operation_id = "assignOrder", tag = "orders",
    params(
        ("id" = String, Path, format = "uuid"),
        ("if-match" = Option<String>, Header, description = "Only if it is still this version."),
        ("idempotency-key" = Option<String>, Header),
    ),
    request_body = Option<AssignIn>, security(("api_key" = ["orders:write"])),
    responses(
        (status = 200, body = OrderOut),
        (status = 404, description = "`order-not-found`"),
        (status = 409, description = "`order-state`, `no-rate`, `rates-not-comparable`"),
        (status = 412, description = "`version-conflict`"),
        (status = 422, description = "`order-invalid`"),
    ),
)]
pub(super) async fn assign(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Idempotent { body, attempt }: Idempotent<Option<AssignIn>>,
) -> Result<Response, Problem> {
    may(&caller, WRITE)?;
    let (carrier, reason) = body.unwrap_or_default().read().map_err(invalid)?;
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        tx.commit().await?;
        return Ok(answered);
    }
    let asked = Asked { database, caller, id, expected: if_match.optional(), attempt };
    let order = asked.locked(&mut tx).await?;
    let priced = rates(&mut tx, &order).await?;
    let assignment = match carrier {
        Some(carrier) => {
            let of_it = |quote: &Quote| quote.carrier.eq_ignore_ascii_case(&carrier);
            let quote = priced.quotes.into_iter().find(of_it);
            Assignment { carrier, quote, by_rate: false }
        }
        None => {
            let quote = cheapest(&order, &priced)?;
            Assignment { carrier: quote.carrier.clone(), quote: Some(quote), by_rate: true }
        }
    };
    asked.finish(tx, order, Command::Assign(assignment), reason).await
}

fn cheapest(order: &Order, priced: &Priced) -> Result<Quote, Problem> {
    let known = QuotesOut::new(&priced.quotes, &priced.unpriced);
    let Some(first) = priced.quotes.first() else {
        let why = match (priced.contracts, priced.unpriced.first()) {
            (0, _) => "no rate contract is in force on that day".to_owned(),
            (_, Some(lane)) => format!(
                "{} has a lane for it, and the order does not say {}",
                lane.carrier, lane.missing
            ),
            (known, None) => {
                format!("none of the {known} rate contracts in force has a lane for it")
            }
        };
        let detail = format!(
            "No rate fits this order on {}: {why}. Name a carrier yourself, or publish a rate contract.",
            priced.day
        );
        return Err(Problem::conflict("no-rate", detail)
            .member("lane", OrderLane::from(&order.content))
            .member("day", &priced.day)
            .member("contracts", priced.contracts)
            .member("unpriced", known.unpriced));
    };
    if priced.quotes.iter().any(|quote| quote.currency != first.currency) {
        let detail = "The rates that fit are in several currencies, which are not compared; name a carrier yourself.";
        return Err(
            Problem::conflict("rates-not-comparable", detail).member("quotes", known.quotes)
        );
    }
    Ok(first.clone())
}
