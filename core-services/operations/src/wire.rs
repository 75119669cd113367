//! What is told: by a process to the gateway, and by the gateway to callers.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Condition {
    /// All is well.
    Ok,
    /// It answers, and something that it needs does not; of several, not all are well.
    Degraded,
    /// It does not answer.
    Unreachable,
}

/// What a process tells the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) process: ProcessOut,
    pub(crate) disk: Option<DiskOut>,
    pub(crate) own: OwnOut,
}

/// A process of the installation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProcessOut {
    /// The roles that it has.
    #[schema(example = json!(["order"]))]
    pub(crate) roles: Vec<String>,
    pub(crate) status: Condition,
    /// Tells it from others of its role, from its start to its end; absent when it does not answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) instance: Option<String>,
    /// The release that it runs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) version: Option<String>,
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) started_at: Option<String>,
    /// Resident memory.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) memory_bytes: Option<u64>,
    /// What it needs, and whether that answers.
    pub(crate) checks: Vec<CheckOut>,
    /// Its connections to the database, by login role.
    pub(crate) pools: Vec<PoolOut>,
}

/// One thing that a process needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CheckOut {
    #[schema(example = "database")]
    pub(crate) name: String,
    pub(crate) ok: bool,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) detail: Option<String>,
    /// How long it took to find out.
    pub(crate) took_ms: u64,
}

/// A pool of connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct PoolOut {
    #[schema(example = "caravan_order")]
    pub(crate) name: String,
    pub(crate) used: u32,
    pub(crate) idle: u32,
    /// The most that it may open; when all are used, requests wait.
    pub(crate) most: u32,
}

/// A disk that documents lie on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct DiskOut {
    pub(crate) bytes: u64,
    pub(crate) free_bytes: u64,
}

/// What waits for the caller's own tenant.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OwnOut {
    /// Events that a consumer laid aside as it cannot apply them; groups without any are left out.
    pub(crate) parked: Vec<ParkedOut>,
    /// Whether some of this could not be read, so that there may be more.
    pub(crate) unread: bool,
    /// Documents that wait for an operator; absent when the hub does not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) quarantined: Option<u64>,
    /// Breakers of the tenant's connections that were called since the hub began.
    pub(crate) breakers: Vec<BreakerOut>,
}

/// Events that a consumer group laid aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ParkedOut {
    #[schema(example = "tracking")]
    pub(crate) group: String,
    pub(crate) events: u64,
    /// Age of the oldest.
    pub(crate) oldest_s: u64,
}

/// A breaker before one endpoint of a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BreakerOut {
    /// The connection's name.
    pub(crate) connection: String,
    pub(crate) endpoint: String,
    /// `closed`, `open` or `half-open`.
    #[schema(example = "closed")]
    pub(crate) state: String,
    /// How long calls are still refused.
    pub(crate) refuses_for_ms: u64,
}

/// How the installation stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OperationsOut {
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// The whole: `ok` when everything below is.
    pub(crate) status: Condition,
    pub(crate) traffic: TrafficOut,
    pub(crate) roles: Vec<RoleOut>,
    pub(crate) processes: Vec<ProcessOut>,
    pub(crate) log: LogOut,
    pub(crate) database: DatabaseOut,
    /// The disks that documents lie on, one for each process of the hub.
    pub(crate) disks: Vec<DiskOut>,
    /// Absent when the event log is not on Kafka.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kafka: Option<KafkaOut>,
    pub(crate) yours: OwnOut,
}

/// The last minute of answers, as the gateway that answers you saw them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RatesOut {
    #[schema(example = 120.5)]
    pub(crate) requests_per_min: f64,
    /// Share of answers that refuse (4xx), from 0 to 1.
    pub(crate) refused: f64,
    /// Share of answers that are failures of ours (5xx), from 0 to 1.
    pub(crate) failed: f64,
    /// Nineteen of twenty answers were there within this; absent without an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p95_ms: Option<f64>,
}

/// All answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrafficOut {
    #[serde(flatten)]
    pub(crate) rates: RatesOut,
    /// The last minute by route; routes that nobody asked are left out.
    pub(crate) routes: Vec<RouteOut>,
    /// The last hour, oldest first.
    pub(crate) minutes: Vec<MinuteOut>,
}

/// A set of paths.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RouteOut {
    #[schema(example = "order")]
    pub(crate) role: String,
    /// What all its paths begin with.
    #[schema(example = "/v1/orders")]
    pub(crate) route: String,
    #[serde(flatten)]
    pub(crate) rates: RatesOut,
}

/// A minute of answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MinuteOut {
    #[schema(format = DateTime)]
    pub(crate) at: String,
    pub(crate) requests: u64,
    pub(crate) refused: u64,
    pub(crate) failed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p95_ms: Option<f64>,
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InstalledRole)]
pub(crate) struct RoleOut {
    #[schema(example = "order")]
    pub(crate) role: String,
    /// `degraded` when not all of its processes are well, `unreachable` when none answers.
    pub(crate) status: Condition,
    /// Processes that answer.
    pub(crate) processes: usize,
    #[serde(flatten)]
    pub(crate) rates: RatesOut,
}

/// The event log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogOut {
    /// `postgres` or `kafka`.
    #[schema(example = "postgres")]
    pub(crate) kind: String,
    pub(crate) status: Condition,
    pub(crate) groups: Vec<GroupOut>,
    /// Age of the oldest event that Kafka does not have yet; absent when there is none, or no Kafka.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outbox_age_s: Option<f64>,
}

/// A consumer group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupOut {
    #[schema(example = "tracking")]
    pub(crate) group: String,
    /// `degraded` when nobody reads for it.
    pub(crate) status: Condition,
    /// Members that are connected.
    pub(crate) members: u32,
    /// Events that it has yet to take in, as it reports every two seconds.
    pub(crate) behind: u64,
    /// Whether there are more than were counted.
    pub(crate) more: bool,
    /// Age of the oldest of them; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) oldest_s: Option<f64>,
}

/// The database.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatabaseOut {
    pub(crate) status: Condition,
    /// Its size on the disk; absent when it does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    /// Connections to its server, of everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connections: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connections_max: Option<u32>,
}

/// The Kafka cluster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KafkaOut {
    pub(crate) status: Condition,
    /// Brokers that it knows of; absent when it does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) brokers: Option<usize>,
}

/// Whole milliseconds.
pub(crate) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
