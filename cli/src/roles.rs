//! The roles, all in one process or each in its own: which paths each answers, and how it is started.

pub(crate) mod demo;
pub(crate) mod gateway;
pub(crate) mod hub;
pub(crate) mod operations;
pub(crate) mod services;

use std::sync::Arc;

use caravan_event_log::EventLog;
use caravan_event_log::kafka::KafkaLog;
use caravan_gateway::Access;
use caravan_identity::Outside;
use caravan_telemetry::Traffic;
use clap::ValueEnum;
use url::Url;
use utoipa::openapi::OpenApi;

use crate::folder::Folder;
use crate::stop::Stop;
use crate::storage::Storage;

/// Largest document or workbook over HTTP; larger documents go by SFTP.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;
/// Largest body of every other request.
const BODY_BYTES_MAX: u64 = 1 << 20;

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Lets callers in: gateway and identity.
    Gateway,
    /// Takes documents in and sends them out: SFTP, webhooks, polls, connectors.
    Hub,
    /// Moves orders.
    Order,
    /// Keeps timelines.
    Tracking,
    /// Rates, audits and settles.
    Settlement,
    /// For trials on one machine: the demo's tenants, and simulators of its parties.
    Demo,
}

impl Role {
    /// Its name, as on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Hub => "hub",
            Self::Order => "order",
            Self::Tracking => "tracking",
            Self::Settlement => "settlement",
            Self::Demo => "demo",
        }
    }
}

/// What every role is started with.
pub(crate) struct System<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) storage: &'a Storage,
    pub(crate) log: Arc<dyn EventLog>,
    /// The log's cluster, where it is on one.
    pub(crate) kafka: Option<KafkaLog>,
    /// What the gateway answers.
    pub(crate) traffic: Traffic,
    pub(crate) stop: &'a Stop,
    /// How identity reaches the providers of tenants, and browsers reach us.
    pub(crate) outside: Outside,
}

/// The world as the command line has it. With `test_nets`, identity providers may be on this machine and speak plain http.
pub(crate) fn outside(public_url: Option<Url>, test_nets: bool) -> Outside {
    let mut outside = Outside { public_url, ..Outside::default() };
    outside.guard.allow_test_nets = test_nets;
    outside
}

/// Paths that one role answers, as the gateway needs to know them.
pub(crate) struct Face {
    pub(crate) role: Role,
    pub(crate) prefixes: &'static [&'static str],
    pub(crate) access: Access,
    pub(crate) body_bytes_max: u64,
    pub(crate) openapi: fn() -> OpenApi,
}

/// Every path behind the gateway. The first prefix that fits wins, so longer ones stand before shorter ones.
pub(crate) fn faces() -> Vec<Face> {
    let key = |read, write| Access::Key { read, write };
    let face = |role, prefixes, access, body_bytes_max, openapi| Face {
        role,
        prefixes,
        access,
        body_bytes_max,
        openapi,
    };
    let hub = caravan_hub_intake::openapi;
    let order = caravan_order::openapi;
    vec![
        face(
            Role::Hub,
            &["/v1/documents", "/v1/outgoing"],
            key("documents:read", "documents:write"),
            DOCUMENT_BYTES_MAX,
            hub,
        ),
        // Documents are posted below it, too: route by route.
        face(Role::Hub, &["/v1/connections"], Access::Known, DOCUMENT_BYTES_MAX, hub),
        face(
            Role::Hub,
            &["/v1/parties"],
            key("parties:read", "parties:write"),
            BODY_BYTES_MAX,
            hub,
        ),
        face(Role::Hub, &["/v1/events"], key("events:read", "events:write"), BODY_BYTES_MAX, hub),
        face(Role::Hub, &["/hooks"], Access::Open, BODY_BYTES_MAX, hub),
        // With the hub: it is the role that is let out to strangers' addresses.
        face(
            Role::Hub,
            &["/v1/webhooks"],
            key("webhooks:read", "webhooks:write"),
            BODY_BYTES_MAX,
            caravan_notification::openapi,
        ),
        face(
            Role::Tracking,
            &["/v1/shipments", "/v1/exceptions"],
            key("shipments:read", "shipments:write"),
            BODY_BYTES_MAX,
            caravan_tracking::openapi,
        ),
        // Whoever has a link shows it in the path.
        face(Role::Tracking, &["/v1/public"], Access::Open, 0, caravan_tracking::openapi),
        face(
            Role::Order,
            &["/v1/orders/imports"],
            key("orders:read", "orders:write"),
            DOCUMENT_BYTES_MAX,
            order,
        ),
        // Approving asks for a scope of its own, route by route.
        face(Role::Order, &["/v1/orders"], Access::Known, BODY_BYTES_MAX, order),
        face(
            Role::Settlement,
            &[
                "/v1/rate-contracts",
                "/v1/rates",
                "/v1/rate-jobs",
                "/v1/fuel-indexes",
                "/v1/freight-invoices",
                "/v1/disputes",
                "/v1/hand-overs",
                "/v1/ledger",
            ],
            Access::Known,
            DOCUMENT_BYTES_MAX,
            caravan_settlement::openapi,
        ),
    ]
}
