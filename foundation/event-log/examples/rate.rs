//! Measures the log on a private cluster with fsync on: `cargo run --release -p caravan-event-log --example rate -- [events]`.
//!
//! Appends in batches of 500 from 1, 4 and 8 writers, then consumes everything with one group whose effect is one inserted row an
//! event. Prints one line a measurement. The figure depends on the disk under the temporary folder.
#![allow(clippy::print_stdout, reason = "the output of a measurement")]

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use caravan_cluster::{Cluster, Config};
use caravan_event_log::{
    Consumer, Handler, HandlerError, PostgresLog, SCHEMA, Stored, append, conformance,
};
use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, RecordId, TenantId};
use caravan_tenancy::{Database, SystemTx, TenantTx, migrate};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BATCH: u64 = 500;

/// About what a milestone weighs.
fn event(number: u64) -> Envelope {
    Envelope {
        id: RecordId(Uuid::new_v4()),
        tenant: TenantId(Uuid::from_u128(1)),
        connection: ConnectionId(Uuid::from_u128(2)),
        document: DocumentHash([3; 32]),
        kind: Kind::MILESTONE_RECORDED,
        key: format!("PRO{}", number.wrapping_mul(0x9e37_79b9) % 10_000),
        time_ms: 0,
        trace: None,
        data: format!("{{\"number\":{number},\"rest\":\"{}\"}}", "x".repeat(600)),
    }
}

async fn write(database: Database, batches: u64) -> Result<(), Failure> {
    for batch in 0..batches {
        let events: Vec<Envelope> = (0..BATCH).map(|n| event(batch * BATCH + n)).collect();
        let mut tx = TenantTx::begin(&database, TenantId(Uuid::from_u128(1))).await?;
        append(&mut tx, &events).await?;
        tx.commit().await?;
    }
    Ok(())
}

struct Insert(watch::Sender<usize>);

#[async_trait]
impl Handler for Insert {
    async fn handle(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        let (ids, keys): (Vec<Uuid>, Vec<String>) =
            batch.iter().map(|e| (e.envelope.id.0, e.envelope.key.clone())).unzip();
        sqlx::query(
            "INSERT INTO effects (group_name, member, event_id, key, number, partition)
             SELECT 'rate', 'one', *, 0, 0 FROM unnest($1::uuid[], $2::text[])",
        )
        .bind(ids)
        .bind(keys)
        .execute(tx.conn())
        .await?;
        self.0.send_modify(|seen| *seen += batch.len());
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let total: u64 = std::env::args().nth(1).map_or(Ok(200_000), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("caravan-rate-{}", std::process::id()));
    let cluster = Cluster::start(Config::new(&folder)).await?;
    let owner = cluster.ensure_database("rate").await?;
    migrate(&owner, &[SCHEMA, conformance::SCHEMA]).await?;
    let database = Database::connect(&cluster.url("rate", "caravan_conformance"), 10).await?;
    let reader = Database::connect(&cluster.url("rate", "caravan_relay"), 3).await?;

    let mut appended = 0;
    for writers in [1_u64, 4, 8] {
        let batches = total / BATCH / writers;
        let began = Instant::now();
        let tasks: Vec<_> =
            (0..writers).map(|_| tokio::spawn(write(database.clone(), batches))).collect();
        for task in tasks {
            task.await??;
        }
        let events = batches * BATCH * writers;
        appended += events;
        let rate = u128::from(events) * 1_000_000 / began.elapsed().as_micros();
        println!("append   writers={writers} batch={BATCH} events={events} events_per_s={rate}");
    }

    let (seen, mut watching) = watch::channel(0_usize);
    let log = Arc::new(PostgresLog::new(reader));
    let shutdown = CancellationToken::new();
    let topics = vec![Kind::MILESTONE_RECORDED];
    let consumer = Consumer::new(log, database, "rate", topics, Arc::new(Insert(seen)));
    let began = Instant::now();
    let running = tokio::spawn(consumer.run(shutdown.clone()));
    let all = usize::try_from(appended)?;
    watching.wait_for(|seen| *seen >= all).await?;
    let rate = u128::from(appended) * 1_000_000 / began.elapsed().as_micros();
    println!("consume  members=1 effect=row events={appended} events_per_s={rate}");
    shutdown.cancel();
    running.await?;
    cluster.stop().await?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
