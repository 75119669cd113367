//! `caravan serve --role …`: one role in a process of its own, for one deployment each.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr as _;

use axum::Router;
use axum::http::uri::Authority;
use axum::middleware::from_fn_with_state;
use caravan_gateway::Upstream;
use caravan_telemetry::Metrics;
use caravan_web::context::{Signer, restore};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::args::Serve;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::roles::{self, Role, System};
use crate::stop::{Stop, interrupted};
use crate::storage::Storage;
use crate::{ports, up};

/// File of the key by which gateway and services know each other; every role's data folder holds the same one.
const CONTEXT_KEY: &str = "context_key";

pub(crate) async fn run(data: &Path, serve: &Serve) -> Result<ExitCode, Failure> {
    let metrics = up::observe(&serve.observing)?;
    let folder = Folder::open(data)?;
    let signer = Signer::new(folder.secret(CONTEXT_KEY)?);
    let storage = Storage::given(&serve.database_url, serve.database_owner_url.as_deref()).await?;
    let stop = Stop::default();
    let log = storage.log(serve.kafka.as_deref(), &stop).await?;
    let system = System { folder: &folder, storage: &storage, log, stop: &stop };
    let address = match serve.role {
        Role::Gateway => gateway(&system, serve, &signer, metrics).await?,
        Role::Hub => {
            let hub = roles::hub::start(&system, serve.sftp, serve.allow_test_nets).await?;
            println!("sftp        {}", hub.sftp_address);
            listen(&system, serve.listen, hub.router, signer, metrics).await?
        }
        Role::Order => {
            let router = roles::services::order(&system).await?;
            listen(&system, serve.listen, router, signer, metrics).await?
        }
        Role::Tracking => {
            let router = roles::services::tracking(&system).await?;
            listen(&system, serve.listen, router, signer, metrics).await?
        }
        Role::Settlement => {
            let router = roles::services::settlement(&system).await?;
            listen(&system, serve.listen, router, signer, metrics).await?
        }
    };
    println!("listening   {address}");
    println!("ready");
    interrupted().await;
    eprintln!("stopping");
    stop.in_order().await;
    storage.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// The gateway before services that listen elsewhere.
async fn gateway(
    system: &System<'_>,
    serve: &Serve,
    signer: &Signer,
    metrics: Metrics,
) -> Result<SocketAddr, Failure> {
    let identity = roles::gateway::identity(system).await?;
    let mut upstreams = Vec::new();
    for face in roles::faces() {
        let authority = authority_of(face.role, &serve.upstreams)?;
        let (access, most) = (face.access, face.body_bytes_max);
        upstreams.push(
            Upstream::remote(face.prefixes, authority, signer.clone(), access, most)
                .described_by((face.openapi)()),
        );
    }
    let gateway = roles::gateway::bind(system, serve.listen, &identity, upstreams, metrics).await?;
    let address = gateway.local_addr();
    let doors = &system.stop.doors;
    doors.run(gateway.serve(doors.token()));
    Ok(address)
}

/// Where a role listens, of texts such as `order=10.0.0.7:8701`.
fn authority_of(role: Role, upstreams: &[String]) -> Result<Authority, Failure> {
    let name = clap::ValueEnum::to_possible_value(&role);
    let name = name.as_ref().map(clap::builder::PossibleValue::get_name).unwrap_or_default();
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
    let router =
        router.layer(from_fn_with_state(signer, restore)).merge(caravan_gateway::probes(health));
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
