//! Milestones: what they say moves the orders that their numbers mean, or waits for them.

use std::collections::{BTreeMap, BTreeSet};

use caravan_event_log::HandlerError;
use caravan_events::Envelope;
use caravan_model::{
    Classifier, Direction, Milestone, Reference, ScopeKind, Status, TraceId, Words,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Work, by};
use crate::domain::{
    Action, Delivery, Movement, Order, OrderId, State, doubted, may_identify, take_in, target,
};
use crate::store::{self, Change, Conflict};

/// The kind of conflict when a delivery that stays is taken back.
const DOUBTED: &str = "delivery-doubted";

/// What one milestone says about the numbers that it names.
struct Report<'a> {
    envelope: &'a Envelope,
    references: Vec<&'a Reference>,
    movement: Movement,
    /// In a word.
    what: &'static str,
}

/// Takes in a batch.
pub(super) async fn hear(
    work: &mut Work<'_>,
    milestones: &[(&Envelope, Milestone)],
    revocations: &[(&Envelope, Vec<Reference>, Movement)],
) -> Result<(), HandlerError> {
    let mut said: Vec<Report<'_>> =
        milestones.iter().filter_map(|(envelope, m)| read(envelope, m)).collect();
    said.extend(revocations.iter().map(|(envelope, references, movement)| Report {
        envelope,
        references: references.iter().filter(|reference| may_identify(reference)).collect(),
        movement: movement.clone(),
        what: "delivery taken back",
    }));
    if said.is_empty() {
        return Ok(());
    }
    let all: BTreeSet<&Reference> =
        said.iter().flat_map(|said| &said.references).copied().collect();
    let wanted: Vec<&Reference> = all.iter().copied().collect();
    let mut meant: BTreeMap<Reference, BTreeSet<OrderId>> = BTreeMap::new();
    for (reference, id) in store::orders_by_references(work.tx.conn(), work.tenant, &wanted).await?
    {
        meant.entry(reference).or_default().insert(id);
    }
    let ids: BTreeSet<OrderId> = meant.values().flatten().copied().collect();
    let ids: Vec<OrderId> = ids.into_iter().collect();
    let orders = store::by_ids(work.tx.conn(), work.tenant, &ids).await?;
    let mut early = BTreeSet::new();
    let mut changes = Vec::new();
    for order in orders {
        let about = |said: &&Report<'_>| {
            said.references
                .iter()
                .any(|reference| meant.get(*reference).is_some_and(|ids| ids.contains(&order.id)))
        };
        let said: Vec<&Report<'_>> = said.iter().filter(about).collect();
        match apply(work, &order, &said).await? {
            Took::Change(change, trace) => changes.push((*change, trace)),
            Took::Nothing => {}
            Took::TooEarly => {
                early.insert(order.id);
            }
        }
    }
    // Orders change one after the other, their traces with them.
    for (change, trace) in changes {
        work.save(&[change], trace).await?;
    }
    keep(work, &said, &meant, &early).await
}

/// What a milestone says about where the goods are; none when it says nothing, or of nobody.
fn read<'a>(envelope: &'a Envelope, milestone: &'a Milestone) -> Option<Report<'a>> {
    let happened = milestone.classifier == Classifier::Actual
        && milestone.direction == Direction::Forward
        && milestone.scope.kind != ScopeKind::Document;
    let references: Vec<&Reference> =
        milestone.references.iter().filter(|reference| may_identify(reference)).collect();
    if !happened || references.is_empty() {
        return None;
    }
    let mut movement = Movement::default();
    if milestone.status == Status::Delivered && milestone.scope.kind == ScopeKind::Shipment {
        movement.delivered = Some(Delivery {
            at: milestone.at,
            pod: pod(milestone),
            recorded_ms: Some(envelope.time_ms),
        });
    } else if moves(milestone.status) {
        movement.departed = Some(milestone.at);
    }
    let what = milestone.status.as_str();
    (!movement.is_empty()).then_some(Report { envelope, references, movement, what })
}

/// Whether the goods have left the shipper if this happened. A part that is delivered has.
fn moves(status: Status) -> bool {
    matches!(
        status,
        Status::PickedUp
            | Status::Departed
            | Status::InTransit
            | Status::Arrived
            | Status::Transferred
            | Status::AtDeliveryFacility
            | Status::OutForDelivery
            | Status::ArrivedDelivery
            | Status::DeliveryAttempted
            | Status::AvailableForPickup
            | Status::PartiallyDelivered
            | Status::Delivered
    )
}

/// The number of the proof of delivery: a reference of that kind, or an attribute of that name.
fn pod(milestone: &Milestone) -> Option<String> {
    let is_pod = |name: &str| ["pod", "pod-number", "proof-of-delivery"].contains(&name);
    let reference = milestone.references.iter().find(|reference| is_pod(&reference.kind));
    let attribute = milestone.attributes.iter().find(|(name, _)| is_pod(name));
    reference
        .map(|reference| reference.value.clone())
        .or_else(|| attribute.map(|(_, value)| value.clone()))
        .filter(|text| !text.trim().is_empty())
}

/// What an order made of what was said about it.
enum Took {
    Change(Box<Change>, Option<TraceId>),
    Nothing,
    /// Nobody was asked to carry it yet: kept until somebody is.
    TooEarly,
}

async fn apply(
    work: &mut Work<'_>,
    order: &Order,
    said: &[&Report<'_>],
) -> Result<Took, HandlerError> {
    let Some(last) = said.last() else { return Ok(Took::Nothing) };
    let mut movement = Movement::default();
    for one in said {
        movement.add(&one.movement);
    }
    let words: BTreeSet<&str> = said.iter().map(|said| said.what).collect();
    let words: Vec<&str> = words.into_iter().collect();
    let statuses = [("statuses", words.join(", "))];
    let by = by(last.envelope, Words::new("heard", "milestone: {statuses}", statuses));
    let trace = last.envelope.trace;
    if target(Action::Note, order.state, None).is_some() {
        let mut after = order.clone();
        let mut entries = take_in(&mut after, &movement, &by);
        if doubted(&after, movement.revoked) {
            let doubt = Conflict {
                order: order.id,
                id: once(order.id, DOUBTED),
                kind: DOUBTED,
                detail: "The carrier's timeline no longer says that these goods were delivered."
                    .to_owned(),
                wanted: None,
                at_ms: last.envelope.time_ms,
            };
            entries.extend(work.doubt(&mut after, doubt, by).await?);
        }
        if entries.is_empty() {
            return Ok(Took::Nothing);
        }
        let change = Change { before: Some(order.clone()), after, entries };
        return Ok(Took::Change(Box::new(change), trace));
    }
    let (kind, detail) = match order.state {
        State::Cancelled => (
            "moved-after-cancellation",
            "A carrier reports that the goods of this cancelled order move.",
        ),
        // Its acceptance is likely on its way.
        State::Tendered => return Ok(Took::TooEarly),
        _ => (
            "moved-early",
            "A carrier reports that the goods move, and nobody has accepted the order.",
        ),
    };
    let conflict = Conflict {
        order: order.id,
        id: once(order.id, kind),
        kind,
        detail: detail.to_owned(),
        wanted: None,
        at_ms: last.envelope.time_ms,
    };
    work.conflict(order, conflict, by, trace).await?;
    Ok(if order.state == State::Cancelled { Took::Nothing } else { Took::TooEarly })
}

/// One conflict of a kind for an order, however many milestones say it.
fn once(order: OrderId, kind: &str) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(order.0.as_bytes());
    hash.update(kind);
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    Uuid::new_v8(bytes)
}

/// Keeps what was said about numbers of nobody yet, or of somebody who is not far enough.
async fn keep(
    work: &mut Work<'_>,
    said: &[Report<'_>],
    meant: &BTreeMap<Reference, BTreeSet<OrderId>>,
    early: &BTreeSet<OrderId>,
) -> Result<(), HandlerError> {
    let mut kept: BTreeMap<&Reference, Movement> = BTreeMap::new();
    for said in said {
        let ids = || said.references.iter().filter_map(|reference| meant.get(*reference)).flatten();
        // A milestone of a known order is taken by it, whichever of its numbers the order goes by.
        if ids().next().is_some() && !ids().any(|id| early.contains(id)) {
            continue;
        }
        for reference in &said.references {
            kept.entry(reference).or_default().add(&said.movement);
        }
    }
    store::keep_movements(work.tx.conn(), work.tenant, &kept).await?;
    Ok(())
}
