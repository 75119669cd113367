//! Events that a consumer set aside, as the operator sees them: listed, and marked to be tried again.
//!
//! They lie in `consumer_parked` of the consumer's own schema, and are marked there by whoever may log in as its role; a member of
//! the group finds the mark within some seconds. What its handler takes then has its effect once, and is no longer here; what it
//! refuses again stays, with the new reason.

use caravan_model::{RecordId, TenantId};
use caravan_tenancy::{Database, Error, SystemTx};
use uuid::Uuid;

/// Which of them: all, or those of a group, or the one of an id in each group that parked it.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Only of this consumer group.
    pub group: Option<String>,
    /// Only this event.
    pub id: Option<RecordId>,
}

/// An event that was set aside, without its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The group whose handler refused it.
    pub group: String,
    /// Its id.
    pub id: RecordId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What happened.
    pub topic: String,
    /// The shipment's or order's reference.
    pub key: String,
    /// Why it was refused last.
    pub error: String,
    /// When, RFC 3339 in UTC.
    pub parked_at: String,
    /// Whether it waits to be tried again.
    pub is_asked: bool,
}

type Row = (String, Uuid, Uuid, String, String, String, String, bool);

/// At most `limit` of them, the oldest first.
///
/// # Errors
/// The database.
pub async fn list(database: &Database, which: &Which, limit: i64) -> Result<Vec<Parked>, Error> {
    let mut tx = SystemTx::begin(database).await?;
    let rows: Vec<Row> = sqlx::query_as(
        r#"SELECT group_name, id, tenant_id, topic, key, error,
                  to_char(parked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), retry_asked_at IS NOT NULL
             FROM consumer_parked
            WHERE ($1::text IS NULL OR group_name = $1) AND ($2::uuid IS NULL OR id = $2)
            ORDER BY parked_at, id LIMIT $3"#,
    )
    .bind(&which.group)
    .bind(which.id.map(|id| id.0))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let parked = |(group, id, tenant, topic, key, error, parked_at, is_asked): Row| Parked {
        group,
        id: RecordId(id),
        tenant: TenantId(tenant),
        topic,
        key,
        error,
        parked_at,
        is_asked,
    };
    Ok(rows.into_iter().map(parked).collect())
}

/// Marks them to be tried again; returns how many there are. Those that were marked already count too.
///
/// # Errors
/// The database.
pub async fn retry(database: &Database, which: &Which) -> Result<u64, Error> {
    let mut tx = SystemTx::begin(database).await?;
    let marked = sqlx::query(
        "UPDATE consumer_parked SET retry_asked_at = now()
          WHERE ($1::text IS NULL OR group_name = $1) AND ($2::uuid IS NULL OR id = $2)",
    )
    .bind(&which.group)
    .bind(which.id.map(|id| id.0))
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(marked.rows_affected())
}
