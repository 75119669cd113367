//! The list: filters, words, pages; every shape of it walks an index in the order of the list.
//!
//! # How words are found
//! Each word of a search is widened to the stored words that begin with it, found by skipping through the index from one distinct
//! word to the next; then one of the conditions leads, the rarest, and the others are asked about each of its orders by key.
//! The question "how rare" is counted to a ceiling: beyond it everything is frequent, and a page fills after a few rows.

use caravan_model::TenantId;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

use super::{ORDER_COLUMNS, order};
use crate::domain::{self, Marked, State};

/// Most stored words that one asked word may stand for.
const WIDENED_MAX: usize = 200;
/// To where a condition's orders are counted.
const RARE_MAX: i64 = 2_000;

/// In which order the list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Newest first.
    Created,
    /// By the first pickup, soonest first; orders without one are left out.
    Pickup,
}

/// A word to be found, where it may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sought {
    pub(crate) word: String,
    pub(crate) places: &'static [Marked],
}

/// Which orders are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) states: Vec<State>,
    /// Lower case.
    pub(crate) carrier: Option<String>,
    /// Half open, milliseconds.
    pub(crate) pickup_from_ms: Option<i64>,
    pub(crate) pickup_to_ms: Option<i64>,
    pub(crate) in_conflict: bool,
    pub(crate) words: Vec<Sought>,
}

/// A row of the list.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) order: domain::Order,
    pub(crate) conflicts: i32,
}

/// A search that cannot be answered well.
#[derive(Debug)]
pub(crate) enum TooWide {
    /// The word begins too many others.
    Word(String),
}

/// Where the page before ended: its last order's pickup (when that is the order of the list) and id.
pub(crate) type After = (i64, Uuid);

/// At most `rows` orders of `filter`, behind `after`.
pub(crate) async fn search(
    connection: &mut PgConnection,
    tenant: TenantId,
    filter: &Filter,
    by: Order,
    after: Option<After>,
    rows: i64,
) -> Result<Result<Vec<Found>, TooWide>, sqlx::Error> {
    let mut groups = Vec::with_capacity(filter.words.len());
    for sought in &filter.words {
        match widen(connection, tenant, sought).await? {
            Some(terms) if terms.is_empty() => return Ok(Ok(Vec::new())),
            Some(terms) => groups.push(terms),
            None => return Ok(Err(TooWide::Word(sought.word.clone()))),
        }
    }
    let lead = lead(connection, tenant, filter, by, &groups).await?;
    let mut query = QueryBuilder::new("SELECT ");
    query.push(ORDER_COLUMNS).push(", o.conflicts FROM ");
    match lead {
        Some(lead) => by_terms(&mut query, tenant, filter, &groups, lead, after, rows),
        None => by_orders(&mut query, tenant, filter, by, &groups, after, rows),
    }
    // Planned for these values each time: the best index depends on them.
    let found = query.build().persistent(false).fetch_all(connection).await?;
    Ok(Ok(found.iter().map(read).collect::<Result<_, _>>()?))
}

fn read(row: &PgRow) -> Result<Found, sqlx::Error> {
    Ok(Found { order: order(row)?, conflicts: row.try_get("conflicts")? })
}

/// The stored words that begin with the word, in each place where it may stand; none when they are too many.
async fn widen(
    connection: &mut PgConnection,
    tenant: TenantId,
    sought: &Sought,
) -> Result<Option<Vec<String>>, sqlx::Error> {
    let mut all = Vec::new();
    for place in sought.places {
        let from = format!("{}{}", place.mark(), sought.word);
        // No text that begins with the word comes behind this one.
        let to = format!("{from}{}", char::MAX);
        let terms: Vec<String> = sqlx::query_scalar(
            "WITH RECURSIVE words AS (
               (SELECT term FROM order_terms WHERE tenant_id = $1 AND term >= $2 AND term < $3 ORDER BY term LIMIT 1)
               UNION ALL
               SELECT (SELECT t.term FROM order_terms t
                        WHERE t.tenant_id = $1 AND t.term > words.term AND t.term < $3 ORDER BY t.term LIMIT 1)
                 FROM words WHERE words.term IS NOT NULL)
             SELECT term FROM words WHERE term IS NOT NULL LIMIT $4",
        )
        .bind(tenant.0)
        .bind(&from)
        .bind(&to)
        .bind(i64::try_from(WIDENED_MAX).unwrap_or(i64::MAX).saturating_add(1))
        .fetch_all(&mut *connection)
        .await?;
        if terms.len() > WIDENED_MAX {
            // Too many begin with it; that very word is still a good answer.
            if terms.first() != Some(&from) {
                return Ok(None);
            }
            all.push(from);
        } else {
            all.extend(terms);
        }
    }
    Ok(Some(all))
}

/// Which group of words leads; none when the orders' own columns do.
async fn lead(
    connection: &mut PgConnection,
    tenant: TenantId,
    filter: &Filter,
    by: Order,
    groups: &[Vec<String>],
) -> Result<Option<usize>, sqlx::Error> {
    if groups.is_empty() || by == Order::Pickup {
        return Ok(None);
    }
    let mut rarest = (RARE_MAX.saturating_add(1), Some(0));
    for (index, terms) in groups.iter().enumerate() {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT 1 FROM order_terms WHERE tenant_id = $1 AND term = ANY ($2) LIMIT $3) AS few",
        )
        .bind(tenant.0)
        .bind(terms)
        .bind(RARE_MAX)
        .fetch_one(&mut *connection)
        .await?;
        if count < rarest.0 {
            rarest = (count, Some(index));
        }
    }
    let has_columns = !filter.states.is_empty() || filter.carrier.is_some() || filter.in_conflict;
    if has_columns {
        let mut query =
            QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM orders o WHERE o.tenant_id = ");
        query.push_bind(tenant.0);
        columns(&mut query, filter);
        query.push(" LIMIT ").push(RARE_MAX).push(") AS few");
        let count: i64 =
            query.build_query_scalar().persistent(false).fetch_one(&mut *connection).await?;
        if count < rarest.0 {
            rarest = (count, None);
        }
    }
    Ok(rarest.1)
}

/// The conditions on an order's own columns. The first is true of all, and the condition of the index by state.
fn columns(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    query.push(" AND o.created_ms >= 0");
    match filter.states.as_slice() {
        [] => {}
        [state] => {
            query.push(" AND o.state = ").push_bind(state.as_str());
        }
        many => {
            let states: Vec<&'static str> = many.iter().map(|state| state.as_str()).collect();
            query.push(" AND o.state = ANY (").push_bind(states).push(")");
        }
    }
    if let Some(carrier) = &filter.carrier {
        query.push(" AND o.carrier = ").push_bind(carrier.clone());
    }
    if let Some(from) = filter.pickup_from_ms {
        query.push(" AND o.pickup_ms >= ").push_bind(from);
    }
    if let Some(to) = filter.pickup_to_ms {
        query.push(" AND o.pickup_ms < ").push_bind(to);
    }
    if filter.in_conflict {
        query.push(" AND o.conflicts > 0");
    }
}

/// The conditions of the words, asked about one order. A scalar subquery, which the planner never turns into a join over all
/// orders that have a word.
fn words(
    query: &mut QueryBuilder<Postgres>,
    tenant: TenantId,
    groups: &[Vec<String>],
    but: Option<usize>,
    id: &str,
) {
    for (index, terms) in groups.iter().enumerate() {
        if Some(index) == but {
            continue;
        }
        query.push(" AND (SELECT true FROM order_terms x WHERE x.tenant_id = ").push_bind(tenant.0);
        query.push(" AND x.order_id = ").push(id).push(" AND x.term = ANY (");
        query.push_bind(terms.clone()).push(") LIMIT 1)");
    }
}

/// The orders' own index leads.
fn by_orders(
    query: &mut QueryBuilder<Postgres>,
    tenant: TenantId,
    filter: &Filter,
    by: Order,
    groups: &[Vec<String>],
    after: Option<After>,
    rows: i64,
) {
    query.push("orders o WHERE o.tenant_id = ").push_bind(tenant.0);
    columns(query, filter);
    words(query, tenant, groups, None, "o.id");
    match by {
        Order::Created => {
            if let Some((_, id)) = after {
                query.push(" AND o.id < ").push_bind(id);
            }
            query.push(" ORDER BY o.id DESC LIMIT ").push(rows);
        }
        Order::Pickup => {
            query.push(" AND o.pickup_ms IS NOT NULL");
            if let Some((pickup_ms, id)) = after {
                query.push(" AND (o.pickup_ms, o.id) > (").push_bind(pickup_ms).push(", ");
                query.push_bind(id).push(")");
            }
            query.push(" ORDER BY o.pickup_ms, o.id LIMIT ").push(rows);
        }
    }
}

/// The words' index leads, one stored word after the other, each in the order of the list.
fn by_terms(
    query: &mut QueryBuilder<Postgres>,
    tenant: TenantId,
    filter: &Filter,
    groups: &[Vec<String>],
    lead: usize,
    after: Option<After>,
    rows: i64,
) {
    let terms = groups.get(lead).cloned().unwrap_or_default();
    query.push("(SELECT DISTINCT h.order_id FROM unnest(").push_bind(terms);
    query.push("::text[]) AS w (term) CROSS JOIN LATERAL (SELECT t.order_id FROM order_terms t WHERE t.tenant_id = ");
    query.push_bind(tenant.0).push(" AND t.term = w.term");
    if let Some((_, id)) = after {
        query.push(" AND t.order_id < ").push_bind(id);
    }
    words(query, tenant, groups, Some(lead), "t.order_id");
    if *filter != (Filter { words: filter.words.clone(), ..Filter::default() }) {
        query.push(" AND (SELECT true FROM orders o WHERE o.tenant_id = ").push_bind(tenant.0);
        query.push(" AND o.id = t.order_id");
        columns(query, filter);
        query.push(")");
    }
    query.push(" ORDER BY t.order_id DESC LIMIT ").push(rows);
    query.push(") AS h) AS hits JOIN orders o ON o.tenant_id = ").push_bind(tenant.0);
    query.push(" AND o.id = hits.order_id ORDER BY o.id DESC LIMIT ").push(rows);
}
