//! `caravan up`: everything in one process, started in the order of the walk and stopped in the reverse.

mod banner;
mod demo;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use axum::Router;
use caravan_event_log::PostgresLog;
use caravan_gateway::Upstream;
use caravan_telemetry::Metrics;
use caravan_tenancy::Database;
use tokio_util::sync::CancellationToken;

use crate::args::{Observing, Up};
use crate::failure::Failure;
use crate::folder::{Folder, Note};
use crate::ports::Ports;
use crate::roles::{self, Role, System};
use crate::stop::{Stop, interrupted};
use crate::storage::Storage;

/// Events older than this leave the log once every consumer has passed them.
const EVENTS_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
/// How often old events are looked for.
const RETAIN_EVERY: Duration = Duration::from_secs(3600);

pub(crate) async fn run(data: &Path, up: &Up) -> Result<ExitCode, Failure> {
    let clock = Instant::now();
    let metrics = observe(&up.observing)?;
    let ports = Ports::from_base(up.port_base);
    // Before anything is started: a port in use should not cost a start.
    ports.check(!up.no_demo)?;
    let folder = Folder::open(data)?;
    let storage = Storage::private(&folder).await?;
    let stop = Stop::default();
    let log = storage.log(up.kafka.as_deref(), &stop).await?;
    let system = System { folder: &folder, storage: &storage, log, stop: &stop };

    let hub = roles::hub::start(&system, ports.sftp, !up.no_demo).await?;
    let services = Services {
        hub: hub.router,
        order: roles::services::order(&system).await?,
        tracking: roles::services::tracking(&system).await?,
        settlement: roles::services::settlement(&system).await?,
    };
    let identity = roles::gateway::identity(&system).await?;
    let gateway =
        roles::gateway::bind(&system, ports.gateway, &identity, services.upstreams(), metrics)
            .await?;
    let url = format!("http://{}", gateway.local_addr());
    stop.doors.run(gateway.serve(stop.doors.token()));
    stop.consumers.run(retain(storage.relay.clone(), stop.consumers.token()));
    banner::known_host(&folder, hub.sftp_address, &hub.sftp_key)?;
    let demo = if up.no_demo {
        None
    } else {
        Some(demo::set_up(&folder, &hub.intake, &identity, &ports, &url).await?)
    };

    let note = Note {
        url,
        api_key: demo.as_ref().map(|demo| demo.api_key.clone()),
        sftp_address: hub.sftp_address.to_string(),
    };
    folder.write_note(&note)?;
    banner::print(&folder, &note, demo.as_ref(), clock.elapsed());

    interrupted().await;
    eprintln!("stopping: doors, workers, consumers, database");
    stop.in_order().await;
    drop(demo);
    folder.remove_note();
    storage.stop().await?;
    drop(hub.sandbox);
    eprintln!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Sets up logs and metrics.
pub(crate) fn observe(observing: &Observing) -> Result<Metrics, Failure> {
    caravan_telemetry::logs(&caravan_telemetry::Config {
        json: observing.log_json,
        filter: observing.log.clone(),
    })
    .map_err(|error| Failure::of("logs cannot be set up", &error))?;
    Metrics::install().map_err(|error| Failure::of("metrics cannot be set up", &error))
}

/// The routes of every role but the gateway's.
struct Services {
    hub: Router,
    order: Router,
    tracking: Router,
    settlement: Router,
}

impl Services {
    /// Each face with the routes behind it, in this process.
    fn upstreams(&self) -> Vec<Upstream> {
        let faces = roles::faces().into_iter().filter_map(|face| {
            let router = match face.role {
                Role::Gateway => return None,
                Role::Hub => &self.hub,
                Role::Order => &self.order,
                Role::Tracking => &self.tracking,
                Role::Settlement => &self.settlement,
            };
            let (access, most) = (face.access, face.body_bytes_max);
            let upstream = Upstream::in_process(face.prefixes, router.clone(), access, most);
            Some(upstream.described_by((face.openapi)()))
        });
        faces.collect()
    }
}

/// Lets old events go, from time to time.
async fn retain(relay: Database, stop: CancellationToken) {
    let log = PostgresLog::new(relay);
    let mut ticks = tokio::time::interval(RETAIN_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = caravan_event_log::retain(&log, EVENTS_KEPT).await {
            tracing::warn!(
                error = caravan_fault::error_chain(&error),
                "Old events could not be deleted."
            );
        }
    }
}
