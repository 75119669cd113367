//! A world of its own for each test: a database with the log and the service's schema, and a service that can be killed.

use core::time::Duration;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use caravan_cluster::testing::{self, TestDatabase};
use caravan_event_log::{EventLog, PostgresLog, append};
use caravan_events::wire::Reporter;
use caravan_events::{Envelope, Kind};
use caravan_model::*;
use caravan_tenancy::{Caller, Database, Schema, SystemTx, TenantTx, migrate};
use caravan_tracking::{SCHEMA, Service, router};
use http_body_util::BodyExt as _;
use serde_json::Value;
use sqlx::migrate::Migrator;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const A: TenantId = TenantId(Uuid::from_u128(0xA));
pub(crate) const B: TenantId = TenantId(Uuid::from_u128(0xB));
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct World {
    raw: TestDatabase,
    database: Database,
    log: Arc<dyn EventLog>,
}

/// A milestone of shipment `references` (`kind value`), at `minute` past midnight.
pub(crate) fn milestone(references: &[&str], status: Status, minute: i64) -> Milestone {
    let reference = |text: &&str| {
        let (kind, value) = text.split_once(' ').unwrap();
        Reference::new(kind, value)
    };
    Milestone {
        key: None,
        status,
        reason: None,
        classifier: Classifier::Actual,
        leg: Some(Leg::Linehaul),
        direction: Direction::Forward,
        scope: Scope::SHIPMENT,
        at: Moment { instant_ms: minute * 60_000, offset_min: 330, zone: ZoneSource::Sent },
        place: Some(Place { name: Some("Mumbai".into()), ..Place::default() }),
        references: references.iter().map(reference).collect(),
        raw: RawCode { list: "test/status".into(), code: status.as_str().into(), text: None },
        raw_reason: None,
        source: Span { document: 0, start: 10, end: 20 },
        attributes: Vec::new(),
    }
}

/// Its event, recorded at `recorded_ms`.
pub(crate) fn event(tenant: TenantId, milestone: Milestone, recorded_ms: i64) -> Envelope {
    let connection = ConnectionId(Uuid::from_u128(0xC));
    let record = Record::Milestone(Box::new(milestone));
    let document = DocumentHash([7; 32]);
    Envelope::of_record(tenant, connection, document, None, recorded_ms, &record).unwrap()
}

/// The same, reported by a party of the catalogue.
pub(crate) fn reported(
    (party, scac): (&str, Option<&str>),
    milestone: Milestone,
    recorded_ms: i64,
) -> Envelope {
    let connection = ConnectionId(Uuid::from_u128(0xD));
    let record = Record::Milestone(Box::new(milestone));
    let reporter = Reporter { party: party.into(), scac: scac.map(str::to_owned) };
    let document = DocumentHash([9; 32]);
    Envelope::of_report(A, connection, document, None, recorded_ms, &record, &reporter).unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(testing::database().await.unwrap()).await
    }

    /// A world that was at `version` of the schema when tenant A's `rows` were stored.
    pub(crate) async fn since(version: i64, rows: &'static str) -> Self {
        let raw = testing::database().await.unwrap();
        let all = SCHEMA.migrator.iter().filter(|migration| migration.version <= version);
        // Schemas are known for as long as the process runs.
        let migrator = Box::leak(Box::new(Migrator::with_migrations(all.cloned().collect())));
        let old = Schema { migrator, ..SCHEMA };
        let others = [caravan_event_log::SCHEMA, caravan_audit::SCHEMA, caravan_web::SCHEMA];
        migrate(&raw.owner_url(), &[&others[..], &[old]].concat()).await.unwrap();
        let database = Database::connect(&raw.url(SCHEMA.login_role), 1).await.unwrap();
        let mut tx = TenantTx::begin(&database, A).await.unwrap();
        sqlx::raw_sql(rows).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
        Self::with(raw).await
    }

    async fn with(raw: TestDatabase) -> Self {
        migrate(
            &raw.owner_url(),
            &[caravan_event_log::SCHEMA, caravan_audit::SCHEMA, caravan_web::SCHEMA, SCHEMA],
        )
        .await
        .unwrap();
        let database = Database::connect(&raw.url(SCHEMA.login_role), 6).await.unwrap();
        let reader = Database::connect(&raw.url("caravan_relay"), 3).await.unwrap();
        Self { raw, database, log: Arc::new(PostgresLog::new(reader)) }
    }

    pub(crate) async fn append(&self, events: &[Envelope]) {
        for of_tenant in events.chunk_by(|a, b| a.tenant == b.tenant) {
            let mut tx = TenantTx::begin(&self.database, of_tenant[0].tenant).await.unwrap();
            append(&mut tx, of_tenant).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Appends, and waits until the service, which runs only for this, has taken everything in.
    pub(crate) async fn tell(&self, events: &[Envelope]) {
        self.append(events).await;
        self.take_in().await;
    }

    pub(crate) async fn take_in(&self) {
        let shutdown = CancellationToken::new();
        let service = Service::new(Arc::clone(&self.log), self.database.clone());
        let running = tokio::spawn(service.run(shutdown.clone()));
        let all = "SELECT count(*) FROM log.events WHERE topic = 'caravan.milestone.recorded'";
        let taken = "SELECT (SELECT count(*) FROM facts) + (SELECT count(*) FROM consumer_parked)";
        let waited = tokio::time::timeout(PATIENCE, async {
            while self.count(all).await != self.count(taken).await {
                tokio::task::yield_now().await;
            }
        });
        waited.await.unwrap();
        shutdown.cancel();
        running.await.unwrap();
    }

    /// A service that goes on running, to be aborted.
    pub(crate) fn start(&self) -> tokio::task::JoinHandle<()> {
        let service = Service::new(Arc::clone(&self.log), self.database.clone());
        tokio::spawn(service.run(CancellationToken::new()))
    }

    /// Has the group read everything again from the first event: a redelivery of all.
    pub(crate) async fn rewind(&self) {
        let mut tx = SystemTx::begin(&self.database).await.unwrap();
        sqlx::query("UPDATE consumer_offsets SET position = ''").execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A count over both tenants.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        let mut all = 0;
        for tenant in [A, B] {
            let mut tx = TenantTx::begin(&self.database, tenant).await.unwrap();
            all += sqlx::query_scalar::<_, i64>(query).fetch_one(tx.conn()).await.unwrap();
        }
        all
    }

    /// Changes rows of tenant A as no route does.
    pub(crate) async fn change(&self, statement: &'static str) {
        let mut tx = TenantTx::begin(&self.database, A).await.unwrap();
        sqlx::query(statement).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The corrections of tenant A, in order.
    pub(crate) async fn corrections(&self) -> Vec<Value> {
        let mut tx = TenantTx::begin(&self.database, A).await.unwrap();
        let rows: Vec<String> =
            sqlx::query_scalar("SELECT data FROM log.events WHERE topic = $1 ORDER BY pos")
                .bind(Kind::TIMELINE_CORRECTED.as_str())
                .fetch_all(tx.conn())
                .await
                .unwrap();
        rows.iter().map(|data| serde_json::from_str(data).unwrap()).collect()
    }

    /// The service's router, bare.
    pub(crate) fn router(&self) -> axum::Router {
        router(self.database.clone())
    }

    /// What the router answers `tenant`: the status, the content type and the body.
    pub(crate) async fn get(&self, tenant: TenantId, path: &str) -> (u16, String, Value) {
        let request = Request::get(path).extension(caller(tenant)).body(Body::empty()).unwrap();
        self.deliver(request).await
    }

    /// What the router answers to `body` posted by tenant A, who saw `version`.
    pub(crate) async fn post(&self, path: &str, version: Option<i64>, body: Value) -> (u16, Value) {
        self.send(Request::post(path), version, body).await
    }

    /// The same, put.
    pub(crate) async fn put(&self, path: &str, version: Option<i64>, body: Value) -> (u16, Value) {
        self.send(Request::put(path), version, body).await
    }

    async fn send(
        &self,
        request: axum::http::request::Builder,
        version: Option<i64>,
        body: Value,
    ) -> (u16, Value) {
        let mut request = request.extension(caller(A));
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        let request = request.header("content-type", "application/json");
        let (status, _, body) = self.deliver(request.body(body.to_string().into()).unwrap()).await;
        (status, body)
    }

    async fn deliver(&self, request: Request<Body>) -> (u16, String, Value) {
        let response = router(self.database.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, kind, serde_json::from_slice(&body).unwrap())
    }

    /// Waits until `query` counts `wanted`.
    pub(crate) async fn until_count(&self, query: &'static str, wanted: i64) {
        let waited = tokio::time::timeout(PATIENCE, async {
            while self.count(query).await != wanted {
                tokio::task::yield_now().await;
            }
        });
        waited.await.unwrap();
    }

    /// The details of tenant A's audit trail, the first first.
    pub(crate) async fn audited(&self) -> Vec<Value> {
        let auditor = self.raw.url(caravan_audit::SCHEMA.login_role);
        let auditor = Database::connect(&auditor, 1).await.unwrap();
        let mut tx = TenantTx::begin(&auditor, A).await.unwrap();
        let page = caravan_audit::page(&mut tx, None, None, 200).await.unwrap();
        page.into_iter().rev().map(|entry| entry.detail).collect()
    }

    /// Waits until what tenant A sees at `path` is `right`.
    pub(crate) async fn until(&self, path: &str, right: impl Fn(&Value) -> bool) -> Value {
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let (status, _, body) = self.get(A, path).await;
                if status == 200 && right(&body) {
                    return body;
                }
                tokio::task::yield_now().await;
            }
        });
        waited.await.unwrap()
    }

    /// How many events of `kind` tenant A was told.
    pub(crate) async fn told(&self, kind: &Kind) -> i64 {
        let mut tx = TenantTx::begin(&self.database, A).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM log.events WHERE topic = $1")
            .bind(kind.as_str())
            .fetch_one(tx.conn())
            .await
            .unwrap()
    }

    pub(crate) async fn timeline(&self, reference: &str) -> Value {
        self.timeline_of(&format!("{reference}/timeline")).await
    }

    pub(crate) async fn timeline_of(&self, path: &str) -> Value {
        let (status, _, body) = self.get(A, &format!("/v1/shipments/{path}")).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub(crate) async fn violations(&self) -> Vec<String> {
        let owner = Database::connect(&self.raw.owner_url(), 1).await.unwrap();
        let mut tx = SystemTx::begin(&owner).await.unwrap();
        caravan_tenancy::catalog::violations(tx.conn()).await.unwrap()
    }
}

pub(crate) fn caller(tenant: TenantId) -> Caller {
    Caller {
        tenant,
        principal: "test".into(),
        scopes: vec!["shipments:read".into(), "shipments:write".into()],
        trace: TraceId([1; 16]),
    }
}
