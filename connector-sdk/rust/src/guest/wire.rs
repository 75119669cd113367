//! Our values as the contract's and back. Values are moved, never copied.

mod calls;
mod enums;
mod inward;

use super::base::caravan::connector::types;
use crate::model;

pub(crate) use calls::{
    algorithm, context, crypto_error, failure, http_error, http_request, http_response, outcome,
    state_error,
};
pub(crate) use inward::{freight_invoice_in, reference_in, settled_bill_in, tender_in, verdict_in};

fn list<A, B>(ours: Vec<A>, convert: impl Fn(A) -> B) -> Vec<B> {
    ours.into_iter().map(convert).collect()
}

pub(crate) fn span(ours: model::Span) -> types::Span {
    types::Span { document: ours.document, start: ours.start, end: ours.end }
}

fn reference(ours: model::Reference) -> types::Reference {
    types::Reference { kind: ours.kind, value: ours.value }
}

fn raw_code(ours: model::RawCode) -> types::RawCode {
    types::RawCode { code_list: ours.list, code: ours.code, text: ours.text }
}

fn moment(ours: model::Moment) -> types::Moment {
    let model::Moment { instant_ms, offset_min, zone } = ours;
    types::Moment { instant_ms, offset_min, zone: enums::zone_source(zone) }
}

fn place(ours: model::Place) -> types::Place {
    let model::Place { unlocode, name, region, postal_code, country, facility, lat_e7, lon_e7 } =
        ours;
    types::Place { unlocode, name, region, postal_code, country, facility, lat_e7, lon_e7 }
}

fn money(ours: model::Money) -> types::Money {
    types::Money { minor: ours.minor, currency: ours.currency, exponent: ours.exponent }
}

fn measure(ours: model::Measure) -> types::Measure {
    types::Measure { value: ours.value, unit: ours.unit }
}

fn milestone(ours: model::Milestone) -> types::Milestone {
    types::Milestone {
        key: ours.key,
        status: enums::status(ours.status),
        reason: ours.reason,
        classifier: enums::classifier(ours.classifier),
        leg: ours.leg.map(enums::leg),
        direction: enums::direction(ours.direction),
        scope: types::Scope { kind: enums::scope_kind(ours.scope.kind), id: ours.scope.id },
        at: moment(ours.at),
        place: ours.place.map(place),
        references: list(ours.references, reference),
        raw: raw_code(ours.raw),
        raw_reason: ours.raw_reason.map(raw_code),
        source: span(ours.source),
        attributes: ours.attributes,
    }
}

fn party(ours: model::Party) -> types::Party {
    types::Party {
        role: enums::party_role(ours.role),
        raw_role: ours.raw_role,
        id: ours.id,
        name: ours.name,
        street: ours.street,
        place: place(ours.place),
    }
}

fn order_line(ours: model::OrderLine) -> types::OrderLine {
    types::OrderLine {
        number: ours.number,
        material: ours.material,
        description: ours.description,
        quantity: ours.quantity.map(measure),
        gross_weight: ours.gross_weight.map(measure),
        volume: ours.volume.map(measure),
        net_value: ours.net_value.map(money),
        references: list(ours.references, reference),
    }
}

fn order(ours: model::Order) -> types::Order {
    types::Order {
        key: ours.key,
        kind: enums::document_kind(ours.kind),
        purpose: enums::purpose(ours.purpose),
        number: ours.number,
        references: list(ours.references, reference),
        parties: list(ours.parties, party),
        dates: list(ours.dates, |(name, at)| (name, moment(at))),
        gross_weight: ours.gross_weight.map(measure),
        volume: ours.volume.map(measure),
        packages: ours.packages,
        incoterms: ours.incoterms,
        lines: list(ours.lines, order_line),
        source: span(ours.source),
        attributes: ours.attributes,
    }
}

fn charge(ours: model::Charge) -> types::Charge {
    types::Charge {
        line: ours.line,
        code: ours.code,
        description: ours.description,
        amount: money(ours.amount),
        rate: ours.rate,
        rate_qualifier: ours.rate_qualifier,
        weight: ours.weight.map(measure),
        quantity: ours.quantity.map(measure),
        source: span(ours.source),
    }
}

fn freight_invoice(ours: model::FreightInvoice) -> types::FreightInvoice {
    types::FreightInvoice {
        key: ours.key,
        number: ours.number,
        scac: ours.scac,
        correction: ours.correction,
        payment_method: ours.payment_method,
        references: list(ours.references, reference),
        parties: list(ours.parties, party),
        billed_at: ours.billed_at.map(moment),
        delivered_at: ours.delivered_at.map(moment),
        total: money(ours.total),
        charges: list(ours.charges, charge),
        source: span(ours.source),
        attributes: ours.attributes,
    }
}

fn tender_response(ours: model::TenderResponse) -> types::TenderResponse {
    types::TenderResponse {
        key: ours.key,
        number: ours.number,
        carrier: ours.carrier,
        answer: enums::tender_answer(ours.answer),
        reason: ours.reason,
        carrier_reference: ours.carrier_reference,
        answered_at: ours.answered_at.map(moment),
        references: list(ours.references, reference),
        raw: raw_code(ours.raw),
        raw_reason: ours.raw_reason.map(raw_code),
        source: span(ours.source),
        attributes: ours.attributes,
    }
}

fn record(ours: model::Record) -> types::Canonical {
    match ours {
        model::Record::Milestone(ours) => types::Canonical::Milestone(milestone(*ours)),
        model::Record::Order(ours) => types::Canonical::Order(order(*ours)),
        model::Record::FreightInvoice(ours) => {
            types::Canonical::FreightInvoice(freight_invoice(*ours))
        }
        model::Record::TenderResponse(ours) => {
            types::Canonical::TenderResponse(tender_response(*ours))
        }
    }
}

fn reject(ours: model::Reject) -> types::Reject {
    types::Reject {
        severity: enums::severity(ours.severity),
        code: ours.code,
        path: ours.path,
        message: ours.message,
        hint: ours.hint,
        source: span(ours.source),
    }
}

fn verdict(ours: model::Verdict) -> types::Verdict {
    types::Verdict {
        level: enums::level(ours.level),
        kind: ours.kind,
        control: ours.control,
        outcome: enums::verdict_outcome(ours.outcome),
        note: ours.note,
        detail: ours.detail,
        source: span(ours.source),
    }
}

pub(crate) fn batch(ours: model::Batch) -> types::Batch {
    types::Batch {
        records: list(ours.records, record),
        rejects: list(ours.rejects, reject),
        verdicts: list(ours.verdicts, verdict),
        done: ours.done,
    }
}

pub(crate) fn outgoing(ours: model::Outgoing) -> types::Outgoing {
    let model::Outgoing { kind, file_name, media_type, body } = ours;
    types::Outgoing { kind, file_name, media_type, body }
}
