//! Re-rating jobs: one row a job, one transaction a chunk, so that a crash repeats at most a chunk and doubles nothing.

use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// A job's row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) as_of_ms: i64,
    pub(crate) carrier: Option<String>,
    pub(crate) from_date: String,
    pub(crate) to_date: String,
    pub(crate) status: String,
    pub(crate) total: i64,
    pub(crate) done: i64,
    pub(crate) changed: i64,
    pub(crate) unrated: i64,
    pub(crate) at_date: Option<String>,
    pub(crate) at_id: Option<Uuid>,
    pub(crate) by: String,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
}

const COLUMNS: &str = "id, as_of_ms, carrier, from_date::text, to_date::text, status, total, done, changed, unrated, \
                       at_date::text, at_id, by, created_ms, updated_ms";

/// A shipment's result.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Outcome {
    pub(crate) shipment_id: Uuid,
    pub(crate) before_minor: Option<i64>,
    pub(crate) before_currency: Option<String>,
    pub(crate) after_minor: Option<i64>,
    pub(crate) after_currency: Option<String>,
    pub(crate) contract_id: Option<Uuid>,
    pub(crate) version: Option<i32>,
    pub(crate) unrated: Option<String>,
}

impl Outcome {
    pub(crate) fn changed(&self) -> bool {
        (self.before_minor, &self.before_currency) != (self.after_minor, &self.after_currency)
    }
}

/// Queues a job over the shipments that its filter holds.
pub(crate) async fn add(
    connection: &mut PgConnection,
    tenant: TenantId,
    job: &Job,
) -> Result<Job, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(format!(
        "INSERT INTO jobs (tenant_id, id, as_of_ms, carrier, from_date, to_date, status, total, done, changed, unrated, by,
                           created_ms, updated_ms)
         SELECT $1, $2, $3, $4, $5::date, $6::date, 'queued', count(*), 0, 0, 0, $7, $8, $8
           FROM shipments s
          WHERE s.tenant_id = $1 AND s.ship_date BETWEEN $5::date AND $6::date AND NOT s.cancelled
            AND ($4::text IS NULL OR s.carrier = $4)
         RETURNING {COLUMNS}"
    )))
    .bind(tenant.0)
    .bind(job.id)
    .bind(job.as_of_ms)
    .bind(&job.carrier)
    .bind(&job.from_date)
    .bind(&job.to_date)
    .bind(&job.by)
    .bind(job.created_ms)
    .fetch_one(connection)
    .await
}

/// One job.
pub(crate) async fn one(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<Job>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM jobs WHERE tenant_id = $1 AND id = $2"
    )))
    .bind(tenant.0)
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// The same, locked, unless another worker has it or it is done.
pub(crate) async fn claim(
    connection: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<Job>, sqlx::Error> {
    sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM jobs WHERE tenant_id = $1 AND id = $2 AND status <> 'done' FOR UPDATE SKIP LOCKED"
    )))
    .bind(tenant.0)
    .bind(id)
    .fetch_optional(connection)
    .await
}

/// Jobs that wait or are under way, of all tenants, the oldest first.
pub(crate) async fn waiting(tx: &mut SystemTx) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT tenant_id, id FROM jobs WHERE status <> 'done' ORDER BY created_ms LIMIT 20",
    )
    .fetch_all(tx.conn())
    .await
}

/// A tenant's jobs, the newest first, behind `after`, at most `max`.
pub(crate) async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
    after: Option<(i64, Uuid)>,
    max: i64,
) -> Result<Vec<Job>, sqlx::Error> {
    let (after_ms, after_id) = after.unzip();
    sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM jobs
          WHERE tenant_id = $1 AND created_ms >= 0 AND ($2::bigint IS NULL OR created_ms < $2 OR (created_ms = $2 AND id > $3))
          ORDER BY created_ms DESC, id LIMIT $4"
    )))
    .bind(tenant.0)
    .bind(after_ms)
    .bind(after_id)
    .bind(max)
    .fetch_all(connection)
    .await
}

/// Writes how far a job has come.
pub(crate) async fn progress(
    connection: &mut PgConnection,
    tenant: TenantId,
    job: &Job,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE jobs SET status = $3, done = $4, changed = $5, unrated = $6, at_date = $7::date, at_id = $8, updated_ms = $9
          WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant.0)
    .bind(job.id)
    .bind(&job.status)
    .bind(job.done)
    .bind(job.changed)
    .bind(job.unrated)
    .bind(&job.at_date)
    .bind(job.at_id)
    .bind(job.updated_ms)
    .execute(connection)
    .await
    .map(drop)
}

/// Keeps the results of a chunk.
pub(crate) async fn keep(
    connection: &mut PgConnection,
    tenant: TenantId,
    job: Uuid,
    outcomes: &[Outcome],
) -> Result<(), sqlx::Error> {
    let all = || outcomes.iter();
    sqlx::query(
        "INSERT INTO job_results
           (tenant_id, job_id, shipment_id, before_minor, before_currency, after_minor, after_currency, contract_id, version, unrated)
         SELECT $1, $2, * FROM unnest($3::uuid[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::uuid[], $9::int[],
                                      $10::text[])
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(job)
    .bind(all().map(|o| o.shipment_id).collect::<Vec<_>>())
    .bind(all().map(|o| o.before_minor).collect::<Vec<_>>())
    .bind(all().map(|o| o.before_currency.as_deref()).collect::<Vec<_>>())
    .bind(all().map(|o| o.after_minor).collect::<Vec<_>>())
    .bind(all().map(|o| o.after_currency.as_deref()).collect::<Vec<_>>())
    .bind(all().map(|o| o.contract_id).collect::<Vec<_>>())
    .bind(all().map(|o| o.version).collect::<Vec<_>>())
    .bind(all().map(|o| o.unrated.as_deref()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

/// Results of a job, changed ones only if wanted, by shipment, behind `after`, at most `max`.
pub(crate) async fn results(
    connection: &mut PgConnection,
    tenant: TenantId,
    job: Uuid,
    changed: bool,
    after: Option<Uuid>,
    max: i64,
) -> Result<Vec<Outcome>, sqlx::Error> {
    sqlx::query_as(
        "SELECT shipment_id, before_minor, before_currency, after_minor, after_currency, contract_id, version, unrated
           FROM job_results
          WHERE tenant_id = $1 AND job_id = $2 AND ($3::uuid IS NULL OR shipment_id > $3)
            AND (NOT $4 OR (before_minor, before_currency) IS DISTINCT FROM (after_minor, after_currency))
          ORDER BY shipment_id LIMIT $5",
    )
    .bind(tenant.0)
    .bind(job)
    .bind(after)
    .bind(changed)
    .bind(max)
    .fetch_all(connection)
    .await
}
