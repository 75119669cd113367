//! DHL Shipment Tracking – Unified: asks one tracking number a call.
//!
//! Facts and their sources are in `connector.toml` and in the profile `mappings/profiles/dhl/profile.json`.

mod mapping;
mod profile;
mod reply;

use caravan_connector_sdk::date::Zone;
use caravan_connector_sdk::model::{Batch, Reference, ZoneSource};
use caravan_connector_sdk::{Context, Failure, Host, HttpRequest, Tracking, json};

pub use mapping::map;
pub use profile::Profile;

/// Asks DHL.
#[derive(Debug, Clone, Copy)]
pub struct Dhl;

caravan_connector_sdk::register! {
    meta: { id: "dhl", title: "DHL Shipment Tracking – Unified", messages: ["dhl/tracking"] },
    tracking: Dhl,
    allocator: bump,
}

impl Tracking for Dhl {
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
        let mut stopped: Option<Failure> = None;
        let ask = |query| match &stopped {
            Some(failure) => Err(failure.clone()),
            None => {
                let asked = track_one(host, context, &profile, &zone, query);
                stopped = asked.as_ref().err().filter(|failure| holds_for_all(failure)).cloned();
                asked
            }
        };
        queries.iter().map(ask).collect()
    }
}

/// Whether asking for the next number would fail alike, and spend quota for it.
fn holds_for_all(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Auth(_) | Failure::RateLimited(_) | Failure::Denied(_) | Failure::Budget(_)
    )
}

/// The connection's zone, else the profile's, else UTC as an assumption.
fn zone(host: &dyn Host, profile: &Profile<'_>) -> Zone {
    let named = |name: &str| Zone::named(name, ZoneSource::Profile);
    let setting = host.setting("zone").and_then(|name| named(&name));
    setting.or_else(|| named(profile.zone.as_str())).unwrap_or_else(Zone::assumed)
}

fn track_one(
    host: &dyn Host,
    context: &Context,
    profile: &Profile<'_>,
    zone: &Zone,
    query: &Reference,
) -> Result<Batch, Failure> {
    let mut request = HttpRequest::get("api", "/track/shipments")
        .query("trackingNumber", query.value.as_str())
        .query("language", "en")
        .header("accept", "application/json")
        .auth("key");
    for (setting, parameter) in
        [("service", "service"), ("recipient_postal_code", "recipientPostalCode")]
    {
        if let Some(value) = host.setting(setting) {
            request = request.query(parameter, value);
        }
    }
    let response = match host.http(request)?.check(context.now_ms) {
        Err(Failure::NotFound(_)) => {
            return Err(Failure::NotFound(format!("DHL knows no shipment {}", query.value)));
        }
        answered => answered?,
    };
    map(&response.body, response.document, profile, zone, query)
}
