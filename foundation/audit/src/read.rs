//! Reading: the trail of a tenant, newest first.

use caravan_tenancy::{Error, TenantTx};
use serde_json::Value;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::chain::{Hash, Head};

/// Most entries of one read.
const LIMIT_MAX: i64 = 1_000;

/// An entry as it stands in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its number in the tenant's chain, from 1.
    pub seq: i64,
    /// When, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// The rest.
    pub detail: Value,
    /// Its hash.
    pub hash: [u8; 32],
}

/// At most `limit` (1 to 1,000) entries of the transaction's tenant with a number below `before`, newest first; those about one
/// `subject` if it is given. The role must be one that may read the trail (`caravan_audit`, `caravan_identity`).
///
/// # Errors
/// When the database fails.
pub async fn page(
    tx: &mut TenantTx,
    before: Option<i64>,
    subject: Option<&str>,
    limit: i64,
) -> Result<Vec<Recorded>, Error> {
    let tenant = tx.tenant();
    let rows = sqlx::query(
        "SELECT seq, at_ms, actor, action, subject, detail, hash FROM audit.entries
          WHERE tenant_id = $1 AND ($2::bigint IS NULL OR seq < $2) AND ($3::text IS NULL OR subject = $3)
          ORDER BY seq DESC LIMIT $4",
    )
    .bind(tenant.0)
    .bind(before)
    .bind(subject)
    .bind(limit.clamp(1, LIMIT_MAX))
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(|row| recorded(row).map_err(Error::from)).collect()
}

/// Where the chain of the transaction's tenant says that it ends; none before its first entry.
///
/// # Errors
/// When the database fails.
pub async fn head(tx: &mut TenantTx) -> Result<Option<Head>, Error> {
    let tenant = tx.tenant();
    let row = sqlx::query("SELECT seq, hash FROM audit.heads WHERE tenant_id = $1")
        .bind(tenant.0)
        .fetch_optional(tx.conn())
        .await?;
    let head = |row: PgRow| Ok(Head { seq: row.try_get("seq")?, hash: bytes(&row, "hash")? });
    row.map(head).transpose().map_err(|error: sqlx::Error| error.into())
}

fn recorded(row: &PgRow) -> Result<Recorded, sqlx::Error> {
    let detail: &str = row.try_get("detail")?;
    Ok(Recorded {
        seq: row.try_get("seq")?,
        at_ms: row.try_get("at_ms")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        // A detail that was made unreadable is shown as the text that it is: reading the trail must not fail on it.
        detail: serde_json::from_str(detail).unwrap_or_else(|_| Value::String(detail.to_owned())),
        hash: bytes(row, "hash")?,
    })
}

/// A column of 32 bytes.
pub(crate) fn bytes(row: &PgRow, column: &str) -> Result<Hash, sqlx::Error> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
