//! A world of its own for each test: a database with the schemas, the service's router, and a service that runs when it is told.

use core::time::Duration;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use caravan_cluster::testing::{self, TestDatabase};
use caravan_event_log::{EventLog, PostgresLog, append};
use caravan_events::{Envelope, Kind};
use caravan_model::*;
use caravan_order::{SCHEMA, Service, router};
use caravan_tenancy::{Caller, Database, SystemTx, TenantTx, migrate};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const A: TenantId = TenantId(Uuid::from_u128(0xA));
pub(crate) const B: TenantId = TenantId(Uuid::from_u128(0xB));
pub(crate) const SAP: ConnectionId = ConnectionId(Uuid::from_u128(0x5A9));
const PATIENCE: Duration = Duration::from_secs(60);
/// With so many keys no partition goes without one.
const MARKERS: i64 = 256;

pub(crate) struct World {
    raw: TestDatabase,
    pub(crate) database: Database,
    log: Arc<dyn EventLog>,
}

/// An answer: status, headers and body.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answered {
    /// The body of an answer that went well.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        self.body
    }

    /// The body of a problem, which must have this status and code.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        self.body
    }

    pub(crate) fn etag(&self) -> &str {
        self.headers["etag"].to_str().unwrap()
    }
}

/// What is sent.
pub(crate) struct Sent<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) scopes: &'a [&'a str],
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [(&'static str, &'a str)],
    pub(crate) body: Option<Value>,
}

pub(crate) const ALL: &[&str] = &["orders:read", "orders:write", "orders:approve"];

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

    pub(crate) async fn send(&self, sent: Sent<'_>) -> Answered {
        let caller = caller(sent.tenant, sent.scopes);
        let mut request = Request::builder().method(sent.method).uri(sent.path).extension(caller);
        for (name, value) in sent.headers {
            request = request.header(*name, *value);
        }
        let body = match sent.body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let (status, headers, bytes) = self.deliver(request.body(body).unwrap()).await;
        let body =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answered { status, headers, body }
    }

    async fn deliver(&self, request: Request<Body>) -> (u16, HeaderMap, Vec<u8>) {
        let response = router(self.database.clone()).oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, headers, bytes.to_vec())
    }

    /// Posts a file.
    pub(crate) async fn upload(&self, path: &str, media_type: &str, bytes: &[u8]) -> Answered {
        let request = Request::post(path).extension(caller(A, ALL));
        let request = request.header("content-type", media_type).body(bytes.to_vec().into());
        let (status, headers, bytes) = self.deliver(request.unwrap()).await;
        Answered { status, headers, body: serde_json::from_slice(&bytes).unwrap() }
    }

    /// Gets a file.
    pub(crate) async fn download(&self, path: &str) -> Vec<u8> {
        let request = Request::get(path).extension(caller(A, ALL)).body(Body::empty());
        let (status, _, bytes) = self.deliver(request.unwrap()).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
        bytes
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.get_as(A, path).await
    }

    pub(crate) async fn get_as(&self, tenant: TenantId, path: &str) -> Answered {
        let method = Method::GET;
        self.send(Sent { tenant, scopes: ALL, method, path, headers: &[], body: None }).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answered {
        self.post_as(A, path, body).await
    }

    pub(crate) async fn post_as(&self, tenant: TenantId, path: &str, body: Value) -> Answered {
        let (method, body) = (Method::POST, Some(body));
        self.send(Sent { tenant, scopes: ALL, method, path, headers: &[], body }).await
    }

    pub(crate) async fn put(&self, path: &str, etag: &str, body: Value) -> Answered {
        let headers = &[("if-match", etag)];
        let (method, body) = (Method::PUT, Some(body));
        self.send(Sent { tenant: A, scopes: ALL, method, path, headers, body }).await
    }

    /// Makes an order and returns its path.
    pub(crate) async fn place(&self, number: &str) -> String {
        let order = self.post("/v1/orders", content(number)).await.ok();
        format!("/v1/orders/{}", order["id"].as_str().unwrap())
    }

    /// Does steps to an order, each of which must go well, and returns it.
    pub(crate) async fn walk(&self, path: &str, steps: &[(&str, Value)]) -> Value {
        let mut order = Value::Null;
        for (step, body) in steps {
            order = self.post(&format!("{path}/{step}"), body.clone()).await.ok();
        }
        order
    }

    /// The path of the order with this number, as the list finds it.
    pub(crate) async fn path_of(&self, number: &str) -> String {
        let list = self.get(&format!("/v1/orders?q={number}")).await.ok();
        let items = list["items"].as_array().unwrap();
        let of = |item: &&Value| item["number"] == number;
        let id = items.iter().find(of).unwrap_or_else(|| panic!("no {number} in {list}"));
        format!("/v1/orders/{}", id["id"].as_str().unwrap())
    }

    pub(crate) async fn order(&self, number: &str) -> Value {
        self.get(&self.path_of(number).await).await.ok()
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

    /// Runs a service until it has gone behind the last event that is there now.
    pub(crate) async fn take_in(&self) {
        let marker = TenantId(Uuid::now_v7());
        // Answers of a tenant without orders, in every partition: once they are noted, everything before them was read.
        let events: Vec<Envelope> = (0..MARKERS)
            .map(|n| {
                let data = json!({"number": "1", "answer": "accepted"}).to_string();
                let event = event_of(Kind::TENDER_ANSWERED, &format!("{marker}/{n}"), 0, data);
                Envelope { tenant: marker, ..event }
            })
            .collect();
        self.append(&events).await;
        let shutdown = CancellationToken::new();
        let service = Service::new(Arc::clone(&self.log), self.database.clone());
        let running = tokio::spawn(service.run(shutdown.clone()));
        let waited = tokio::time::timeout(PATIENCE, async {
            while self.count_as(marker, "SELECT count(*) FROM received").await < MARKERS {
                tokio::task::yield_now().await;
            }
        });
        waited.await.unwrap();
        shutdown.cancel();
        running.await.unwrap();
    }

    /// A service that goes on running.
    pub(crate) fn start(&self) -> tokio::task::JoinHandle<()> {
        let service = Service::new(Arc::clone(&self.log), self.database.clone());
        tokio::spawn(service.run(CancellationToken::new()))
    }

    /// Waits until `path` shows `status`.
    pub(crate) async fn until(&self, path: &str, status: &str) -> Value {
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let order = self.get(path).await.ok();
                if order["status"] == status {
                    return order;
                }
                tokio::task::yield_now().await;
            }
        });
        waited.await.unwrap()
    }

    /// Has the group read everything again from the first event.
    pub(crate) async fn rewind(&self) {
        let mut tx = SystemTx::begin(&self.database).await.unwrap();
        sqlx::query("UPDATE consumer_offsets SET position = ''").execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        self.count_as(A, query).await
    }

    pub(crate) async fn count_as(&self, tenant: TenantId, query: &'static str) -> i64 {
        let mut tx = TenantTx::begin(&self.database, tenant).await.unwrap();
        sqlx::query_scalar::<_, i64>(query).fetch_one(tx.conn()).await.unwrap()
    }

    pub(crate) async fn execute(&self, statement: &str) {
        let mut tx = TenantTx::begin(&self.database, A).await.unwrap();
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Kinds and data of the tenant's `caravan.order.*` events about `number`, in order.
    pub(crate) async fn told(&self, number: &str) -> Vec<(String, Value)> {
        let mut tx = TenantTx::begin(&self.database, A).await.unwrap();
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT topic, data FROM log.events WHERE topic LIKE 'caravan.order.%' AND key = $1
               AND topic <> 'caravan.order.received' ORDER BY pos",
        )
        .bind(number)
        .fetch_all(tx.conn())
        .await
        .unwrap();
        let told = |(kind, data): (String, String)| {
            let kind = kind.trim_start_matches("caravan.order.").to_owned();
            (kind, serde_json::from_str(&data).unwrap())
        };
        rows.into_iter().map(told).collect()
    }

    pub(crate) async fn kinds_told(&self, number: &str) -> Vec<String> {
        self.told(number).await.into_iter().map(|(kind, _)| kind).collect()
    }

    pub(crate) async fn violations(&self) -> Vec<String> {
        let owner = Database::connect(&self.raw.owner_url(), 1).await.unwrap();
        let mut tx = SystemTx::begin(&owner).await.unwrap();
        caravan_tenancy::catalog::violations(tx.conn()).await.unwrap()
    }

    /// The actions of tenant A's audit trail, the newest first; its chain holds.
    pub(crate) async fn trail(&self) -> Vec<String> {
        let auditor =
            Database::connect(&self.raw.url(caravan_audit::SCHEMA.login_role), 1).await.unwrap();
        let mut tx = TenantTx::begin(&auditor, A).await.unwrap();
        assert!(caravan_audit::verify(&mut tx, None).await.unwrap().ok());
        let entries = caravan_audit::page(&mut tx, None, None, 100).await.unwrap();
        entries.into_iter().map(|entry| entry.action).collect()
    }

    /// What the audit trail has of the tenant, and whether its chain holds.
    pub(crate) async fn audited(&self) -> (i64, bool) {
        let auditor =
            Database::connect(&self.raw.url(caravan_audit::SCHEMA.login_role), 1).await.unwrap();
        let mut tx = TenantTx::begin(&auditor, A).await.unwrap();
        let verified = caravan_audit::verify(&mut tx, None).await.unwrap();
        (verified.count, verified.broken.is_none())
    }
}

fn caller(tenant: TenantId, scopes: &[&str]) -> Caller {
    Caller {
        tenant,
        principal: "user/asha".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        trace: TraceId([1; 16]),
    }
}

/// An order as callers send it: 820 kg from Pune to Chennai.
pub(crate) fn content(number: &str) -> Value {
    json!({
        "number": number, "kind": "delivery", "equipment": "32FT-MXL",
        "references": [{"kind": "purchase-order", "value": format!("PO-{number}")}],
        "stops": [
            {"kind": "pickup", "name": "Pune Plant", "place": {"city": "Pune", "region": "MH", "postal_code": "411001", "country": "IN"},
             "earliest": "2026-11-25T06:00:00+05:30", "latest": "2026-11-25T10:00:00+05:30"},
            {"kind": "delivery", "name": "Chennai Depot", "place": {"city": "Chennai", "region": "TN", "postal_code": "600002", "country": "IN"},
             "latest": "2026-11-27T18:00:00+05:30"}
        ],
        "lines": [{"number": "10", "material": "GEARBOX-5", "quantity": {"value": "12", "unit": "PCE"}}],
        "gross_weight": {"value": "820.000", "unit": "KGM"}, "packages": 6, "distance_km": "1180"
    })
}

/// The steps from an indent to an accepted tender.
pub(crate) fn until_accepted() -> Vec<(&'static str, Value)> {
    vec![
        ("approve", json!({})),
        ("assign", json!({"carrier": "DEMO"})),
        ("tender", json!({})),
        ("answer", json!({"answer": "accepted", "carrier_reference": "PRO-77"})),
    ]
}

pub(crate) fn dispatch() -> (&'static str, Value) {
    let body = json!({
        "lr_number": "LR-555001", "vehicle": "MH 12 AB-1234", "driver": {"name": "Ravi", "phone": "+91 98765 43210"}
    });
    ("dispatch", body)
}

fn event_of(kind: Kind, key: &str, time_ms: i64, data: String) -> Envelope {
    Envelope::of_service(A, kind, key.to_owned(), key, time_ms, None, data)
}

/// An ERP's delivery: its document number, what it does, its gross weight.
pub(crate) fn document(number: &str, docnum: u32, purpose: Purpose, weight: &str) -> Order {
    let place = |city: &str, postal: &str| Place {
        name: Some(city.into()),
        postal_code: Some(postal.into()),
        country: Some("IN".into()),
        ..Place::default()
    };
    let party = |role, city: &str, postal: &str| Party {
        role,
        raw_role: "WE".into(),
        id: Some(format!("{city}-1")),
        name: Some(format!("{city} site")),
        street: Vec::new(),
        place: place(city, postal),
    };
    let at = |minute: i64| Moment {
        instant_ms: minute * 60_000,
        offset_min: 330,
        zone: ZoneSource::Profile,
    };
    Order {
        key: Some(format!("800/{docnum:016}")),
        kind: DocumentKind::Delivery,
        purpose,
        number: number.into(),
        references: vec![Reference::new("purchase-order", "PO-77/2026")],
        parties: vec![
            party(PartyRole::ShipFrom, "Pune", "411001"),
            party(PartyRole::ShipTo, "Chennai", "600002"),
        ],
        dates: vec![
            ("planned-goods-issue".into(), at(600)),
            ("planned-goods-issue-end".into(), at(840)),
            ("requested-delivery".into(), at(3_000)),
        ],
        gross_weight: Some(Measure { value: weight.into(), unit: "KGM".into() }),
        volume: None,
        packages: Some(6),
        incoterms: Some("DAP Chennai".into()),
        lines: Vec::new(),
        source: Span::default(),
        attributes: Vec::new(),
    }
}

/// The event by which the ERP's document arrives, from `connection`.
pub(crate) fn received(
    tenant: TenantId,
    connection: ConnectionId,
    order: Order,
    time_ms: i64,
) -> Envelope {
    let record = Record::Order(Box::new(order));
    Envelope::of_record(tenant, connection, DocumentHash([7; 32]), None, time_ms, &record).unwrap()
}

/// A milestone about `references` (`kind value`) at `minute`.
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
        leg: None,
        direction: Direction::Forward,
        scope: Scope::SHIPMENT,
        at: Moment { instant_ms: minute * 60_000, offset_min: 330, zone: ZoneSource::Sent },
        place: None,
        references: references.iter().map(reference).collect(),
        raw: RawCode { list: "test/status".into(), code: status.as_str().into(), text: None },
        raw_reason: None,
        source: Span::default(),
        attributes: Vec::new(),
    }
}

pub(crate) fn reported(tenant: TenantId, milestone: Milestone, time_ms: i64) -> Envelope {
    let record = Record::Milestone(Box::new(milestone));
    let carrier = ConnectionId(Uuid::from_u128(0xC));
    Envelope::of_record(tenant, carrier, DocumentHash([8; 32]), None, time_ms, &record).unwrap()
}

/// A carrier's answer, as its 990 becomes it.
pub(crate) fn answered(number: &str, data: Value, cause: &str) -> Envelope {
    let kind = Kind::TENDER_ANSWERED;
    Envelope::of_service(A, kind, number.into(), cause, 1_000, None, data.to_string())
}

/// A published rate contract with one lane from IN to IN.
pub(crate) fn contract(id: u128, version: i32, carrier: &str, per_kg: &str) -> Envelope {
    let data = json!({
        "contract_id": Uuid::from_u128(id).to_string(), "version": version, "published_at": "2026-04-01T00:00:00Z",
        "carrier": carrier, "name": "road", "currency": "INR", "valid_from": "2026-04-01", "valid_to": null,
        "lanes": [{"line": 1, "service": null, "origin": {"country": "IN", "postal_code": "411"}, "destination": {"country": "in"},
                   "slabs": [{"up_to": "100", "per": "shipment", "amount": "500.00"}, {"up_to": null, "per": "kg", "amount": per_kg}],
                   "minimum": "450.00"}],
        "accessorials": []
    });
    let cause = format!("{id}/{version}");
    let kind = Kind::RATE_CONTRACT_PUBLISHED;
    Envelope::of_service(A, kind, cause.clone(), &cause, 1, None, data.to_string())
}
