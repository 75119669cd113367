//! Measures re-rating on a private cluster with fsync on: `cargo run --release -p caravan-settlement --example rerate -- [shipments]`.
//!
//! A contract of 400 lanes with slabs, fuel index and accessorials; orders come through the log as they do in life (first figure),
//! then one job re-rates all of them (second figure). The figures depend on the disk under the temporary folder.
#![allow(clippy::print_stdout, reason = "the output of a measurement")]

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::Request;
use caravan_cluster::{Cluster, Config};
use caravan_event_log::{PostgresLog, append};
use caravan_events::{Envelope, Kind};
use caravan_model::{TenantId, TraceId};
use caravan_settlement::{SCHEMA, Service, router};
use caravan_tenancy::{Caller, Database, TenantTx, migrate};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const BATCH: i64 = 500;
const REGIONS: i64 = 20;

/// Lanes between every two of twenty regions, and one from anywhere to anywhere.
fn terms() -> Value {
    let lane = |n: i64| {
        json!({"line": n + 1, "origin": {"country": "IN", "region": format!("R{}", n / REGIONS)},
               "destination": {"country": "IN", "region": format!("R{}", n % REGIONS)}, "minimum": "450",
               "slabs": [{"up_to": "100", "per": "shipment", "amount": "500"}, {"up_to": "1000", "per": "kg", "amount": "4.75"},
                         {"per": "tonne", "amount": (4_000 + n).to_string()}]})
    };
    json!({
        "carrier": "DEMO", "name": "Road", "currency": "INR", "valid_from": "2026-01-01",
        "lanes": (0..REGIONS * REGIONS).map(lane).collect::<Vec<_>>(),
        "fuel": {"index": "diesel", "steps": [{"at_least": "80", "percent": "2"}, {"at_least": "90", "percent": "5.5"}]},
        "accessorials": [{"line": 1, "code": "detention", "per": "hour", "amount": "350", "free_minutes": 120},
                         {"line": 2, "code": "oda", "per": "shipment", "amount": "750"}],
    })
}

fn order(n: i64) -> Envelope {
    let number = format!("ORD{n}");
    let data = json!({
        "order_id": Uuid::from_u128(n.unsigned_abs().into()), "number": number, "version": 1, "status": "dispatched",
        "carrier": "DEMO", "references": [{"kind": "lr", "value": format!("LR{n}")}],
        "lane": {"origin": {"country": "IN", "region": format!("R{}", n % REGIONS)},
                 "destination": {"country": "IN", "region": format!("R{}", n / REGIONS % REGIONS)}},
        "weight_kg": (20 + n % 5_000).to_string(), "packages": 10, "pickup_date": format!("2026-11-{:02}", 1 + n % 28),
        "accessorials": if n % 3 == 0 { json!([{"code": "oda"}]) } else { json!([]) },
    });
    let kind = Kind::new("caravan.order.changed");
    Envelope::of_service(TENANT, kind, number, &n.to_string(), n, None, data.to_string())
}

async fn ask(
    database: &Database,
    method: &str,
    path: &str,
    body: &Value,
) -> Result<Value, Failure> {
    let caller = Caller {
        tenant: TENANT,
        principal: "user/bench".to_owned(),
        scopes: vec!["*".to_owned()],
        trace: TraceId([1; 16]),
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("if-match", "*")
        .extension(caller)
        .body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) })?;
    let response = router(database.clone()).oneshot(request).await?;
    let status = response.status();
    let bytes = response.into_body().collect().await?.to_bytes();
    if !status.is_success() {
        return Err(format!("{path}: {status} {}", String::from_utf8_lossy(&bytes)).into());
    }
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn count(database: &Database, query: &'static str) -> Result<i64, Failure> {
    let mut tx = TenantTx::begin(database, TENANT).await?;
    Ok(sqlx::query_scalar(query).fetch_one(tx.conn()).await?)
}

/// Waits until `query` counts `expected`, and says how fast that went.
async fn measure(
    database: &Database,
    name: &str,
    query: &'static str,
    expected: i64,
) -> Result<(), Failure> {
    let began = Instant::now();
    let mut tick = tokio::time::interval(core::time::Duration::from_millis(50));
    while count(database, query).await? < expected {
        tick.tick().await;
    }
    let elapsed = began.elapsed();
    let per_s = u128::from(expected.unsigned_abs()) * 1_000_000 / elapsed.as_micros().max(1);
    println!("{name} shipments={expected} ms={} per_s={per_s}", elapsed.as_millis());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let total: i64 = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let folder =
        std::env::temp_dir().join(format!("caravan-settlement-rate-{}", std::process::id()));
    let cluster = Cluster::start(Config::new(&folder)).await?;
    let owner = cluster.ensure_database("rate").await?;
    migrate(
        &owner,
        &[caravan_event_log::SCHEMA, caravan_audit::SCHEMA, caravan_web::SCHEMA, SCHEMA],
    )
    .await?;
    let database = Database::connect(&cluster.url("rate", SCHEMA.login_role), 10).await?;
    let reader = Database::connect(&cluster.url("rate", "caravan_relay"), 3).await?;

    let values = json!({"name": "diesel", "values": [{"from": "2026-01-01", "value": "85"}, {"from": "2026-11-15", "value": "92.7"}]});
    ask(&database, "POST", "/v1/fuel-indexes", &values).await?;
    let made = ask(&database, "POST", "/v1/rate-contracts", &terms()).await?;
    let id = made.get("contract_id").and_then(Value::as_str).unwrap_or_default();
    let publish = format!("/v1/rate-contracts/{id}/versions/1/publish");
    ask(&database, "POST", &publish, &Value::Null).await?;
    for start in (1..=total).step_by(usize::try_from(BATCH)?) {
        let events: Vec<Envelope> = (start..(start + BATCH).min(total + 1)).map(order).collect();
        let mut tx = TenantTx::begin(&database, TENANT).await?;
        append(&mut tx, &events).await?;
        tx.commit().await?;
    }
    let shutdown = CancellationToken::new();
    let service = Service::new(Arc::new(PostgresLog::new(reader)), database.clone());
    let running = tokio::spawn(service.run(shutdown.clone()));
    measure(
        &database,
        "orders  ",
        "SELECT count(*) FROM shipments WHERE rated_minor IS NOT NULL",
        total,
    )
    .await?;
    let job = json!({"from": "2026-11-01", "to": "2026-11-30"});
    ask(&database, "POST", "/v1/rate-jobs", &job).await?;
    measure(
        &database,
        "re-rated",
        "SELECT COALESCE(sum(done), 0)::bigint FROM jobs WHERE status = 'done'",
        total,
    )
    .await?;
    shutdown.cancel();
    running.await?;
    cluster.stop().await?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
