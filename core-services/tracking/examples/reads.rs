//! Measures the reads of tracking on a private cluster: `cargo run --release -p caravan-tracking --example reads -- [shipments]`.
//!
//! Fills one tenant with shipments (1,000,000 unless said) of 500 cities and 200 carriers, one in two of the last, most of them
//! delivered, one in twenty with an open exception; with one milestone each. Then it asks the service's own router one question
//! after the other, and prints the median and the 95th percentile of each kind; at last it reads timelines at 1,000 requests a
//! second, each at its own time whether or not those before it are answered.
#![allow(clippy::print_stdout, reason = "the output of a measurement")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use caravan_cluster::{Cluster, Config};
use caravan_model::{TenantId, TraceId};
use caravan_tenancy::{Caller, Database, SystemTx, TenantTx, migrate};
use caravan_tracking::{SCHEMA, router};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const CHUNK: i64 = 50_000;
const ROUNDS: i64 = 100;
/// Timelines a second, and for how long.
const PER_S: u64 = 1_000;
const SECONDS: u64 = 15;
const TENANT: TenantId = TenantId(Uuid::from_u128(1));

/// Shipments from $1 to $2, as the consumer would have written them.
const FILL: &str = "
WITH n AS (SELECT n, n * 7919 % 500 AS a, n * 104729 % 500 AS b,
                  CASE WHEN n % 2 = 0 THEN 199 ELSE n * 31 % 199 END AS c,
                  -- What is older is over, save one in a hundred.
                  CASE WHEN n < $3 * 9 / 10 AND n % 100 > 0 THEN 'delivered'
                       ELSE (ARRAY['departed', 'arrived', 'in-transit', 'out-for-delivery', 'exception'])[1 + n % 5] END AS status,
                  1700000000000 + n * 1000 AS at_ms
             FROM generate_series($1::bigint, $2::bigint - 1) AS n),
rows AS (SELECT n.*, md5(n.n::text)::uuid AS id FROM n),
placed AS (
  INSERT INTO shipments (tenant_id, id, reference_kind, reference, status, direction, since_ms, since_offset_min, facts, updated_ms,
                         created_ms, promised_ms, reporter, order_carrier, mode)
  SELECT app_tenant(), id, 'pro', 'PRO' || 1000000 + n, status, 'forward', at_ms, 330, 1, at_ms + 86400000, at_ms,
         at_ms + 86400000 * (1 + n % 9), 'carrier' || c, CASE WHEN n % 3 = 0 THEN 'CAR' || c END, 'ltl'
    FROM rows),
known AS (
  INSERT INTO shipment_references (tenant_id, kind, value, shipment_id, identifies)
  SELECT app_tenant(), kind, value, id, true FROM rows
   CROSS JOIN LATERAL (VALUES ('pro', 'PRO' || 1000000 + n), ('bol', 'B-' || 1000000 + n)) AS r (kind, value)),
told AS (
  INSERT INTO facts (tenant_id, id, shipment_id, fact_key, status, classifier, direction, scope_kind, instant_ms, offset_min, zone,
                     recorded_ms, connection_id, document, data)
  SELECT app_tenant(), md5('f' || n)::uuid, id, md5('k' || n)::uuid, status, 'actual', 'forward', 'shipment', at_ms, 330, 'sent',
         at_ms, '00000000-0000-0000-0000-0000000000cc', decode(repeat('07', 32), 'hex'),
         format('{\"status\":\"%s\",\"classifier\":\"actual\",\"direction\":\"forward\",\"scope\":{\"kind\":\"shipment\"},\"at\":{\"time\":\"2026-11-25T06:00:00+05:30\",\"zone\":\"sent\"},\"place\":{\"name\":\"City%s\",\"country\":\"IN\"},\"references\":[{\"kind\":\"pro\",\"value\":\"PRO%s\"}],\"raw\":{\"list\":\"x12/1650\",\"code\":\"X6\"}}',
                status, a, 1000000 + n)
    FROM rows),
wrong AS (
  INSERT INTO exceptions (tenant_id, id, shipment_id, reference, cause, since_ms, rule, detail, opened_ms)
  SELECT app_tenant(), md5('e' || n)::uuid, id, 'PRO' || n, CASE WHEN n % 1000 = 0 THEN 'damage' ELSE 'delay' END, at_ms, 'rule',
         'in words', at_ms FROM rows WHERE n % 20 = 0)
INSERT INTO shipment_terms (tenant_id, term, shipment_id)
SELECT app_tenant(), term, id FROM rows CROSS JOIN LATERAL (
  SELECT DISTINCT t FROM unnest(ARRAY['pro' || 1000000 + n, 'b' || 1000000 + n, '@city' || a, '@city' || b, '@hub']) AS t
) AS words (term)";

/// Questions by name; `n` makes each a different one.
fn questions(n: i64, shipments: i64) -> Vec<(&'static str, String)> {
    let number = |k: i64| 1_000_000 + (n * 7_919 + k * 104_729) % shipments;
    let many: Vec<String> = (0..500).map(|k| format!("PRO{}", number(k))).collect();
    let (city, carrier) = (n * 17 % 500, n % 199);
    vec![
        ("first page", String::new()),
        ("oldest heard", "sort=heard".to_owned()),
        ("by promise", "sort=promised".to_owned()),
        ("by creation", "sort=-created&limit=200".to_owned()),
        ("one status", "status=exception".to_owned()),
        ("what is open, by promise", "status=departed,arrived,in-transit&sort=promised".to_owned()),
        ("common status, by creation", "status=delivered&sort=-created".to_owned()),
        ("a small carrier", format!("carrier=carrier{carrier}")),
        ("a small carrier, by promise", format!("carrier=car{carrier}&sort=promised")),
        ("half of all is its carrier's", "carrier=carrier199".to_owned()),
        ("… and one status, by promise", "carrier=car199&status=arrived&sort=promised".to_owned()),
        ("500 numbers", format!("numbers={}&limit=200", many.join(","))),
        ("a number", format!("q=PRO{}", number(0))),
        ("the beginning of a number", format!("q=b{}", number(0) / 100)),
        ("a city", format!("q=city{city}")),
        ("a city and a status", format!("q=city{city}&status=in-transit&sort=promised")),
        ("a place that all have", "q=hub".to_owned()),
        ("… and a city", format!("q=hub%20city{city}")),
        ("any exception", "exception=any".to_owned()),
        ("a rare exception", "exception=damage&sort=promised".to_owned()),
        ("an exception and a carrier", format!("exception=delay&carrier=carrier{carrier}")),
        (
            "heard in an hour",
            format!(
                "heard_from=2023-11-{}T01:00:00Z&heard_until=2023-11-{}T02:00:00Z",
                16 + n % 8,
                16 + n % 8
            ),
        ),
        ("the counts", "/counts".to_owned()),
    ]
}

async fn ask(service: &Router, path: &str) -> Result<u64, Failure> {
    let caller = Caller {
        tenant: TENANT,
        principal: "measure".into(),
        scopes: vec!["shipments:read".into()],
        trace: TraceId([1; 16]),
    };
    let request = Request::get(path).extension(caller).body(Body::empty())?;
    let began = Instant::now();
    let response = service.clone().oneshot(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    let took = u64::try_from(began.elapsed().as_micros())?;
    if !status.is_success() {
        return Err(format!("{path}: {status} {}", String::from_utf8_lossy(&body)).into());
    }
    Ok(took)
}

fn at(sorted: &[u64], percent: usize) -> u64 {
    let index = sorted.len().saturating_sub(1).saturating_mul(percent) / 100;
    sorted.get(index).copied().unwrap_or_default()
}

fn print(name: &str, mut micros: Vec<u64>) {
    micros.sort_unstable();
    let (half, most, last) = (at(&micros, 50), at(&micros, 95), at(&micros, 100));
    println!("{name:30} p50_us={half} p95_us={most} max_us={last}");
}

async fn fill(owner: &str, database: &Database, shipments: i64) -> Result<(), Failure> {
    let began = Instant::now();
    for from in (0..shipments).step_by(usize::try_from(CHUNK)?) {
        let mut tx = TenantTx::begin(database, TENANT).await?;
        let to = (from + CHUNK).min(shipments);
        sqlx::query(FILL).bind(from).bind(to).bind(shipments).execute(tx.conn()).await?;
        tx.commit().await?;
    }
    let mut tx = TenantTx::begin(database, TENANT).await?;
    let names = "INSERT INTO carrier_names (tenant_id, party, scac)
                 SELECT app_tenant(), 'carrier' || c, 'car' || c FROM generate_series(0, 199) AS c";
    sqlx::query(names).execute(tx.conn()).await?;
    tx.commit().await?;
    let mut tx = SystemTx::begin(&Database::connect(owner, 1).await?).await?;
    let tables = ["shipments", "shipment_terms", "shipment_references", "facts", "exceptions"];
    for table in tables {
        let statement = format!("ANALYZE tracking.{table}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(tx.conn()).await?;
    }
    tx.commit().await?;
    println!("filled shipments={shipments} seconds={}", began.elapsed().as_secs());
    Ok(())
}

async fn lists(service: &Router, shipments: i64) -> Result<(), Failure> {
    let mut took: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut all = Vec::new();
    for n in 0..ROUNDS {
        for (name, query) in questions(n, shipments) {
            let path = match query.strip_prefix('/') {
                Some(below) => format!("/v1/shipments/{below}"),
                None => format!("/v1/shipments?{query}"),
            };
            let micros = ask(service, &path).await.map_err(|error| format!("{name}: {error}"))?;
            took.entry(name).or_default().push(micros);
            all.push(micros);
        }
    }
    took.into_iter().for_each(|(name, micros)| print(name, micros));
    print("all", all);
    Ok(())
}

/// Each request at its own time; what is late counts from when it was due.
async fn timelines(service: &Router, shipments: i64) -> Result<(), Failure> {
    let gap = Duration::from_micros(1_000_000 / PER_S);
    let (began, mut tick) = (tokio::time::Instant::now(), tokio::time::interval(gap));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let mut running = tokio::task::JoinSet::new();
    for n in 0..PER_S * SECONDS {
        let due = tick.tick().await;
        let number = 1_000_000 + i64::try_from(n)? * 7_919 % shipments;
        let service = service.clone();
        running.spawn(async move {
            ask(&service, &format!("/v1/shipments/PRO{number}/timeline")).await?;
            Ok::<_, Failure>(u64::try_from(due.elapsed().as_micros())?)
        });
    }
    let mut took = Vec::new();
    while let Some(done) = running.join_next().await {
        took.push(done??);
    }
    let per_s = u128::from(PER_S * SECONDS) * 1_000 / began.elapsed().as_millis().max(1);
    println!("timelines answered_per_s={per_s}");
    print("a timeline", took);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let shipments: i64 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("caravan-tracking-list-{}", std::process::id()));
    let cluster = Cluster::start(Config::new(&folder)).await?;
    let owner = cluster.ensure_database("list").await?;
    let schemas = [caravan_event_log::SCHEMA, caravan_audit::SCHEMA, caravan_web::SCHEMA, SCHEMA];
    migrate(&owner, &schemas).await?;
    let database = Database::connect(&cluster.url("list", SCHEMA.login_role), 8).await?;
    fill(&owner, &database, shipments).await?;
    let service = router(database);
    lists(&service, shipments).await?;
    timelines(&service, shipments).await?;
    cluster.stop().await?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
