//! The installation: every process that there is and the stores, asked at the same time, each for as long as a caller can wait.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use caravan_event_log::{GroupState, PostgresLog, groups};
use caravan_fault::error_chain;
use caravan_telemetry::{Figures, Traffic};
use caravan_tenancy::{Caller, Database};
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::peer::Peer;
use crate::process::Process;
use crate::wire::{
    Condition, DatabaseOut, GroupOut, KafkaOut, LogOut, MinuteOut, OperationsOut, OwnOut, RatesOut,
    Report, RoleOut, RouteOut, TrafficOut,
};

/// The groups that carry the outbox to Kafka.
const RELAYS: &str = "kafka/";

/// The Kafka cluster, as this crate asks it.
#[async_trait]
pub trait Brokers: Send + Sync + 'static {
    /// How many brokers there are.
    async fn count(&self) -> Result<usize, caravan_event_log::Error>;
}

impl fmt::Debug for dyn Brokers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Brokers")
    }
}

/// Who is asked.
#[derive(Debug)]
pub struct Config {
    /// The process that the gateway is in.
    pub own: Process,
    /// Roles that run in processes of their own.
    pub peers: Vec<Peer>,
    /// Every role that there is to be, in the order in which they are shown.
    pub roles: Vec<&'static str>,
    /// What the gateway answered.
    pub traffic: Traffic,
    /// The database, under the log's role (`caravan_relay`).
    pub database: Database,
    /// The cluster, where the log is on Kafka.
    pub kafka: Option<Arc<dyn Brokers>>,
    /// How long one of them may take.
    pub within: Duration,
}

/// The installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Installation {
    config: Arc<Config>,
}

impl Installation {
    /// The installation of these parts.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config: Arc::new(config) }
    }

    /// How it stands, with what waits for the caller's tenant.
    pub(crate) async fn stand(&self, caller: &Caller) -> OperationsOut {
        let (reports, log, database, kafka) =
            tokio::join!(self.reports(caller), self.log(), self.database(), self.kafka());
        let seen = self.config.traffic.seen();
        let rates: BTreeMap<&str, Figures> = seen.roles.iter().copied().collect();
        let roles: Vec<RoleOut> =
            self.config.roles.iter().map(|role| of_role(role, &reports, rates.get(role))).collect();
        let minute = |minute: &caravan_telemetry::Minute| MinuteOut {
            at: Timestamp::try_from(minute.at).unwrap_or_default().to_string(),
            requests: minute.requests,
            refused: minute.refused,
            failed: minute.failed,
            p95_ms: minute.p95.map(millis),
        };
        let route = |(role, route, figures): &(&str, &str, Figures)| RouteOut {
            role: (*role).to_owned(),
            route: (*route).to_owned(),
            rates: rates_out(Some(figures)),
        };
        let traffic = TrafficOut {
            rates: rates_out(Some(&seen.all)),
            routes: seen.routes.iter().map(route).collect(),
            minutes: seen.minutes.iter().map(minute).collect(),
        };
        let parts = roles.iter().map(|role| role.status);
        let stores = [log.status, database.status];
        let kafka_status = kafka.as_ref().map(|kafka| kafka.status);
        let all_well =
            parts.chain(stores).chain(kafka_status).all(|status| status == Condition::Ok);
        let disks = reports.iter().filter_map(|report| report.disk).collect();
        let yours = merged(reports.iter().map(|report| &report.own));
        OperationsOut {
            at: Timestamp::now().to_string(),
            status: if all_well { Condition::Ok } else { Condition::Degraded },
            traffic,
            roles,
            processes: reports.into_iter().map(|report| report.process).collect(),
            log,
            database,
            disks,
            kafka,
            yours,
        }
    }

    async fn reports(&self, caller: &Caller) -> Vec<Report> {
        let Config { own, peers, within, .. } = &*self.config;
        let others = join_all(peers.iter().map(|peer| peer.reports(caller, *within)));
        let (own, others) = tokio::join!(own.report(caller.tenant), others);
        let mut reports = vec![own];
        reports.extend(others.into_iter().flatten());
        reports
    }

    async fn log(&self) -> LogOut {
        let kind = if self.config.kafka.is_some() { "kafka" } else { "postgres" };
        let log = PostgresLog::new(self.config.database.clone());
        let states = match tokio::time::timeout(self.config.within, groups(&log)).await {
            Ok(Ok(states)) => Some(states),
            Ok(Err(error)) => {
                tracing::warn!(error = error_chain(&error), "The groups' standing cannot be read.");
                None
            }
            Err(_) => None,
        };
        let outbox = states.iter().flatten().filter(|state| state.group.starts_with(RELAYS));
        let outbox_age_s = outbox.filter_map(|state| state.waiting).max().map(seconds);
        let status = match &states {
            None => Condition::Unreachable,
            Some(states) if states.iter().all(|state| state.members > 0) => Condition::Ok,
            Some(_) => Condition::Degraded,
        };
        let groups = states.into_iter().flatten().map(group_out).collect();
        LogOut { kind: kind.to_owned(), status, groups, outbox_age_s }
    }

    async fn database(&self) -> DatabaseOut {
        let asked = tokio::time::timeout(self.config.within, self.config.database.server_use());
        match asked.await {
            Ok(Ok(server)) => DatabaseOut {
                status: Condition::Ok,
                bytes: Some(server.bytes),
                connections: Some(server.connections),
                connections_max: Some(server.connections_max),
            },
            failed => {
                if let Ok(Err(error)) = failed {
                    tracing::warn!(error = error_chain(&error), "The database does not answer.");
                }
                let status = Condition::Unreachable;
                DatabaseOut { status, bytes: None, connections: None, connections_max: None }
            }
        }
    }

    async fn kafka(&self) -> Option<KafkaOut> {
        let brokers = self.config.kafka.as_ref()?;
        Some(match tokio::time::timeout(self.config.within, brokers.count()).await {
            Ok(Ok(brokers)) => KafkaOut { status: Condition::Ok, brokers: Some(brokers) },
            failed => {
                if let Ok(Err(error)) = failed {
                    tracing::warn!(error = error_chain(&error), "Kafka does not answer.");
                }
                KafkaOut { status: Condition::Unreachable, brokers: None }
            }
        })
    }
}

fn of_role(role: &str, reports: &[Report], rates: Option<&Figures>) -> RoleOut {
    let of = |report: &&Report| report.process.roles.iter().any(|of| of == role);
    let stand: Vec<Condition> =
        reports.iter().filter(of).map(|report| report.process.status).collect();
    let answering = stand.iter().filter(|status| **status != Condition::Unreachable).count();
    let status = if answering == 0 {
        Condition::Unreachable
    } else if stand.iter().all(|status| *status == Condition::Ok) {
        Condition::Ok
    } else {
        Condition::Degraded
    };
    RoleOut { role: role.to_owned(), status, processes: answering, rates: rates_out(rates) }
}

/// What all processes say of one tenant. Those of one role read the same tables, so a group's events count once.
fn merged<'a>(reports: impl Iterator<Item = &'a OwnOut>) -> OwnOut {
    let mut own = OwnOut::default();
    for report in reports {
        own.unread |= report.unread;
        own.quarantined = own.quarantined.max(report.quarantined);
        own.breakers.extend(report.breakers.iter().cloned());
        for parked in &report.parked {
            if !own.parked.iter().any(|known| known.group == parked.group) {
                own.parked.push(parked.clone());
            }
        }
    }
    own.parked.sort_by(|one, other| one.group.cmp(&other.group));
    own
}

fn group_out(state: GroupState) -> GroupOut {
    GroupOut {
        status: if state.members > 0 { Condition::Ok } else { Condition::Degraded },
        group: state.group,
        members: state.members,
        behind: state.behind,
        more: state.more,
        oldest_s: state.waiting.map(seconds),
    }
}

fn rates_out(figures: Option<&Figures>) -> RatesOut {
    let round = |value: f64, places: f64| (value * places).round() / places;
    RatesOut {
        requests_per_min: figures.map_or(0.0, |figures| round(figures.requests_per_min, 10.0)),
        refused: figures.map_or(0.0, |figures| round(figures.refused, 10_000.0)),
        failed: figures.map_or(0.0, |figures| round(figures.failed, 10_000.0)),
        p95_ms: figures.and_then(|figures| figures.p95).map(millis),
    }
}

/// Milliseconds with two places.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}

/// Seconds with one place.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10.0).round() / 10.0
}
