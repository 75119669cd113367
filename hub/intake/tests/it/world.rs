//! A world of its own for each test: a database, a document store, the bundle's connectors, and a party that answers as told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use caravan_cluster::testing::{self, TestDatabase};
use caravan_connectors_bundle::{CATALOG, COMPONENTS, PROFILES};
use caravan_event_log::PostgresLog;
use caravan_hub_intake::{Intake, Objects, Parts, Polled, ServiceFactory, Worker, watch};
use caravan_hub_registry::{
    Bundled, Catalog, Components, ConnectionStore, Environment, NewConnection, Profiles, Registry,
    SCHEMA, Vault,
};
use caravan_hub_resilience::{Config as EgressConfig, Egress};
use caravan_hub_sandbox::{Config as SandboxConfig, Sandbox};
use caravan_model::{ConnectionId, Reference, TenantId};
use caravan_net::{guard, retry};
use caravan_tenancy::{Database, TenantTx, migrate};
use secrecy::SecretString;
use serde_json::json;
use sqlx::Row as _;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(0xA));
const CONNECTION: ConnectionId = ConnectionId(Uuid::from_u128(0xC));
/// The carrier that hands over files.
pub(crate) const CARRIER: ConnectionId = ConnectionId(Uuid::from_u128(0xD));
/// A reply of DHL about one shipment, ten events.
pub(crate) const TEN_EVENTS: &str =
    include_str!("../../../../fixtures/parties/dhl/tracking/ten-events/input.json");
pub(crate) const NUMBER: &str = "7777777770";
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What the party answers to every request from now on.
type Script = Arc<Mutex<(u16, Vec<(&'static str, &'static str)>, String)>>;

pub(crate) struct World {
    pub(crate) intake: Intake,
    /// Where the party listens.
    pub(crate) address: String,
    party: Script,
    database: TestDatabase,
    _folder: tempfile::TempDir,
}

/// A stored document, as far as these tests look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) status: String,
    pub(crate) class: Option<String>,
    pub(crate) records: i64,
    pub(crate) duplicates: i64,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = testing::database().await.unwrap();
        let schemas =
            [caravan_event_log::SCHEMA, caravan_audit::SCHEMA, caravan_web::SCHEMA, SCHEMA];
        migrate(&database.owner_url(), &schemas).await.unwrap();
        let hub = Database::connect(&database.url(SCHEMA.login_role), 6).await.unwrap();
        let reader = Database::connect(&database.url("caravan_relay"), 2).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&folder.path().join("vault")).unwrap();
        let connections = ConnectionStore::new(hub.clone(), Arc::new(vault));
        let registry = registry(connections.clone());
        let egress = Egress::new(EgressConfig {
            guard: guard::Config { allow_test_nets: true, own: Vec::new() },
            retry: retry::Config { backoff: Duration::from_millis(2), ..retry::Config::default() },
            ..EgressConfig::default()
        });
        let intake = Intake::new(Parts {
            database: hub.clone(),
            objects: Objects::local(&folder.path().join("documents")).unwrap(),
            registry,
            services: ServiceFactory::new(egress.unwrap(), hub, connections, true),
            log: Arc::new(PostgresLog::new(reader)),
            owner: "test".to_owned(),
        });
        let (party, address) = party().await;
        for connection in [dhl(&address), motor_carrier()] {
            intake.registry().connections().put(TENANT, &connection).await.unwrap();
        }
        let mut tx = TenantTx::begin(intake.database(), TENANT).await.unwrap();
        watch(&mut tx, CONNECTION, "tracking", vec![NUMBER.to_owned()], 60).await.unwrap();
        tx.commit().await.unwrap();
        Self { intake, address, party, database, _folder: folder }
    }

    /// The party answers so from now on.
    pub(crate) fn party_answers(
        &self,
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &str,
    ) {
        *self.party.lock().unwrap() = (status, headers.to_vec(), body.to_owned());
    }

    /// Asks about the one shipment.
    pub(crate) async fn poll(&self) -> Polled {
        let resolved = self.intake.registry().resolve(TENANT, CONNECTION).await.unwrap();
        let references = vec![Reference::new("tracking", NUMBER)];
        self.intake.poll(&resolved, references).await.unwrap().remove(0)
    }

    pub(crate) async fn documents(&self) -> Vec<Document> {
        let mut tx = TenantTx::begin(self.intake.database(), TENANT).await.unwrap();
        let rows = sqlx::query(
            "SELECT status, failure_class, records, duplicates FROM hub.documents ORDER BY received_at",
        )
        .fetch_all(tx.conn())
        .await
        .unwrap();
        rows.iter()
            .map(|row| Document {
                status: row.get("status"),
                class: row.get("failure_class"),
                records: row.get("records"),
                duplicates: row.get("duplicates"),
            })
            .collect()
    }

    pub(crate) async fn set_status(&self, status: &str) {
        let mut tx = TenantTx::begin(self.intake.database(), TENANT).await.unwrap();
        sqlx::query("UPDATE hub.documents SET status = $1, attempts = 1, next_at = now(), lease_until = NULL, finished_at = NULL")
            .bind(status)
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn outbox_files(&self) -> i64 {
        let mut tx = TenantTx::begin(self.intake.database(), TENANT).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM hub.outbox_files")
            .fetch_one(tx.conn())
            .await
            .unwrap()
    }

    pub(crate) async fn execute(&self, statement: &'static str) {
        let mut tx = TenantTx::begin(self.intake.database(), TENANT).await.unwrap();
        sqlx::query(statement).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn texts(&self, query: &'static str) -> Vec<String> {
        let mut tx = TenantTx::begin(self.intake.database(), TENANT).await.unwrap();
        sqlx::query_scalar(query).fetch_all(tx.conn()).await.unwrap()
    }

    /// The plan of a statement, under settings of its transaction.
    pub(crate) async fn plan(&self, settings: &'static str, explain: &str) -> String {
        let mut tx = TenantTx::begin(self.intake.database(), TENANT).await.unwrap();
        sqlx::query(settings).execute(tx.conn()).await.unwrap();
        let statement = sqlx::AssertSqlSafe(explain.to_owned());
        let lines: Vec<String> = sqlx::query_scalar(statement).fetch_all(tx.conn()).await.unwrap();
        lines.join("\n")
    }

    /// What the audit trail holds of the tenant.
    pub(crate) async fn audited(&self, query: &'static str) -> Vec<String> {
        let url = self.database.url(caravan_audit::SCHEMA.login_role);
        let reader = Database::connect(&url, 1).await.unwrap();
        let mut tx = TenantTx::begin(&reader, TENANT).await.unwrap();
        sqlx::query_scalar(query).fetch_all(tx.conn()).await.unwrap()
    }

    /// Replays every document, as `caravan replay` does, and waits until each has its end.
    pub(crate) async fn replay(&self) -> Vec<Document> {
        self.set_status("received").await;
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(Worker::new(self.intake.clone(), 2).run(shutdown.clone()));
        let ended = async {
            loop {
                let documents = self.documents().await;
                if documents
                    .iter()
                    .all(|one| !matches!(one.status.as_str(), "received" | "processing"))
                {
                    return documents;
                }
                tokio::task::yield_now().await;
            }
        };
        let documents = tokio::time::timeout(PATIENCE, ended).await.unwrap();
        shutdown.cancel();
        running.await.unwrap();
        documents
    }
}

fn registry(connections: ConnectionStore) -> Registry {
    let sandbox = Sandbox::new(SandboxConfig { instances_max: 4, ..SandboxConfig::default() });
    let bundled = COMPONENTS
        .iter()
        .filter(|one| ["delhivery", "dhl", "idoc", "x12"].contains(&one.id))
        .map(|one| Bundled { id: one.id, wasm: one.wasm, manifest: one.manifest });
    let components = Components::load(&sandbox.unwrap(), bundled).unwrap();
    let profiles = Profiles::load(PROFILES.iter().map(|one| (one.party, one.json))).unwrap();
    let catalog = Catalog::parse(CATALOG).unwrap();
    Registry::new(Arc::new(catalog), Arc::new(components), Arc::new(profiles), connections)
}

async fn party() -> (Script, String) {
    let script: Script = Arc::new(Mutex::new((200, Vec::new(), TEN_EVENTS.to_owned())));
    let told = Arc::clone(&script);
    let answer = move || {
        let (status, headers, body) = told.lock().unwrap().clone();
        let headers = headers.into_iter().collect::<BTreeMap<_, _>>();
        let headers: axum::http::HeaderMap = headers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<Vec<(axum::http::HeaderName, axum::http::HeaderValue)>>()
            .into_iter()
            .collect();
        async move { (StatusCode::from_u16(status).unwrap(), headers, body) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(
        async move { axum::serve(listener, Router::new().fallback(answer)).await.unwrap() },
    );
    (script, address)
}

/// A carrier that trades by X12 files.
pub(crate) fn motor_carrier() -> NewConnection {
    NewConnection {
        id: CARRIER,
        party: "demo-carrier".to_owned(),
        name: "demo-carrier".to_owned(),
        environment: Environment::Sandbox,
        endpoints: BTreeMap::new(),
        settings: json!({ "sender_id": "CARAVAN-DEMO" }),
        secrets: BTreeMap::new(),
        sftp: None,
        hook_token: None,
    }
}

fn dhl(address: &str) -> NewConnection {
    let fields = BTreeMap::from([("value".to_owned(), SecretString::from("key-of-the-test"))]);
    NewConnection {
        id: CONNECTION,
        party: "dhl".to_owned(),
        name: "dhl".to_owned(),
        environment: Environment::Sandbox,
        endpoints: BTreeMap::from([("api".to_owned(), address.to_owned())]),
        settings: json!({}),
        secrets: BTreeMap::from([("key".to_owned(), fields)]),
        sftp: None,
        hook_token: None,
    }
}
