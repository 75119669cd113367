//! A service with one change: `POST /v1/things` makes a thing, `POST /v1/things/{any}` too.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use caravan_cluster::testing::{self, TestDatabase};
use caravan_model::{TenantId, TraceId};
use caravan_tenancy::{Caller, Database, Schema, SystemTx, TenantTx, catalog, migrate};
use caravan_web::{Answer, Idempotent, Problem};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower::ServiceExt as _;
use uuid::Uuid;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("tests/it/migrations");
const SCHEMA: Schema = Schema { name: "things", migrator: &MIGRATOR, login_role: "caravan_things" };

pub(crate) const A: TenantId = TenantId(Uuid::from_u128(0xA));
pub(crate) const B: TenantId = TenantId(Uuid::from_u128(0xB));

pub(crate) struct World {
    raw: TestDatabase,
    pub(crate) database: Database,
}

/// What is sent, by whom.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) principal: &'a str,
    pub(crate) path: &'a str,
    pub(crate) key: Option<&'a str>,
    pub(crate) name: &'a str,
}

impl<'a> Sent<'a> {
    pub(crate) fn new(key: &'a str, name: &'a str) -> Self {
        Self { tenant: A, principal: "key/1", path: "/v1/things", key: Some(key), name }
    }
}

#[derive(Debug, PartialEq)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) location: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) body: Value,
}

impl World {
    pub(crate) async fn new() -> Self {
        let raw = testing::database().await.unwrap();
        migrate(&raw.owner_url(), &[caravan_web::SCHEMA, SCHEMA]).await.unwrap();
        let database = Database::connect(&raw.url(SCHEMA.login_role), 4).await.unwrap();
        Self { raw, database }
    }

    pub(crate) async fn send(&self, sent: Sent<'_>) -> Got {
        let caller = Caller {
            tenant: sent.tenant,
            principal: sent.principal.into(),
            scopes: vec!["*".into()],
            trace: TraceId([1; 16]),
        };
        let mut request =
            Request::post(sent.path).extension(caller).header("content-type", "application/json");
        if let Some(key) = sent.key {
            request = request.header("idempotency-key", key);
        }
        let body = serde_json::to_string(&Thing { name: sent.name.into() }).unwrap();
        let response = router(self.database.clone())
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let header = |name: &str| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let (location, etag) = (header("location"), header("etag"));
        let replayed = header("idempotency-replayed").as_deref() == Some("true");
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap();
        Got { status, replayed, location, etag, body }
    }

    /// How many things `tenant` has.
    pub(crate) async fn things(&self, tenant: TenantId) -> i64 {
        let mut tx = TenantTx::begin(&self.database, tenant).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM things").fetch_one(tx.conn()).await.unwrap()
    }

    /// How many keys of `tenant` are kept.
    pub(crate) async fn keys(&self, tenant: TenantId) -> i64 {
        let mut tx = TenantTx::begin(&self.database, tenant).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM idempotency_keys")
            .fetch_one(tx.conn())
            .await
            .unwrap()
    }

    /// Lets three days go by for what `tenant` has sent.
    pub(crate) async fn age(&self, tenant: TenantId) {
        let mut tx = TenantTx::begin(&self.database, tenant).await.unwrap();
        sqlx::query("UPDATE idempotency_keys SET created_at = created_at - interval '73 hours'")
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn violations(&self) -> Vec<String> {
        let owner = Database::connect(&self.raw.owner_url(), 1).await.unwrap();
        let mut tx = SystemTx::begin(&owner).await.unwrap();
        catalog::violations(tx.conn()).await.unwrap()
    }
}

#[derive(Deserialize, Serialize)]
struct Thing {
    name: String,
}

fn router(database: Database) -> Router {
    Router::new()
        .route("/v1/things", post(make))
        .route("/v1/things/{any}", post(make))
        .with_state(database)
}

/// A thing called `broken` fails after its row was written.
async fn make(
    State(database): State<Database>,
    Extension(caller): Extension<Caller>,
    Idempotent { body, attempt }: Idempotent<Thing>,
) -> Result<Response, Problem> {
    let mut tx = TenantTx::begin(&database, caller.tenant).await?;
    if let Some(answered) = attempt.replay(&mut tx).await? {
        return Ok(answered);
    }
    let id: i64 =
        sqlx::query_scalar("INSERT INTO things (tenant_id, name) VALUES ($1, $2) RETURNING id")
            .bind(caller.tenant.0)
            .bind(&body.name)
            .fetch_one(tx.conn())
            .await?;
    if body.name == "broken" {
        return Err(Problem::unprocessable("broken", "This one is broken."));
    }
    let answer = Answer::new(StatusCode::CREATED, &serde_json::json!({ "id": id }))?
        .location(format!("/v1/things/{id}"))
        .version(1);
    let response = attempt.store(&mut tx, answer).await?;
    tx.commit().await?;
    Ok(response)
}
