//! The hub around a call, as production has it: sandbox, broker, way out. Only the addresses are local.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use caravan_hub_capabilities::{
    Broker, ConnectionGrants, MemoryReplies, MemoryState, Parts, deadline_within,
};
use caravan_hub_resilience::{Config as EgressConfig, Egress};
use caravan_hub_sandbox::{Config, Sandbox, Services};
use caravan_manifest::Manifest;
use caravan_net::{guard, retry};
use url::Url;

/// What all connectors share.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    egress: Egress,
    calls: Arc<AtomicU32>,
}

/// What a connection was granted, so that a behaviour can take something away.
#[derive(Clone)]
pub(crate) struct Granted {
    pub(crate) base: Option<Url>,
    pub(crate) secrets: bool,
}

impl World {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::new(Config { instances_max: 16, ..Config::default() }).unwrap();
        let egress = Egress::new(EgressConfig {
            guard: guard::Config { allow_test_nets: true, own: Vec::new() },
            retry: retry::Config { backoff: Duration::from_millis(2), ..retry::Config::default() },
            ..EgressConfig::default()
        });
        Self { sandbox, egress: egress.unwrap(), calls: Arc::default() }
    }

    /// The services of one call, and the replies that they keep. Each call is a connection of its own, so that no breaker,
    /// budget or rate of one behaviour is felt by another.
    pub(crate) fn services(
        &self,
        manifest: &Arc<Manifest>,
        granted: &Granted,
        wall: Duration,
    ) -> (Arc<dyn Services>, Arc<MemoryReplies>) {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let bases = granted.base.iter();
        let endpoints = bases.flat_map(|base| {
            manifest.endpoints.keys().map(move |name| (name.clone(), base.clone()))
        });
        let mut secrets: BTreeMap<String, BTreeMap<String, _>> = BTreeMap::new();
        for (slot, field) in manifest.secret_fields().filter(|_| granted.secrets) {
            let fields = secrets.entry(slot.to_owned()).or_default();
            fields.insert(field.to_owned(), secret(slot, field).into());
        }
        let grants = ConnectionGrants {
            connection: format!("conformance-{number}").into(),
            environment: "conformance".to_owned(),
            endpoints: endpoints.collect(),
            secrets,
            allow_http: true,
        };
        let replies = Arc::new(MemoryReplies::default());
        let parts = Parts {
            manifest: Arc::clone(manifest),
            grants: Arc::new(grants),
            egress: self.egress.clone(),
            state: Arc::new(MemoryState::default()),
            replies: Arc::clone(&replies) as _,
            deadline: deadline_within(wall),
        };
        (Arc::new(Broker::new(parts)), replies)
    }
}

/// The secret in a slot's field: recognisable wherever it turns up.
pub(crate) fn secret(slot: &str, field: &str) -> String {
    format!("Secret7-{slot}-{}", field.replace('_', "-"))
}
