//! What a process knows of itself: told to the gateway when it asks, and to Prometheus all the time.

use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};
use caravan_fault::error_chain;
use caravan_model::TenantId;
use caravan_tenancy::{Caller, Database, TenantTx};
use caravan_web::{Json, Problem};
use futures_util::future::join_all;
use tokio::time::{MissedTickBehavior, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::hub::Hub;
use crate::pools::Pools;
use crate::telemetry;
use crate::wire::{
    BreakerOut, CheckOut, Condition, DiskOut, OwnOut, ParkedOut, PoolOut, ProcessOut, Report, ms,
};

/// Where a process tells of itself. The gateway leads nobody there: it asks by itself.
pub const PATH: &str = "/internal/operations";
/// The scope that opens it.
pub(crate) const SCOPE: &str = "operations:read";

/// How often the gauges are set.
const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// How long one check, or one count, may take.
const CHECK_WITHIN: Duration = Duration::from_millis(1_500);

/// Says whether one thing that the process needs answers; the text is for the operator and names no address.
pub type Check =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// What a process is made of, as far as it is looked at.
pub struct Parts {
    /// The roles that it has.
    pub roles: Vec<&'static str>,
    /// Its pools.
    pub pools: Pools,
    /// What it needs, by name.
    pub checks: Vec<(&'static str, Check)>,
    /// The hub, where it is in this process.
    pub hub: Option<Arc<dyn Hub>>,
}

impl core::fmt::Debug for Parts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Parts").field("roles", &self.roles).finish_non_exhaustive()
    }
}

/// A process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Process {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    parts: Parts,
    instance: String,
    began: jiff::Timestamp,
}

impl Process {
    /// The process that begins now.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let instance = Uuid::new_v4().simple().to_string().chars().take(8).collect();
        Self { inner: Arc::new(Inner { parts, instance, began: jiff::Timestamp::now() }) }
    }

    /// The route at [`PATH`], to be mounted behind the layer that restores the [`Caller`].
    pub fn router(&self) -> Router {
        Router::new().route(PATH, get(tell)).with_state(self.clone())
    }

    /// Sets the gauges until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(MEASURE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.measure().await,
                () = shutdown.cancelled() => return,
            }
        }
    }

    pub(crate) fn pools(&self) -> &Pools {
        &self.inner.parts.pools
    }

    async fn measure(&self) {
        let pools = self.pools().all();
        for (role, pool) in &pools {
            telemetry::pool(role, pool.pool_use());
        }
        if let Some((_, pool)) = pools.first() {
            match pool.server_use().await {
                Ok(server) => telemetry::server(server),
                Err(error) => {
                    tracing::warn!(
                        error = error_chain(&error),
                        "The database's size is not known."
                    );
                }
            }
        }
        if let Some(hub) = &self.inner.parts.hub {
            match hub.space() {
                Ok(space) => telemetry::space(space),
                Err(error) => tracing::warn!(%error, "The space for documents is not known."),
            }
        }
    }

    /// Everything that it knows of itself and of `tenant`'s things.
    pub(crate) async fn report(&self, tenant: TenantId) -> Report {
        let Parts { roles, pools, checks, hub } = &self.inner.parts;
        let pools = pools.all();
        let checks = join_all(checks.iter().map(|(name, check)| examine(name, check())));
        let parked = join_all(pools.iter().map(|(_, pool)| parked(pool, tenant)));
        let (checks, parked, hub) = tokio::join!(checks, parked, of_hub(hub.as_deref(), tenant));
        let well = checks.iter().all(|check| check.ok);
        let pool = |(name, pool): &(&str, Database)| {
            let used = pool.pool_use();
            PoolOut {
                name: (*name).to_owned(),
                used: used.open.saturating_sub(used.idle),
                idle: used.idle,
                most: used.most,
            }
        };
        let process = ProcessOut {
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            status: if well { Condition::Ok } else { Condition::Degraded },
            instance: Some(self.inner.instance.clone()),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            started_at: Some(self.inner.began.to_string()),
            memory_bytes: memory(),
            checks,
            pools: pools.iter().map(pool).collect(),
        };
        let (disk, quarantined, breakers) = hub;
        let mut own = OwnOut { parked: Vec::new(), unread: false, quarantined, breakers };
        for counted in parked {
            own.unread |= counted.is_none();
            own.parked.extend(counted.into_iter().flatten());
        }
        Report { process, disk, own }
    }
}

async fn tell(
    State(process): State<Process>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Report>, Problem> {
    if !caller.may(SCOPE) {
        return Err(Problem::scope_missing(SCOPE));
    }
    Ok(Json(process.report(caller.tenant).await))
}

async fn examine(
    name: &str,
    check: Pin<Box<dyn Future<Output = Result<(), String>> + Send>>,
) -> CheckOut {
    let clock = Instant::now();
    let result = timeout(CHECK_WITHIN, check)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} ms", CHECK_WITHIN.as_millis())));
    let took_ms = ms(clock.elapsed());
    CheckOut { name: name.to_owned(), ok: result.is_ok(), detail: result.err(), took_ms }
}

/// Events of `tenant` that the consumers of this pool's schema have laid aside; none when it cannot be read.
async fn parked(pool: &Database, tenant: TenantId) -> Option<Vec<ParkedOut>> {
    let counted = timeout(CHECK_WITHIN, count_parked(pool, tenant)).await;
    match counted {
        Ok(Ok(parked)) => Some(parked),
        Ok(Err(error)) => {
            tracing::warn!(error = error_chain(&error), "Parked events cannot be counted.");
            None
        }
        Err(_) => None,
    }
}

async fn count_parked(
    pool: &Database,
    tenant: TenantId,
) -> Result<Vec<ParkedOut>, caravan_tenancy::Error> {
    let mut tx = TenantTx::begin(pool, tenant).await?;
    // A role finds the tables of its own schema first, and not every schema has consumers.
    let consumes: bool = sqlx::query_scalar("SELECT to_regclass('consumer_parked') IS NOT NULL")
        .fetch_one(tx.conn())
        .await?;
    if !consumes {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, i64, f64)> = sqlx::query_as(
        "SELECT group_name, count(*), extract(epoch FROM now() - min(parked_at))::float8 FROM consumer_parked
          WHERE tenant_id = $1 GROUP BY group_name ORDER BY group_name",
    )
    .bind(tenant.0)
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    let parked = |(group, events, age): (String, i64, f64)| ParkedOut {
        group,
        events: u64::try_from(events).unwrap_or_default(),
        oldest_s: Duration::try_from_secs_f64(age).unwrap_or_default().as_secs(),
    };
    Ok(rows.into_iter().map(parked).collect())
}

/// The disk, the number of quarantined documents, and the breakers.
async fn of_hub(
    hub: Option<&dyn Hub>,
    tenant: TenantId,
) -> (Option<DiskOut>, Option<u64>, Vec<BreakerOut>) {
    let Some(hub) = hub else { return (None, None, Vec::new()) };
    let disk =
        hub.space().ok().map(|space| DiskOut { bytes: space.bytes, free_bytes: space.free_bytes });
    match timeout(CHECK_WITHIN, hub.of_tenant(tenant)).await {
        Ok(Ok(figures)) => {
            let breaker = |breaker: crate::Breaker| BreakerOut {
                connection: breaker.connection,
                endpoint: breaker.endpoint,
                state: breaker.state.to_owned(),
                refuses_for_ms: ms(breaker.refuses_for),
            };
            let breakers = figures.breakers.into_iter().map(breaker).collect();
            (disk, Some(figures.quarantined), breakers)
        }
        Ok(Err(error)) => {
            tracing::warn!(error = error_chain(&error), "The hub's figures cannot be read.");
            (disk, None, Vec::new())
        }
        Err(_) => (disk, None, Vec::new()),
    }
}

/// Resident memory of this process, where the system says it as Linux does.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib.saturating_mul(1_024))
}
