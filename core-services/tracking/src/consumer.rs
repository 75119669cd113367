//! Applies batches of milestones: one transaction, each tenant's affected shipments loaded once and written once.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use caravan_event_log::{Handler, HandlerError, Stored, append_system};
use caravan_events::Envelope;
use caravan_model::{RecordId, Reference, TenantId};
use caravan_tenancy::SystemTx;

use crate::arrival::Arrival;
use crate::domain::{self, Merge, Resolution, ShipmentId, Timeline, resolve, worth};
use crate::{invariants, store, telemetry, wire};

/// The handler of the group `tracking`.
pub(crate) struct Milestones;

#[async_trait]
impl Handler for Milestones {
    async fn handle(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        let mut by_tenant: BTreeMap<TenantId, Vec<Arrival<'_>>> = BTreeMap::new();
        for stored in batch {
            let arrival = Arrival::read(stored).map_err(HandlerError::poison)?;
            by_tenant.entry(stored.envelope.tenant).or_default().push(arrival);
        }
        // In the tenants' order, since each is locked: two members then never wait for each other.
        let mut corrections = Vec::new();
        for (tenant, arrivals) in &by_tenant {
            tx.scope(*tenant).await?;
            corrections.extend(apply(tx, *tenant, arrivals).await?);
        }
        // Last, since appending changes the transaction's scope.
        append_system(tx, &corrections).await?;
        telemetry::corrections(corrections.len());
        Ok(())
    }
}

/// A shipment that the batch touches: as it was told, and as it becomes.
#[derive(Default)]
struct Touched<'a> {
    before: Timeline,
    after: Timeline,
    main: Option<Reference>,
    new: Vec<&'a Arrival<'a>>,
    merged: bool,
}

/// Applies one tenant's arrivals; the transaction's scope is the tenant. Returns the corrections to append.
async fn apply(
    tx: &mut SystemTx,
    tenant: TenantId,
    arrivals: &[Arrival<'_>],
) -> Result<Vec<Envelope>, HandlerError> {
    // References of one shipment lie in several partitions, hence with several members: one of them at a time for a tenant.
    store::lock(tx, tenant).await?;
    let sets: Vec<Vec<&Reference>> = arrivals.iter().map(Arrival::identifying).collect();
    let wanted: BTreeSet<&Reference> = sets.iter().flatten().copied().collect();
    let known = store::known(tx, tenant, &wanted).await?;
    let Resolution { shipments, merges } = resolve(tenant, &sets, &known);
    let mut touched = load(tx, tenant, &shipments, &merges).await?;
    let mut facts = Vec::with_capacity(arrivals.len());
    let mut references = BTreeSet::new();
    for ((arrival, shipment), identifies) in arrivals.iter().zip(shipments).zip(&sets) {
        let Some(id) = shipment else { continue };
        let shipment = touched.entry(id).or_default();
        for reference in &arrival.references {
            let best = shipment.main.as_ref().is_none_or(|main| worth(reference) < worth(main));
            if best {
                shipment.main = Some(reference.clone());
            }
            references.insert((reference, id, identifies.contains(&reference)));
        }
        if shipment.after.insert(arrival.fact.clone()) {
            shipment.new.push(arrival);
            facts.push((id, arrival));
        }
    }
    debug_assert!(touched.values().all(|shipment| invariants::broken(&shipment.after).is_none()));
    write(tx, tenant, &touched, &merges, &references, &facts).await?;
    telemetry::milestones(facts.len(), arrivals.len().saturating_sub(facts.len()));
    telemetry::merges(merges.len());
    Ok(touched.values().filter_map(|shipment| correction(tenant, shipment)).collect())
}

/// The stored shipments among `shipments`, those to be merged already counted to their survivors.
async fn load<'a>(
    tx: &mut SystemTx,
    tenant: TenantId,
    shipments: &[Option<ShipmentId>],
    merges: &[Merge],
) -> Result<BTreeMap<ShipmentId, Touched<'a>>, HandlerError> {
    let survivors: BTreeMap<ShipmentId, ShipmentId> =
        merges.iter().map(|merge| (merge.loser, merge.survivor)).collect();
    let ids: BTreeSet<ShipmentId> =
        shipments.iter().flatten().copied().chain(survivors.keys().copied()).collect();
    let mut touched: BTreeMap<ShipmentId, Touched<'a>> = BTreeMap::new();
    for (id, main) in store::mains(tx, tenant, &ids).await? {
        let shipment = touched.entry(survivors.get(&id).copied().unwrap_or(id)).or_default();
        shipment.merged |= survivors.contains_key(&id);
        if shipment.main.as_ref().is_none_or(|best| worth(&main) < worth(best)) {
            shipment.main = Some(main);
        }
    }
    let stored: Vec<ShipmentId> = ids.into_iter().collect();
    for (id, fact) in store::facts(tx, tenant, &stored).await? {
        let shipment = touched.entry(survivors.get(&id).copied().unwrap_or(id)).or_default();
        shipment.before.insert(fact.clone());
        shipment.after.insert(fact);
    }
    Ok(touched)
}

/// Writes what has changed, in the order that the foreign keys ask for.
async fn write(
    tx: &mut SystemTx,
    tenant: TenantId,
    touched: &BTreeMap<ShipmentId, Touched<'_>>,
    merges: &[Merge],
    references: &BTreeSet<(&Reference, ShipmentId, bool)>,
    facts: &[(ShipmentId, &Arrival<'_>)],
) -> Result<(), HandlerError> {
    let rows: Vec<store::Shipment<'_>> = touched
        .iter()
        .filter(|(_, shipment)| shipment.merged || !shipment.new.is_empty())
        .filter_map(|(id, shipment)| {
            Some(store::Shipment {
                id: *id,
                main: shipment.main.as_ref()?,
                standing: shipment.after.standing(),
                facts: shipment.after.len(),
                updated_ms: shipment.after.updated_ms()?,
            })
        })
        .collect();
    store::write_shipments(tx, tenant, &rows).await?;
    store::merge(tx, tenant, merges).await?;
    store::write_references(tx, tenant, references).await?;
    store::write_facts(tx, tenant, facts).await?;
    Ok(())
}

/// The event that tells again what was told wrong.
fn correction(tenant: TenantId, shipment: &Touched<'_>) -> Option<Envelope> {
    let new: Vec<RecordId> = shipment.new.iter().map(|arrival| arrival.fact.id).collect();
    let last = shipment.new.last()?;
    let merged = shipment.merged.then_some(last.fact.id);
    let correction = domain::correction(&shipment.before, &shipment.after, &new, merged)?;
    wire::correction(tenant, last.envelope, shipment.main.as_ref()?, &correction)
}
