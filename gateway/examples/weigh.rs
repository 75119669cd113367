//! What a gateway's process grows by when it is bound before routes that a document describes, how long that takes, and what it
//! grows by when every one of them has been called.
//!
//! `curl -s localhost:8600/openapi.json > document.json; cargo run --release -p caravan-gateway --example weigh document.json`
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use axum::Router;
use caravan_gateway::{
    Access, Config, Gateway, Health, Holder, Identify, Presented, Unavailable, Upstream,
};
use caravan_telemetry::Metrics;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The allocator that the shipped process has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Nobody;

#[async_trait]
impl Identify for Nobody {
    async fn identify(
        &self,
        _: Presented<'_>,
        _: Option<IpAddr>,
    ) -> Result<Option<Holder>, Unavailable> {
        Ok(None)
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let before = resident_kib()?;
    let path = std::env::args().nth(1).ok_or("say which document")?;
    let text = std::fs::read(path)?;
    let mut document: Value = serde_json::from_slice(&text)?;
    type_all(&mut document);
    let mut paths = Vec::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let changes = item.as_object().into_iter().flatten().filter(|(method, _)| *method != "get");
        paths.extend(changes.map(|(method, _)| (method.to_uppercase(), path.clone())));
    }
    let document: utoipa::openapi::OpenApi = serde_json::from_value(document)?;
    let metrics = Metrics::install()?;
    let clock = Instant::now();
    let upstream = Upstream::in_process(&["/v1", "/hooks"], Router::new(), Access::Open, 1 << 20)
        .described_by(document);
    let config = Config::new("127.0.0.1:0".parse()?);
    let health = Health { checks: Vec::new(), metrics };
    let gateway = Gateway::bind(config, Arc::new(Nobody), vec![upstream], health).await?;
    let took = clock.elapsed();
    let bound = grown(before).await?;
    println!("{} bytes of document: bound in {took:.0?}, {bound} KiB more resident", text.len());
    let (address, stop) = (gateway.local_addr(), CancellationToken::new());
    let serving = tokio::spawn(gateway.serve(stop.clone()));
    for (method, path) in &paths {
        let mut stream = TcpStream::connect(address).await?;
        let head =
            "host: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2";
        stream
            .write_all(format!("{method} {path} HTTP/1.1\r\n{head}\r\n\r\n{{}}").as_bytes())
            .await?;
        stream.read_to_end(&mut Vec::new()).await?;
    }
    println!("{} routes called: {} KiB more", paths.len(), grown(before).await? - bound);
    stop.cancel();
    Ok(serving.await?)
}

/// utoipa cannot read back a schema that says nothing of its type.
fn type_all(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for key in ["schema", "items", "additionalProperties"] {
                object.get_mut(key).into_iter().for_each(typed);
            }
            for key in ["properties", "schemas"] {
                let inner = object.get_mut(key).and_then(Value::as_object_mut);
                inner.into_iter().flatten().for_each(|(_, schema)| typed(schema));
            }
            object.values_mut().for_each(type_all);
        }
        Value::Array(values) => values.iter_mut().for_each(type_all),
        _ => {}
    }
}

fn typed(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if !["type", "$ref", "oneOf", "allOf", "anyOf"].iter().any(|key| schema.contains_key(*key)) {
        schema.insert("type".to_owned(), json!("object"));
    }
}

/// How much more is resident, in KiB.
async fn grown(before: u64) -> Result<u64, Failure> {
    // The allocator gives back what is unused for a moment at its next call after that.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    drop(vec![0_u8; 1 << 20]);
    Ok(resident_kib()?.saturating_sub(before))
}

/// Anonymous memory that is resident.
fn resident_kib() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    Ok(line.and_then(|line| line.split_whitespace().next()).ok_or("no RssAnon")?.parse()?)
}
