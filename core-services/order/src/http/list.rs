//! The list of orders: filters, words, pages, counts.

use axum::Extension;
use axum::extract::State;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Json, Page, PageQuery, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::READ;
use super::problems::may;
use crate::domain::{Marked, State as OrderState, search_words};
use crate::store::{self, Filter, Found, ListOrder, Sought, TooWide};
use crate::wire::{OrderListOut, OrderRowOut, StateCount, instant_ms};

/// What may stand behind `?` of the list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// One status, or several with commas between.
    #[param(example = "indent,approved")]
    status: Option<String>,
    /// The carrier's code.
    carrier: Option<String>,
    /// Words of the place of origin: city, region, postal code, country.
    from: Option<String>,
    /// Words of the destination.
    to: Option<String>,
    /// Words of either end.
    lane: Option<String>,
    /// Numbers, names, places: words that all are found; each may be the beginning of one.
    q: Option<String>,
    /// Orders to be picked up on or after: a date (UTC), or RFC 3339 with an offset. Given either, the list is in the order of pickup.
    pickup_from: Option<String>,
    /// Orders to be picked up before.
    pickup_to: Option<String>,
    /// `true` for orders with conflicts that nobody has resolved.
    #[param(value_type = Option<bool>)]
    conflict: Option<String>,
}

/// List the orders.
///
/// Newest first, or in the order of pickup when that is asked for. The first page also counts all orders by status.
#[utoipa::path(
    get, path = "/v1/orders", operation_id = "listOrders", tag = "orders",
    params(PageQuery, ListQuery), security(("api_key" = ["orders:read"])),
    responses(
        (status = 200, body = OrderListOut),
        (status = 400, description = "`status-unknown`, `time-invalid`, `search-too-wide`, `limit-invalid`, `cursor-invalid`"),
    ),
)]
pub(super) async fn list(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
    Query(query): Query<ListQuery>,
) -> Result<Json<OrderListOut>, Problem> {
    may(&caller, READ)?;
    let filter = filter(&query)?;
    let by_pickup = filter.pickup_from_ms.is_some() || filter.pickup_to_ms.is_some();
    let (name, by) = if by_pickup && filter.words.is_empty() {
        ("orders-by-pickup", ListOrder::Pickup)
    } else {
        ("orders", ListOrder::Created)
    };
    let limit = page.limit()?;
    let after = page.after(name)?;
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let found = store::search(tx.conn(), caller.tenant, &filter, by, after, limit.rows()).await?;
    let found = found.map_err(too_wide)?;
    let counts = match after {
        None => Some(store::counts(tx.conn(), caller.tenant).await?),
        Some(_) => None,
    };
    tx.commit().await?;
    let key = |found: &Found| {
        let pickup_ms = found.order.content.pickup_at().map_or(0, |at| at.instant_ms);
        (pickup_ms, found.order.id.0)
    };
    let show = |found: Found| OrderRowOut::new(&found.order, found.conflicts);
    let Page { items, next } = Page::of(name, limit, found, key, show)?;
    let count = |(state, orders): (OrderState, i64)| StateCount { status: state.as_str(), orders };
    let counts = counts.map(|counts| counts.into_iter().map(count).collect());
    Ok(Json(OrderListOut { items, next, counts }))
}

fn filter(query: &ListQuery) -> Result<Filter, Problem> {
    let mut words =
        sought(query.q.as_deref(), &[Marked::Plain, Marked::Origin, Marked::Destination]);
    words.extend(sought(query.from.as_deref(), &[Marked::Origin]));
    words.extend(sought(query.to.as_deref(), &[Marked::Destination]));
    words.extend(sought(query.lane.as_deref(), &[Marked::Origin, Marked::Destination]));
    let carrier = query.carrier.as_deref().map(str::trim).filter(|text| !text.is_empty());
    Ok(Filter {
        states: states(query.status.as_deref())?,
        carrier: carrier.map(str::to_lowercase),
        pickup_from_ms: query.pickup_from.as_deref().map(time).transpose()?,
        pickup_to_ms: query.pickup_to.as_deref().map(time).transpose()?,
        in_conflict: query.conflict.as_deref().map(truth).transpose()?.unwrap_or(false),
        words,
    })
}

fn sought(text: Option<&str>, places: &'static [Marked]) -> Vec<Sought> {
    let words = search_words(text.unwrap_or_default());
    words.into_iter().map(|word| Sought { word, places }).collect()
}

fn states(text: Option<&str>) -> Result<Vec<OrderState>, Problem> {
    let words = text.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| {
            OrderState::parse(word).ok_or_else(|| {
                let all: Vec<&str> = OrderState::ALL.iter().map(|state| state.as_str()).collect();
                let word: String = word.chars().take(40).collect();
                let detail = format!("{word:?} is no status; use some of {}.", all.join(", "));
                Problem::bad_request("status-unknown", detail)
            })
        })
        .collect()
}

/// A date is its first moment in UTC.
fn time(text: &str) -> Result<i64, Problem> {
    let of_day = || instant_ms(&format!("{text}T00:00:00Z"));
    instant_ms(text).or_else(of_day).ok_or_else(|| {
        let text: String = text.chars().take(40).collect();
        let detail = format!(
            "{text:?} is no time; write a date like 2026-11-25, or a time like 2026-11-25T06:00:00%2B05:30."
        );
        Problem::bad_request("time-invalid", detail)
    })
}

fn truth(text: &str) -> Result<bool, Problem> {
    text.parse().map_err(|_| Problem::bad_request("query-invalid", "`conflict` is true or false."))
}

fn too_wide(TooWide::Word(word): TooWide) -> Problem {
    let detail = format!("Too many numbers and names begin with {word:?}; write more of it.");
    Problem::bad_request("search-too-wide", detail)
}
