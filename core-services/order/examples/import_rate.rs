//! How fast a file of 50,000 orders becomes orders, check and commit, beside openpyxl only reading the same workbook.
//!
//! `cargo run --release -p caravan-order --example import_rate`
#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "it prints what it measured, of answers that it knows"
)]

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use caravan_cluster::testing;
use caravan_event_log::PostgresLog;
use caravan_mappings_table::table::{Cell, DateSystem, Kind, Row, Sheet};
use caravan_mappings_table::write::workbook;
use caravan_model::{TenantId, TraceId};
use caravan_order::{SCHEMA, Service, router};
use caravan_tenancy::{Caller, Database, migrate};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;
const ROWS: u32 = 50_000;
const HEAD: [&str; 10] = [
    "Order No",
    "Consignor",
    "Pickup City",
    "Pickup Pincode",
    "Consignee",
    "Delivery City",
    "Pincode",
    "Weight (kg)",
    "Pkgs",
    "Pickup Date",
];

fn file() -> Result<Vec<u8>, Failure> {
    let mut rows = vec![row(1, &HEAD.map(str::to_owned))?];
    for index in 0..ROWS {
        let cells = [
            format!("BULK-{index}"),
            "Pune Plant".into(),
            "Pune".into(),
            "411001".into(),
            format!("Depot {}", index % 500),
            "Chennai".into(),
            "600002".into(),
            format!("{}", 100 + index % 900),
            format!("{}", 1 + index % 40),
            "25/11/2026".into(),
        ];
        rows.push(row(index + 2, &cells)?);
    }
    let sheet =
        Sheet { name: "Orders".into(), hidden: false, date_system: DateSystem::From1900, rows };
    Ok(workbook::write(&[sheet])?)
}

fn row(number: u32, cells: &[String]) -> Result<Row, Failure> {
    let mut row = Row::new(number);
    for (column, text) in cells.iter().enumerate() {
        row.push(Cell::new(u16::try_from(column)?, text, Kind::Text))?;
    }
    Ok(row)
}

struct World {
    database: Database,
}

impl World {
    async fn send(
        &self,
        method: &str,
        path: &str,
        etag: &str,
        body: Vec<u8>,
    ) -> Result<Value, Failure> {
        let caller = Caller {
            tenant: TenantId(Uuid::from_u128(0xA)),
            principal: "bench".into(),
            scopes: vec!["*".into()],
            trace: TraceId([1; 16]),
        };
        let request = Request::builder().method(method).uri(path).extension(caller);
        let request = request.header("if-match", etag).body(Body::from(body))?;
        let response = router(self.database.clone()).oneshot(request).await?;
        let bytes = response.into_body().collect().await?.to_bytes();
        Ok(serde_json::from_slice(&bytes)?)
    }

    async fn until(&self, path: &str, status: &str) -> Result<Value, Failure> {
        loop {
            let import = self.send("GET", path, "", Vec::new()).await?;
            if import["status"] == status {
                return Ok(import);
            }
            if import["status"] == "failed" {
                return Err(import.to_string().into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let raw = testing::database().await?;
    let schemas = [caravan_event_log::SCHEMA, caravan_audit::SCHEMA, caravan_web::SCHEMA, SCHEMA];
    migrate(&raw.owner_url(), &schemas).await?;
    let database = Database::connect(&raw.url(SCHEMA.login_role), 8).await?;
    let reader = Database::connect(&raw.url("caravan_relay"), 3).await?;
    let service = Service::new(Arc::new(PostgresLog::new(reader)), database.clone());
    tokio::spawn(service.run(CancellationToken::new()));
    let world = World { database };

    let bytes = file()?;
    println!("workbook of {ROWS} rows, {:.1} MB", f64::from(u32::try_from(bytes.len())?) / 1e6);
    let begun = Instant::now();
    let import = world.send("POST", "/v1/orders/imports", "", bytes.clone()).await?;
    println!("upload, columns guessed   {:>8.2?}", begun.elapsed());
    let path = format!("/v1/orders/imports/{}", import["id"].as_str().ok_or("no id")?);
    let checked = Instant::now();
    let ready = world.until(&path, "ready").await?;
    println!("check (dry run)           {:>8.2?}  {} good", checked.elapsed(), ready["orders"]);
    let committed = Instant::now();
    world
        .send("POST", &format!("{path}/commit"), &format!("\"{}\"", ready["version"]), Vec::new())
        .await?;
    let done = world.until(&path, "done").await?;
    println!("commit                    {:>8.2?}  {} orders", committed.elapsed(), done["orders"]);
    println!("upload to last order      {:>8.2?}  target <= 30 s", begun.elapsed());

    let folder = tempfile::tempdir()?;
    let workbook = folder.path().join("orders.xlsx");
    std::fs::write(&workbook, &bytes)?;
    let script = "import sys,time,openpyxl; t=time.time(); n=sum(1 for _ in openpyxl.load_workbook(sys.argv[1], read_only=True).active.iter_rows(values_only=True)); print(f'openpyxl reads {n} rows     {time.time()-t:8.2f}s')";
    let peer = Command::new("python3").args(["-c", script]).arg(&workbook).output()?;
    if peer.status.success() {
        println!("{}", String::from_utf8_lossy(&peer.stdout).trim_end());
    } else {
        println!("peer skipped: pip install openpyxl enables it");
    }
    Ok(())
}
