//! The list of documents and its filters, as statements that name their tenant and have an index each.

use caravan_model::ConnectionId;
use caravan_tenancy::TenantTx;
use caravan_web::Problem;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::super::wire::DocumentQuery;
use crate::documents::{COLUMNS, DocumentRow};
use crate::terms;

/// Where a page ends: microseconds, hash, connection.
pub(super) type After = (i64, Vec<u8>, Uuid);

/// Most words of a search.
const WORDS_MAX: usize = 4;
/// The end of the year 9999, in milliseconds since 1970: what follows is no day of PostgreSQL's, nor anybody's.
const TIME_MS_MAX: i64 = 253_402_300_799_999;
/// Shortest beginning of a number that is looked for.
const BEGINNING_CHARS_MIN: usize = 3;
/// The document of a term, and how it is found.
const KEY: &str = "tenant_id, received_at, hash, connection_id";
const SAME: &str =
    " ON k.tenant_id = d.tenant_id AND k.connection_id = d.connection_id AND k.hash = d.hash";
const STATUSES: [&str; 5] = ["received", "processing", "done", "rejected", "quarantined"];

/// What a search asks for, checked.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    status: Option<&'static str>,
    party: Option<String>,
    connection: Option<ConnectionId>,
    door: Option<String>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    /// The document has each of these.
    terms: Vec<String>,
    /// And for each of these one that begins with it.
    beginnings: Vec<String>,
}

impl Wanted {
    /// `connection` is the id of the one that the query names.
    pub(super) fn of(
        query: &DocumentQuery,
        connection: Option<ConnectionId>,
    ) -> Result<Self, Problem> {
        let bad = |detail: String| Problem::bad_request("query-invalid", detail);
        let status = query.status.as_deref().map(|asked| {
            let known = STATUSES.into_iter().find(|status| *status == asked);
            known.ok_or_else(|| bad(format!("`status` is one of {}", STATUSES.join(", "))))
        });
        let told = [query.from_ms, query.to_ms];
        if told.into_iter().flatten().any(|ms| !(0..=TIME_MS_MAX).contains(&ms)) {
            let detail = "`from_ms` and `to_ms` are milliseconds since 1970, of years up to 9999";
            return Err(bad(detail.to_owned()));
        }
        let mut wanted = Self {
            status: status.transpose()?,
            party: query.party.clone(),
            connection,
            door: query.door.clone(),
            from_ms: query.from_ms,
            to_ms: query.to_ms,
            terms: query.kind.as_deref().map(terms::kind).into_iter().collect(),
            beginnings: Vec::new(),
        };
        let words: Vec<&str> = query.q.as_deref().unwrap_or_default().split_whitespace().collect();
        if words.len() > WORDS_MAX {
            return Err(bad(format!("`q` has at most {WORDS_MAX} words")));
        }
        for word in words {
            match word.strip_suffix('*') {
                Some(beginning) if beginning.chars().count() < BEGINNING_CHARS_MIN => {
                    let detail =
                        format!("before `*` there are at least {BEGINNING_CHARS_MIN} letters");
                    return Err(bad(detail));
                }
                Some(beginning) => wanted.beginnings.push(terms::number(beginning)),
                None => wanted.terms.push(terms::number(word)),
            }
        }
        Ok(wanted)
    }

    /// A page of what is wanted, what came last first.
    pub(super) async fn page(
        &self,
        tx: &mut TenantTx,
        after: Option<After>,
        rows: i64,
    ) -> Result<Vec<DocumentRow>, sqlx::Error> {
        // Without statistics the planner would rather gather all of a tenant and sort it (docs/adr/0007).
        sqlx::query(
            "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)",
        )
        .execute(tx.conn())
        .await?;
        let mut query = self.statement(tx.tenant().0, after, rows);
        let rows = query.build().fetch_all(tx.conn()).await?;
        rows.iter().map(DocumentRow::read).collect()
    }

    fn statement(&self, tenant: Uuid, after: Option<After>, rows: i64) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new("SELECT ");
        query.push(COLUMNS);
        // Where something is looked for, its documents lead: those of a term stand in the index in the order of the list.
        let mut terms = self.terms.iter();
        let mut beginnings = self.beginnings.iter();
        let order = if let Some(term) = terms.next() {
            query.push(" JOIN hub.document_terms k").push(SAME);
            query.push(" WHERE k.tenant_id = ").push_bind(tenant);
            query.push(" AND k.term = ").push_bind(term.clone());
            "k"
        } else if let Some(beginning) = beginnings.next() {
            query.push(" JOIN (SELECT DISTINCT ").push(KEY);
            begins(query.push(" FROM hub.document_terms"), tenant, beginning).push(") k");
            query.push(SAME).push(" WHERE TRUE");
            "k"
        } else {
            query.push(" WHERE TRUE");
            "d"
        };
        query.push(" AND d.tenant_id = ").push_bind(tenant);
        query.push(" AND d.size_bytes >= 0");
        for term in terms {
            query.push(" AND EXISTS (SELECT 1 FROM hub.document_terms x WHERE x.tenant_id = ");
            query.push_bind(tenant).push(" AND x.term = ").push_bind(term.clone());
            query.push(" AND x.received_at = d.received_at AND x.hash = d.hash AND x.connection_id = d.connection_id)");
        }
        for beginning in beginnings {
            query.push(format!(
                " AND (d.tenant_id, d.received_at, d.hash, d.connection_id) IN (SELECT {KEY}"
            ));
            begins(query.push(" FROM hub.document_terms"), tenant, beginning).push(")");
        }
        if let Some(status) = self.status {
            // As text, so that the planner sees that a partial index holds it. It is one of ours.
            query.push(" AND d.status = '").push(status).push("'");
            if status != "done" {
                query.push(" AND d.status <> 'done'");
            }
        }
        if let Some(party) = &self.party {
            query.push(" AND c.party = ").push_bind(party.clone());
        }
        if let Some(connection) = self.connection {
            query.push(" AND d.attempts >= 0 AND d.connection_id = ").push_bind(connection.0);
        }
        if let Some(door) = &self.door {
            query.push(" AND d.door = ").push_bind(door.clone());
        }
        // An integer times an interval is exact, as a number of seconds with a fraction is not.
        for (sign, ms) in [(">=", self.from_ms), ("<", self.to_ms)] {
            if let Some(ms) = ms {
                query.push(format!(" AND {order}.received_at {sign} 'epoch'::timestamptz + "));
                query.push_bind(ms).push("::bigint * interval '1 millisecond'");
            }
        }
        if let Some((received_us, hash, connection)) = after {
            query.push(format!(" AND ({order}.received_at, {order}.hash, {order}.connection_id) < ('epoch'::timestamptz + "));
            query.push_bind(received_us).push("::bigint * interval '1 microsecond', ");
            query.push_bind(hash).push(", ").push_bind(connection).push(")");
        }
        query.push(format!(
            " ORDER BY {order}.received_at DESC, {order}.hash DESC, {order}.connection_id DESC LIMIT "
        ));
        query.push_bind(rows);
        query
    }
}

/// The terms that begin with a text, as a range.
fn begins<'q>(
    query: &'q mut QueryBuilder<Postgres>,
    tenant: Uuid,
    beginning: &str,
) -> &'q mut QueryBuilder<Postgres> {
    query.push(" WHERE tenant_id = ").push_bind(tenant);
    query.push(" AND term >= ").push_bind(beginning.to_owned());
    query.push(" AND term < ").push_bind(format!("{beginning}\u{10ffff}"))
}

/// The bounds of the hashes that begin with `prefix`, hex digits of which there are at most 64.
pub(super) fn hashes_with(prefix: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let filled = |digit: &str| {
        let rest = 64_usize.checked_sub(prefix.len())?;
        hex::decode(format!("{prefix}{}", digit.repeat(rest))).ok()
    };
    Some((filled("0")?, filled("f")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_range_of_hashes() {
        let (first, last) = hashes_with("abc").unwrap();
        assert_eq!((first.len(), last.len()), (32, 32));
        assert_eq!(
            (first[..3].to_vec(), last[..3].to_vec()),
            (vec![0xab, 0xc0, 0], vec![0xab, 0xcf, 0xff])
        );
        assert_eq!(hashes_with("xyz"), None);
    }

    #[test]
    fn what_is_looked_for_is_checked() {
        let asked = |q: &str| DocumentQuery { q: Some(q.to_owned()), ..DocumentQuery::default() };
        let wanted = Wanted::of(&asked("PRO1 x214*"), None).unwrap();
        assert_eq!(
            (wanted.terms, wanted.beginnings),
            (vec!["number:pro1".to_owned()], vec!["number:x214".to_owned()])
        );
        assert_eq!(Wanted::of(&asked("x2*"), None).unwrap_err().code(), "query-invalid");
        assert_eq!(Wanted::of(&asked("a b c d e"), None).unwrap_err().code(), "query-invalid");
    }
}
