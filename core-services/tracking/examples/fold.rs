//! Measures the service on a private cluster with fsync on: `cargo run --release -p caravan-tracking --example fold -- [milestones]`.
//!
//! Four writers append milestones of 20,000 shipments in batches of 500 while one service folds them; the clock stops when the
//! last one is in its timeline. The figure depends on the disk under the temporary folder.
#![allow(clippy::print_stdout, reason = "the output of a measurement")]

use std::sync::Arc;
use std::time::Instant;

use caravan_cluster::{Cluster, Config};
use caravan_event_log::{PostgresLog, append};
use caravan_events::Envelope;
use caravan_model::{
    Classifier, ConnectionId, Direction, DocumentHash, Milestone, Moment, Place, RawCode, Record,
    Reference, Scope, Span, Status, TenantId, ZoneSource,
};
use caravan_tenancy::{Database, TenantTx, migrate};
use caravan_tracking::{SCHEMA, Service};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BATCH: i64 = 500;
const WRITERS: i64 = 4;
const SHIPMENTS: i64 = 20_000;
const TENANT: TenantId = TenantId(Uuid::from_u128(1));

/// The `number`th milestone: each shipment's happenings follow one another, about one in ten comes late.
fn event(number: i64) -> Result<Envelope, Failure> {
    let statuses = [Status::PickedUp, Status::Departed, Status::Arrived, Status::OutForDelivery];
    let status = statuses.get(usize::try_from(number % 4)?).copied().unwrap_or(Status::Delivered);
    let shipment = number % SHIPMENTS;
    let late = if number % 10 == 0 { 60_000_000 } else { 0 };
    let milestone = Milestone {
        key: None,
        status,
        reason: None,
        classifier: Classifier::Actual,
        leg: None,
        direction: Direction::Forward,
        scope: Scope::SHIPMENT,
        at: Moment { instant_ms: number * 1_000 - late, offset_min: -240, zone: ZoneSource::Place },
        place: Some(Place {
            name: Some("ATLANTA".into()),
            region: Some("GA".into()),
            country: Some("US".into()),
            ..Place::default()
        }),
        references: vec![
            Reference::new("pro", format!("PRO{shipment}")),
            Reference::new("bol", format!("BOL{shipment}")),
        ],
        raw: RawCode { list: "x12/1650".into(), code: "X6".into(), text: Some("En route".into()) },
        raw_reason: Some(RawCode { list: "x12/1651".into(), code: "NS".into(), text: None }),
        source: Span { document: 0, start: 10, end: 99 },
        attributes: vec![("trailer".into(), "53012".into())],
    };
    let (connection, document) = (ConnectionId(Uuid::from_u128(2)), DocumentHash([3; 32]));
    let record = Record::Milestone(Box::new(milestone));
    Ok(Envelope::of_record(TENANT, connection, document, None, number, &record)?)
}

async fn write(database: Database, from: i64, to: i64) -> Result<(), Failure> {
    for start in (from..to).step_by(usize::try_from(BATCH)?) {
        let events = (start..to.min(start + BATCH)).map(event).collect::<Result<Vec<_>, _>>()?;
        let mut tx = TenantTx::begin(&database, TENANT).await?;
        append(&mut tx, &events).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn facts(database: &Database) -> Result<i64, Failure> {
    let mut tx = TenantTx::begin(database, TENANT).await?;
    let sum = "SELECT COALESCE(sum(facts), 0) FROM shipments";
    Ok(sqlx::query_scalar(sum).fetch_one(tx.conn()).await?)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let total: i64 = std::env::args().nth(1).map_or(Ok(200_000), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("caravan-tracking-rate-{}", std::process::id()));
    let cluster = Cluster::start(Config::new(&folder)).await?;
    let owner = cluster.ensure_database("rate").await?;
    migrate(&owner, &[caravan_event_log::SCHEMA, caravan_audit::SCHEMA, SCHEMA]).await?;
    let database = Database::connect(&cluster.url("rate", SCHEMA.login_role), 10).await?;
    let reader = Database::connect(&cluster.url("rate", "caravan_relay"), 3).await?;

    let shutdown = CancellationToken::new();
    let service = Service::new(Arc::new(PostgresLog::new(reader)), database.clone());
    let running = tokio::spawn(service.run(shutdown.clone()));
    let began = Instant::now();
    let share = total / WRITERS;
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| tokio::spawn(write(database.clone(), n * share, (n + 1) * share)))
        .collect();
    for writer in writers {
        writer.await??;
    }
    let rate = |events: i64, began: Instant| {
        u128::from(events.unsigned_abs()) * 1_000_000 / began.elapsed().as_micros().max(1)
    };
    println!(
        "append   writers={WRITERS} milestones={} per_s={}",
        share * WRITERS,
        rate(share * WRITERS, began)
    );
    let mut tick = tokio::time::interval(core::time::Duration::from_millis(100));
    while facts(&database).await? < share * WRITERS {
        tick.tick().await;
    }
    println!(
        "timeline shipments={SHIPMENTS} milestones={} per_s={}",
        share * WRITERS,
        rate(share * WRITERS, began)
    );
    shutdown.cancel();
    running.await?;
    cluster.stop().await?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
