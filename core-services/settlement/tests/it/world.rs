//! A world of its own for each test: a database with log, audit, web and this service's schema, a service that can be killed,
//! and the router.

use core::time::Duration;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use caravan_cluster::testing::{self, TestDatabase};
use caravan_event_log::{EventLog, PostgresLog, append};
use caravan_events::{Envelope, Kind};
use caravan_mappings_table::Limits;
use caravan_model::*;
use caravan_settlement::{SCHEMA, Service, router};
use caravan_tenancy::{Caller, Database, SystemTx, TenantTx, migrate};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const A: TenantId = TenantId(Uuid::from_u128(0xA));
pub(crate) const B: TenantId = TenantId(Uuid::from_u128(0xB));
const PATIENCE: Duration = Duration::from_secs(60);
/// 2026-11-20T00:00:00Z.
pub(crate) const DAY_MS: i64 = 1_795_132_800_000;

pub(crate) struct World {
    raw: TestDatabase,
    pub(crate) database: Database,
    log: Arc<dyn EventLog>,
}

/// What the router answered.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) replayed: bool,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Got {
    /// The body, which must have this status.
    pub(crate) fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// The problem's code, which must have this status.
    pub(crate) fn code(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.text);
        self.body["code"].as_str().unwrap()
    }
}

/// A request to be sent.
pub(crate) struct Ask {
    tenant: TenantId,
    scopes: Vec<String>,
    request: axum::http::request::Builder,
    body: Vec<u8>,
}

impl Ask {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        let scopes = ["read", "write", "approve"].map(|scope| format!("settlement:{scope}"));
        let request = Request::builder().method(method).uri(path);
        Self { tenant: A, scopes: scopes.into(), request, body: Vec::new() }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: &str, body: Value) -> Self {
        Self::new(Method::POST, path).json(body)
    }

    pub(crate) fn json(self, body: Value) -> Self {
        Self {
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
            ..self.header("content-type", "application/json")
        }
    }

    pub(crate) fn csv(path: &str, body: &str) -> Self {
        Self {
            body: body.as_bytes().to_vec(),
            ..Self::new(Method::POST, path).header("content-type", "text/csv")
        }
    }

    /// The same table as a workbook.
    pub(crate) fn workbook(path: &str, csv: &str) -> Self {
        let table = caravan_mappings_table::read(csv.as_bytes(), &Limits::default()).unwrap();
        let body = caravan_mappings_table::write::workbook::write(&table.sheets).unwrap();
        let media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        Self { body, ..Self::new(Method::POST, path).header("content-type", media) }
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    pub(crate) fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    pub(crate) fn of(self, tenant: TenantId) -> Self {
        Self { tenant, ..self }
    }

    pub(crate) fn scopes(self, scopes: &[&str]) -> Self {
        Self { scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(), ..self }
    }
}

/// The data of an order event, changed by `patch`.
pub(crate) fn order(n: u128, version: i64, patch: &Value) -> Envelope {
    let number = format!("ORD{n}");
    let mut data = json!({
        "order_id": Uuid::from_u128(n), "number": number, "version": version, "status": "dispatched", "carrier": "DEMO",
        "references": [{"kind": "lr", "value": format!("LR{n}")}],
        "lane": {"origin": {"country": "IN", "region": "MH", "postal_code": "400001", "city": "Mumbai"},
                 "destination": {"country": "IN", "region": "KA", "postal_code": "560001", "city": "Bengaluru"}},
        "weight_kg": "1000", "packages": 10, "distance_km": "980", "pickup_date": "2026-11-20",
    });
    data.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
    let (kind, cause) = (Kind::new("caravan.order.changed"), format!("{n}/{version}"));
    Envelope::of_service(A, kind, number, &cause, DAY_MS + version, None, data.to_string())
}

/// A milestone of shipment `reference` (kind `lr`), minutes after midnight.
pub(crate) fn milestone(reference: &str, status: Status, minute: i64) -> Envelope {
    let milestone = Milestone {
        key: None,
        status,
        reason: None,
        classifier: Classifier::Actual,
        leg: None,
        direction: Direction::Forward,
        scope: Scope::SHIPMENT,
        at: Moment {
            instant_ms: DAY_MS + minute * 60_000,
            offset_min: 330,
            zone: ZoneSource::Sent,
        },
        place: None,
        references: vec![Reference::new("lr", reference)],
        raw: RawCode { list: "test".into(), code: status.as_str().into(), text: None },
        raw_reason: None,
        source: Span::default(),
        attributes: Vec::new(),
    };
    let (connection, record) =
        (ConnectionId(Uuid::from_u128(0xC)), Record::Milestone(Box::new(milestone)));
    Envelope::of_record(
        A,
        connection,
        DocumentHash([7; 32]),
        None,
        DAY_MS + minute * 60_000,
        &record,
    )
    .unwrap()
}

/// A carrier's bill for `reference` (kind `lr`): lines of code and amount in paise.
pub(crate) fn bill(number: &str, reference: &str, lines: &[(Option<&str>, i64)]) -> FreightInvoice {
    let money = |minor| Money { minor, currency: "INR".into(), exponent: 2 };
    let charge = |(n, (code, amount)): (usize, &(Option<&str>, i64))| Charge {
        line: (n + 1).to_string(),
        code: code.map(str::to_owned),
        description: None,
        amount: money(*amount),
        rate: None,
        rate_qualifier: None,
        weight: None,
        quantity: None,
        source: Span::default(),
    };
    FreightInvoice {
        key: None,
        number: number.into(),
        scac: Some("DEMO".into()),
        correction: None,
        payment_method: None,
        references: vec![Reference::new("lr", reference)],
        parties: Vec::new(),
        billed_at: Some(Moment { instant_ms: DAY_MS, offset_min: 330, zone: ZoneSource::Sent }),
        delivered_at: None,
        total: money(lines.iter().map(|line| line.1).sum()),
        charges: lines.iter().enumerate().map(charge).collect(),
        source: Span::default(),
        attributes: Vec::new(),
    }
}

/// Its event, through one connection.
pub(crate) fn billed(tenant: TenantId, bill: FreightInvoice, at: i64) -> Envelope {
    let (connection, document) = (ConnectionId(Uuid::from_u128(0xC)), DocumentHash([9; 32]));
    let record = Record::FreightInvoice(Box::new(bill));
    Envelope::of_record(tenant, connection, document, None, DAY_MS + at, &record).unwrap()
}

/// Terms: 5 INR a kg from anywhere in India to anywhere, detention at delivery, changed by `patch`.
pub(crate) fn terms(patch: &Value) -> Value {
    let mut terms = json!({
        "carrier": "DEMO", "name": "Road", "currency": "INR", "valid_from": "2026-04-01",
        "lanes": [{"line": 1, "origin": {"country": "IN"}, "destination": {"country": "IN"},
                   "slabs": [{"per": "kg", "amount": "5"}], "minimum": "500"}],
        "accessorials": [{"line": 1, "code": "detention", "at": "delivery", "per": "hour", "amount": "350", "free_minutes": 120,
                          "bill_codes": ["DTU"]}],
        "tolerance": {"absolute": "1", "percent": "0.5"},
    });
    terms.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
    terms
}

impl World {
    pub(crate) async fn new() -> Self {
        let raw = testing::database().await.unwrap();
        let schemas =
            [caravan_event_log::SCHEMA, caravan_audit::SCHEMA, caravan_web::SCHEMA, SCHEMA];
        migrate(&raw.owner_url(), &schemas).await.unwrap();
        let database = Database::connect(&raw.url(SCHEMA.login_role), 8).await.unwrap();
        let reader = Database::connect(&raw.url("caravan_relay"), 3).await.unwrap();
        Self { raw, database, log: Arc::new(PostgresLog::new(reader)) }
    }

    /// One with a published contract of [`terms`].
    pub(crate) async fn with_contract(patch: &Value) -> Self {
        let world = Self::new().await;
        world.publish(terms(patch)).await;
        world
    }

    /// Drafts and publishes; the path of the version.
    pub(crate) async fn publish(&self, terms: Value) -> String {
        let made = self.ask(Ask::post("/v1/rate-contracts", terms)).await.ok(201);
        let path =
            format!("/v1/rate-contracts/{}/versions/1", made["contract_id"].as_str().unwrap());
        let publish = Ask::post(&format!("{path}/publish"), Value::Null).if_match("\"1\"");
        assert_eq!(self.ask(publish).await.ok(200)["status"], "published");
        path
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
        let behind = "SELECT count(*) FROM log.events e
             LEFT JOIN consumer_offsets o ON o.partition = e.partition AND o.group_name = 'settlement'
            WHERE (e.topic LIKE 'caravan.order.%' OR e.topic IN ('caravan.milestone.recorded', 'caravan.freight-invoice.received'))
              AND (COALESCE(o.position, '') = '' OR (e.xid::text::bigint, e.pos)
                   > (split_part(o.position, ':', 1)::bigint, split_part(o.position, ':', 2)::bigint))";
        self.run_until(behind, 0).await;
    }

    /// Runs the service until `query` counts `expected`.
    pub(crate) async fn run_until(&self, query: &'static str, expected: i64) {
        let shutdown = CancellationToken::new();
        let service = Service::new(Arc::clone(&self.log), self.database.clone());
        let running = tokio::spawn(service.run(shutdown.clone()));
        let waited = tokio::time::timeout(PATIENCE, async {
            while self.count(query).await != expected {
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

    /// The data of tenant A's events of a kind, in order.
    pub(crate) async fn events(&self, kind: &Kind) -> Vec<Value> {
        let mut tx = TenantTx::begin(&self.database, A).await.unwrap();
        let rows: Vec<String> =
            sqlx::query_scalar("SELECT data FROM log.events WHERE topic = $1 ORDER BY pos")
                .bind(kind.as_str())
                .fetch_all(tx.conn())
                .await
                .unwrap();
        rows.iter().map(|data| serde_json::from_str(data).unwrap()).collect()
    }

    pub(crate) async fn ask(&self, ask: Ask) -> Got {
        let caller = Caller {
            tenant: ask.tenant,
            principal: "user/test".into(),
            scopes: ask.scopes,
            trace: TraceId([1; 16]),
        };
        let request = ask.request.extension(caller).body(Body::from(ask.body)).unwrap();
        let response = router(self.database.clone()).oneshot(request).await.unwrap();
        let header = |name: &str| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let (status, etag) = (response.status().as_u16(), header("etag"));
        let replayed = header("idempotency-replayed").is_some();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Got { status, etag, replayed, body: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    /// The one bill of that number, with everything, and its entity tag.
    pub(crate) async fn invoice(&self, number: &str) -> (Value, String) {
        let found =
            self.ask(Ask::get(&format!("/v1/freight-invoices?number={number}"))).await.ok(200);
        let id = found["items"][0]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no bill {number}: {found}"))
            .to_owned();
        let got = self.ask(Ask::get(&format!("/v1/freight-invoices/{id}"))).await;
        let etag = got.etag.clone().unwrap();
        (got.ok(200), etag)
    }

    /// `account amount` of each balance that is not zero, over all parties.
    pub(crate) async fn balances(&self) -> Vec<String> {
        let found = self.ask(Ask::get("/v1/ledger/balances")).await.ok(200);
        let line = |row: &Value| {
            format!("{} {}", row["account"].as_str().unwrap(), row["amount"].as_str().unwrap())
        };
        found.as_array().unwrap().iter().map(line).collect()
    }

    /// Tenant A's audit trail, the newest action first.
    pub(crate) async fn trail(&self) -> Vec<String> {
        self.recorded().await.into_iter().map(|one| one.action).collect()
    }

    /// Who did this by tenant A's audit trail, the newest first.
    pub(crate) async fn actors(&self, action: &str) -> Vec<String> {
        let all = self.recorded().await.into_iter();
        all.filter(|one| one.action == action).map(|one| one.actor).collect()
    }

    /// Tenant A's audit trail, whose chain must hold.
    async fn recorded(&self) -> Vec<caravan_audit::Recorded> {
        let auditor =
            Database::connect(&self.raw.url(caravan_audit::SCHEMA.login_role), 1).await.unwrap();
        let mut tx = TenantTx::begin(&auditor, A).await.unwrap();
        assert!(caravan_audit::verify(&mut tx, None).await.unwrap().ok());
        caravan_audit::page(&mut tx, None, None, 100).await.unwrap()
    }

    pub(crate) async fn violations(&self) -> Vec<String> {
        let owner = Database::connect(&self.raw.owner_url(), 1).await.unwrap();
        let mut tx = SystemTx::begin(&owner).await.unwrap();
        caravan_tenancy::catalog::violations(tx.conn()).await.unwrap()
    }
}
