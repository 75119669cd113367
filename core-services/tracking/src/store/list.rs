//! The list of shipments: filters, words, orders, pages.
//!
//! # How it is answered
//! What picks few shipments leads: numbers, a rare word, a small carrier, a rare exception. They are gathered, looked up and sorted.
//! How rare something is, is counted to a ceiling. Beyond it everything is frequent, an index is walked in the order of the list,
//! and the conditions are asked about each row: a page is full after a few of them.
//! The indexes of the promise and of the creation begin with the status, since what is open has other promises than what is over:
//! without a status they are walked for each one, and the best of all are taken.

use caravan_model::{Reference, Status, TenantId};
use caravan_tenancy::TenantTx;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

use crate::domain::ShipmentId;

/// To where the shipments of a condition are counted, and how many are gathered at most.
const RARE_MAX: i64 = 10_000;
/// Most stored words that a frequent beginning may stand for.
const WIDENED_MAX: usize = 100;

/// A shipment's row, as listed. Times are milliseconds with their offset in minutes.
pub(crate) struct Listed {
    pub(crate) id: ShipmentId,
    pub(crate) reference: Reference,
    pub(crate) status: String,
    pub(crate) direction: String,
    pub(crate) since: Option<(i64, i16)>,
    pub(crate) delivered: Option<(i64, i16)>,
    pub(crate) facts: i32,
    pub(crate) updated_ms: i64,
    pub(crate) created_ms: i64,
    pub(crate) promised_ms: Option<i64>,
    pub(crate) eta_ms: Option<i64>,
    pub(crate) carrier: Option<String>,
    pub(crate) mode: Option<String>,
}

/// What a list of shipments is narrowed by.
#[derive(Debug, Default)]
pub(crate) struct Narrowed {
    /// Any of these; all without.
    pub(crate) statuses: Vec<&'static str>,
    /// A cause, or `any`.
    pub(crate) exception: Option<&'static str>,
    /// Lower case: the catalogue's id, a SCAC, or as an order writes it.
    pub(crate) carrier: Option<String>,
    /// When something was last heard: from the first, before the second.
    pub(crate) heard_from_ms: Option<i64>,
    pub(crate) heard_until_ms: Option<i64>,
    /// Numbers, as stored; any of them.
    pub(crate) numbers: Vec<String>,
    /// Words that all are found: each is the beginning of one of its two forms.
    pub(crate) words: Vec<[String; 2]>,
}

/// By what the list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// When something was last heard.
    Heard,
    /// The promise; what has none is left out.
    Promised,
    /// When it was first heard of.
    Created,
}

/// In which order the list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) key: Key,
    pub(crate) descending: bool,
}

impl Sort {
    fn column(self) -> &'static str {
        match self.key {
            Key::Heard => "updated_ms",
            Key::Promised => "promised_ms",
            Key::Created => "created_ms",
        }
    }

    /// What a row is sorted by, for the next page.
    pub(crate) fn of(self, row: &Listed) -> (i64, Uuid) {
        let key = match self.key {
            Key::Heard => row.updated_ms,
            Key::Promised => row.promised_ms.unwrap_or_default(),
            Key::Created => row.created_ms,
        };
        (key, row.id.0)
    }
}

/// A word that begins too many others.
#[derive(Debug)]
pub(crate) struct TooWide(pub(crate) String);

/// A word of the search, as it is asked about.
enum Group {
    /// So many shipments, which are few: those with a term in one of these ranges.
    Few(i64, Vec<(String, String)>),
    /// Many shipments, with one of these terms.
    Many(Vec<String>),
}

/// A page as it is asked for.
pub(crate) struct Ask<'a> {
    pub(crate) narrowed: &'a Narrowed,
    pub(crate) sort: Sort,
    /// Where the page before ended.
    pub(crate) after: Option<(i64, Uuid)>,
    pub(crate) rows: i64,
}

/// A tenant's shipments.
pub(crate) async fn list(
    tx: &mut TenantTx,
    ask: &Ask<'_>,
) -> Result<Result<Vec<Listed>, TooWide>, sqlx::Error> {
    let (tenant, connection) = (tx.tenant(), tx.conn());
    let mut groups = Vec::with_capacity(ask.narrowed.words.len());
    for word in &ask.narrowed.words {
        match group(&mut *connection, tenant, word).await? {
            Ok(found) => groups.push(found),
            Err(too_wide) => return Ok(Err(too_wide)),
        }
    }
    let carriers = names_of(&mut *connection, tenant, ask.narrowed.carrier.as_deref()).await?;
    let question = Question { tenant, ask, groups: &groups, carriers: &carriers };
    let lead = question.lead(&mut *connection).await?;
    let mut query = question.written(lead);
    // Planned for these values each time: the best index depends on them.
    let rows = query.build().persistent(false).fetch_all(connection).await?;
    Ok(Ok(rows.iter().map(listed).collect::<Result<_, _>>()?))
}

/// Those of `numbers` under which no shipment is known.
pub(crate) async fn unknown(
    tx: &mut TenantTx,
    numbers: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    let TenantId(tenant) = tx.tenant();
    sqlx::query_scalar(
        "SELECT w.term FROM unnest($2::text[]) WITH ORDINALITY AS w (term, nth)
          WHERE (SELECT true FROM shipment_terms WHERE tenant_id = $1 AND term = w.term LIMIT 1) IS NULL ORDER BY w.nth",
    )
    .bind(tenant)
    .bind(numbers)
    .fetch_all(tx.conn())
    .await
}

/// Every name of the carrier that goes by `name`.
async fn names_of(
    connection: &mut PgConnection,
    tenant: TenantId,
    name: Option<&str>,
) -> Result<Vec<String>, sqlx::Error> {
    let Some(name) = name else { return Ok(Vec::new()) };
    let mut names: Vec<String> = sqlx::query_scalar(
        "SELECT unnest(ARRAY[party, scac]) FROM carrier_names WHERE tenant_id = $1 AND (party = $2 OR scac = $2)",
    )
    .bind(tenant.0)
    .bind(name)
    .fetch_all(connection)
    .await?;
    names.push(name.to_owned());
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// How a word of the search is asked about.
async fn group(
    connection: &mut PgConnection,
    tenant: TenantId,
    forms: &[String; 2],
) -> Result<Result<Group, TooWide>, sqlx::Error> {
    // No text that begins with the word comes behind the end of its range.
    let ranges: Vec<(String, String)> =
        forms.iter().map(|from| (from.clone(), format!("{from}{}", char::MAX))).collect();
    let mut query = counting();
    of_ranges(&mut query, tenant, &ranges);
    let rows = count(&mut *connection, query).await?;
    if rows <= RARE_MAX {
        return Ok(Ok(Group::Few(rows, ranges)));
    }
    let mut terms = Vec::new();
    for (from, to) in &ranges {
        let found = distinct(&mut *connection, tenant, (from, to)).await?;
        if found.len() <= WIDENED_MAX {
            terms.extend(found);
        } else if found.first() == Some(from) {
            // Too many begin with it; that very word is still a good answer.
            terms.push(from.clone());
        }
    }
    let [_, word] = forms;
    Ok(if terms.is_empty() { Err(TooWide(word.clone())) } else { Ok(Group::Many(terms)) })
}

/// The stored words in a range, one more than may be: found by skipping from each to the next.
async fn distinct(
    connection: &mut PgConnection,
    tenant: TenantId,
    (from, to): (&str, &str),
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "WITH RECURSIVE words AS (
           (SELECT term FROM shipment_terms WHERE tenant_id = $1 AND term >= $2 AND term < $3 ORDER BY term LIMIT 1)
           UNION ALL
           SELECT (SELECT t.term FROM shipment_terms t
                    WHERE t.tenant_id = $1 AND t.term > words.term AND t.term < $3 ORDER BY t.term LIMIT 1)
             FROM words WHERE words.term IS NOT NULL)
         SELECT term FROM words WHERE term IS NOT NULL LIMIT $4",
    )
    .bind(tenant.0)
    .bind(from)
    .bind(to)
    .bind(i64::try_from(WIDENED_MAX).unwrap_or(i64::MAX).saturating_add(1))
    .fetch_all(connection)
    .await
}

/// What counts the rows of what is pushed next, to one more than are few.
fn counting() -> QueryBuilder<Postgres> {
    QueryBuilder::new("SELECT count(*) FROM (")
}

/// How many rows what was pushed has, to one more than are few.
async fn count(
    connection: &mut PgConnection,
    mut query: QueryBuilder<Postgres>,
) -> Result<i64, sqlx::Error> {
    query.push(" LIMIT ").push(RARE_MAX.saturating_add(1)).push(") AS few");
    query.build_query_scalar().persistent(false).fetch_one(connection).await
}

/// The shipments with a term in one of `ranges`.
fn of_ranges(query: &mut QueryBuilder<Postgres>, tenant: TenantId, ranges: &[(String, String)]) {
    for (nth, (from, to)) in ranges.iter().enumerate() {
        query.push(if nth == 0 { "" } else { " UNION ALL " });
        query.push("SELECT shipment_id FROM shipment_terms WHERE tenant_id = ").push_bind(tenant.0);
        query.push(" AND term >= ").push_bind(from.clone());
        query.push(" AND term < ").push_bind(to.clone());
    }
}

/// What picks the shipments that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    Numbers,
    /// The word of this index.
    Word(usize),
    Carrier,
    Exception,
    /// Nothing is rare: the list's own index.
    Index,
}

/// A page with everything that its statement needs.
struct Question<'a> {
    tenant: TenantId,
    ask: &'a Ask<'a>,
    groups: &'a [Group],
    carriers: &'a [String],
}

impl Question<'_> {
    /// The rarest condition.
    async fn lead(&self, connection: &mut PgConnection) -> Result<Lead, sqlx::Error> {
        let narrowed = self.ask.narrowed;
        if !narrowed.numbers.is_empty() {
            return Ok(Lead::Numbers);
        }
        let words = self.groups.iter().enumerate().filter_map(|(index, group)| match group {
            Group::Few(rows, _) => Some((*rows, Lead::Word(index))),
            Group::Many(_) => None,
        });
        let none = (RARE_MAX.saturating_add(1), Lead::Index);
        let mut rarest = words.min_by_key(|(rows, _)| *rows).unwrap_or(none);
        let carrier = (!self.carriers.is_empty()).then_some(Lead::Carrier);
        let exception = narrowed.exception.map(|_| Lead::Exception);
        for lead in carrier.into_iter().chain(exception) {
            let mut query = counting();
            self.picked(&mut query, lead);
            let rows = count(&mut *connection, query).await?;
            if rows < rarest.0 {
                rarest = (rows, lead);
            }
        }
        Ok(rarest.1)
    }

    fn written(&self, lead: Lead) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new(
            "SELECT s.id, s.reference_kind, s.reference, s.status, s.direction, s.since_ms, s.since_offset_min, s.delivered_ms,
                    s.delivered_offset_min, s.facts, s.updated_ms, s.created_ms, s.promised_ms, s.eta_ms,
                    coalesce(s.order_carrier, s.reporter) AS carrier, s.mode FROM ",
        );
        let Ask { narrowed, sort, .. } = *self.ask;
        if lead != Lead::Index {
            query.push("(SELECT DISTINCT shipment_id FROM (");
            self.picked(&mut query, lead);
            query.push(") AS found) AS picked CROSS JOIN LATERAL (SELECT * FROM shipments WHERE tenant_id = ");
            query.push_bind(self.tenant.0);
            // One look-up by key for each, whatever the planner believes (docs/adr/0007).
            query.push(" AND id = picked.shipment_id OFFSET 0) AS s WHERE true");
            self.conditions(&mut query, lead);
            if !narrowed.statuses.is_empty() {
                query.push(" AND s.status = ANY (").push_bind(narrowed.statuses.clone()).push(")");
            }
        } else if sort.key == Key::Heard && narrowed.statuses.is_empty() {
            query.push("shipments s WHERE s.tenant_id = ").push_bind(self.tenant.0);
            self.conditions(&mut query, lead);
        } else {
            let all = || Status::ALL.iter().map(|status| status.as_str()).collect();
            let of = &narrowed.statuses;
            let statuses: Vec<&'static str> = if of.is_empty() { all() } else { of.clone() };
            query.push("unnest(").push_bind(statuses);
            query.push("::text[]) AS w (status) CROSS JOIN LATERAL (SELECT * FROM shipments s WHERE s.tenant_id = ");
            query.push_bind(self.tenant.0).push(" AND s.status = w.status");
            self.conditions(&mut query, lead);
            self.ordered(&mut query);
            query.push(") AS s");
        }
        self.ordered(&mut query);
        query
    }

    /// The shipments that `lead` picks, as a statement.
    fn picked(&self, query: &mut QueryBuilder<Postgres>, lead: Lead) {
        let narrowed = self.ask.narrowed;
        match lead {
            Lead::Numbers => {
                query.push("SELECT t.shipment_id FROM unnest(").push_bind(narrowed.numbers.clone());
                query.push("::text[]) AS w (term) CROSS JOIN LATERAL (SELECT shipment_id FROM shipment_terms WHERE tenant_id = ");
                query.push_bind(self.tenant.0).push(" AND term = w.term OFFSET 0) AS t");
            }
            Lead::Word(index) => {
                if let Some(Group::Few(_, ranges)) = self.groups.get(index) {
                    of_ranges(query, self.tenant, ranges);
                }
            }
            Lead::Carrier => {
                query.push("SELECT id AS shipment_id FROM shipments WHERE tenant_id = ");
                query.push_bind(self.tenant.0).push(" AND carrier = ANY (");
                query.push_bind(self.carriers.to_vec()).push(")");
            }
            Lead::Index => {}
            Lead::Exception => {
                query.push("SELECT shipment_id FROM exceptions WHERE tenant_id = ");
                query.push_bind(self.tenant.0).push(" AND status = 'open'");
                if let Some(cause) = narrowed.exception.filter(|cause| *cause != "any") {
                    query.push(" AND cause = ").push_bind(cause);
                }
            }
        }
    }

    /// Every condition but the status and the one that leads, asked about the row `s`.
    fn conditions(&self, query: &mut QueryBuilder<Postgres>, lead: Lead) {
        let Ask { narrowed, sort, after, .. } = *self.ask;
        let column = sort.column();
        if sort.key == Key::Promised {
            query.push(" AND s.promised_ms IS NOT NULL");
        } else if lead == Lead::Index {
            // True of all, and the condition of the list's index.
            query.push(format_args!(" AND s.{column} >= 0"));
        }
        if let Some((key, id)) = after {
            let behind = if sort.descending { "<" } else { ">" };
            query
                .push(format_args!(" AND (s.{column}, s.id) {behind} ("))
                .push_bind(key)
                .push(", ");
            query.push_bind(id).push(")");
        }
        if let Some(from_ms) = narrowed.heard_from_ms {
            query.push(" AND s.updated_ms >= ").push_bind(from_ms);
        }
        if let Some(until_ms) = narrowed.heard_until_ms {
            query.push(" AND s.updated_ms < ").push_bind(until_ms);
        }
        if !self.carriers.is_empty() && lead != Lead::Carrier {
            query.push(" AND s.carrier = ANY (").push_bind(self.carriers.to_vec()).push(")");
        }
        // Scalar subqueries, which the planner never turns into a join over all that has the word or the cause.
        if let Some(cause) = narrowed.exception.filter(|_| lead != Lead::Exception) {
            query
                .push(" AND (SELECT true FROM exceptions e WHERE e.tenant_id = ")
                .push_bind(self.tenant.0);
            query.push(" AND e.shipment_id = s.id AND e.status = 'open'");
            if cause != "any" {
                query.push(" AND e.cause = ").push_bind(cause);
            }
            query.push(" LIMIT 1)");
        }
        for (index, group) in self.groups.iter().enumerate() {
            if lead != Lead::Word(index) {
                self.asked(query, group);
            }
        }
    }

    /// Whether the row `s` has a word.
    fn asked(&self, query: &mut QueryBuilder<Postgres>, group: &Group) {
        match group {
            Group::Few(_, ranges) => {
                query.push(" AND s.id IN (");
                of_ranges(query, self.tenant, ranges);
                query.push(")");
            }
            Group::Many(terms) => {
                query
                    .push(" AND (SELECT true FROM shipment_terms x WHERE x.tenant_id = ")
                    .push_bind(self.tenant.0);
                query.push(" AND x.term = ANY (").push_bind(terms.clone());
                query.push(") AND x.shipment_id = s.id LIMIT 1)");
            }
        }
    }

    fn ordered(&self, query: &mut QueryBuilder<Postgres>) {
        let column = self.ask.sort.column();
        let way = if self.ask.sort.descending { "DESC" } else { "ASC" };
        query.push(format_args!(" ORDER BY s.{column} {way}, s.id {way} LIMIT {}", self.ask.rows));
    }
}

fn listed(row: &PgRow) -> Result<Listed, sqlx::Error> {
    let time = |ms: &str, offset: &str| {
        let ms: Option<i64> = row.try_get(ms)?;
        Ok::<_, sqlx::Error>(ms.zip(row.try_get(offset)?))
    };
    Ok(Listed {
        id: ShipmentId(row.try_get("id")?),
        reference: Reference {
            kind: row.try_get("reference_kind")?,
            value: row.try_get("reference")?,
        },
        status: row.try_get("status")?,
        direction: row.try_get("direction")?,
        since: time("since_ms", "since_offset_min")?,
        delivered: time("delivered_ms", "delivered_offset_min")?,
        facts: row.try_get("facts")?,
        updated_ms: row.try_get("updated_ms")?,
        created_ms: row.try_get("created_ms")?,
        promised_ms: row.try_get("promised_ms")?,
        eta_ms: row.try_get("eta_ms")?,
        carrier: row.try_get("carrier")?,
        mode: row.try_get("mode")?,
    })
}
