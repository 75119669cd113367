//! The contract's values as ours: what the hub hands to a connector.

use super::{enums, list, types};
use crate::model;

fn span_in(theirs: types::Span) -> model::Span {
    model::Span { document: theirs.document, start: theirs.start, end: theirs.end }
}

pub(crate) fn reference_in(theirs: types::Reference) -> model::Reference {
    model::Reference { kind: theirs.kind, value: theirs.value }
}

pub(crate) fn verdict_in(theirs: types::Verdict) -> model::Verdict {
    model::Verdict {
        level: enums::level_in(theirs.level),
        kind: theirs.kind,
        control: theirs.control,
        outcome: enums::verdict_outcome_in(theirs.outcome),
        note: theirs.note,
        detail: theirs.detail,
        source: span_in(theirs.source),
    }
}

fn moment_in(theirs: types::Moment) -> model::Moment {
    let types::Moment { instant_ms, offset_min, zone } = theirs;
    model::Moment { instant_ms, offset_min, zone: enums::zone_source_in(zone) }
}

fn money_in(theirs: types::Money) -> model::Money {
    model::Money { minor: theirs.minor, currency: theirs.currency, exponent: theirs.exponent }
}

fn measure_in(theirs: types::Measure) -> model::Measure {
    model::Measure { value: theirs.value, unit: theirs.unit }
}

fn place_in(theirs: types::Place) -> model::Place {
    let types::Place { unlocode, name, region, postal_code, country, facility, lat_e7, lon_e7 } =
        theirs;
    model::Place { unlocode, name, region, postal_code, country, facility, lat_e7, lon_e7 }
}

fn party_in(theirs: types::Party) -> model::Party {
    model::Party {
        role: enums::party_role_in(theirs.role),
        raw_role: theirs.raw_role,
        id: theirs.id,
        name: theirs.name,
        street: theirs.street,
        place: place_in(theirs.place),
    }
}

fn charge_in(theirs: types::Charge) -> model::Charge {
    model::Charge {
        line: theirs.line,
        code: theirs.code,
        description: theirs.description,
        amount: money_in(theirs.amount),
        rate: theirs.rate,
        rate_qualifier: theirs.rate_qualifier,
        weight: theirs.weight.map(measure_in),
        quantity: theirs.quantity.map(measure_in),
        source: span_in(theirs.source),
    }
}

pub(crate) fn freight_invoice_in(theirs: types::FreightInvoice) -> model::FreightInvoice {
    model::FreightInvoice {
        key: theirs.key,
        number: theirs.number,
        scac: theirs.scac,
        correction: theirs.correction,
        payment_method: theirs.payment_method,
        references: list(theirs.references, reference_in),
        parties: list(theirs.parties, party_in),
        billed_at: theirs.billed_at.map(moment_in),
        delivered_at: theirs.delivered_at.map(moment_in),
        total: money_in(theirs.total),
        charges: list(theirs.charges, charge_in),
        source: span_in(theirs.source),
        attributes: theirs.attributes,
    }
}

fn order_line_in(theirs: types::OrderLine) -> model::OrderLine {
    model::OrderLine {
        number: theirs.number,
        material: theirs.material,
        description: theirs.description,
        quantity: theirs.quantity.map(measure_in),
        gross_weight: theirs.gross_weight.map(measure_in),
        volume: theirs.volume.map(measure_in),
        net_value: theirs.net_value.map(money_in),
        references: list(theirs.references, reference_in),
    }
}

fn tender_stop_in(theirs: types::TenderStop) -> model::TenderStop {
    model::TenderStop {
        sequence: theirs.sequence,
        kind: enums::stop_kind_in(theirs.kind),
        party: party_in(theirs.party),
        phone: theirs.phone,
        earliest: theirs.earliest.map(moment_in),
        latest: theirs.latest.map(moment_in),
        gross_weight: theirs.gross_weight.map(measure_in),
        volume: theirs.volume.map(measure_in),
        packages: theirs.packages,
        instructions: theirs.instructions,
        references: list(theirs.references, reference_in),
    }
}

pub(crate) fn tender_in(theirs: types::Tender) -> model::Tender {
    model::Tender {
        number: theirs.number,
        control_number: theirs.control_number,
        purpose: enums::purpose_in(theirs.purpose),
        carrier: theirs.carrier,
        payment: theirs.payment.map(enums::payment_in),
        service: theirs.service,
        equipment: theirs.equipment,
        respond_by: theirs.respond_by.map(moment_in),
        price: theirs.price.map(money_in),
        references: list(theirs.references, reference_in),
        parties: list(theirs.parties, party_in),
        stops: list(theirs.stops, tender_stop_in),
        lines: list(theirs.lines, order_line_in),
        gross_weight: theirs.gross_weight.map(measure_in),
        volume: theirs.volume.map(measure_in),
        packages: theirs.packages,
        notes: theirs.notes,
        attributes: theirs.attributes,
    }
}

fn settled_line_in(theirs: types::SettledLine) -> model::SettledLine {
    let types::SettledLine { line, code, description, amount } = theirs;
    model::SettledLine { line, code, description, amount: money_in(amount) }
}

fn settled_tax_in(theirs: types::SettledTax) -> model::SettledTax {
    let types::SettledTax { kind, rate, amount } = theirs;
    model::SettledTax { kind, rate, amount: money_in(amount) }
}

pub(crate) fn settled_bill_in(theirs: types::SettledBill) -> model::SettledBill {
    model::SettledBill {
        id: theirs.id,
        control_number: theirs.control_number,
        hand_over: theirs.hand_over,
        carrier: theirs.carrier,
        number: theirs.number,
        billed_on: theirs.billed_on,
        settled_on: theirs.settled_on,
        references: list(theirs.references, reference_in),
        lines: list(theirs.lines, settled_line_in),
        taxes: list(theirs.taxes, settled_tax_in),
        reverse_charge: list(theirs.reverse_charge, settled_tax_in),
        withheld: list(theirs.withheld, settled_tax_in),
        total: money_in(theirs.total),
        payable: money_in(theirs.payable),
        attributes: theirs.attributes,
    }
}
