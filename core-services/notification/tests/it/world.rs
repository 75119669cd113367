//! A world of its own for each test: a database with the log and the service's schema, a clock to move, a service that can be killed.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use caravan_cluster::testing::{self, TestDatabase};
use caravan_event_log::{EventLog, PostgresLog, append};
use caravan_events::{Envelope, Kind};
use caravan_model::{TenantId, TraceId};
use caravan_net::Jitter;
use caravan_notification::{Clock, Config, Notification, SCHEMA};
use caravan_tenancy::{Caller, Database, SystemTx, TenantTx, migrate};
use caravan_vault::Vault;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const A: TenantId = TenantId(Uuid::from_u128(0xA));
pub(crate) const B: TenantId = TenantId(Uuid::from_u128(0xB));
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const PLACED: &str = "caravan.order.placed";
pub(crate) const BILL: &str = "caravan.freight-invoice.received";
pub(crate) const HOUR_MS: i64 = 3_600_000;
/// 2026-11-26T12:00:00Z.
pub(crate) const START_MS: i64 = 1_795_694_400_000;

pub(crate) struct World {
    raw: TestDatabase,
    pub(crate) database: Database,
    log: Arc<dyn EventLog>,
    pub(crate) vault: Arc<Vault>,
    _keys: tempfile::TempDir,
    now_ms: Arc<AtomicI64>,
    pub(crate) test_nets: bool,
    pub(crate) per_webhook: u16,
    pub(crate) calls: u16,
}

/// A running service; dropped, it is killed.
pub(crate) struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.task).await.unwrap();
    }

    /// As a crash would.
    pub(crate) async fn kill(mut self) {
        self.task.abort();
        assert!((&mut self.task).await.unwrap_err().is_cancelled());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let raw = testing::database().await.unwrap();
        let schemas =
            [caravan_event_log::SCHEMA, caravan_audit::SCHEMA, caravan_web::SCHEMA, SCHEMA];
        migrate(&raw.owner_url(), &schemas).await.unwrap();
        let database = Database::connect(&raw.url(SCHEMA.login_role), 8).await.unwrap();
        let reader = Database::connect(&raw.url("caravan_relay"), 3).await.unwrap();
        let keys = tempfile::tempdir().unwrap();
        Self {
            raw,
            database,
            log: Arc::new(PostgresLog::new(reader)),
            vault: Arc::new(Vault::open(&keys.path().join("vault")).unwrap()),
            _keys: keys,
            now_ms: Arc::new(AtomicI64::new(START_MS)),
            test_nets: true,
            per_webhook: 8,
            calls: 64,
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Acquire)
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::AcqRel);
    }

    fn service(&self) -> Notification {
        let now_ms = Arc::clone(&self.now_ms);
        let config = Config {
            test_nets: self.test_nets,
            calls_per_webhook: self.per_webhook,
            calls: self.calls,
            clock: Clock::new(move || now_ms.load(Ordering::Acquire)),
            jitter: Jitter::Fixed(0.0),
            ..Config::default()
        };
        config.build(Arc::clone(&self.log), self.database.clone(), Arc::clone(&self.vault)).unwrap()
    }

    pub(crate) fn router(&self) -> Router {
        self.service().router()
    }

    pub(crate) fn start(&self) -> Running {
        let stop = CancellationToken::new();
        Running { task: tokio::spawn(self.service().run(stop.clone())), stop }
    }

    /// Appends an event; answers its id.
    pub(crate) async fn happens(&self, tenant: TenantId, kind: &'static str) -> Uuid {
        let data = json!({ "number": "4711" }).to_string();
        let cause = Uuid::new_v4().to_string();
        let (kind, key) = (Kind::new(kind), "4711".to_owned());
        let event = Envelope::of_service(tenant, kind, key, &cause, self.now_ms(), None, data);
        let mut tx = TenantTx::begin(&self.database, tenant).await.unwrap();
        append(&mut tx, core::slice::from_ref(&event)).await.unwrap();
        tx.commit().await.unwrap();
        event.id.0
    }

    /// Has the group read everything again from the first event.
    pub(crate) async fn rewind(&self) {
        let mut tx = SystemTx::begin(&self.database).await.unwrap();
        sqlx::query("UPDATE consumer_offsets SET position = ''").execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A number, of all tenants.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        let mut tx = SystemTx::begin(&self.database).await.unwrap();
        sqlx::query_scalar(query).fetch_one(tx.conn()).await.unwrap()
    }

    /// The actions of the tenant's trail.
    pub(crate) async fn trail(&self, tenant: TenantId) -> Vec<String> {
        let owner = Database::connect(&self.raw.owner_url(), 1).await.unwrap();
        let mut tx = TenantTx::begin(&owner, tenant).await.unwrap();
        sqlx::query_scalar("SELECT action FROM audit.entries ORDER BY seq")
            .fetch_all(tx.conn())
            .await
            .unwrap()
    }

    pub(crate) async fn violations(&self) -> Vec<String> {
        let owner = Database::connect(&self.raw.owner_url(), 1).await.unwrap();
        let mut tx = SystemTx::begin(&owner).await.unwrap();
        caravan_tenancy::catalog::violations(tx.conn()).await.unwrap()
    }

    pub(crate) async fn call(&self, caller: Caller, request: Request<Body>) -> Response<Body> {
        let mut request = request;
        request.extensions_mut().insert(caller);
        self.router().oneshot(request).await.unwrap()
    }

    /// What the router answers to a caller who may do everything.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.ask_as(caller(A, &["*"]), method, path, body).await
    }

    pub(crate) async fn ask_as(
        &self,
        caller: Caller,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json").header("if-match", "*");
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let response = self.call(caller, request.body(body.into()).unwrap()).await;
        (response.status().as_u16(), json_of(response).await)
    }

    /// Makes an endpoint; answers its path and its secret.
    pub(crate) async fn webhook(
        &self,
        tenant: TenantId,
        url: &str,
        kinds: &[&str],
    ) -> (String, String) {
        let body = json!({ "name": "ERP", "url": url, "kinds": kinds });
        let (status, made) =
            self.ask_as(caller(tenant, &["*"]), "POST", "/v1/webhooks", Some(body)).await;
        assert_eq!(status, 201, "{made}");
        (path_of(&made), made["secret"].as_str().unwrap().to_owned())
    }

    /// Waits until what tenant A sees at `path` is `right`.
    pub(crate) async fn until(&self, path: &str, right: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let (status, body) = self.ask("GET", path, None).await;
                if status == 200 && right(&body) {
                    return body;
                }
                last = body;
                tokio::task::yield_now().await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("{path} stays {last}"))
    }

    /// Waits until the newest delivery of an endpoint has this status; answers its path and its detail.
    pub(crate) async fn delivery(&self, webhook: &str, status: &str) -> (String, Value) {
        let is = |page: &Value| page["items"][0]["status"] == *status;
        let page = self.until(&format!("{webhook}/deliveries"), is).await;
        let path = format!("{webhook}/deliveries/{}", page["items"][0]["id"].as_str().unwrap());
        let (code, detail) = self.ask("GET", &path, None).await;
        assert_eq!(code, 200, "{detail}");
        (path, detail)
    }

    /// Waits until the newest delivery of `webhook` was tried so often and has its next try before it; gives the page.
    pub(crate) async fn waiting(&self, webhook: &str, tries: u64) -> Value {
        let waits = |page: &Value| {
            let first = &page["items"][0];
            first["attempts"] == tries && first["next_attempt_at"].is_string()
        };
        self.until(&format!("{webhook}/deliveries"), waits).await
    }
}

pub(crate) async fn json_of(response: Response<Body>) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() }
}

pub(crate) fn path_of(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap())
}

pub(crate) fn caller(tenant: TenantId, scopes: &[&str]) -> Caller {
    Caller {
        tenant,
        principal: "user/test".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        trace: TraceId([1; 16]),
    }
}

/// The statuses of a delivery's tries.
pub(crate) fn statuses(detail: &Value) -> Vec<u64> {
    let tries = detail["tries"].as_array().unwrap();
    tries.iter().filter_map(|one| one["status"].as_u64()).collect()
}
