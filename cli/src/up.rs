//! `caravan up`: everything in one process, started in the order of the walk and stopped in the reverse.

pub(crate) mod banner;
pub(crate) mod demo;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use axum::Router;
use caravan_gateway::Upstream;
use caravan_telemetry::traces::{self, Exporter};
use caravan_telemetry::{Metrics, Traffic};
use url::Url;

use crate::args::{Observing, Up};
use crate::failure::Failure;
use crate::folder::{Folder, Note};
use crate::parts;
use crate::ports::Ports;
use crate::roles::{self, Role, System};
use crate::stop::{Stop, interrupted};
use crate::storage::{Log, Storage};

/// Time for the collector at the end of a process.
const LAST_SPANS_WITHIN: Duration = Duration::from_secs(5);

pub(crate) async fn run(data: &Path, up: &Up) -> Result<ExitCode, Failure> {
    let clock = Instant::now();
    let (metrics, spans) = observe(&up.observing, "caravan")?;
    let ports = Ports::from_base(up.port_base);
    // Before anything is started: a port in use should not cost a start.
    ports.check(!up.no_demo)?;
    let folder = Folder::open(data)?;
    let parts = parts::prepare(&folder)?;
    let storage = Storage::private(&folder).await?;
    let stop = Stop::default();
    stop.consumers.run(metrics.clone().run(stop.consumers.token()));
    let Log { log, kafka } = storage.log(up.kafka.as_deref(), &stop).await?;
    let outside = roles::outside(up.public_url.clone().or_else(|| here(&ports)), !up.no_demo);
    let traffic = Traffic::default();
    let system =
        System { folder: &folder, storage: &storage, log, kafka, traffic, stop: &stop, outside };

    let order = roles::services::order(&system).await?;
    let tracking = roles::services::tracking(&system).await?;
    let settlement = roles::services::settlement(&system).await?;
    let identity = roles::gateway::identity(&system).await?;
    // Last: it waits for its components.
    let hub = roles::hub::start(&system, parts, ports.sftp, !up.no_demo).await?;
    let services = Services { hub: hub.router, order, tracking, settlement };
    // Plain http: everything here is on one machine.
    let door = (ports.gateway, None);
    let mut upstreams = services.upstreams();
    let process = roles::operations::process(&system, roles::operations::ALL, Some(&hub.intake));
    upstreams.push(roles::operations::upstream(&system, process, Vec::new()));
    let gateway = roles::gateway::bind(&system, door, &identity, upstreams, metrics).await?;
    let url = format!("http://{}", gateway.local_addr());
    stop.doors.run(gateway.serve(stop.doors.token()));
    storage.retain(&stop);
    banner::known_host(&folder, hub.sftp_address, &hub.sftp_key)?;
    let mut demo = if up.no_demo {
        None
    } else {
        Some(
            demo::set_up(
                &folder,
                roles::hub::doors(&hub.intake),
                &identity,
                &ports,
                (&url, hub.sftp_address.port()),
            )
            .await?,
        )
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
    if let Some(demo) = &mut demo {
        demo.fall_silent();
    }
    stop.in_order().await;
    send_last(spans).await;
    drop(demo);
    folder.remove_note();
    storage.stop().await?;
    drop(hub.sandbox);
    eprintln!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Where a browser of this machine reaches the gateway; none when its port is yet to be found.
fn here(ports: &Ports) -> Option<Url> {
    let port = Some(ports.gateway.port()).filter(|port| *port != 0)?;
    Url::parse(&format!("http://localhost:{port}")).ok()
}

/// Sets up logs, metrics and, where a collector is named, spans of a process that is called `service`.
pub(crate) fn observe(
    observing: &Observing,
    service: &str,
) -> Result<(Metrics, Option<Exporter>), Failure> {
    caravan_telemetry::logs(&caravan_telemetry::Config {
        json: observing.log_json,
        filter: observing.log.clone(),
    })
    .map_err(|error| Failure::of("logs cannot be set up", &error))?;
    let metrics =
        Metrics::install().map_err(|error| Failure::of("metrics cannot be set up", &error))?;
    let Some(collector) = observing.otlp_endpoint.clone() else { return Ok((metrics, None)) };
    let service = observing.otlp_service.clone().unwrap_or_else(|| service.to_owned());
    let (tracer, exporter) = traces::Config { collector, ratio: observing.otlp_ratio, service }
        .start()
        .map_err(|error| Failure::of("spans cannot be set up", &error))?;
    tracer.install();
    Ok((metrics, Some(exporter)))
}

/// Sends the spans that are left, once nothing makes any more.
pub(crate) async fn send_last(spans: Option<Exporter>) {
    let Some(spans) = spans else { return };
    let left = spans.end(LAST_SPANS_WITHIN).await;
    if left > 0 {
        tracing::warn!(spans = left, "The collector did not take the last spans.");
    }
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
                Role::Gateway | Role::Demo => return None,
                Role::Hub => &self.hub,
                Role::Order => &self.order,
                Role::Tracking => &self.tracking,
                Role::Settlement => &self.settlement,
            };
            let (access, most) = (face.access, face.body_bytes_max);
            let upstream = Upstream::in_process(face.prefixes, router.clone(), access, most);
            Some(upstream.of_role(face.role.name()).described_by((face.openapi)()))
        });
        faces.collect()
    }
}
