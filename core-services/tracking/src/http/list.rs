//! The list of shipments over HTTP: filters, many numbers at once, words, orders, pages.

use core::str::FromStr as _;
use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State;
use caravan_model::Status;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Json, Page, PageQuery, Problem, Query};

use crate::domain::words;
use crate::store::exceptions::cause;
use crate::store::list::{self as store, Ask, Key, Listed, Narrowed, Sort, TooWide};
use crate::wire::instant_ms;
use crate::wire::list::{ShipmentListOut, ShipmentOut, ShipmentQuery};

/// Most numbers of one question.
const NUMBERS_MAX: usize = 500;
/// Most characters of what is asked that are repeated in a problem.
const SHOWN_MAX: usize = 40;

/// List the shipments.
///
/// What changed last comes first, unless `sort` says otherwise. The first page for `numbers` names those that nobody knows.
#[utoipa::path(
    get, path = "/v1/shipments", operation_id = "listShipments", tag = "shipments",
    params(ShipmentQuery, PageQuery),
    security(("api_key" = ["shipments:read"])),
    responses(
        (status = 200, description = "A page of shipments.", body = ShipmentListOut),
        (status = 400, description = "`status-unknown`, `filter-unknown`, `numbers-too-many`, `search-too-wide`, `sort-unknown`, `limit-invalid`, `cursor-invalid`, `query-invalid`"),
    ),
)]
pub(super) async fn shipments(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
    Query(query): Query<ShipmentQuery>,
) -> Result<Json<ShipmentListOut>, Problem> {
    let sort = query.sort.as_deref().map_or(Ok(LAST_HEARD), sort)?;
    let numbers = numbers(query.numbers.as_deref())?;
    let narrowed = narrowed(&query, numbers.keys().cloned().collect())?;
    // A cursor is of one order of the list only.
    let name = format!("shipments {}", query.sort.as_deref().unwrap_or("-heard"));
    let limit = page.limit()?;
    let after = page.after(&name)?;
    let ask = Ask { narrowed: &narrowed, sort, after, rows: limit.rows() };
    let mut tx = TenantTx::read(&database, caller.tenant).await?;
    let rows = store::list(&mut tx, &ask).await?.map_err(too_wide)?;
    let unknown = match after {
        None if query.numbers.is_some() => {
            let unknown = store::unknown(&mut tx, &narrowed.numbers).await?;
            Some(unknown.iter().filter_map(|number| numbers.get(number).cloned()).collect())
        }
        _ => None,
    };
    tx.commit().await?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let key = |row: &Listed| sort.of(row);
    let Page { items, next } =
        Page::of(&name, limit, rows, key, |row| ShipmentOut::new(row, now_ms))?;
    Ok(Json(ShipmentListOut { items, next, unknown_numbers: unknown }))
}

const LAST_HEARD: Sort = Sort { key: Key::Heard, descending: true };

fn sort(text: &str) -> Result<Sort, Problem> {
    let key = match text.strip_prefix('-').unwrap_or(text) {
        "heard" => Key::Heard,
        "promised" => Key::Promised,
        "created" => Key::Created,
        _ => {
            let detail = format!(
                "{:?} is no order of the list; use heard, promised or created, with - before it for the latest first.",
                shown(text)
            );
            return Err(Problem::bad_request("sort-unknown", detail));
        }
    };
    Ok(Sort { key, descending: text.starts_with('-') })
}

/// The numbers asked for, as stored and as written.
fn numbers(text: Option<&str>) -> Result<BTreeMap<String, String>, Problem> {
    let written = text.unwrap_or_default().split([',', ';', '\n', '\t']).map(str::trim);
    let written = written.filter(|number| !number.is_empty());
    let numbers: BTreeMap<String, String> =
        written.map(|number| (words::number(number), number.to_owned())).collect();
    if text.is_some() && numbers.is_empty() {
        let detail = "`numbers` names none; write numbers with commas between, or leave it out.";
        return Err(Problem::bad_request("filter-unknown", detail));
    }
    if numbers.len() > NUMBERS_MAX {
        let detail = format!(
            "{} numbers were asked for; ask for at most {NUMBERS_MAX} at once.",
            numbers.len()
        );
        return Err(Problem::bad_request("numbers-too-many", detail));
    }
    Ok(numbers)
}

fn narrowed(query: &ShipmentQuery, numbers: Vec<String>) -> Result<Narrowed, Problem> {
    let statuses = query.status.as_deref().unwrap_or_default().split(',').map(str::trim);
    let statuses = statuses.filter(|word| !word.is_empty()).map(known_status);
    let mut statuses: Vec<&'static str> = statuses.collect::<Result<_, _>>()?;
    statuses.sort_unstable();
    statuses.dedup();
    let carrier = query.carrier.as_deref().map(str::trim).filter(|name| !name.is_empty());
    Ok(Narrowed {
        statuses,
        exception: query.exception.as_deref().map(known_cause).transpose()?,
        carrier: carrier.map(str::to_lowercase),
        heard_from_ms: query.heard_from.as_deref().map(known_time).transpose()?,
        heard_until_ms: query.heard_until.as_deref().map(known_time).transpose()?,
        numbers,
        words: words::sought(query.q.as_deref().unwrap_or_default()),
    })
}

fn known_time(text: &str) -> Result<i64, Problem> {
    instant_ms(text).ok_or_else(|| {
        let detail = format!(
            "{:?} is no time; write `heard_from` and `heard_until` as 2026-11-26T09:00:00+05:30, with + as %2B.",
            shown(text)
        );
        Problem::bad_request("filter-unknown", detail)
    })
}

fn known_cause(text: &str) -> Result<&'static str, Problem> {
    if text == "any" {
        return Ok("any");
    }
    cause(text).ok_or_else(|| {
        let detail =
            "`exception` is any, delay, halt, silence, failed-attempt, return, damage or problem.";
        Problem::bad_request("filter-unknown", detail)
    })
}

fn known_status(text: &str) -> Result<&'static str, Problem> {
    Status::from_str(text).map(Status::as_str).map_err(|_| {
        let all: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
        let detail = format!("{:?} is no status; use some of {}.", shown(text), all.join(", "));
        Problem::bad_request("status-unknown", detail)
    })
}

fn too_wide(TooWide(word): TooWide) -> Problem {
    let detail = format!("Too many numbers and places begin with {word:?}; write more of it.");
    Problem::bad_request("search-too-wide", detail)
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}
