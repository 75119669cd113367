//! An ERP's order or delivery as content: parties become stops, dates become windows. What it does not say stays a gap.

use caravan_model::{Moment, Order, Party, PartyRole, Reference};

use super::content::{Content, Priority, Stop, StopKind};
use super::measure;

/// Whose place the goods are picked up at, best first.
const PICKUP: [PartyRole; 3] = [PartyRole::ShipFrom, PartyRole::Shipper, PartyRole::Vendor];
/// Whose place they are delivered to.
const DELIVERY: [PartyRole; 3] = [PartyRole::ShipTo, PartyRole::Consignee, PartyRole::SoldTo];

/// The ERP's names of dates (profiles of the IDoc connector), best first; the second of a pair ends the window.
const PICKUP_DATES: [(&str, &str); 5] = [
    ("planned-goods-issue", "planned-goods-issue-end"),
    ("planned-loading", "planned-loading-end"),
    ("goods-issue", ""),
    ("shipment-start", ""),
    ("shipping", ""),
];
const DELIVERY_DATES: [(&str, &str); 5] = [
    ("planned-delivery", "planned-delivery-end"),
    ("requested-delivery", ""),
    ("schedule-earliest", "schedule-latest"),
    ("delivery", ""),
    ("planned-shipment-end", ""),
];

/// The content that `order` asks for.
pub(crate) fn content(order: &Order) -> Content {
    let pickup = best(order, &PICKUP);
    let delivery = best(order, &DELIVERY);
    let at_stop = |party: &&Party| {
        let is = |other: Option<&Party>| other.is_some_and(|other| core::ptr::eq(*party, other));
        !is(pickup) && !is(delivery)
    };
    let stops = [
        pickup.map(|party| stop(order, StopKind::Pickup, party, &PICKUP_DATES)),
        delivery.map(|party| stop(order, StopKind::Delivery, party, &DELIVERY_DATES)),
    ];
    let measured = |measure: &Option<caravan_model::Measure>| {
        measure.as_ref().map(|given| caravan_model::Measure {
            value: given.value.clone(),
            unit: measure::unit(&given.unit),
        })
    };
    let mut lines = order.lines.clone();
    for line in &mut lines {
        line.gross_weight = measured(&line.gross_weight);
        line.volume = measured(&line.volume);
    }
    Content {
        number: order.number.trim().to_owned(),
        kind: order.kind,
        priority: Priority::Normal,
        mode: None,
        service: None,
        equipment: None,
        payment: None,
        incoterms: order.incoterms.clone(),
        references: references(order),
        parties: order.parties.iter().filter(at_stop).cloned().collect(),
        stops: stops.into_iter().flatten().collect(),
        lines,
        gross_weight: measured(&order.gross_weight),
        volume: measured(&order.volume),
        packages: order.packages,
        distance_km: None,
        notes: None,
    }
}

/// What people added to an order survives the ERP's change of it: the ERP knows nothing of it.
pub(crate) fn keeping(new: Content, old: &Content) -> Content {
    Content {
        priority: old.priority,
        mode: new.mode.or(old.mode),
        service: new.service.or_else(|| old.service.clone()),
        equipment: new.equipment.or_else(|| old.equipment.clone()),
        payment: new.payment.or(old.payment),
        distance_km: new.distance_km.or_else(|| old.distance_km.clone()),
        notes: new.notes.or_else(|| old.notes.clone()),
        ..new
    }
}

fn best<'a>(order: &'a Order, roles: &[PartyRole]) -> Option<&'a Party> {
    let with = |role: &PartyRole| order.parties.iter().find(|party| party.role == *role);
    roles.iter().find_map(with)
}

fn stop(order: &Order, kind: StopKind, party: &Party, dates: &[(&str, &str)]) -> Stop {
    let date = |name: &str| order.dates.iter().find(|(of, _)| of == name).map(|(_, at)| *at);
    let window = |(from, to): &(&str, &str)| Some((date(from)?, date(to)));
    let window: Option<(Moment, Option<Moment>)> = dates.iter().find_map(window);
    Stop {
        kind,
        site: party.id.clone(),
        name: party.name.clone(),
        phone: None,
        street: party.street.clone(),
        place: party.place.clone(),
        earliest: window.map(|(from, _)| from),
        latest: window.and_then(|(_, to)| to),
        instructions: None,
        references: Vec::new(),
    }
}

/// The document's references, with nothing empty and nothing twice.
fn references(order: &Order) -> Vec<Reference> {
    let mut all: Vec<Reference> = order.references.clone();
    all.retain(|reference| !reference.value.is_empty());
    all.sort();
    all.dedup();
    all
}
