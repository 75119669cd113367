//! The tables of imports.

use std::collections::BTreeMap;

use caravan_mappings_table::guess::Remembered;
use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::Choices;
use super::plan::Reject;
use super::wire::Report;
use crate::store::{Unreadable, decode, encode};

/// Headers that are remembered for a tenant.
const REMEMBERED_MAX: i64 = 5_000;
/// Attempts at a job before it is given up.
pub(crate) const ATTEMPTS_MAX: i32 = 5;
/// Jobs that a worker looks at to find one that nobody has; others work on no more than one each.
const WAITING_MAX: i64 = 100;
/// Wait after the first attempt that failed, in which a database may come back; it grows with each.
const RETRY_MS: i64 = 5_000;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Checking,
    Ready,
    Committing,
    Done,
    Failed,
    Cancelled,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Ready => "ready",
            Self::Committing => "committing",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        use Status::{Cancelled, Checking, Committing, Done, Failed, Ready};
        [Checking, Ready, Committing, Done, Failed, Cancelled]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// An import without its bytes.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) id: Uuid,
    pub(crate) file_name: String,
    pub(crate) status: Status,
    pub(crate) version: i32,
    pub(crate) job: i32,
    pub(crate) orders: i32,
    pub(crate) done: i32,
    pub(crate) created: i32,
    pub(crate) rejected_rows: i32,
    pub(crate) failure: Option<String>,
    pub(crate) failure_code: Option<String>,
    pub(crate) actor: String,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
    /// Left out of lists.
    pub(crate) choices: Option<Choices>,
    pub(crate) report: Option<Report>,
}

const LISTED: &str = "id, file_name, status, version, job, orders, done, created, rejected_rows, failure, failure_code, actor, created_ms, \
                      updated_ms";

fn listed(row: &PgRow) -> Result<Import, sqlx::Error> {
    let status: &str = row.try_get("status")?;
    let unreadable = || decode(Unreadable { what: "import status", text: status.to_owned() });
    Ok(Import {
        id: row.try_get("id")?,
        file_name: row.try_get("file_name")?,
        status: Status::parse(status).ok_or_else(unreadable)?,
        version: row.try_get("version")?,
        job: row.try_get("job")?,
        orders: row.try_get("orders")?,
        done: row.try_get("done")?,
        created: row.try_get("created")?,
        rejected_rows: row.try_get("rejected_rows")?,
        failure: row.try_get("failure")?,
        failure_code: row.try_get("failure_code")?,
        actor: row.try_get("actor")?,
        created_ms: row.try_get("created_ms")?,
        updated_ms: row.try_get("updated_ms")?,
        choices: None,
        report: None,
    })
}

fn whole(row: &PgRow) -> Result<Import, sqlx::Error> {
    let choices: &str = row.try_get("choices")?;
    let report: Option<&str> = row.try_get("report")?;
    Ok(Import {
        choices: Some(serde_json::from_str(choices).map_err(decode)?),
        report: report.map(serde_json::from_str).transpose().map_err(decode)?,
        ..listed(row)?
    })
}

/// A file that came.
pub(crate) struct New<'a> {
    pub(crate) id: Uuid,
    pub(crate) file_name: &'a str,
    pub(crate) pasted: bool,
    pub(crate) sha256: &'a [u8],
    pub(crate) bytes: &'a [u8],
    pub(crate) choices: &'a Choices,
    pub(crate) report: &'a Report,
    pub(crate) actor: &'a str,
    pub(crate) now_ms: i64,
}

/// Keeps a file, to be checked; `false` when the tenant has it already.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    tenant: TenantId,
    new: &New<'_>,
) -> Result<bool, sqlx::Error> {
    let written = sqlx::query(
        "INSERT INTO imports (tenant_id, id, file_name, pasted, sha256, bytes, status, choices, report, actor, created_ms, updated_ms)
         VALUES ($1, $2, $3, $4, $5, $6, 'checking', $7, $8, $9, $10, $10)
         ON CONFLICT (tenant_id, sha256) WHERE status <> 'cancelled' DO NOTHING",
    )
    .bind(tenant.0)
    .bind(new.id)
    .bind(new.file_name)
    .bind(new.pasted)
    .bind(new.sha256)
    .bind(new.bytes)
    .bind(encode(new.choices)?)
    .bind(encode(new.report)?)
    .bind(new.actor)
    .bind(new.now_ms)
    .execute(connection)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The import of a file, by its digest.
pub(crate) async fn by_file(
    connection: &mut PgConnection,
    tenant: TenantId,
    sha256: &[u8],
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT id FROM imports WHERE tenant_id = $1 AND sha256 = $2 AND status <> 'cancelled'",
    )
    .bind(tenant.0)
    .bind(sha256)
    .fetch_optional(connection)
    .await
}

/// One import, locked when it is to be changed.
pub(crate) async fn one(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    lock: bool,
) -> Result<Option<Import>, sqlx::Error> {
    let lock = if lock { "FOR UPDATE" } else { "" };
    let query = format!(
        "SELECT {LISTED}, choices, report FROM imports WHERE tenant_id = $1 AND id = $2 {lock}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(tenant.0)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(whole).transpose()
}

/// The tenant's imports, newest first, after `after`.
pub(crate) async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
    after: Option<Uuid>,
    rows: i64,
) -> Result<Vec<Import>, sqlx::Error> {
    let query = format!(
        "SELECT {LISTED} FROM imports WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    );
    let found = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(tenant.0)
        .bind(after)
        .bind(rows)
        .fetch_all(connection)
        .await?;
    found.iter().map(listed).collect()
}

/// A file's bytes, and whether they were pasted.
pub(crate) async fn bytes(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<(Vec<u8>, bool), sqlx::Error> {
    sqlx::query_as("SELECT bytes, pasted FROM imports WHERE tenant_id = $1 AND id = $2")
        .bind(tenant.0)
        .bind(id)
        .fetch_one(connection)
        .await
}

/// Begins another job: a check with other choices, or the commit. What the job before rejected is forgotten.
pub(crate) async fn begin(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    status: Status,
    choices: &Choices,
    actor: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM import_rejects WHERE tenant_id = $1 AND import_id = $2")
        .bind(tenant.0)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE imports SET status = $3, choices = $4, actor = $5, updated_ms = $6, version = version + 1, job = job + 1,
                orders = 0, done = 0, created = 0, rejected_rows = 0, failure = NULL, failure_code = NULL, due_ms = 0, attempts = 0
          WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(status.as_str())
    .bind(encode(choices)?)
    .bind(actor)
    .bind(now_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// Why a job failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failure<'a> {
    /// One of docs/errors.md.
    pub(crate) code: &'static str,
    /// A sentence.
    pub(crate) why: &'a str,
}

/// Ends an import or its job, with what the job found.
pub(crate) async fn end(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    (status, failure): (Status, Option<Failure<'_>>),
    report: Option<&Report>,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE imports SET status = $3, failure = $4, failure_code = $7, report = coalesce($5, report), updated_ms = $6,
                version = version + 1
          WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(status.as_str())
    .bind(failure.map(|failure| failure.why))
    .bind(report.map(encode).transpose()?)
    .bind(now_ms)
    .bind(failure.map(|failure| failure.code))
    .execute(connection)
    .await
    .map(drop)
}

/// What one batch of a job came to.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) done: i32,
    pub(crate) created: i32,
    pub(crate) rejects: Vec<Reject>,
}

/// Writes down a batch beside its effects.
pub(crate) async fn progress(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
    orders: i32,
    batch: &Batch,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let whys: Result<Vec<String>, _> = batch.rejects.iter().map(encode).collect();
    sqlx::query(
        "INSERT INTO import_rejects (tenant_id, import_id, row_number, why)
         SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[]) ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(batch.rejects.iter().map(|reject| i64::from(reject.row)).collect::<Vec<_>>())
    .bind(whys?)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE imports SET orders = $3, done = done + $4, created = created + $5, rejected_rows = rejected_rows + $6,
                updated_ms = $7
          WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(orders)
    .bind(batch.done)
    .bind(batch.created)
    .bind(i32::try_from(batch.rejects.len()).unwrap_or(i32::MAX))
    .bind(now_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// The rows that the last job did not take.
pub(crate) async fn rejects(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Vec<Reject>, sqlx::Error> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT why FROM import_rejects WHERE tenant_id = $1 AND import_id = $2 ORDER BY row_number",
    )
    .bind(tenant.0)
    .bind(id)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|(why,)| serde_json::from_str(why).map_err(decode)).collect()
}

/// What columns were taken for before, by header.
pub(crate) async fn remembered(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Remembered, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT header, field FROM import_columns WHERE tenant_id = $1 ORDER BY used_ms DESC LIMIT $2",
    )
    .bind(tenant.0)
    .bind(REMEMBERED_MAX)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Remembers what columns were taken for.
pub(crate) async fn remember(
    connection: &mut PgConnection,
    tenant: TenantId,
    columns: &BTreeMap<String, String>,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO import_columns (tenant_id, header, field, used_ms)
         SELECT $1, h, f, $4 FROM unnest($2::text[], $3::text[]) AS t(h, f)
         ON CONFLICT (tenant_id, header) DO UPDATE SET field = excluded.field, used_ms = excluded.used_ms",
    )
    .bind(tenant.0)
    .bind(columns.keys().map(String::as_str).collect::<Vec<_>>())
    .bind(columns.values().map(String::as_str).collect::<Vec<_>>())
    .bind(now_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// A job that a worker took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) tenant: TenantId,
    pub(crate) id: Uuid,
    pub(crate) job: i32,
    /// How often it was tried, this time included.
    pub(crate) attempts: i32,
}

/// Jobs of all tenants that are due, the longest waiting first, whoever has them.
pub(crate) async fn waiting(
    tx: &mut SystemTx,
    now_ms: i64,
) -> Result<Vec<(TenantId, Uuid)>, sqlx::Error> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT tenant_id, id FROM imports
          WHERE status IN ('checking', 'committing') AND due_ms <= $1 ORDER BY due_ms, id LIMIT $2",
    )
    .bind(now_ms)
    .bind(WAITING_MAX)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(tenant, id)| (TenantId(tenant), id)).collect())
}

/// Counts an attempt at a job that is this worker's; none when it was done or put off meanwhile.
pub(crate) async fn claim(
    tx: &mut SystemTx,
    (tenant, id): (TenantId, Uuid),
    now_ms: i64,
) -> Result<Option<Claimed>, sqlx::Error> {
    let row: Option<(i32, i32)> = sqlx::query_as(
        "UPDATE imports SET attempts = attempts + 1
          WHERE tenant_id = $1 AND id = $2 AND status IN ('checking', 'committing') AND due_ms <= $3
      RETURNING job, attempts",
    )
    .bind(tenant.0)
    .bind(id)
    .bind(now_ms)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(job, attempts)| Claimed { tenant, id, job, attempts }))
}

/// Puts a job off whose attempt failed.
pub(crate) async fn put_off(
    connection: &mut PgConnection,
    claimed: Claimed,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let wait_ms = RETRY_MS.saturating_mul(claimed.attempts.into());
    sqlx::query("UPDATE imports SET due_ms = $4 WHERE tenant_id = $1 AND id = $2 AND job = $3")
        .bind(claimed.tenant.0)
        .bind(claimed.id)
        .bind(claimed.job)
        .bind(now_ms.saturating_add(wait_ms))
        .execute(connection)
        .await
        .map(drop)
}

/// Uncounts an attempt that ends because the process does.
pub(crate) async fn uncount(
    connection: &mut PgConnection,
    claimed: Claimed,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE imports SET attempts = greatest(attempts - 1, 0)
          WHERE tenant_id = $1 AND id = $2 AND job = $3",
    )
    .bind(claimed.tenant.0)
    .bind(claimed.id)
    .bind(claimed.job)
    .execute(connection)
    .await
    .map(drop)
}
