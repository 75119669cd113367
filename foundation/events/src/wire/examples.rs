//! One full example of each record, for tests: every optional field is filled.

use caravan_model::*;

fn at(text: &str) -> Moment {
    Moment::from_rfc3339(text, ZoneSource::Sent).unwrap()
}

fn usd(minor: i64) -> Money {
    Money { minor, currency: "USD".into(), exponent: 2 }
}

fn kilograms(value: &str) -> Measure {
    Measure { value: value.into(), unit: "KGM".into() }
}

fn place() -> Place {
    Place {
        unlocode: Some("USATL".into()),
        name: Some("Atlanta".into()),
        region: Some("GA".into()),
        postal_code: Some("30301".into()),
        country: Some("US".into()),
        facility: Some("ATL1".into()),
        lat_e7: Some(337_490_000),
        lon_e7: Some(-843_880_000),
    }
}

fn party(role: PartyRole) -> Party {
    Party {
        role,
        raw_role: "CN".into(),
        id: Some("0000100".into()),
        name: Some("Müller & Söhne \"GmbH\"".into()),
        street: vec!["Dock 4".into(), "Main St 1".into()],
        place: place(),
    }
}

pub(crate) fn milestone() -> Milestone {
    Milestone {
        key: None,
        status: Status::DeliveryAttempted,
        reason: Some("consignee-unavailable".into()),
        classifier: Classifier::Actual,
        leg: Some(Leg::LastMile),
        direction: Direction::Forward,
        scope: Scope { kind: ScopeKind::Piece, id: Some("1".into()) },
        at: at("2020-09-10T11:35:00-04:00"),
        place: Some(place()),
        references: vec![Reference::new("pro", "1234567"), Reference::new("bol", "B-1")],
        raw: RawCode { list: "x12/1650".into(), code: "AJ".into(), text: Some("Tried".into()) },
        raw_reason: Some(RawCode { list: "x12/1651".into(), code: "D1".into(), text: None }),
        source: Span { document: 0, start: 10, end: 99 },
        attributes: vec![("signed-by".into(), "SMITH".into())],
    }
}

pub(crate) fn order() -> Order {
    Order {
        key: Some("800/0000000000123456".into()),
        kind: DocumentKind::Delivery,
        purpose: Purpose::Change,
        number: "80000123".into(),
        references: Vec::new(),
        parties: vec![party(PartyRole::ShipTo)],
        dates: vec![("planned-goods-issue".into(), at("2026-11-24T08:00:00+05:30"))],
        gross_weight: Some(kilograms("12.500")),
        volume: Some(Measure { value: "1.2".into(), unit: "MTQ".into() }),
        packages: Some(3),
        incoterms: Some("FOB Mumbai".into()),
        lines: vec![OrderLine {
            number: "000010".into(),
            material: Some("M-1".into()),
            description: Some("Pump".into()),
            quantity: Some(Measure { value: "4".into(), unit: "EA".into() }),
            gross_weight: Some(kilograms("12.5")),
            volume: None,
            net_value: Some(usd(99_900)),
            references: vec![Reference::new("purchase-order", "4500000001")],
        }],
        source: Span { document: 0, start: 0, end: 500 },
        attributes: Vec::new(),
    }
}

pub(crate) fn freight_invoice() -> FreightInvoice {
    FreightInvoice {
        key: None,
        number: "INV-9".into(),
        scac: Some("ODFL".into()),
        correction: Some("CO".into()),
        payment_method: Some("PP".into()),
        references: vec![Reference::new("bol", "B-1")],
        parties: vec![party(PartyRole::BillTo)],
        billed_at: Some(at("2026-11-01T00:00:00Z")),
        delivered_at: Some(at("2026-10-30T00:00:00Z")),
        total: usd(12_417),
        charges: vec![Charge {
            line: "1".into(),
            code: Some("FUE".into()),
            description: Some("Fuel".into()),
            amount: usd(-5),
            rate: Some("0.25".into()),
            rate_qualifier: Some("CW".into()),
            weight: Some(Measure { value: "1340".into(), unit: "LBR".into() }),
            quantity: Some(Measure { value: "2".into(), unit: "PK".into() }),
            source: Span { document: 0, start: 5, end: 50 },
        }],
        source: Span { document: 0, start: 0, end: 60 },
        attributes: vec![("terminal".into(), "ATL".into())],
    }
}

pub(crate) fn tender_response() -> TenderResponse {
    TenderResponse {
        key: None,
        number: "80001234".into(),
        carrier: Some("DEMO".into()),
        answer: TenderAnswer::Declined,
        reason: Some("equipment-unavailable".into()),
        carrier_reference: Some("PRO-1".into()),
        answered_at: Some(at("2026-11-25T10:00:00+05:30")),
        references: vec![Reference::new("pro", "PRO-1")],
        raw: RawCode { list: "x12/558".into(), code: "D".into(), text: None },
        raw_reason: Some(RawCode {
            list: "x12/decline-reason".into(),
            code: "EQU".into(),
            text: None,
        }),
        source: Span { document: 0, start: 0, end: 60 },
        attributes: vec![("control".into(), "000000001/1/0001".into())],
    }
}

pub(crate) fn records() -> Vec<Record> {
    vec![
        Record::Milestone(Box::new(milestone())),
        Record::Order(Box::new(order())),
        Record::FreightInvoice(Box::new(freight_invoice())),
        Record::TenderResponse(Box::new(tender_response())),
    ]
}
