//! The gateway before a service in another process, against haproxy before the same one; wrk asks both in the same way.
//!
//! Both know a caller by its key and hold it to a rate, and both keep their connections to the service open. The gateway does what it
//! always does (the whole stack of `gateway/src/stack.rs`, identity over its database, HTTP/2 with a signed context to the service);
//! only its limits are out of reach. haproxy looks the key up in a file and counts it in a table. Service, load and proxy share the
//! machine, so beside requests per second stands what one processor second of the proxy carries.

mod haproxy;
mod load;
mod upstream;

use core::num::NonZeroU32;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use caravan_cluster::{Cluster, Config};
use caravan_gateway::{
    Access, Gateway, Health, Holder, Identify, Presented, Unavailable, Upstream,
};
use caravan_identity::{Identity, Vault};
use caravan_model::TenantId;
use caravan_telemetry::Metrics;
use caravan_tenancy::{Database, migrate};
use caravan_web::context::Signer;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::report::{Target, head, line, note};
use crate::{Failure, measure, process};
use haproxy::Haproxy;
use load::Load;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const SCOPE: &str = "shipments:read";
/// Requests a second that no caller makes: what is measured is what the limits cost.
const UNREACHED: u32 = 100_000_000;
/// Threads of either proxy.
const THREADS: usize = 2;
/// Rounds, in each of which either is asked once; the best of each counts.
const ROUNDS: usize = 3;

pub(crate) fn run() -> Result<(), Failure> {
    head("proxy: the gateway with auth and limits against haproxy, before the same service");
    let folder = process::folder()?;
    let upstream = upstream::start()?;
    // The gateway's threads are told from all others by their name.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name(GATEWAY_THREADS)
        .enable_all()
        .build()?;
    let stop = CancellationToken::new();
    let gateway = runtime.block_on(Running::start(folder.path(), &upstream, &stop))?;
    let key = gateway.key.expose_secret();
    let haproxy = runtime.block_on(Haproxy::start(folder.path(), THREADS, &upstream, key))?;

    let alone = Load::put(&upstream, key)?;
    line("the service alone", alone.per_s, "/s", Target::None);
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = haproxy.cpu()?;
        let load = Load::put(&haproxy.address, key)?;
        peers.push((load, haproxy.cpu()?.saturating_sub(before)));
        let before = measure::cpu_of(GATEWAY_THREADS)?;
        let load = Load::put(&gateway.address, key)?;
        ours.push((load, measure::cpu_of(GATEWAY_THREADS)?.saturating_sub(before)));
    }
    let (ours, ours_cpu) = best(ours)?;
    let (peer, peer_cpu) = best(peers)?;
    for (name, load, cpu) in [("haproxy", &peer, peer_cpu), ("gateway", &ours, ours_cpu)] {
        line(name, load.per_s, "/s", Target::None);
        line(&format!("{name}, 99 %"), load.p99_ms, "ms", Target::None);
        let per_cpu = measure::count(load.requests) / cpu.as_secs_f64();
        line(&format!("{name}, a processor second"), per_cpu, "requests", Target::None);
    }
    line("gateway / haproxy", ours.per_s / peer.per_s, "×", Target::AtLeast(0.5));
    note(&format!("{} of wrk, {THREADS} threads of either proxy, {ROUNDS} rounds", load::SHAPE));
    stop.cancel();
    runtime.block_on(gateway.end())
}

/// The name of the threads that run the gateway.
const GATEWAY_THREADS: &str = "gateway";

/// The round with the most requests a second.
fn best(rounds: Vec<(Load, Duration)>) -> Result<(Load, Duration), Failure> {
    let faster = |a: &(Load, Duration), b: &(Load, Duration)| a.0.per_s.total_cmp(&b.0.per_s);
    Ok(rounds.into_iter().max_by(faster).ok_or("no round was measured")?)
}

/// Keys, as the gateway of an installation asks for them.
struct Guard(Identity);

#[async_trait]
impl Identify for Guard {
    async fn identify(
        &self,
        presented: Presented<'_>,
        from: Option<IpAddr>,
    ) -> Result<Option<Holder>, Unavailable> {
        let found = match presented {
            Presented::ApiKey(key) => self.0.of_key(key).await,
            Presented::Session(token) => self.0.of_session(token).await,
        };
        let found = found.map_err(|error| Unavailable(Box::new(error)))?;
        Ok(found.map(|found| Holder {
            admitted: found.may_come_from(from),
            tenant: found.tenant,
            principal: found.principal,
            scopes: found.scopes,
            session: found.session,
        }))
    }
}

/// The gateway with what it stands on.
struct Running {
    cluster: Cluster,
    serving: tokio::task::JoinHandle<()>,
    address: String,
    key: SecretString,
}

impl Running {
    async fn start(
        folder: &Path,
        upstream: &str,
        stop: &CancellationToken,
    ) -> Result<Self, Failure> {
        let cluster = Cluster::start(Config::new(folder.join("postgres"))).await?;
        let owner = cluster.ensure_database("bench").await?;
        migrate(&owner, &[caravan_audit::SCHEMA, caravan_identity::SCHEMA]).await?;
        let role = caravan_identity::SCHEMA.login_role;
        let database = Database::connect(&cluster.url("bench", role), 4).await?;
        let vault = Arc::new(Vault::of_key(&[9; 32])?);
        let config =
            caravan_identity::Config::new(database, SecretBox::new(Box::new([7; 32])), vault);
        let identity = Identity::new(config)?;
        identity.ensure_tenant(TENANT, "Bench").await?;
        let key = identity.create_key(TENANT, "bench", &[SCOPE], None).await?;

        let access = Access::Key { read: SCOPE, write: SCOPE };
        let service = Upstream::remote(
            &["/v1/shipments"],
            upstream.parse()?,
            Signer::new([5; 32]),
            access,
            1 << 20,
        );
        let mut config = caravan_gateway::Config::new("127.0.0.1:0".parse()?);
        let unreached = NonZeroU32::new(UNREACHED).ok_or("no limit of none")?;
        config.requests_per_s_per_address = unreached;
        config.requests_per_s_per_tenant = unreached;
        config.requests_per_s_per_key.reads = unreached;
        let health = Health { checks: Vec::new(), metrics: Metrics::install()? };
        let services = vec![service.described_by(caravan_tracking::openapi())];
        let gateway = Gateway::bind(config, Arc::new(Guard(identity)), services, health).await?;
        let address = gateway.local_addr().to_string();
        let serving = tokio::spawn(gateway.serve(stop.clone()));
        Ok(Self { cluster, serving, address, key })
    }

    async fn end(self) -> Result<(), Failure> {
        self.serving.await?;
        Ok(self.cluster.stop().await?)
    }
}
