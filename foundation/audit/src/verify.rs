//! Verifying: every entry of a tenant's chain, from the first to the head, hashed again.

use caravan_tenancy::{Error, TenantTx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::chain::{self, Covered, Head};
use crate::read::bytes;

/// Entries read at a time.
const CHUNK: i64 = 2_000;

/// What a chain looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many entries were found good, from the first on.
    pub count: i64,
    /// The last good one. Kept somewhere else, it is what a later [`verify`] can be held against.
    pub head: Head,
    /// The first that is not, if any.
    pub broken: Option<Broken>,
}

impl Verification {
    /// Whether the chain is whole.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.broken.is_none()
    }
}

/// Where a chain breaks, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Number of the entry.
    pub seq: i64,
    /// One clause for the operator.
    pub why: &'static str,
}

/// Walks the chain of the transaction's tenant. With `witnesses`, heads that were noted down elsewhere, also a chain that was
/// rewritten as a whole after the first of them is found. Costs about a millisecond for a thousand entries.
///
/// # Errors
/// When the database fails; a broken chain is an answer, not an error.
pub async fn verify<'a>(
    tx: &mut TenantTx,
    witnesses: impl IntoIterator<Item = &'a Head>,
) -> Result<Verification, Error> {
    let mut witnesses: Vec<Head> = witnesses.into_iter().copied().collect();
    witnesses.sort_by_key(|witness| witness.seq);
    let end = end(tx).await?;
    let mut walk = Walk { count: 0, head: Head::EMPTY };
    loop {
        let rows = chunk(tx, walk.head.seq, end.seq).await?;
        for row in &rows {
            if let Err(broken) = walk.step(tx.tenant(), row, &witnesses)? {
                return Ok(Verification {
                    count: walk.count,
                    head: walk.head,
                    broken: Some(broken),
                });
            }
        }
        if rows.is_empty() {
            break;
        }
    }
    let missing = "this and what follows is missing: the chain once was longer";
    let broken = if walk.head.seq < end.seq.max(witnesses.last().map_or(0, |last| last.seq)) {
        Some(Broken { seq: walk.head.seq.saturating_add(1), why: missing })
    } else if walk.head != end {
        Some(Broken { seq: walk.head.seq, why: "the chain's end does not hold this entry's hash" })
    } else {
        None
    };
    Ok(Verification { count: walk.count, head: walk.head, broken })
}

/// Where the chain says that it ends. Read first: what is appended meanwhile is left for the next time.
async fn end(tx: &mut TenantTx) -> Result<Head, Error> {
    let tenant = tx.tenant();
    let row = sqlx::query(
        "SELECT seq, hash FROM audit.heads WHERE tenant_id = $1
          UNION ALL
         SELECT seq, hash FROM (SELECT seq, hash FROM audit.entries
                                 WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1) last
          WHERE NOT EXISTS (SELECT 1 FROM audit.heads WHERE tenant_id = $1)",
    )
    .bind(tenant.0)
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(Head::EMPTY) };
    Ok(Head { seq: row.try_get("seq")?, hash: bytes(&row, "hash")? })
}

async fn chunk(tx: &mut TenantTx, after: i64, to: i64) -> Result<Vec<PgRow>, Error> {
    let tenant = tx.tenant();
    let rows = sqlx::query(
        "SELECT seq, at_ms, actor, action, subject, detail, previous, hash FROM audit.entries
          WHERE tenant_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4",
    )
    .bind(tenant.0)
    .bind(after)
    .bind(to)
    .bind(CHUNK)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

struct Walk {
    count: i64,
    head: Head,
}

impl Walk {
    fn step(
        &mut self,
        tenant: caravan_model::TenantId,
        row: &PgRow,
        witnesses: &[Head],
    ) -> Result<Result<(), Broken>, sqlx::Error> {
        let seq: i64 = row.try_get("seq")?;
        let expected = self.head.seq.saturating_add(1);
        if seq != expected {
            return Ok(Err(Broken { seq: expected, why: "the entry is missing" }));
        }
        let covered = Covered {
            tenant,
            seq,
            at_ms: row.try_get("at_ms")?,
            texts: [
                row.try_get("actor")?,
                row.try_get("action")?,
                row.try_get("subject")?,
                row.try_get("detail")?,
            ],
        };
        let stored = bytes(row, "hash")?;
        let why = if bytes(row, "previous")? != self.head.hash {
            Some("the entry does not name the one before it")
        } else if chain::hash(&self.head.hash, &covered) != stored {
            Some("the entry was changed after it was written")
        } else if noted(witnesses, seq).iter().any(|witness| witness.hash != stored) {
            Some("the entry is not the one that was noted down")
        } else {
            None
        };
        if let Some(why) = why {
            return Ok(Err(Broken { seq, why }));
        }
        self.count = self.count.saturating_add(1);
        self.head = Head { seq, hash: stored };
        Ok(Ok(()))
    }
}

/// Those of the sorted witnesses that are about one entry.
fn noted(witnesses: &[Head], seq: i64) -> &[Head] {
    let from = witnesses.partition_point(|witness| witness.seq < seq);
    let rest = witnesses.get(from..).unwrap_or_default();
    rest.get(..rest.partition_point(|witness| witness.seq == seq)).unwrap_or_default()
}
