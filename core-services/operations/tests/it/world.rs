//! A database with the log and one consuming service, and an installation over it.

use core::time::Duration;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use caravan_cluster::testing::{self, TestDatabase};
use caravan_event_log::SCHEMA;
use caravan_event_log::conformance::SCHEMA as CONSUMING;
use caravan_model::{TenantId, TraceId};
use caravan_operations::{
    Breaker, Brokers, Check, Config, Found, Hub, HubFigures, HubUnavailable, Installation, Parts,
    Peer, Peers, Pools, Process, Space,
};
use caravan_telemetry::Traffic;
use caravan_tenancy::{Caller, Database, TenantTx, migrate};
use serde_json::Value;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;
use uuid::Uuid;

pub(crate) const OURS: TenantId = TenantId(Uuid::from_u128(1));
pub(crate) const THEIRS: TenantId = TenantId(Uuid::from_u128(2));

pub(crate) fn caller(tenant: TenantId, scope: &str) -> Caller {
    Caller {
        tenant,
        principal: "user/7".to_owned(),
        scopes: vec![scope.to_owned()],
        trace: TraceId([1; 16]),
    }
}

pub(crate) struct World {
    pub(crate) raw: TestDatabase,
    pub(crate) relay: Database,
    pub(crate) service: Database,
    pub(crate) traffic: Traffic,
}

impl World {
    pub(crate) async fn new() -> Self {
        let raw = testing::database().await.unwrap();
        migrate(&raw.owner_url(), &[SCHEMA, CONSUMING]).await.unwrap();
        let relay = Database::connect(&raw.url(SCHEMA.login_role), 3).await.unwrap();
        let service = Database::connect(&raw.url(CONSUMING.login_role), 4).await.unwrap();
        Self { raw, relay, service, traffic: Traffic::default() }
    }

    /// A process of `role` with both pools.
    pub(crate) fn process(&self, role: &'static str, parts: impl FnOnce(&mut Parts)) -> Process {
        let pools = Pools::default();
        pools.add(SCHEMA.login_role, self.relay.clone());
        pools.add(CONSUMING.login_role, self.service.clone());
        let mut made = Parts { roles: vec![role], pools, checks: Vec::new(), hub: None };
        parts(&mut made);
        Process::new(made)
    }

    /// The installation of a gateway and `peers`, as `caller` sees it.
    pub(crate) async fn stand(
        &self,
        caller: Caller,
        peers: Vec<Peer>,
        kafka: Option<Arc<dyn Brokers>>,
    ) -> Value {
        let mut roles = vec!["gateway"];
        roles.extend(peers.iter().map(|peer| peer.role));
        let installation = Installation::new(Config {
            own: self.process("gateway", |_| {}),
            peers,
            roles,
            traffic: self.traffic.clone(),
            database: self.relay.clone(),
            kafka,
            within: Duration::from_millis(700),
        });
        let router = caravan_operations::router(installation);
        let (status, body) = get(router, "/v1/operations", caller).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Lays an event of `tenant` aside, as its consumer would.
    pub(crate) async fn park(&self, tenant: TenantId, group: &str) {
        let mut tx = TenantTx::begin(&self.service, tenant).await.unwrap();
        sqlx::query(
            "INSERT INTO consumer_parked
               (tenant_id, group_name, id, partition, position, topic, key, connection_id, document, time_ms, data, error)
             VALUES ($1, $2, $3, 0, '', 'x', 'x', $3, '', 0, '{}', 'planted')",
        )
        .bind(tenant.0)
        .bind(group)
        .bind(Uuid::new_v4())
        .execute(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
}

pub(crate) async fn get(router: Router, path: &str, caller: Caller) -> (StatusCode, Value) {
    let request = Request::get(path).extension(caller).body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

/// A check that says this.
pub(crate) fn check(result: Result<(), &'static str>) -> Check {
    Arc::new(move || Box::pin(async move { result.map_err(str::to_owned) }))
}

/// Processes that were found already.
pub(crate) struct Known(pub(crate) Vec<Router>);

#[async_trait]
impl Peers for Known {
    async fn each(&self) -> std::io::Result<Vec<Found>> {
        let found = self.0.iter().map(|router| {
            let router = router.clone();
            let ask = move |request: Request| router.clone().oneshot(request);
            BoxCloneSyncService::new(tower::service_fn(ask))
        });
        Ok(found.collect())
    }
}

/// A hub whose tenant 1 has two documents in quarantine.
pub(crate) struct PlantedHub;

#[async_trait]
impl Hub for PlantedHub {
    async fn of_tenant(&self, tenant: TenantId) -> Result<HubFigures, HubUnavailable> {
        if tenant != OURS {
            return Ok(HubFigures { quarantined: 0, breakers: Vec::new() });
        }
        let breaker = Breaker {
            connection: "dhl-main".to_owned(),
            endpoint: "tracking".to_owned(),
            state: "open",
            refuses_for: Duration::from_secs(4),
        };
        Ok(HubFigures { quarantined: 2, breakers: vec![breaker] })
    }

    fn space(&self) -> std::io::Result<Space> {
        Ok(Space { bytes: 100, free_bytes: 40 })
    }
}
