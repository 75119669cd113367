//! A log of its own for each test, a feed that can be stopped and started, and a client that reads frames.

use core::time::Duration;
use std::sync::Arc;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use caravan_cluster::testing::{self, TestDatabase};
use caravan_event_log::{EventLog, PostgresLog, append};
use caravan_events::{Envelope, Kind};
use caravan_model::{TenantId, TraceId};
use caravan_stream::{Config, Feed, router};
use caravan_tenancy::{Caller, Database, Schema, TenantTx, migrate};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const A: TenantId = TenantId(Uuid::from_u128(0xA));
pub(crate) const B: TenantId = TenantId(Uuid::from_u128(0xB));
static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("tests/it/migrations");
/// A service that only appends.
const SCHEMA: Schema =
    Schema { name: "streamed", migrator: &MIGRATOR, login_role: "caravan_streamed" };
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct World {
    _raw: TestDatabase,
    database: Database,
    log: Arc<dyn EventLog>,
}

/// A process: a feed that runs until it is dropped or stopped.
pub(crate) struct Process {
    pub(crate) feed: Feed,
    shutdown: CancellationToken,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// A frame as a client has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Seen {
    pub(crate) id: Option<String>,
    pub(crate) event: String,
    pub(crate) data: Value,
}

impl Seen {
    /// The key of the order that the event is about.
    pub(crate) fn subject(&self) -> &str {
        self.data["subject"].as_str().unwrap_or_default()
    }
}

pub(crate) struct Client {
    body: BodyDataStream,
    text: String,
}

pub(crate) fn caller(tenant: TenantId, scopes: &[&str]) -> Caller {
    Caller {
        tenant,
        principal: "test".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        trace: TraceId([1; 16]),
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let raw = testing::database().await.unwrap();
        migrate(&raw.owner_url(), &[caravan_event_log::SCHEMA, SCHEMA]).await.unwrap();
        let database = Database::connect(&raw.url(SCHEMA.login_role), 3).await.unwrap();
        let reader = Database::connect(&raw.url("caravan_relay"), 3).await.unwrap();
        Self { _raw: raw, database, log: Arc::new(PostgresLog::new(reader)) }
    }

    pub(crate) fn process(&self, change: impl FnOnce(&mut Config)) -> Process {
        let mut config = Config::default();
        change(&mut config);
        let feed = Feed::new(Arc::clone(&self.log), config);
        let shutdown = CancellationToken::new();
        tokio::spawn(feed.clone().run(shutdown.clone()));
        Process { feed, shutdown }
    }

    /// Appends one event of `kind` for each key.
    pub(crate) async fn append(&self, tenant: TenantId, kind: &'static str, keys: &[&str]) {
        let events: Vec<Envelope> = keys
            .iter()
            .map(|key| {
                let (kind, data) = (Kind::new(kind), format!("{{\"key\":\"{key}\"}}"));
                Envelope::of_service(tenant, kind, (*key).to_owned(), key, 1, None, data)
            })
            .collect();
        let mut tx = TenantTx::begin(&self.database, tenant).await.unwrap();
        append(&mut tx, &events).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn placed(&self, keys: &[&str]) {
        self.append(A, "caravan.order.placed", keys).await;
    }
}

impl Process {
    pub(crate) fn stop(&self) {
        self.shutdown.cancel();
    }

    /// What the router answers; the body is read by the client.
    pub(crate) async fn ask(
        &self,
        caller: Caller,
        query: &str,
        last_id: Option<&str>,
    ) -> (u16, Client) {
        let mut request = Request::get(format!("/v1/stream{query}")).extension(caller);
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = router(self.feed.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        (status, Client { body: response.into_body().into_data_stream(), text: String::new() })
    }

    /// A stream of tenant A's events.
    pub(crate) async fn follow(&self, last_id: Option<&str>) -> Client {
        let (status, client) = self.ask(caller(A, &["events:read"]), "", last_id).await;
        assert_eq!(status, 200);
        client
    }
}

impl Client {
    /// The next block of the stream: what stands between two empty lines.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.body.next()).await.unwrap();
            match chunk {
                Some(bytes) => self.text.push_str(core::str::from_utf8(&bytes.unwrap()).unwrap()),
                None if self.text.is_empty() => return None,
                None => return Some(core::mem::take(&mut self.text)),
            }
        }
    }

    /// The next frame; none at the end.
    pub(crate) async fn frame(&mut self) -> Option<Seen> {
        loop {
            let block = self.block().await?;
            let mut seen = Seen::default();
            let mut data = String::new();
            for line in block.lines() {
                match line.split_once(": ").unwrap_or((line, "")) {
                    ("id", id) => seen.id = Some(id.to_owned()),
                    ("event", event) => seen.event = event.to_owned(),
                    ("data", text) => data.push_str(text),
                    _ => {}
                }
            }
            if !seen.event.is_empty() {
                seen.data = serde_json::from_str(&data).unwrap();
                return Some(seen);
            }
        }
    }

    /// The subjects of the next `count` events; notices are passed over.
    pub(crate) async fn events(&mut self, count: usize) -> Vec<Seen> {
        let mut all = Vec::new();
        while all.len() < count {
            let seen = self.frame().await.unwrap();
            if seen.event.starts_with("caravan.") {
                all.push(seen);
            }
        }
        all
    }

    /// The next notice, and how many events came before it.
    pub(crate) async fn notice(&mut self) -> (Seen, usize) {
        let mut events = 0;
        loop {
            let seen = self.frame().await.unwrap();
            if !seen.event.starts_with("caravan.") {
                return (seen, events);
            }
            events += 1;
        }
    }
}
