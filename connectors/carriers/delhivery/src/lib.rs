//! Delhivery: polls up to 50 waybills a call, and takes the scans that Delhivery pushes.
//!
//! Facts and their sources are in `connector.toml` and in the profile `mappings/profiles/delhivery/profile.json`.

mod mapping;
mod profile;
mod reply;
mod track;
mod webhook;

pub use mapping::{Tracked, map, map_push};
pub use profile::Profile;

/// Asks Delhivery, and listens to it.
#[derive(Debug, Clone, Copy)]
pub struct Delhivery;

caravan_connector_sdk::register! {
    meta: { id: "delhivery", title: "Delhivery Express", messages: ["delhivery/tracking", "delhivery/scan-push"] },
    tracking: Delhivery,
    webhooks: Delhivery,
    allocator: bump,
}
