//! The roles, all in one process or each in its own: which paths each answers, and how it is started.

pub(crate) mod gateway;
pub(crate) mod hub;
pub(crate) mod services;

use std::sync::Arc;

use caravan_event_log::EventLog;
use caravan_gateway::Access;
use clap::ValueEnum;
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
}

/// What every role is started with.
pub(crate) struct System<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) storage: &'a Storage,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) stop: &'a Stop,
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
            &["/v1/documents", "/v1/connections"],
            key("documents:read", "documents:write"),
            DOCUMENT_BYTES_MAX,
            hub,
        ),
        face(
            Role::Hub,
            &["/v1/parties"],
            key("parties:read", "parties:write"),
            BODY_BYTES_MAX,
            hub,
        ),
        face(Role::Hub, &["/v1/events"], key("events:read", "events:write"), BODY_BYTES_MAX, hub),
        face(Role::Hub, &["/hooks"], Access::Open, BODY_BYTES_MAX, hub),
        face(
            Role::Tracking,
            &["/v1/shipments"],
            key("shipments:read", "shipments:write"),
            BODY_BYTES_MAX,
            caravan_tracking::openapi,
        ),
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
