//! Endpoints, for the tenant of the transaction.

use caravan_tenancy::TenantTx;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

/// An endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) description: Option<String>,
    pub(crate) kinds: Vec<String>,
    pub(crate) disabled: Option<Disabled>,
    /// Sealed.
    pub(crate) secret: Vec<u8>,
    pub(crate) previous_secret: Option<Vec<u8>>,
    pub(crate) previous_until_ms: Option<i64>,
    pub(crate) failing_since_ms: Option<i64>,
    pub(crate) made_by: String,
    pub(crate) made_ms: i64,
    pub(crate) changed_ms: i64,
    pub(crate) version: i64,
}

/// Why and since when an endpoint gets nothing.
#[derive(Debug, Clone)]
pub(crate) struct Disabled {
    pub(crate) reason: String,
    pub(crate) detail: Option<String>,
    pub(crate) at_ms: i64,
}

fn webhook(row: &PgRow) -> Result<Webhook, sqlx::Error> {
    let is_disabled = row.try_get::<&str, _>("status")? == "disabled";
    let disabled = Disabled {
        reason: row.try_get::<Option<String>, _>("disabled_reason")?.unwrap_or_default(),
        detail: row.try_get("disabled_detail")?,
        at_ms: row.try_get::<Option<i64>, _>("disabled_ms")?.unwrap_or_default(),
    };
    Ok(Webhook {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        url: row.try_get("url")?,
        description: row.try_get("description")?,
        kinds: row.try_get("kinds")?,
        disabled: is_disabled.then_some(disabled),
        secret: row.try_get("secret")?,
        previous_secret: row.try_get("previous_secret")?,
        previous_until_ms: row.try_get("previous_until_ms")?,
        failing_since_ms: row.try_get("failing_since_ms")?,
        made_by: row.try_get("made_by")?,
        made_ms: row.try_get("made_ms")?,
        changed_ms: row.try_get("changed_ms")?,
        version: row.try_get("version")?,
    })
}

/// Counts the tenant's endpoints, and keeps others from adding any until the transaction ends.
pub(crate) async fn count(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    let tenant = tx.tenant();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('webhooks/' || $1::text, 0))")
        .bind(tenant.0)
        .execute(tx.conn())
        .await?;
    sqlx::query_scalar("SELECT count(*) FROM webhooks WHERE tenant_id = $1 AND status <> 'removed'")
        .bind(tenant.0)
        .fetch_one(tx.conn())
        .await
}

pub(crate) async fn insert(tx: &mut TenantTx, new: &Webhook) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO webhooks (tenant_id, id, name, url, description, kinds, secret, made_by, made_ms, changed_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
    )
    .bind(tenant.0)
    .bind(new.id)
    .bind(&new.name)
    .bind(&new.url)
    .bind(&new.description)
    .bind(&new.kinds)
    .bind(&new.secret)
    .bind(&new.made_by)
    .bind(new.made_ms)
    .execute(tx.conn())
    .await
    .map(drop)
}

/// One endpoint.
pub(crate) async fn one(tx: &mut TenantTx, id: Uuid) -> Result<Option<Webhook>, sqlx::Error> {
    let query = "SELECT * FROM webhooks WHERE tenant_id = $1 AND id = $2 AND status <> 'removed'";
    found(tx, query, id).await
}

/// One endpoint, locked until the transaction ends.
pub(crate) async fn locked(tx: &mut TenantTx, id: Uuid) -> Result<Option<Webhook>, sqlx::Error> {
    let query = "SELECT * FROM webhooks WHERE tenant_id = $1 AND id = $2 AND status <> 'removed' FOR NO KEY UPDATE";
    found(tx, query, id).await
}

async fn found(
    tx: &mut TenantTx,
    query: &'static str,
    id: Uuid,
) -> Result<Option<Webhook>, sqlx::Error> {
    let tenant = tx.tenant();
    let row = sqlx::query(query).bind(tenant.0).bind(id).fetch_optional(tx.conn()).await?;
    row.as_ref().map(webhook).transpose()
}

/// Newest first.
pub(crate) async fn list(
    tx: &mut TenantTx,
    after: Option<Uuid>,
    rows: i64,
) -> Result<Vec<Webhook>, sqlx::Error> {
    let tenant = tx.tenant();
    let found = sqlx::query(
        "SELECT * FROM webhooks WHERE tenant_id = $1 AND status <> 'removed' AND ($2::uuid IS NULL OR id < $2)
          ORDER BY id DESC LIMIT $3",
    )
    .bind(tenant.0)
    .bind(after)
    .bind(rows)
    .fetch_all(tx.conn())
    .await?;
    found.iter().map(webhook).collect()
}

/// Writes what people may change of a locked endpoint; answers it as it is then.
pub(crate) async fn update(tx: &mut TenantTx, new: &Webhook) -> Result<Webhook, sqlx::Error> {
    let tenant = tx.tenant();
    let disabled = new.disabled.as_ref();
    let row = sqlx::query(
        "UPDATE webhooks SET name = $3, url = $4, description = $5, kinds = $6, secret = $7, previous_secret = $8,
                previous_until_ms = $9, failing_since_ms = $10,
                failed_ms = CASE WHEN $10 IS NULL THEN NULL ELSE failed_ms END,
                status = CASE WHEN $11::text IS NULL THEN 'enabled' ELSE 'disabled' END,
                disabled_reason = $11, disabled_detail = $12, disabled_ms = $13, changed_ms = $14, version = version + 1
          WHERE tenant_id = $1 AND id = $2 RETURNING *",
    )
    .bind(tenant.0)
    .bind(new.id)
    .bind(&new.name)
    .bind(&new.url)
    .bind(&new.description)
    .bind(&new.kinds)
    .bind(&new.secret)
    .bind(&new.previous_secret)
    .bind(new.previous_until_ms)
    .bind(new.failing_since_ms)
    .bind(disabled.map(|disabled| &disabled.reason))
    .bind(disabled.and_then(|disabled| disabled.detail.as_ref()))
    .bind(disabled.map(|disabled| disabled.at_ms))
    .bind(new.changed_ms)
    .fetch_one(tx.conn())
    .await?;
    webhook(&row)
}

/// Takes a locked endpoint away, its secrets at once.
pub(crate) async fn remove(tx: &mut TenantTx, id: Uuid) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE webhooks SET status = 'removed', secret = NULL, previous_secret = NULL, version = version + 1
          WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant.0)
    .bind(id)
    .execute(tx.conn())
    .await
    .map(drop)
}
