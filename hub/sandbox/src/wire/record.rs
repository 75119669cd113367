//! Canonical records and rejects, out of a guest.

use caravan_model::{
    Charge, Classifier, Direction, DocumentKind, FreightInvoice, Leg, Measure, Milestone, Moment,
    Money, Order, OrderLine, Party, PartyRole, Place, Purpose, RawCode, Record, Reference, Reject,
    Scope, ScopeKind, Severity, Status, TenderAnswer, TenderResponse, ZoneSource,
};

use super::{same_names, span};
use crate::bindings::caravan::connector::types;

/// A record; one of a kind that this host has no word for becomes a reject, so that it is seen.
pub(super) fn record(canonical: types::Canonical) -> Result<Record, Box<Reject>> {
    match canonical {
        types::Canonical::Milestone(m) => Ok(Record::Milestone(Box::new(milestone(m)))),
        types::Canonical::Order(o) => Ok(Record::Order(Box::new(order(o)))),
        types::Canonical::FreightInvoice(i) => {
            Ok(Record::FreightInvoice(Box::new(freight_invoice(i))))
        }
        types::Canonical::TenderResponse(r) => {
            Ok(Record::TenderResponse(Box::new(tender_response(r))))
        }
        types::Canonical::Other(other) => Err(Box::new(Reject {
            severity: Severity::Error,
            code: "record-kind-unknown".into(),
            path: other.kind,
            message: "The connector speaks of a kind of record that this host does not know."
                .into(),
            hint: Some("Update the hub, or use an older version of the connector.".into()),
            source: span(other.source),
        })),
    }
}

pub(super) fn reject(reject: types::Reject) -> Reject {
    Reject {
        severity: same_names!(types::Severity => Severity, reject.severity, [Error, Warning]),
        code: reject.code,
        path: reject.path,
        message: reject.message,
        hint: reject.hint,
        source: span(reject.source),
    }
}

fn milestone(m: types::Milestone) -> Milestone {
    Milestone {
        key: m.key,
        status: status(m.status),
        reason: m.reason,
        classifier: same_names!(types::Classifier => Classifier, m.classifier, [Actual, Estimated, Planned, Requested]),
        leg: m
            .leg
            .map(|leg| same_names!(types::Leg => Leg, leg, [Pickup, Linehaul, Customs, LastMile, Return])),
        direction: same_names!(types::Direction => Direction, m.direction, [Forward, Return]),
        scope: Scope {
            kind: same_names!(types::ScopeKind => ScopeKind, m.scope.kind, [Shipment, Piece, Container, Document]),
            id: m.scope.id,
        },
        at: moment(m.at),
        place: m.place.map(place),
        references: references(m.references),
        raw: raw_code(m.raw),
        raw_reason: m.raw_reason.map(raw_code),
        source: span(m.source),
        attributes: m.attributes,
    }
}

fn status(status: types::Status) -> Status {
    same_names!(types::Status => Status, status, [
        Tendered, Booked, BookingRejected, LabelCreated, PickupScheduled, ArrivedPickup, PickupFailed, PickedUp, Departed,
        InTransit, Arrived, Transferred, CustomsInProgress, CustomsHeld, CustomsCleared, AtDeliveryFacility,
        DeliveryScheduled, OutForDelivery, ArrivedDelivery, DeliveryAttempted, AvailableForPickup, PartiallyDelivered,
        Delivered, Delayed, Exception, Returned, Cancelled, Unmapped,
    ])
}

fn order(o: types::Order) -> Order {
    Order {
        key: o.key,
        kind: same_names!(types::DocumentKind => DocumentKind, o.kind, [Order, Delivery]),
        purpose: same_names!(types::Purpose => Purpose, o.purpose, [Original, Change, Cancel]),
        number: o.number,
        references: references(o.references),
        parties: o.parties.into_iter().map(party).collect(),
        dates: o.dates.into_iter().map(|(name, at)| (name, moment(at))).collect(),
        gross_weight: o.gross_weight.map(measure),
        volume: o.volume.map(measure),
        packages: o.packages,
        incoterms: o.incoterms,
        lines: o.lines.into_iter().map(order_line).collect(),
        source: span(o.source),
        attributes: o.attributes,
    }
}

fn order_line(line: types::OrderLine) -> OrderLine {
    OrderLine {
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

fn freight_invoice(i: types::FreightInvoice) -> FreightInvoice {
    FreightInvoice {
        key: i.key,
        number: i.number,
        scac: i.scac,
        correction: i.correction,
        payment_method: i.payment_method,
        references: references(i.references),
        parties: i.parties.into_iter().map(party).collect(),
        billed_at: i.billed_at.map(moment),
        delivered_at: i.delivered_at.map(moment),
        total: money(i.total),
        charges: i.charges.into_iter().map(charge).collect(),
        source: span(i.source),
        attributes: i.attributes,
    }
}

fn tender_response(r: types::TenderResponse) -> TenderResponse {
    TenderResponse {
        key: r.key,
        number: r.number,
        carrier: r.carrier,
        answer: same_names!(types::TenderAnswer => TenderAnswer, r.answer, [
            Accepted, Declined, Conditional, Countered, Withdrawn, Unmapped,
        ]),
        reason: r.reason,
        carrier_reference: r.carrier_reference,
        answered_at: r.answered_at.map(moment),
        references: references(r.references),
        raw: raw_code(r.raw),
        raw_reason: r.raw_reason.map(raw_code),
        source: span(r.source),
        attributes: r.attributes,
    }
}

fn charge(c: types::Charge) -> Charge {
    Charge {
        line: c.line,
        code: c.code,
        description: c.description,
        amount: money(c.amount),
        rate: c.rate,
        rate_qualifier: c.rate_qualifier,
        weight: c.weight.map(measure),
        quantity: c.quantity.map(measure),
        source: span(c.source),
    }
}

fn party(p: types::Party) -> Party {
    Party {
        role: same_names!(types::PartyRole => PartyRole, p.role, [
            Shipper, ShipFrom, Consignee, ShipTo, SoldTo, BillTo, Payer, Vendor, Carrier, RemitTo, Other,
        ]),
        raw_role: p.raw_role,
        id: p.id,
        name: p.name,
        street: p.street,
        place: place(p.place),
    }
}

fn place(p: types::Place) -> Place {
    Place {
        unlocode: p.unlocode,
        name: p.name,
        region: p.region,
        postal_code: p.postal_code,
        country: p.country,
        facility: p.facility,
        lat_e7: p.lat_e7,
        lon_e7: p.lon_e7,
    }
}

fn moment(m: types::Moment) -> Moment {
    Moment {
        instant_ms: m.instant_ms,
        offset_min: m.offset_min,
        zone: same_names!(types::ZoneSource => ZoneSource, m.zone, [Sent, Profile, Place, Assumed]),
    }
}

fn money(m: types::Money) -> Money {
    Money { minor: m.minor, currency: m.currency, exponent: m.exponent }
}

fn measure(m: types::Measure) -> Measure {
    Measure { value: m.value, unit: m.unit }
}

fn raw_code(code: types::RawCode) -> RawCode {
    RawCode { list: code.code_list, code: code.code, text: code.text }
}

fn references(references: Vec<types::Reference>) -> Vec<Reference> {
    references.into_iter().map(|r| Reference { kind: r.kind, value: r.value }).collect()
}
