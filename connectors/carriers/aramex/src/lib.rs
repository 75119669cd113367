//! Aramex tracking over SOAP 1.1: many waybills a call.
//!
//! Facts and their sources are in `connector.toml` and in the profile `mappings/profiles/aramex/profile.json`.

mod mapping;
mod profile;
mod reply;
mod request;

use caravan_connector_sdk::date::Zone;
use caravan_connector_sdk::model::{Batch, Reference, ZoneSource};
use caravan_connector_sdk::{Context, Failure, Host, Tracking, json, soap};

pub use mapping::{Tracked, map};
pub use profile::Profile;

/// Asks Aramex.
#[derive(Debug, Clone, Copy)]
pub struct Aramex;

caravan_connector_sdk::register! {
    meta: { id: "aramex", title: "Aramex Tracking", messages: ["aramex/tracking"] },
    tracking: Aramex,
    allocator: bump,
}

const PATH: &str = "/ShippingAPI.V2/Tracking/Service_1_0.svc";
const ACTION: &str = "http://ws.aramex.net/ShippingAPI/v1/Service_1_0/TrackShipments";
/// The manual names no most; fifty keep a reply well under the host's limit.
const WAYBILLS_MAX: usize = 50;

impl Tracking for Aramex {
    fn track(
        host: &dyn Host,
        context: &Context,
        queries: &[Reference],
    ) -> Vec<Result<Batch, Failure>> {
        let bytes = host.profile();
        let profile = match json::read::<Profile<'_>>(&bytes, 0) {
            Ok(profile) => profile,
            Err(failure) => return queries.iter().map(|_| Err(failure.clone())).collect(),
        };
        let zone = zone(host, &profile);
        let parts = queries.chunks(WAYBILLS_MAX);
        parts.flat_map(|part| track_part(host, context, &profile, &zone, part)).collect()
    }
}

/// The connection's zone, else the profile's, else UTC as an assumption.
fn zone(host: &dyn Host, profile: &Profile<'_>) -> Zone {
    let named = |name: &str| Zone::named(name, ZoneSource::Profile);
    let setting = host.setting("zone").and_then(|name| named(&name));
    setting.or_else(|| named(profile.zone.as_str())).unwrap_or_else(Zone::assumed)
}

fn track_part(
    host: &dyn Host,
    context: &Context,
    profile: &Profile<'_>,
    zone: &Zone,
    queries: &[Reference],
) -> Vec<Result<Batch, Failure>> {
    let tracked = match ask(host, context, profile, zone, queries) {
        Ok(tracked) => tracked,
        Err(failure) => return queries.iter().map(|_| Err(failure.clone())).collect(),
    };
    let answer = |query: &Reference| {
        let found = tracked.found.iter().find(|(waybill, _)| *waybill == query.value);
        let unknown = || Failure::NotFound(format!("Aramex knows no waybill {}", query.value));
        found.map(|(_, batch)| batch.clone()).ok_or_else(unknown)
    };
    queries.iter().map(answer).collect()
}

fn ask(
    host: &dyn Host,
    context: &Context,
    profile: &Profile<'_>,
    zone: &Zone,
    queries: &[Reference],
) -> Result<Tracked, Failure> {
    let waybills: Vec<&str> = queries.iter().map(|query| query.value.as_str()).collect();
    let body = request::write(&waybills)
        .map_err(|error| Failure::Other("aramex-request".to_owned(), error.to_string()))?;
    let request = soap::call("api", PATH, ACTION, &body)
        .auth("client")
        // Reading changes nothing at Aramex, so a POST may be repeated.
        .idempotency_key(context.trace_id.as_str());
    map(host.http(request)?, profile, zone, context.now_ms)
}
