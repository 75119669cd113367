//! What orders say of shipments, under every number that these may go by: until when they are promised (the end of the last
//! delivery's window), who carries them, how they travel, from where to where.

use std::collections::BTreeSet;

use async_trait::async_trait;
use caravan_event_log::{Handler, HandlerError, Stored};
use caravan_model::{Moment, Reference, TenantId, ZoneSource};
use caravan_tenancy::SystemTx;
use serde::Deserialize;

use crate::domain::identifying;
use crate::store;

/// The handler of the group `tracking-orders`.
pub(crate) struct Promises;

/// An order as its events tell it, as far as a promise goes.
#[derive(Deserialize)]
struct OrderEvent {
    number: String,
    status: String,
    #[serde(default)]
    references: Vec<ReferenceData>,
    planned_delivery: Option<Window>,
    carrier: Option<String>,
    mode: Option<String>,
    #[serde(default)]
    lane: Lane,
}

/// The first pickup and the last delivery.
#[derive(Default, Deserialize)]
struct Lane {
    #[serde(default)]
    origin: Place,
    #[serde(default)]
    destination: Place,
}

#[derive(Default, Deserialize)]
struct Place {
    city: Option<String>,
    region: Option<String>,
    country: Option<String>,
}

impl Place {
    /// Country, region and city in one form, whoever wrote them; none without a city.
    fn key(&self) -> Option<String> {
        let word =
            |part: &Option<String>| part.as_deref().unwrap_or_default().trim().to_lowercase();
        let city = word(&self.city);
        (!city.is_empty()).then(|| format!("{}/{}/{city}", word(&self.country), word(&self.region)))
    }
}

impl Lane {
    fn key(&self) -> Option<String> {
        Some(format!("{} → {}", self.origin.key()?, self.destination.key()?))
    }
}

impl OrderEvent {
    /// Who carries it; whoever was only asked does not.
    fn carrier(&self) -> Option<&str> {
        let is_agreed = ["accepted", "dispatched", "in-transit", "delivered", "closed"]
            .contains(&&*self.status);
        self.carrier.as_deref().map(str::trim).filter(|name| is_agreed && !name.is_empty())
    }
}

#[derive(Deserialize)]
struct ReferenceData {
    kind: String,
    value: String,
}

#[derive(Deserialize)]
struct Window {
    latest: Option<String>,
}

#[async_trait]
impl Handler for Promises {
    async fn handle(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        // In the tenants' order: two members then never wait for each other.
        let tenants: BTreeSet<TenantId> =
            batch.iter().map(|stored| stored.envelope.tenant).collect();
        for tenant in tenants {
            store::lock(tx.conn(), tenant).await?;
        }
        for stored in batch {
            let envelope = &stored.envelope;
            let order: OrderEvent =
                serde_json::from_str(&envelope.data).map_err(HandlerError::poison)?;
            let latest =
                order.planned_delivery.as_ref().and_then(|window| window.latest.as_deref());
            let latest_ms = latest
                .and_then(|text| Moment::from_rfc3339(text, ZoneSource::Sent))
                .map(|at| at.instant_ms)
                .filter(|_| order.status != "cancelled");
            let reference = |one: &ReferenceData| Reference::new(&one.kind, &one.value);
            let references: Vec<Reference> = order.references.iter().map(reference).collect();
            tx.scope(envelope.tenant).await?;
            let lane = order.lane.key();
            let word = store::promises::Word {
                order: &order.number,
                told_ms: envelope.time_ms,
                references: &identifying(&references),
                latest_ms,
                carrier: order.carrier(),
                mode: order.mode.as_deref(),
                lane: lane.as_deref(),
            };
            store::promises::take(tx, envelope.tenant, &word).await?;
        }
        Ok(())
    }
}
