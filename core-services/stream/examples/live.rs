//! Measures live streams on a private cluster with fsync on: `cargo run --release -p caravan-stream --example live -- [streams]`.
//!
//! That many HTTP connections follow one tenant (2,000 unless said, all in this process, so their clients' memory counts too);
//! then one event a second is appended, and each stream's time from before the append to the frame is taken.
#![allow(clippy::print_stdout, reason = "the output of a measurement")]

use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use caravan_cluster::{Cluster, Config};
use caravan_event_log::{PostgresLog, append};
use caravan_events::{Envelope, Kind};
use caravan_model::{TenantId, TraceId};
use caravan_stream::{Feed, router};
use caravan_tenancy::{Caller, Database, Schema, TenantTx, migrate};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("tests/it/migrations");
/// A service that only appends.
const WRITER: Schema =
    Schema { name: "streamed", migrator: &MIGRATOR, login_role: "caravan_streamed" };
const EVENTS: usize = 10;
const TENANT: TenantId = TenantId(Uuid::from_u128(1));

/// Resident memory of this process, in KiB.
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|text| text.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Follows the stream and tells when it is ready and when each event came.
async fn follow(address: std::net::SocketAddr, told: mpsc::Sender<Instant>) -> Result<(), Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n").await?;
    let mut lines = BufReader::with_capacity(2_048, stream).lines();
    while let Some(line) = lines.next_line().await? {
        if line.starts_with("event: ") {
            told.send(Instant::now()).await?;
        }
    }
    Ok(())
}

async fn place(database: &Database, number: usize) -> Result<Instant, Failure> {
    let key = format!("ORDER{number}");
    let event = Envelope::of_service(
        TENANT,
        Kind::ORDER_PLACED,
        key.clone(),
        &key,
        1,
        None,
        format!("{{\"number\":\"{key}\",\"notes\":\"{}\"}}", "x".repeat(500)),
    );
    let mut tx = TenantTx::begin(database, TENANT).await?;
    let clock = Instant::now();
    append(&mut tx, &[event]).await?;
    tx.commit().await?;
    Ok(clock)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let streams: usize = std::env::args().nth(1).map_or(Ok(2_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let cluster = Cluster::start(Config::new(folder.path())).await?;
    let owner = cluster.ensure_database("live").await?;
    migrate(&owner, &[caravan_event_log::SCHEMA, WRITER]).await?;
    let database = Database::connect(&cluster.url("live", WRITER.login_role), 4).await?;
    let reader = Database::connect(&cluster.url("live", "caravan_relay"), 4).await?;
    let feed = Feed::new(Arc::new(PostgresLog::new(reader)), caravan_stream::Config::default());
    let shutdown = CancellationToken::new();
    tokio::spawn(feed.clone().run(shutdown.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let caller = Caller {
        tenant: TENANT,
        principal: "bench".into(),
        scopes: vec!["events:read".into()],
        trace: TraceId([1; 16]),
    };
    let service = router(feed).layer(Extension(caller));
    tokio::spawn(async move { axum::serve(listener, service).await });

    let before = resident_kib();
    let clock = Instant::now();
    let (told, mut heard) = mpsc::channel(streams);
    for _ in 0..streams {
        tokio::spawn(follow(address, told.clone()));
    }
    for _ in 0..streams {
        heard.recv().await.ok_or("a stream was not ready")?;
    }
    println!("{streams} streams ready in {:.2?}", clock.elapsed());
    let each = resident_kib().saturating_sub(before).checked_div(streams).unwrap_or_default();
    println!("{each} KiB a stream, its client included");

    let mut times: Vec<Duration> = Vec::new();
    for number in 0..EVENTS {
        let clock = place(&database, number).await?;
        for _ in 0..streams {
            let at = heard.recv().await.ok_or("a stream ended")?;
            times.push(at.saturating_duration_since(clock));
        }
        tokio::time::sleep(Duration::from_secs(1).saturating_sub(clock.elapsed())).await;
    }
    times.sort_unstable();
    let at = |share: usize| {
        let place = times.len().saturating_mul(share) / 100;
        times.get(place.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    println!("append to frame: p50 {:.1?}, p95 {:.1?}, slowest {:.1?}", at(50), at(95), at(100));
    shutdown.cancel();
    cluster.stop().await?;
    Ok(())
}
