//! The log on a real Kafka: through the outbox, the relay and a consumer group, against Kafka's own tools on the same broker.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use caravan_cluster::{Cluster, Config};
use caravan_event_log::kafka::{self, KafkaLog};
use caravan_event_log::{Consumer, Handler, HandlerError, SCHEMA, Stored, append, conformance};
use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, RecordId, TenantId, TraceId};
use caravan_tenancy::{Database, SystemTx, TenantTx, migrate};
use caravan_world::Kafka;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::report::{Target, head, line, note};
use crate::{Failure, measure};

const EVENTS: usize = 300_000;
const BATCH: usize = 1_000;
const KEYS: usize = 10_000;
/// The last of them are published one by one, for the latency.
const SINGLE: usize = 200;
const GIVE_UP: Duration = Duration::from_secs(180);
/// How long an installation has stood before its first event.
const STOOD: Duration = Duration::from_secs(3);

pub(crate) fn run() -> Result<(), Failure> {
    head("Kafka: outbox → relay → topic → consumer group, against Kafka's own tools");
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure_all())
}

async fn measure_all() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let broker = Kafka::start().await?;
    let cluster = Cluster::start(Config::new(folder.path().join("postgres"))).await?;
    first(&broker, &cluster).await?;
    let (service, reader) = database(&cluster, "bench").await?;
    let config = kafka::Config::new(broker.brokers()).topic("bench.caravan");
    let log = KafkaLog::connect(config, reader).await?;

    let began = Instant::now();
    for first in (0..EVENTS).step_by(BATCH) {
        write(&service, first, BATCH).await?;
    }
    line("appended, one writer, 1,000 a transaction", rate(EVENTS, began), "/s", Target::None);

    let stop = CancellationToken::new();
    let (seen, mut watching) = watch::channel(0_usize);
    let both = {
        let began = Instant::now();
        let relay = tokio::spawn(log.relay().run(stop.clone()));
        let counting = consumer(&log, &service, "with the relay", Count(seen));
        let consumer = tokio::spawn(counting.run(stop.clone()));
        reach(&mut watching, EVENTS).await?;
        let both = rate(EVENTS, began);
        line("relayed and consumed at once", both, "/s", Target::AtLeast(50_000.0));
        latency(&service, &mut watching).await?;
        stop.cancel();
        relay.await?;
        consumer.await?;
        both
    };

    let (seen, mut watching) = watch::channel(0_usize);
    let stop = CancellationToken::new();
    let began = Instant::now();
    let counting = consumer(&log, &service, "alone", Count(seen));
    let alone = tokio::spawn(counting.run(stop.clone()));
    reach(&mut watching, EVENTS).await?;
    line("consumed again by another group", rate(EVENTS, began), "/s", Target::None);
    stop.cancel();
    alone.await?;

    let produced = tools(&broker, folder.path()).await?;
    line("relayed and consumed / its producer alone", both / produced, "×", Target::None);
    note(&format!("{EVENTS} events; load afterwards {}", measure::load()?));
    cluster.stop().await?;
    Ok(())
}

/// An empty outbox, as a service and as the relay see it.
async fn database(cluster: &Cluster, name: &str) -> Result<(Database, Database), Failure> {
    let owner = cluster.ensure_database(name).await?;
    migrate(&owner, &[SCHEMA, conformance::SCHEMA]).await?;
    let service = Database::connect(&cluster.url(name, conformance::SCHEMA.login_role), 8).await?;
    let reader = Database::connect(&cluster.url(name, SCHEMA.login_role), 10).await?;
    Ok((service, reader))
}

/// The first event of an installation that has stood for a moment, and the second.
async fn first(broker: &Kafka, cluster: &Cluster) -> Result<(), Failure> {
    let (service, reader) = database(cluster, "first").await?;
    let config = kafka::Config::new(broker.brokers()).topic("bench.first");
    let log = KafkaLog::connect(config, reader).await?;
    let stop = CancellationToken::new();
    let (seen, mut watching) = watch::channel(0_usize);
    let relay = tokio::spawn(log.relay().run(stop.clone()));
    let consumer = tokio::spawn(consumer(&log, &service, "first", Count(seen)).run(stop.clone()));
    tokio::time::sleep(STOOD).await;
    for (nth, what) in ["first", "second"].iter().enumerate() {
        write(&service, nth, 1).await?;
        let committed = Instant::now();
        reach(&mut watching, nth + 1).await?;
        let millis = committed.elapsed().as_secs_f64() * 1e3;
        let what = format!("commit to effect, the {what} event of a fresh installation");
        line(&what, millis, "ms", Target::None);
    }
    stop.cancel();
    relay.await?;
    consumer.await?;
    Ok(())
}

/// About what a milestone weighs.
fn event(number: usize) -> Result<Envelope, Failure> {
    let wide = u128::try_from(number)?;
    Ok(Envelope {
        id: RecordId(uuid::Uuid::from_u128(wide)),
        tenant: TenantId(uuid::Uuid::from_u128(1)),
        connection: ConnectionId(uuid::Uuid::from_u128(2)),
        document: DocumentHash([3; 32]),
        kind: Kind::MILESTONE_RECORDED,
        key: format!("PRO{}", number % KEYS),
        time_ms: 1_599_752_100_123,
        trace: Some(TraceId([5; 16])),
        data: data(number),
    })
}

fn data(number: usize) -> String {
    format!(
        "{{\"status\":\"departed\",\"classifier\":\"actual\",\"at\":\"2026-11-25T10:{:02}:{:02}+05:30\",\"references\":[{{\"kind\":\"pro\",\"value\":\"PRO{}\"}},{{\"kind\":\"bol\",\"value\":\"{number:010}\"}}],\"place\":{{\"country\":\"IN\",\"city\":\"Mumbai\",\"postal_code\":\"400{:03}\",\"name\":\"Terminal {}\"}},\"raw\":{{\"code\":\"AF\",\"text\":\"Carrier departed pick-up location with shipment\"}},\"party\":{{\"role\":\"carrier\",\"name\":\"Example Freight Lines\",\"scac\":\"EXFL\"}},\"source\":{{\"document\":0,\"start\":{number},\"end\":{}}},\"weight\":{{\"value\":\"{}\",\"unit\":\"kg\"}},\"attributes\":{{\"equipment\":\"EXFU{:07}\",\"trip\":\"{}\"}}}}",
        number % 60,
        number % 59,
        number % KEYS,
        number % 999,
        number % 37,
        number.saturating_add(140),
        number % 20_000,
        number % 9_999_999,
        number.wrapping_mul(2_654_435_761) % 1_000_000_007,
    )
}

async fn write(database: &Database, first: usize, count: usize) -> Result<(), Failure> {
    let events: Vec<Envelope> =
        (first..first.saturating_add(count)).map(event).collect::<Result<_, _>>()?;
    let mut tx = TenantTx::begin(database, TenantId(uuid::Uuid::from_u128(1))).await?;
    append(&mut tx, &events).await?;
    tx.commit().await?;
    Ok(())
}

/// An effect that costs nothing: what is measured is the way.
struct Count(watch::Sender<usize>);

#[async_trait]
impl Handler for Count {
    async fn handle(&self, _: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        self.0.send_modify(|seen| *seen = seen.saturating_add(batch.len()));
        Ok(())
    }
}

fn consumer(log: &KafkaLog, database: &Database, group: &str, effect: Count) -> Consumer {
    let kinds = vec![Kind::MILESTONE_RECORDED];
    Consumer::new(Arc::new(log.clone()), database.clone(), group, kinds, Arc::new(effect))
}

async fn reach(watching: &mut watch::Receiver<usize>, wanted: usize) -> Result<(), Failure> {
    let reached = watching.wait_for(|seen| *seen >= wanted);
    tokio::time::timeout(GIVE_UP, reached).await.map_err(|_| "the events did not arrive")??;
    Ok(())
}

/// From the commit of one event to its effect, nothing else under way.
async fn latency(
    database: &Database,
    watching: &mut watch::Receiver<usize>,
) -> Result<(), Failure> {
    let mut times = Vec::with_capacity(SINGLE);
    for number in EVENTS..EVENTS.saturating_add(SINGLE) {
        write(database, number, 1).await?;
        let committed = Instant::now();
        reach(watching, number.saturating_add(1)).await?;
        times.push(committed.elapsed());
    }
    times.sort_unstable();
    for (what, share) in [("median", 500), ("99 %", 990)] {
        let millis = measure::percentile_us(&times, share) / 1e3;
        line(&format!("commit to effect, one event at a time, {what}"), millis, "ms", Target::None);
    }
    Ok(())
}

/// The same values through Kafka's own producer and consumer, over a topic of the same shape.
async fn tools(broker: &Kafka, folder: &Path) -> Result<f64, Failure> {
    let brokers = broker.brokers();
    let values = folder.join("values");
    let lines: Vec<String> = (0..KEYS).map(data).collect();
    std::fs::write(&values, lines.join("\n"))?;
    let (values, events) = (values.display().to_string(), EVENTS.to_string());
    let topic = ["--topic", "bench.tools"];
    let server = ["--bootstrap-server", brokers.as_str()];
    let make = [&server[..], &topic, &["--create", "--partitions", "16"]].concat();
    broker.tool("org.apache.kafka.tools.TopicCommand", &make).await?;
    let bootstrap = format!("bootstrap.servers={brokers}");
    let produce = [
        &topic[..],
        &["--num-records", &events, "--throughput", "-1", "--payload-file", &values],
        &["--producer-props", &bootstrap, "acks=all", "enable.idempotence=true"],
        &["compression.type=lz4", "linger.ms=2"],
    ]
    .concat();
    let said = broker.tool("org.apache.kafka.tools.ProducerPerformance", &produce).await?;
    let produced = number_before(&said, " records/sec").ok_or("the producer gave no rate")?;
    line("Kafka's producer tool, same values, acks=all, lz4", produced, "/s", Target::None);

    let consume = [&server[..], &topic, &["--num-records", &events]].concat();
    let said = broker.tool("org.apache.kafka.tools.ConsumerPerformance", &consume).await?;
    // The columns: start, end, MB, MB/s, records, records/s, …
    let row = said.lines().rfind(|line| line.contains(", ")).ok_or("the consumer said nothing")?;
    let consumed = row.split(", ").nth(5).and_then(|text| text.trim().parse().ok());
    let consumed = consumed.ok_or("the consumer gave no rate")?;
    line("Kafka's consumer tool", consumed, "/s", Target::None);
    Ok(produced)
}

/// The last number that stands right before `unit`.
fn number_before(text: &str, unit: &str) -> Option<f64> {
    let (before, _) = text.rsplit_once(unit)?;
    before.rsplit([' ', '\n']).next()?.parse().ok()
}

fn rate(events: usize, since: Instant) -> f64 {
    measure::count(u64::try_from(events).unwrap_or(u64::MAX)) / since.elapsed().as_secs_f64()
}
