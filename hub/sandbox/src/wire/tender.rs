//! A tender, into a guest.

use caravan_model::{
    Measure, Moment, Money, OrderLine, Party, PartyRole, Payment, Place, Purpose, Reference,
    StopKind, Tender, TenderStop, ZoneSource,
};

use super::{reference_in, same_names};
use crate::bindings::caravan::connector::types;

pub(crate) fn tender(tender: Tender) -> types::Tender {
    types::Tender {
        number: tender.number,
        control_number: tender.control_number,
        purpose: same_names!(Purpose => types::Purpose, tender.purpose, [Original, Change, Cancel]),
        carrier: tender.carrier,
        payment: tender.payment.map(
            |payment| same_names!(Payment => types::Payment, payment, [Prepaid, Collect, ThirdParty]),
        ),
        service: tender.service,
        equipment: tender.equipment,
        respond_by: tender.respond_by.map(moment),
        price: tender.price.map(money),
        references: references(tender.references),
        parties: tender.parties.into_iter().map(party).collect(),
        stops: tender.stops.into_iter().map(stop).collect(),
        lines: tender.lines.into_iter().map(line).collect(),
        gross_weight: tender.gross_weight.map(measure),
        volume: tender.volume.map(measure),
        packages: tender.packages,
        notes: tender.notes,
        attributes: tender.attributes,
    }
}

fn stop(stop: TenderStop) -> types::TenderStop {
    types::TenderStop {
        sequence: stop.sequence,
        kind: same_names!(StopKind => types::StopKind, stop.kind, [Pickup, Delivery]),
        party: party(stop.party),
        phone: stop.phone,
        earliest: stop.earliest.map(moment),
        latest: stop.latest.map(moment),
        gross_weight: stop.gross_weight.map(measure),
        volume: stop.volume.map(measure),
        packages: stop.packages,
        instructions: stop.instructions,
        references: references(stop.references),
    }
}

fn line(line: OrderLine) -> types::OrderLine {
    types::OrderLine {
        number: line.number,
        material: line.material,
        description: line.description,
        quantity: line.quantity.map(measure),
        gross_weight: line.gross_weight.map(measure),
        volume: line.volume.map(measure),
        net_value: line.net_value.map(money),
        references: references(line.references),
    }
}

fn party(party: Party) -> types::Party {
    types::Party {
        role: same_names!(PartyRole => types::PartyRole, party.role, [
            Shipper, ShipFrom, Consignee, ShipTo, SoldTo, BillTo, Payer, Vendor, Carrier, RemitTo, Other,
        ]),
        raw_role: party.raw_role,
        id: party.id,
        name: party.name,
        street: party.street,
        place: place(party.place),
    }
}

fn place(place: Place) -> types::Place {
    let Place { unlocode, name, region, postal_code, country, facility, lat_e7, lon_e7 } = place;
    types::Place { unlocode, name, region, postal_code, country, facility, lat_e7, lon_e7 }
}

fn moment(moment: Moment) -> types::Moment {
    let Moment { instant_ms, offset_min, zone } = moment;
    let zone = same_names!(ZoneSource => types::ZoneSource, zone, [Sent, Profile, Place, Assumed]);
    types::Moment { instant_ms, offset_min, zone }
}

pub(super) fn money(money: Money) -> types::Money {
    types::Money { minor: money.minor, currency: money.currency, exponent: money.exponent }
}

fn measure(measure: Measure) -> types::Measure {
    types::Measure { value: measure.value, unit: measure.unit }
}

pub(super) fn references(references: Vec<Reference>) -> Vec<types::Reference> {
    references.into_iter().map(reference_in).collect()
}
