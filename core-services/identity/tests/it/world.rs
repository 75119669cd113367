//! A world of its own for each test: a database with two tenants and a user of every role in each.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use caravan_cluster::testing::{self, TestDatabase};
use caravan_identity::scopes::Role;
use caravan_identity::{Config, Cost, Identity, SCHEMA, Vault, router};
use caravan_model::{TenantId, TraceId};
use caravan_tenancy::{Caller, CurrentSession, Database, SystemTx, TenantTx, migrate};
use http_body_util::BodyExt as _;
use secrecy::SecretBox;
use serde_json::Value;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const A: TenantId = TenantId(Uuid::from_u128(0xA));
pub(crate) const B: TenantId = TenantId(Uuid::from_u128(0xB));
pub(crate) const PASSWORD: &str = "correct horse battery";
/// Where browsers would reach us; nobody does.
pub(crate) const PUBLIC_URL: &str = "http://caravan.test";
/// Cheap: what a hash costs is hasher.rs's to test.
pub(crate) const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

pub(crate) struct World {
    pub(crate) raw: TestDatabase,
    pub(crate) database: Database,
    pub(crate) identity: Identity,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) cookie: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    /// The session token of the cookie that was set.
    pub(crate) fn token(&self) -> String {
        let line = self.cookie.as_deref().unwrap();
        let (_, rest) = line.split_once("__Host-caravan=").unwrap();
        rest.split(';').next().unwrap().to_owned()
    }
}

/// A request in the making.
pub(crate) struct Ask {
    request: axum::http::request::Builder,
    body: Body,
    versioned: bool,
}

pub(crate) fn ask(method: &str, path: &str) -> Ask {
    let request = Request::builder().method(method).uri(path).header("caravan-csrf", "1");
    Ask { request, body: Body::empty(), versioned: true }
}

impl Ask {
    pub(crate) fn json(mut self, body: Value) -> Self {
        self.request = self.request.header("content-type", "application/json");
        self.body = Body::from(body.to_string());
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Without saying which version is changed; else it is any, where no test says another.
    pub(crate) fn unversioned(mut self) -> Self {
        self.versioned = false;
        self
    }

    pub(crate) fn cookie(self, token: &str) -> Self {
        self.header("cookie", &format!("__Host-caravan={token}"))
    }

    pub(crate) fn from(mut self, address: &str) -> Self {
        let peer: std::net::SocketAddr = format!("{address}:1").parse().unwrap();
        self.request = self.request.extension(ConnectInfo(peer));
        self
    }

    pub(crate) fn by(mut self, caller: &Caller) -> Self {
        self.request = self.request.extension(caller.clone());
        self
    }

    /// As the gateway would put it: which session it is.
    pub(crate) fn current(mut self, session: Uuid) -> Self {
        self.request = self.request.extension(CurrentSession(session));
        self
    }

    pub(crate) async fn send(self, router: &Router) -> Answer {
        let mut request = self.request.body(self.body).unwrap();
        if self.versioned {
            let any = axum::http::HeaderValue::from_static("*");
            request.headers_mut().entry("if-match").or_insert(any);
        }
        let response = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let header =
            |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let (cookie, etag, retry_after) =
            (header("set-cookie"), header("etag"), header("retry-after"));
        let location = header("location");
        let status = parts.status.as_u16();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status,
            cookie,
            etag,
            retry_after,
            location,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        }
    }
}

pub(crate) fn email(tenant: TenantId, role: Role) -> String {
    let tenant = if tenant == A { "a" } else { "b" };
    format!("{}@{tenant}.example", role.as_str())
}

impl World {
    pub(crate) async fn new() -> Self {
        let raw = testing::database().await.unwrap();
        let schemas = [caravan_audit::SCHEMA, SCHEMA];
        migrate(&raw.owner_url(), &schemas).await.unwrap();
        let database = Database::connect(&raw.url(SCHEMA.login_role), 8).await.unwrap();
        let world = Self { identity: identity(&database, CHEAP), raw, database };
        for (tenant, name) in [(A, "Alpha"), (B, "Beta")] {
            world.identity.ensure_tenant(tenant, name).await.unwrap();
            for role in Role::ALL {
                let email = email(tenant, role);
                world
                    .identity
                    .ensure_user(tenant, &email, role.as_str(), role, PASSWORD.into())
                    .await
                    .unwrap();
            }
        }
        world
    }

    pub(crate) fn router(&self) -> Router {
        router(self.identity.clone())
    }

    /// The same over the same database, and nothing remembered: another process.
    pub(crate) fn elsewhere(&self) -> Identity {
        identity(&self.database, CHEAP)
    }

    pub(crate) async fn login(&self, email: &str) -> Answer {
        let body = serde_json::json!({ "email": email, "password": PASSWORD });
        let answer = ask("POST", "/v1/session").json(body).send(&self.router()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// As the gateway would put it: looked up by a session's token.
    pub(crate) async fn caller(&self, tenant: TenantId, role: Role) -> Caller {
        let token = self.login(&email(tenant, role)).await.token();
        let found = self.identity.of_session(&token).await.unwrap().unwrap();
        assert_eq!(found.tenant, tenant);
        Caller { tenant, principal: found.principal, scopes: found.scopes, trace: TraceId([1; 16]) }
    }

    /// Runs a statement as identity itself.
    pub(crate) async fn run(&self, statement: &'static str) -> u64 {
        let mut tx = SystemTx::begin(&self.database).await.unwrap();
        let done = sqlx::raw_sql(statement).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
        done.rows_affected()
    }

    /// The actions in a tenant's trail, the oldest first; the trail is whole.
    pub(crate) async fn trail(&self, tenant: TenantId) -> Vec<String> {
        let mut tx = TenantTx::begin(&self.database, tenant).await.unwrap();
        assert!(caravan_audit::verify(&mut tx, None).await.unwrap().ok());
        let mut entries = caravan_audit::page(&mut tx, None, None, 1_000).await.unwrap();
        entries.reverse();
        entries.into_iter().map(|entry| entry.action).collect()
    }
}

pub(crate) fn config(database: &Database) -> Config {
    let vault = Arc::new(Vault::of_key(&[7; 32]).unwrap());
    Config::new(database.clone(), SecretBox::new(Box::new([7; 32])), vault)
}

fn identity(database: &Database, cost: Cost) -> Identity {
    let mut config = config(database);
    config.cost = cost;
    config.outside.public_url = Some(PUBLIC_URL.parse().unwrap());
    config.outside.guard.allow_test_nets = true;
    Identity::new(config).unwrap()
}
