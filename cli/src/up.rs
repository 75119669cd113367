//! `caravan up`: everything in one process, started in the order of the walk and stopped in the reverse.

mod banner;
mod demo;
mod hub;
mod ports;
mod storage;

use core::num::NonZeroU32;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use caravan_event_log::{EventLog, PostgresLog};
use caravan_gateway::keys::Keys;
use caravan_gateway::{Access, Check, Gateway, Health, Upstream};
use caravan_hub_intake::Intake;
use caravan_telemetry::Metrics;
use caravan_tenancy::Database;
use secrecy::SecretBox;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::args::Up;
use crate::failure::Failure;
use crate::folder::{Folder, Note};
use ports::Ports;
use storage::Storage;

/// Largest document over HTTP; larger ones go by SFTP.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;
/// Largest body of every other request.
const BODY_BYTES_MAX: u64 = 1 << 20;
/// Events older than this leave the log once every consumer has passed them.
const EVENTS_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
/// How often old events are looked for.
const RETAIN_EVERY: Duration = Duration::from_secs(3600);

pub(crate) async fn run(data: &Path, up: &Up) -> Result<ExitCode, Failure> {
    let clock = Instant::now();
    caravan_telemetry::logs(&caravan_telemetry::Config {
        json: up.log_json,
        filter: up.log.clone(),
    })
    .map_err(|error| Failure::of("logs cannot be set up", &error))?;
    let metrics =
        Metrics::install().map_err(|error| Failure::of("metrics cannot be set up", &error))?;
    let ports = Ports::from_base(up.port_base);
    // Before anything is started: a port in use should not cost a start.
    ports.check(!up.no_demo)?;
    let folder = Folder::open(data)?;
    let storage = Storage::start(&folder).await?;
    let log: Arc<dyn EventLog> = Arc::new(PostgresLog::new(storage.relay.clone()));

    let hub = hub::start(&folder, &storage, Arc::clone(&log), &ports, !up.no_demo).await?;
    let pepper = SecretBox::new(Box::new(folder.secret("api_key_pepper")?));
    let keys = Keys::new(storage.gateway.clone(), pepper);
    let gateway = gateway(&ports, &keys, &hub.intake, &storage, metrics.clone()).await?;
    let url = format!("http://{}", gateway.local_addr());
    let demo = if up.no_demo {
        None
    } else {
        Some(demo::set_up(&folder, &hub.intake, &keys, &ports, &url).await?)
    };

    let stop = Stop::default();
    stop.later(&stop.doors, gateway.serve(stop.doors.token.clone()));
    let sftp_address = hub.sftp.local_addr();
    banner::known_host(&folder, sftp_address, hub.sftp.host_key())?;
    stop.later(&stop.doors, hub.sftp.run(stop.doors.token.clone()));
    stop.later(&stop.workers, hub.worker.run(stop.workers.token.clone()));
    stop.later(&stop.workers, hub.scheduler.run(stop.workers.token.clone()));
    let tracking = caravan_tracking::Service::new(Arc::clone(&log), storage.tracking.clone());
    stop.later(&stop.consumers, tracking.run(stop.consumers.token.clone()));
    stop.later(&stop.consumers, retain(storage.relay.clone(), stop.consumers.token.clone()));

    let note = Note {
        url: url.clone(),
        api_key: demo.as_ref().map(|demo| demo.api_key.clone()),
        sftp_address: sftp_address.to_string(),
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

async fn gateway(
    ports: &Ports,
    keys: &Keys,
    intake: &Intake,
    storage: &Storage,
    metrics: Metrics,
) -> Result<Gateway, Failure> {
    let key = |read, write| Access::Key { read, write };
    let documents = caravan_hub_intake::router(intake.clone());
    let upstreams = vec![
        Upstream::in_process(
            &["/v1/documents", "/v1/connections"],
            documents.clone(),
            key("documents:read", "documents:write"),
            DOCUMENT_BYTES_MAX,
        ),
        Upstream::in_process(
            &["/v1/parties"],
            documents.clone(),
            key("parties:read", "parties:write"),
            BODY_BYTES_MAX,
        ),
        Upstream::in_process(
            &["/v1/events"],
            documents,
            key("events:read", "events:write"),
            BODY_BYTES_MAX,
        ),
        Upstream::in_process(
            &["/v1/shipments"],
            caravan_tracking::router(storage.tracking.clone()),
            key("shipments:read", "shipments:write"),
            BODY_BYTES_MAX,
        ),
        Upstream::in_process(
            &["/hooks"],
            caravan_hub_intake::hook_router(intake.clone()),
            Access::Open,
            BODY_BYTES_MAX,
        ),
    ];
    let health = Health { checks: vec![("database", ping(storage.gateway.clone()))], metrics };
    let mut config = caravan_gateway::Config::new(ports.gateway);
    config.requests_per_s_per_address = NonZeroU32::new(20_000).unwrap_or(NonZeroU32::MIN);
    Gateway::bind(config, keys, upstreams, health)
        .await
        .map_err(|error| ports::in_use(&Failure::of("the gateway cannot start", &error)))
}

fn ping(database: Database) -> Check {
    Arc::new(move || {
        let database = database.clone();
        Box::pin(async move { database.ping().await.map_err(|error| error.to_string()) })
    })
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

/// Ctrl-C or SIGTERM.
async fn interrupted() {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    let terminated = async {
        match terminate {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        result = tokio::signal::ctrl_c() => if let Err(error) = result {
            tracing::error!(%error, "Ctrl-C cannot be waited for.");
        },
        () = terminated => {}
    }
}

/// What runs, in the groups in which it is stopped: first nothing comes in, then what is in hand is finished.
#[derive(Default)]
struct Stop {
    doors: Group,
    workers: Group,
    consumers: Group,
}

#[derive(Default)]
struct Group {
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Stop {
    #[expect(clippy::unused_self, reason = "the groups are its fields")]
    fn later(&self, group: &Group, task: impl Future<Output = ()> + Send + 'static) {
        group.tasks.spawn(task);
    }

    async fn in_order(self) {
        for group in [self.doors, self.workers, self.consumers] {
            group.token.cancel();
            group.tasks.close();
            group.tasks.wait().await;
        }
    }
}
