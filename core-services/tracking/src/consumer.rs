//! Applies batches of milestones: one transaction, each tenant's affected shipments loaded once and written once.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use caravan_event_log::{Handler, HandlerError, Stored, append_system};
use caravan_events::Envelope;
use caravan_model::{RecordId, Reference, TenantId};
use caravan_tenancy::SystemTx;

use crate::arrival::Arrival;
use crate::domain::thresholds::Thresholds;
use crate::domain::{
    self, Merge, Resolution, ShipmentId, Sight, Timeline, next_look, resolve, words, worth,
};
use crate::exceptions::{Looked, carry_over, reconcile};
use crate::expect::{Followed, follow};
use crate::store::promises::Ordered;
use crate::store::turn::{self, Company};
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
    /// What orders say of it.
    ordered: Ordered,
    /// Who reported it first.
    reporter: Option<String>,
}

impl Touched<'_> {
    /// How the rules of exceptions see it, fact by fact; nothing when nothing has changed.
    ///
    /// What a fact's references promise counts from that fact on, as if each had come alone.
    fn steps(&self, orders: &BTreeMap<Reference, Ordered>, thresholds: &Thresholds) -> Vec<Sight> {
        let mut ordered = self.ordered.clone();
        let mut told = self.before.clone();
        let steps = self.new.iter().filter_map(|arrival| {
            let of_it = arrival.identifying().into_iter().filter_map(|one| orders.get(one));
            of_it.for_each(|said| ordered.add(said));
            told.insert(arrival.fact.clone());
            Sight::of(&told, ordered.promised_ms, thresholds.of(ordered.mode.as_deref()))
        });
        let mut steps: Vec<Sight> = steps.collect();
        if steps.is_empty() && self.merged {
            let limits = thresholds.of(self.ordered.mode.as_deref());
            steps.extend(Sight::of(&self.after, self.ordered.promised_ms, limits));
        }
        steps
    }

    /// Takes what orders say of the numbers that are new, and who reports.
    fn hear(&mut self, orders: &BTreeMap<Reference, Ordered>) {
        for arrival in &self.new {
            let of_it = arrival.identifying().into_iter().filter_map(|one| orders.get(one));
            of_it.for_each(|said| self.ordered.add(said));
            let party = arrival.reporter.as_ref().map(|reporter| reporter.party.as_str());
            if self.reporter.is_none() {
                self.reporter = party.map(str::to_owned);
            }
        }
    }

    /// What is expected of it follows its timeline.
    fn followed<'a>(&'a self, id: ShipmentId, steps: &'a [Sight]) -> Followed<'a> {
        let ids = self.new.iter().map(|arrival| arrival.fact.id);
        Followed {
            id,
            before: &self.before,
            after: &self.after,
            steps: steps.iter().zip(ids).collect(),
            ordered: &self.ordered,
            carrier: self
                .ordered
                .carrier
                .as_ref()
                .or(self.reporter.as_ref())
                .map(|name| name.to_lowercase()),
            merged: self.merged,
        }
    }

    /// The words by which it is found since the batch and was not before, besides its numbers.
    fn words(&self) -> impl Iterator<Item = String> {
        let told = self.before.facts().filter_map(|fact| fact.place.as_deref());
        let told: BTreeSet<String> = told.flat_map(words::of_spot).collect();
        let places = self.new.iter().flat_map(|arrival| arrival.places.iter().cloned());
        let places = places.filter(move |word| !told.contains(word));
        places.chain(self.ordered.orders.iter().map(|order| words::number(order)))
    }
}

/// Applies one tenant's arrivals; the transaction's scope is the tenant. Returns the corrections to append.
///
/// References of one shipment lie in several partitions, hence with several members: these go by [`turn`]'s rules.
async fn apply(
    tx: &mut SystemTx,
    tenant: TenantId,
    arrivals: &[Arrival<'_>],
) -> Result<Vec<Envelope>, HandlerError> {
    // Event by event, a batch would ask for the tenant to itself while it holds a share, and wait for another that does the same.
    let turns = [Company::Others, Company::Nobody];
    for company in turns.into_iter().skip(usize::from(arrivals.len() == 1)) {
        turn::begin(tx, tenant, company).await?;
        if let Some(events) = take(tx, tenant, arrivals, company).await? {
            turn::keep(tx).await?;
            return Ok(events);
        }
        turn::undo(tx).await?;
        telemetry::crossed();
    }
    Err(HandlerError::later(Crossed(tenant)))
}

/// Cannot be: somebody wrote timelines without a turn.
#[derive(Debug, thiserror::Error)]
#[error("tenant {0} was written to although it was locked")]
struct Crossed(TenantId);

/// Takes a turn; nothing when another member's may cross it.
async fn take(
    tx: &mut SystemTx,
    tenant: TenantId,
    arrivals: &[Arrival<'_>],
    company: Company,
) -> Result<Option<Vec<Envelope>>, HandlerError> {
    let sets: Vec<Vec<&Reference>> = arrivals.iter().map(Arrival::identifying).collect();
    let wanted: BTreeSet<&Reference> = sets.iter().flatten().copied().collect();
    let known = store::known(tx, tenant, &wanted).await?;
    let Resolution { shipments, merges } = resolve(tenant, &sets, &known);
    if company == Company::Others && !merges.is_empty() {
        return Ok(None);
    }
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
            // One that is known to be this shipment's is stored, and so is its word.
            if known.get(reference) != Some(&id) {
                references.insert((reference, id, identifies.contains(&reference)));
            }
        }
        if shipment.after.insert(arrival.fact.clone()) {
            shipment.new.push(arrival);
            facts.push((id, arrival));
        }
    }
    let orders = store::promises::under(tx, tenant, &wanted).await?;
    let (_, thresholds) = store::thresholds::get(tx.conn(), tenant).await?;
    let thresholds = Thresholds::from(&thresholds);
    debug_assert!(touched.values().all(|shipment| invariants::broken(&shipment.after).is_none()));
    let sights: BTreeMap<ShipmentId, Vec<Sight>> =
        touched.iter().map(|(id, shipment)| (*id, shipment.steps(&orders, &thresholds))).collect();
    touched.values_mut().for_each(|shipment| shipment.hear(&orders));
    if !write(tx, tenant, &touched, &sights, &merges, &references, &facts).await?
        && company == Company::Others
    {
        return Ok(None);
    }
    let mut events = troubles(tx, tenant, &touched, &sights, &merges).await?;
    let followed = touched.iter().filter_map(|(id, one)| Some(one.followed(*id, sights.get(id)?)));
    follow(tx, tenant, &followed.collect::<Vec<_>>()).await?;
    telemetry::milestones(facts.len(), arrivals.len().saturating_sub(facts.len()));
    telemetry::merges(merges.len());
    events.extend(corrections(tx, tenant, &touched).await?);
    Ok(Some(events))
}

/// Opens and resolves exceptions by what was just heard; the clock has its own turn.
async fn troubles(
    tx: &mut SystemTx,
    tenant: TenantId,
    touched: &BTreeMap<ShipmentId, Touched<'_>>,
    sights: &BTreeMap<ShipmentId, Vec<Sight>>,
    merges: &[Merge],
) -> Result<Vec<Envelope>, HandlerError> {
    let names =
        touched.iter().filter_map(|(id, one)| Some((*id, one.main.as_ref()?.value.as_str())));
    let names: BTreeMap<ShipmentId, &str> = names.collect();
    let heard_ms = sights.values().flatten().map(|sight| sight.heard_ms).max().unwrap_or_default();
    let mut events = carry_over(tx, tenant, merges, &names, heard_ms).await?;
    let looked = sights.iter().filter_map(|(id, steps)| {
        let reference = names.get(id)?;
        (!steps.is_empty()).then_some(Looked { id: *id, reference, steps })
    });
    let looked: Vec<Looked<'_>> = looked.collect();
    events.extend(reconcile(tx, tenant, &looked, None).await?);
    telemetry::exceptions(events.len());
    Ok(events)
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
    for store::Main { id, main, ordered, reporter } in store::mains(tx, tenant, &ids).await? {
        let shipment = touched.entry(survivors.get(&id).copied().unwrap_or(id)).or_default();
        shipment.merged |= survivors.contains_key(&id);
        shipment.ordered.add(&ordered);
        shipment.reporter = shipment.reporter.take().or(reporter);
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

/// Writes what has changed, in the order that the foreign keys ask for. False when a number that was new has found its shipment
/// meanwhile.
async fn write(
    tx: &mut SystemTx,
    tenant: TenantId,
    touched: &BTreeMap<ShipmentId, Touched<'_>>,
    sights: &BTreeMap<ShipmentId, Vec<Sight>>,
    merges: &[Merge],
    references: &BTreeSet<(&Reference, ShipmentId, bool)>,
    facts: &[(ShipmentId, &Arrival<'_>)],
) -> Result<bool, HandlerError> {
    let rows: Vec<store::Shipment<'_>> = touched
        .iter()
        .filter_map(|(id, shipment)| {
            let sight = sights.get(id)?.last()?;
            Some(store::Shipment {
                id: *id,
                watch_ms: next_look(sight, sight.heard_ms),
                sight,
                main: shipment.main.as_ref()?,
                standing: shipment.after.standing(),
                facts: shipment.after.len(),
                updated_ms: shipment.after.updated_ms()?,
                created_ms: shipment.after.first_heard_ms()?,
                ordered: &shipment.ordered,
                reporter: shipment.reporter.as_deref(),
            })
        })
        .collect();
    store::write_shipments(tx, tenant, &rows).await?;
    store::carry_words(tx, tenant, merges).await?;
    store::merge(tx, tenant, merges).await?;
    let wanted = references.iter().filter(|(.., identifies)| *identifies).count();
    let were_new = store::write_references(tx, tenant, references).await?;
    let numbers = references.iter().map(|(one, id, _)| (words::number(&one.value), *id));
    let others = touched.iter().flat_map(|(id, one)| one.words().map(|word| (word, *id)));
    store::write_words(tx, tenant, &numbers.chain(others).collect()).await?;
    let names = facts.iter().filter_map(|(_, arrival)| arrival.carrier_names()).collect();
    store::write_carriers(tx, tenant, &names).await?;
    store::write_facts(tx, tenant, facts).await?;
    Ok(usize::try_from(were_new) == Ok(wanted))
}

/// The events that tell again what was told wrong, each with every number of its shipment.
async fn corrections(
    tx: &mut SystemTx,
    tenant: TenantId,
    touched: &BTreeMap<ShipmentId, Touched<'_>>,
) -> Result<Vec<Envelope>, HandlerError> {
    let mut events = Vec::new();
    for (id, shipment) in touched {
        let new: Vec<RecordId> = shipment.new.iter().map(|arrival| arrival.fact.id).collect();
        let Some((last, main)) = shipment.new.last().zip(shipment.main.as_ref()) else { continue };
        let merged = shipment.merged.then_some(last.fact.id);
        let (before, after) = (&shipment.before, &shipment.after);
        let Some(correction) = domain::correction(before, after, &new, merged) else { continue };
        let references = store::references_of(tx, tenant, *id).await?;
        events.extend(wire::correction(tenant, last.envelope, (main, &references), &correction));
    }
    Ok(events)
}
