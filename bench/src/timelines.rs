//! Milestones from the outbox by way of a real Kafka into stored timelines, and the same on the Postgres log; fsync on.
//!
//! The milestones lie in the outbox when the clock starts. It stops when the last of them is in its timeline, as the rows of the
//! shipments say.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use caravan_cluster::{Cluster, Config};
use caravan_event_log::kafka::{self, KafkaLog};
use caravan_event_log::{EventLog, PostgresLog, SCHEMA as LOG, append};
use caravan_events::Envelope;
use caravan_model::{
    Classifier, ConnectionId, Direction, DocumentHash, Milestone, Moment, Place, RawCode, Record,
    Reference, Scope, Span, Status, TenantId, ZoneSource,
};
use caravan_tenancy::{Database, TenantTx, migrate};
use caravan_tracking::{SCHEMA, Service};
use caravan_world::Kafka;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::report::{Target, head, line, note};
use crate::{Failure, measure, process};

const MILESTONES: i64 = 200_000;
const SHIPMENTS: i64 = 20_000;
/// Milestones of a transaction that appends.
const BATCH: i64 = 1_000;
const TENANT: TenantId = TenantId(Uuid::from_u128(1));
/// As many connections as a role has.
const CONNECTIONS: u32 = 12;
/// The look adds up a column of every shipment: more often it would be a good part of what it measures.
const LOOK: Duration = Duration::from_millis(500);
const GIVE_UP: Duration = Duration::from_secs(180);

/// Which log carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Postgres,
    Kafka,
}

pub(crate) fn run() -> Result<(), Failure> {
    head("timelines: milestones of the outbox into stored timelines, fsync on");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let postgres = rate(Way::Postgres).await?;
        line("by the Postgres log", postgres, "milestones/s", Target::None);
        let kafka = rate(Way::Kafka).await?;
        line("relayed to Kafka and from there", kafka, "milestones/s", Target::AtLeast(10_000.0));
        let load = measure::load()?;
        note(&format!("{MILESTONES} milestones of {SHIPMENTS} shipments; load afterwards {load}"));
        Ok(())
    })
}

async fn rate(way: Way) -> Result<f64, Failure> {
    let folder = process::folder()?;
    let cluster = Cluster::start(Config::new(folder.path().join("postgres"))).await?;
    let owner = cluster.ensure_database("bench").await?;
    migrate(&owner, &[LOG, caravan_audit::SCHEMA, caravan_web::SCHEMA, SCHEMA]).await?;
    let database = Database::connect(&cluster.url("bench", SCHEMA.login_role), CONNECTIONS).await?;
    let reader = Database::connect(&cluster.url("bench", LOG.login_role), CONNECTIONS).await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let now_ms = i64::try_from(now.as_millis())?;
    for first in (0..MILESTONES).step_by(usize::try_from(BATCH)?) {
        write(&database, first, now_ms).await?;
    }

    let stop = CancellationToken::new();
    let mut running = Vec::new();
    let broker = match way {
        Way::Postgres => None,
        Way::Kafka => Some(Kafka::start().await?),
    };
    let log: Arc<dyn EventLog> = match &broker {
        None => Arc::new(PostgresLog::new(reader)),
        Some(broker) => {
            let config = kafka::Config::new(broker.brokers());
            let log = KafkaLog::connect(config, reader).await?;
            running.push(tokio::spawn(log.relay().run(stop.clone())));
            Arc::new(log)
        }
    };
    let began = Instant::now();
    running.push(tokio::spawn(Service::new(log, database.clone()).run(stop.clone())));
    let mut tick = tokio::time::interval(LOOK);
    while stored(&database).await? < MILESTONES {
        tick.tick().await;
        if began.elapsed() > GIVE_UP {
            return Err(format!("not all were in their timelines after {GIVE_UP:?}").into());
        }
    }
    let rate = measure::count(MILESTONES.unsigned_abs()) / began.elapsed().as_secs_f64();
    stop.cancel();
    for one in running {
        one.await?;
    }
    cluster.stop().await?;
    Ok(rate)
}

/// Facts in timelines.
async fn stored(database: &Database) -> Result<i64, Failure> {
    let mut tx = TenantTx::begin(database, TENANT).await?;
    let sum = "SELECT COALESCE(sum(facts), 0) FROM shipments";
    Ok(sqlx::query_scalar(sum).fetch_one(tx.conn()).await?)
}

async fn write(database: &Database, first: i64, now_ms: i64) -> Result<(), Failure> {
    let events: Result<Vec<_>, _> =
        (first..first + BATCH).map(|number| event(number, now_ms)).collect();
    let events = events?;
    let mut tx = TenantTx::begin(database, TENANT).await?;
    append(&mut tx, &events).await?;
    tx.commit().await?;
    Ok(())
}

/// The `number`th milestone: each shipment's happenings follow one another up to now, about one in ten comes late.
fn event(number: i64, now_ms: i64) -> Result<Envelope, Failure> {
    let statuses = [Status::PickedUp, Status::Departed, Status::Arrived, Status::OutForDelivery];
    let status = statuses.get(usize::try_from(number % 4)?).copied().unwrap_or(Status::Delivered);
    let shipment = number % SHIPMENTS;
    let late_ms = if number % 10 == 0 { 60_000_000 } else { 0 };
    let instant_ms = now_ms - (MILESTONES - number) * 1_000 - late_ms;
    let milestone = Milestone {
        key: None,
        status,
        reason: None,
        classifier: Classifier::Actual,
        leg: None,
        direction: Direction::Forward,
        scope: Scope::SHIPMENT,
        at: Moment { instant_ms, offset_min: -240, zone: ZoneSource::Place },
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
    Ok(Envelope::of_record(TENANT, connection, document, None, now_ms, &record)?)
}
