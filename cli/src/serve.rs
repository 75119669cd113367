//! `caravan serve --role …`: one role in a process of its own, for one deployment each.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr as _;

use axum::Router;
use axum::http::uri::Authority;
use axum::middleware::{from_fn, from_fn_with_state};
use caravan_gateway::{Remote, Tls, Upstream, traced};
use caravan_operations::Process;
use caravan_telemetry::{Metrics, Traffic};
use caravan_web::context::{Signer, restore};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::args::Serve;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::parts;
use crate::ports;
use crate::roles::{self, Role, System};
use crate::stop::{Stop, interrupted};
use crate::storage::{Log, Storage};
use crate::up::{self, banner};

/// File of the key by which gateway and services know each other; every role's data folder holds the same one.
const CONTEXT_KEY: &str = "context_key";

pub(crate) async fn run(data: &Path, serve: &Serve) -> Result<ExitCode, Failure> {
    let name = format!("caravan-{}", serve.role.name());
    let (metrics, spans) = up::observe(&serve.observing, &name)?;
    let folder = Folder::open(data)?;
    let signer = Signer::new(folder.secret(CONTEXT_KEY)?);
    let signer = match folder.other_secret(CONTEXT_KEY)? {
        Some(other) => signer.also_believing(other),
        None => signer,
    };
    let storage = Storage::given(&serve.database_url, serve.database_owner_url.as_deref()).await?;
    let stop = Stop::default();
    stop.consumers.run(metrics.clone().run(stop.consumers.token()));
    let Log { log, kafka } = storage.log(serve.kafka.as_deref(), &stop).await?;
    let outside = roles::outside(serve.public_url.clone(), serve.allow_test_nets);
    let traffic = Traffic::default();
    let system =
        System { folder: &folder, storage: &storage, log, kafka, traffic, stop: &stop, outside };
    // Both live as long as the process: guests of the hub, simulators of the demo.
    let (mut sandbox, mut demo, mut intake) = (None, None, None);
    let router = match serve.role {
        Role::Gateway => None,
        Role::Demo => {
            demo = Some(roles::demo::start(&system, serve).await?);
            None
        }
        Role::Hub => {
            let parts = parts::prepare(&folder)?;
            let hub = roles::hub::start(&system, parts, serve.sftp, serve.allow_test_nets).await?;
            storage.retain(&stop);
            banner::known_host(&folder, hub.sftp_address, &hub.sftp_key)?;
            println!("sftp        {}", hub.sftp_address);
            sandbox = Some(hub.sandbox);
            intake = Some(hub.intake);
            Some(hub.router)
        }
        Role::Order => Some(roles::services::order(&system).await?),
        Role::Tracking => Some(roles::services::tracking(&system).await?),
        Role::Settlement => Some(roles::services::settlement(&system).await?),
    };
    let process = roles::operations::process(&system, &[serve.role], intake.as_ref());
    let address = match (router, serve.role) {
        (Some(router), _) => {
            let router = router.merge(process.router());
            Some(listen(&system, serve.listen, router, signer, metrics).await?)
        }
        (None, Role::Gateway) => Some(gateway(&system, serve, (&signer, process), metrics).await?),
        (None, _) => None,
    };
    if let Some(address) = address {
        println!("listening   {address}");
        println!("ready");
    }
    interrupted().await;
    eprintln!("stopping");
    stop.in_order().await;
    up::send_last(spans).await;
    if demo.take().is_some() {
        folder.remove_note();
    }
    storage.stop().await?;
    drop(sandbox);
    Ok(ExitCode::SUCCESS)
}

/// The gateway before services that listen elsewhere.
async fn gateway(
    system: &System<'_>,
    serve: &Serve,
    (signer, process): (&Signer, Process),
    metrics: Metrics,
) -> Result<SocketAddr, Failure> {
    let identity = roles::gateway::identity(system).await?;
    let mut upstreams = Vec::new();
    let mut apart: Vec<(Role, Remote)> = Vec::new();
    for face in roles::faces() {
        let authority = authority_of(face.role, &serve.upstreams)?;
        let (access, most) = (face.access, face.body_bytes_max);
        if apart.iter().all(|(role, _)| *role != face.role) {
            apart.push((face.role, Remote::new(authority.clone(), signer.clone())));
        }
        upstreams.push(
            Upstream::remote(face.prefixes, authority, signer.clone(), access, most)
                .of_role(face.role.name())
                .described_by((face.openapi)()),
        );
    }
    upstreams.push(roles::operations::upstream(system, process, apart));
    let files = serve.tls_cert.clone().zip(serve.tls_key.clone());
    let door = (serve.listen, files.map(|(certificate, key)| Tls::new(certificate, key)));
    let gateway = roles::gateway::bind(system, door, &identity, upstreams, metrics).await?;
    let address = gateway.local_addr();
    let doors = &system.stop.doors;
    doors.run(gateway.serve(doors.token()));
    Ok(address)
}

/// Where a role listens, of texts such as `order=10.0.0.7:8701`.
fn authority_of(role: Role, upstreams: &[String]) -> Result<Authority, Failure> {
    let name = role.name();
    let address = upstreams
        .iter()
        .filter_map(|text| text.split_once('='))
        .find_map(|(role, address)| (role == name).then_some(address));
    let Some(address) = address else {
        return Err(Failure::new(format!(
            "the gateway does not know where the role {name} listens"
        ))
        .hint(format!("add --upstream {name}=HOST:PORT")));
    };
    Authority::from_str(address)
        .map_err(|error| Failure::of(&format!("{address:?} is not HOST:PORT"), &error))
}

/// Serves a role's routes to the gateway: HTTP/2, a signed context with every request; probes and metrics beside them.
async fn listen(
    system: &System<'_>,
    address: SocketAddr,
    router: Router,
    signer: Signer,
    metrics: Metrics,
) -> Result<SocketAddr, Failure> {
    let failed = |error| Failure::of(&format!("cannot listen at {address}"), &error);
    let listener =
        TcpListener::bind(address).await.map_err(|error| ports::in_use(&failed(error)))?;
    let address = listener.local_addr().map_err(failed)?;
    let health = roles::gateway::health(&system.storage.relay, metrics);
    let router = router
        .layer(from_fn(traced))
        // Around it: what did not come through the gateway begins nothing here.
        .layer(from_fn_with_state(signer, restore))
        .merge(caravan_gateway::probes(health));
    let doors = &system.stop.doors;
    doors.run(serve_until(listener, router, doors.token()));
    Ok(address)
}

async fn serve_until(listener: TcpListener, router: Router, stop: CancellationToken) {
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = served.await {
        tracing::error!(%error, "The listener ended.");
    }
}
