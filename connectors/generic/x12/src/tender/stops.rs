//! Loop 0300 of a 204: one S5 for each stop, with its times, its party, and what gets on there.

use caravan_model::{OrderLine, StopKind, Tender, TenderStop};

use super::parts::{Set, cut, volume, weight};

/// Writes every stop in the order of the journey.
pub(super) fn write(set: &mut Set<'_>, tender: &Tender) {
    let count = |kind| tender.stops.iter().filter(|stop| stop.kind == kind).count();
    let (pickups, deliveries) = (count(StopKind::Pickup), count(StopKind::Delivery));
    // Goods are told once: where they get on, or, with several pickups, where they all get off.
    let told_at =
        if pickups == 1 || deliveries != 1 { StopKind::Pickup } else { StopKind::Delivery };
    let mut told = false;
    for (index, stop) in tender.stops.iter().enumerate() {
        let alone = match stop.kind {
            StopKind::Pickup => pickups == 1,
            StopKind::Delivery => deliveries == 1,
        };
        head(set, tender, stop, index.saturating_add(1), alone);
        let unsaid = set.references(&stop.references);
        times(set, stop);
        for note in unsaid.iter().chain(&stop.instructions) {
            set.note(note);
        }
        set.party(&stop.party, stop.phone.as_deref());
        if stop.kind == told_at && !told {
            told = true;
            goods(set, &tender.lines);
        }
    }
}

/// S5. A stop that is the only one of its kind has all the goods, so the totals are its own.
fn head(set: &mut Set<'_>, tender: &Tender, stop: &TenderStop, sequence: usize, alone: bool) {
    let reason = match (stop.kind, alone) {
        (StopKind::Pickup, true) => "CL",
        (StopKind::Pickup, false) => "PL",
        (StopKind::Delivery, true) => "CU",
        (StopKind::Delivery, false) => "PU",
    };
    let total = |own, all| if alone { Option::or(own, all) } else { own };
    let mass = total(stop.gross_weight.as_ref(), tender.gross_weight.as_ref()).and_then(weight);
    let space = total(stop.volume.as_ref(), tender.volume.as_ref()).and_then(volume);
    let packages = if alone { stop.packages.or(tender.packages) } else { stop.packages };
    let packages = packages.map(|count| count.to_string()).unwrap_or_default();
    let (mass, mass_unit) = mass.unwrap_or_default();
    let (space, space_unit) = space.unwrap_or_default();
    let packages_unit = if packages.is_empty() { "" } else { "PK" };
    let sequence = sequence.to_string();
    set.segment(
        "S5",
        &[&sequence, reason, &mass, mass_unit, &packages, packages_unit, &space, space_unit],
    );
}

/// G62: not before and not later, of a pickup (37, 38) or a delivery (53, 54).
fn times(set: &mut Set<'_>, stop: &TenderStop) {
    let [(from, from_time), (until, until_time)] = match stop.kind {
        StopKind::Pickup => [("37", "I"), ("38", "K")],
        StopKind::Delivery => [("53", "G"), ("54", "L")],
    };
    if let Some(earliest) = stop.earliest {
        set.time(from, from_time, earliest);
    }
    if let Some(latest) = stop.latest {
        set.time(until, until_time, latest);
    }
}

/// Loop 0320 for each line, then loop 0350 for each line that a purchase order stands behind.
fn goods(set: &mut Set<'_>, lines: &[OrderLine]) {
    for (index, line) in lines.iter().enumerate() {
        let number = line_number(line, index);
        let description = set.plain(line.description.as_deref().unwrap_or_default());
        let material = set.plain(line.material.as_deref().unwrap_or_default());
        let description =
            if description.is_empty() { cut(&material, 50) } else { cut(&description, 50) };
        // Z: a commodity code that sender and receiver agreed on.
        let is_code = (1..=30).contains(&material.chars().count());
        let (code, qualifier) = if is_code { (material.as_str(), "Z") } else { ("", "") };
        set.segment("L5", &[&number, &description, code, qualifier]);
        let mass = line.gross_weight.as_ref().and_then(weight);
        let space = line.volume.as_ref().and_then(volume);
        if mass.is_some() || space.is_some() {
            let gross = if mass.is_some() { "G" } else { "" };
            let (mass, mass_unit) = mass.unwrap_or_default();
            let (space, space_unit) = space.unwrap_or_default();
            set.segment("AT8", &[gross, mass_unit, &mass, "", "", space_unit, &space]);
        }
    }
    for (index, line) in lines.iter().enumerate() {
        let order = line.references.iter().find(|reference| reference.kind == "purchase-order");
        let order = order.map(|order| set.plain(&order.value)).unwrap_or_default();
        if !(1..=22).contains(&order.chars().count()) {
            continue;
        }
        let (mass, unit) = line.gross_weight.as_ref().and_then(weight).unwrap_or_default();
        set.segment("OID", &[&line_number(line, index), &order, "", "", "", unit, &mass]);
    }
}

/// The line's own number where it is one of up to six digits, else its place.
fn line_number(line: &OrderLine, index: usize) -> String {
    let own = line.number.trim().trim_start_matches('0');
    let is_number = (1..=6).contains(&own.len()) && own.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { own.to_owned() } else { index.saturating_add(1).to_string() }
}
