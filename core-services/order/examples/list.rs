//! Measures the list of orders on a private cluster: `cargo run --release -p caravan-order --example list -- [orders]`.
//!
//! Fills one tenant with orders (1,000,000 unless said) of 500 cities, 200 carriers and all states, most of them closed, asks the
//! service's own router one question after the other, and prints the median and the 95th percentile of each kind of question.
#![allow(clippy::print_stdout, reason = "the output of a measurement")]

use std::time::Instant;

use axum::body::Body;
use axum::http::Request;
use caravan_cluster::{Cluster, Config};
use caravan_model::{TenantId, TraceId};
use caravan_order::{SCHEMA, router};
use caravan_tenancy::{Caller, Database, SystemTx, TenantTx, migrate};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const CHUNK: i64 = 50_000;
const ROUNDS: i64 = 200;
const TENANT: TenantId = TenantId(Uuid::from_u128(1));

/// Orders from $1 to $2 as their own statement would write them.
const FILL: &str = "
WITH n AS (SELECT n, n * 7919 % 500 AS a, n * 104729 % 500 AS b, n * 31 % 200 AS c,
                  CASE WHEN n % 1000 < 900 THEN 'closed' WHEN n % 1000 < 940 THEN 'delivered' WHEN n % 1000 < 970 THEN 'in-transit'
                       WHEN n % 1000 < 985 THEN 'dispatched' WHEN n % 1000 < 998 THEN 'indent' ELSE 'on-hold' END AS state
             FROM generate_series($1::bigint, $2::bigint - 1) AS n),
rows AS (SELECT n.*, format('%s-%s-7000-8000-000000000000', left(h, 8), right(h, 4))::uuid AS id
           FROM n CROSS JOIN LATERAL (SELECT lpad(to_hex(n.n + 1000000), 12, '0') AS h) AS hex),
placed AS (
  INSERT INTO orders (tenant_id, id, number, kind, state, held_from, version, carrier, pickup_ms, content, progress, created_ms, updated_ms)
  SELECT app_tenant(), id, 'SO-' || n, 'order', state, CASE state WHEN 'on-hold' THEN 'indent' END, 1, 'carrier' || c,
         1700000000000 + n * 60000,
         format('{\"number\":\"SO-%s\",\"stops\":[{\"kind\":\"pickup\",\"name\":\"Plant %s\",\"place\":{\"city\":\"City%s\",\"region\":\"R%s\",\"postal_code\":\"4%s\",\"country\":\"IN\"},\"earliest\":\"2026-11-25T06:00:00+05:30\",\"latest\":\"2026-11-25T10:00:00+05:30\"},{\"kind\":\"delivery\",\"name\":\"Depot %s\",\"place\":{\"city\":\"City%s\",\"region\":\"R%s\",\"postal_code\":\"6%s\",\"country\":\"IN\"}}],\"gross_weight\":{\"value\":\"820.000\",\"unit\":\"KGM\"},\"packages\":6}',
                n, a, a, a % 30, lpad(a::text, 5, '0'), b, b, b % 30, lpad(b::text, 5, '0')),
         format('{\"assignment\":{\"carrier\":\"CARRIER%s\",\"by\":\"hand\"}}', c),
         1700000000000 + n, 1700000000000 + n
    FROM rows)
INSERT INTO order_terms (tenant_id, term, order_id)
SELECT app_tenant(), term, id FROM rows CROSS JOIN LATERAL (
  SELECT DISTINCT t FROM unnest(ARRAY['so' || n, n::text, 'carrier' || c, 'plant', 'depot', 'city' || a, 'city' || b,
    '4' || lpad(a::text, 5, '0'), '6' || lpad(b::text, 5, '0'), '<city' || a, '<r' || a % 30, '<in', '>city' || b, '>r' || b % 30, '>in']) AS t
) AS words (term)";

/// Questions by name; `n` makes each a different one.
fn questions(n: i64, orders: i64) -> Vec<(&'static str, String)> {
    let some = n * 7_919 % orders;
    let (city, other, carrier) = (n * 17 % 500, n * 29 % 500, n % 200);
    vec![
        ("first page", String::new()),
        ("one status", "status=indent".to_owned()),
        ("rare status", "status=on-hold".to_owned()),
        ("common status", "status=closed&limit=200".to_owned()),
        ("carrier", format!("carrier=carrier{carrier}")),
        ("carrier and status", format!("carrier=carrier{carrier}&status=in-transit")),
        ("a number", format!("q=SO-{some}")),
        ("the beginning of a number", format!("q={}", some / 10 + 10_000)),
        ("a city", format!("from=city{city}")),
        ("a lane", format!("from=city{city}&to=city{other}")),
        ("a lane and a status", format!("from=city{city}&status=dispatched")),
        ("a name that all have", "q=plant".to_owned()),
        ("a name and a rare status", "q=plant&status=on-hold".to_owned()),
        ("a name and a city", format!("q=depot%20city{city}")),
        ("a day of pickup", format!("pickup_from=2024-0{}-1{}", 1 + n % 9, n % 10)),
    ]
}

async fn ask(database: &Database, query: &str) -> Result<u128, Failure> {
    let caller = Caller {
        tenant: TENANT,
        principal: "measure".into(),
        scopes: vec!["orders:read".into()],
        trace: TraceId([1; 16]),
    };
    let request =
        Request::get(format!("/v1/orders?{query}")).extension(caller).body(Body::empty())?;
    let router = router(database.clone());
    let began = Instant::now();
    let response = router.oneshot(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    let took = began.elapsed().as_micros();
    if !status.is_success() {
        return Err(format!("{query}: {status} {}", String::from_utf8_lossy(&body)).into());
    }
    Ok(took)
}

fn at(sorted: &[u128], percent: usize) -> u128 {
    let index = sorted.len().saturating_sub(1).saturating_mul(percent) / 100;
    sorted.get(index).copied().unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let orders: i64 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("caravan-order-list-{}", std::process::id()));
    let cluster = Cluster::start(Config::new(&folder)).await?;
    let owner = cluster.ensure_database("list").await?;
    let schemas = [caravan_event_log::SCHEMA, caravan_audit::SCHEMA, caravan_web::SCHEMA, SCHEMA];
    migrate(&owner, &schemas).await?;
    let database = Database::connect(&cluster.url("list", SCHEMA.login_role), 4).await?;
    let began = Instant::now();
    for from in (0..orders).step_by(usize::try_from(CHUNK)?) {
        let mut tx = TenantTx::begin(&database, TENANT).await?;
        let to = (from + CHUNK).min(orders);
        sqlx::query(FILL).bind(from).bind(to).execute(tx.conn()).await?;
        tx.commit().await?;
    }
    let mut tx = SystemTx::begin(&Database::connect(&owner, 1).await?).await?;
    sqlx::raw_sql("ANALYZE orders.orders; ANALYZE orders.order_terms").execute(tx.conn()).await?;
    tx.commit().await?;
    println!("filled   orders={orders} seconds={}", began.elapsed().as_secs());
    let mut took: std::collections::BTreeMap<&str, Vec<u128>> = std::collections::BTreeMap::new();
    let mut all = Vec::new();
    for n in 0..ROUNDS {
        for (name, query) in questions(n, orders) {
            let micros =
                ask(&database, &query).await.map_err(|error| format!("{name}: {error}"))?;
            took.entry(name).or_default().push(micros);
            all.push(micros);
        }
    }
    for (name, mut micros) in took {
        micros.sort_unstable();
        println!("{name:28} p50_us={} p95_us={}", at(&micros, 50), at(&micros, 95));
    }
    all.sort_unstable();
    println!(
        "{:28} p50_us={} p95_us={} max_us={}",
        "all",
        at(&all, 50),
        at(&all, 95),
        at(&all, 100)
    );
    cluster.stop().await?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
