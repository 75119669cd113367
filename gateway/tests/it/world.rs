//! A gateway of its own for each test: its own database, its own port, an upstream that shows what it was given.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::routing::{get, post};
use caravan_gateway::{
    Access, Class, Config, Gateway, Health, Holder, Identify, Presented, Unavailable, Upstream,
};
use caravan_identity::{Cost, Identity, SCHEMA};
use caravan_tenancy::{Caller, Database};
use secrecy::SecretBox;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const BODY_MAX: usize = 1000;

pub(crate) struct World {
    pub(crate) identity: Identity,
    pub(crate) release: Arc<Notify>,
    entered: Arc<Notify>,
    address: std::net::SocketAddr,
    _database: caravan_cluster::testing::TestDatabase,
    shutdown: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// The adapter that `cli` has too: the gateway and identity know nothing of each other.
struct Known(Identity);

#[async_trait::async_trait]
impl Identify for Known {
    async fn identify(
        &self,
        presented: Presented<'_>,
        from: Option<IpAddr>,
    ) -> Result<Option<Holder>, Unavailable> {
        let found = match presented {
            Presented::ApiKey(key) => self.0.of_key(key).await,
            Presented::Session(token) => self.0.of_session(token).await,
        };
        let holder = |found: caravan_identity::Identified| Holder {
            admitted: found.may_come_from(from),
            tenant: found.tenant,
            principal: found.principal,
            scopes: found.scopes,
            session: found.session,
        };
        found.map(|found| found.map(holder)).map_err(|error| Unavailable(Box::new(error)))
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }

    pub(crate) fn code(&self) -> Option<String> {
        let problem: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        problem["code"].as_str().map(str::to_owned)
    }
}

impl World {
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with(change, Vec::new()).await
    }

    /// The same with further upstreams.
    pub(crate) async fn start_with(
        change: impl FnOnce(&mut Config),
        further: Vec<Upstream>,
    ) -> Self {
        let database = caravan_cluster::testing::database().await.unwrap();
        let schemas = [caravan_audit::SCHEMA, SCHEMA];
        caravan_tenancy::migrate(&database.owner_url(), &schemas).await.unwrap();
        let pool = Database::connect(&database.url(SCHEMA.login_role), 4).await.unwrap();
        let vault = Arc::new(caravan_identity::Vault::of_key(&[7; 32]).unwrap());
        let pepper = SecretBox::new(Box::new([7; 32]));
        let mut known = caravan_identity::Config::new(pool, pepper, vault);
        known.cost = Cost { memory_kib: 64, passes: 1 };
        let identity = Identity::new(known).unwrap();
        let mut config = Config::new("127.0.0.1:0".parse().unwrap());
        change(&mut config);
        let (release, entered) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let cap = u64::try_from(BODY_MAX).unwrap();
        let things = Access::Key { read: "things:read", write: "things:write" };
        let mut upstreams = vec![
            Upstream::in_process(&["/v1/things"], things_router(&release, &entered), things, cap),
            Upstream::in_process(&["/v1/heavy"], heavy_router(), Access::Known, cap)
                .of_class(Class::Heavy),
            Upstream::in_process(&["/hooks"], hooks_router(), Access::Open, cap),
            Upstream::in_process(&["/v1/public"], public_router(), Access::Open, 0)
                .of_class(Class::Public),
            crate::openapi::upstream(),
            Upstream::in_process(
                caravan_identity::OPEN_PATHS,
                caravan_identity::router(identity.clone()),
                Access::Open,
                cap,
            )
            .of_class(Class::Login)
            .described_by(caravan_identity::openapi()),
            Upstream::in_process(
                caravan_identity::PATHS,
                caravan_identity::router(identity.clone()),
                Access::Known,
                cap,
            )
            .described_by(caravan_identity::openapi()),
        ];
        upstreams.extend(further);
        let metrics = METRICS.clone();
        let health = Health { checks: Vec::new(), metrics };
        let gateway = Gateway::bind(config, Arc::new(Known(identity.clone())), upstreams, health)
            .await
            .unwrap();
        let address = gateway.local_addr();
        let shutdown = CancellationToken::new();
        tokio::spawn(gateway.serve(shutdown.clone()));
        Self { identity, release, entered, address, _database: database, shutdown }
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &str,
        headers: &[&str],
    ) -> Answer {
        let key = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
        let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let length = body.len();
        self.raw(&format!("{method} {path} HTTP/1.1\r\nhost: x\r\n{key}{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"))
            .await
    }

    pub(crate) async fn ask_chunked(&self, path: &str, key: Option<&str>, body: &str) -> Answer {
        let key = key.unwrap_or_default();
        let length = body.len();
        self.raw(&format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
        ))
        .await
    }

    pub(crate) async fn raw(&self, request: &str) -> Answer {
        send(self.address, request.to_owned()).await
    }

    /// Starts a request that stays under way until `release`.
    pub(crate) async fn hold(&self, path: &str, key: &str) -> JoinHandle<Answer> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n"
        );
        let held = tokio::spawn(send(self.address, request));
        self.entered.notified().await;
        held
    }
}

async fn send(address: std::net::SocketAddr, request: String) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A server that refuses early may reset the connection after its answer.
    let _ended = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

pub(crate) static METRICS: std::sync::LazyLock<caravan_telemetry::Metrics> =
    std::sync::LazyLock::new(|| caravan_telemetry::Metrics::install().unwrap());

fn things_router(release: &Arc<Notify>, entered: &Arc<Notify>) -> Router {
    let (release, entered) = (Arc::clone(release), Arc::clone(entered));
    Router::new()
        .route("/v1/things", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/v1/things/7", get(seen))
        .route(
            "/v1/things/panic",
            get(|| async {
                if true {
                    panic!("planted")
                }
            }),
        )
        .route(
            "/v1/things/wait",
            get(move || async move {
                entered.notify_one();
                release.notified().await;
                "released"
            }),
        )
}

async fn seen(request: Request) -> String {
    let caller = request.extensions().get::<Caller>().unwrap();
    let names: Vec<_> = request.headers().keys().map(|name| name.as_str().to_owned()).collect();
    format!("tenant={} trace={} headers={}", caller.tenant, caller.trace, names.join(","))
}

fn heavy_router() -> Router {
    Router::new().route("/v1/heavy", post(|| async { "done" }).get(|| async { "seen" }))
}

fn public_router() -> Router {
    Router::new().route("/v1/public/{token}", get(|| async { "seen" }))
}

fn hooks_router() -> Router {
    Router::new().route("/hooks/{token}", post(|| async { "ok" })).route(
        "/hooks/{token}/x/{last}",
        post(|axum::extract::Path((token, _)): axum::extract::Path<(String, String)>| async move {
            token
        }),
    )
}
