//! 204: golden files, what every written one keeps to, and what cannot be written.

use std::path::Path;

use caravan_connector_sdk::testing::FakeHost;
use caravan_connector_sdk::{Context, Failure, Tenders as _};
use caravan_connector_x12::X12Tenders;
use caravan_mappings_x12::schema::{self, Fault};
use caravan_mappings_x12::{Event, Limits, Reader, text};
use caravan_model::{
    Measure, Moment, Money, OrderLine, Party, PartyRole, Payment, Place, Purpose, Reference,
    StopKind, Tender, TenderStop, ZoneSource,
};
use proptest::prelude::*;

use crate::render::{NOW_MS, profile_of};

fn at(text: &str) -> Moment {
    Moment::from_rfc3339(text, ZoneSource::Sent).unwrap()
}

fn kilograms(value: &str) -> Measure {
    Measure { value: value.into(), unit: "KGM".into() }
}

fn party(role: PartyRole, id: &str, name: &str, city: &str, region: &str, postal: &str) -> Party {
    Party {
        role,
        raw_role: String::new(),
        id: Some(id.into()),
        name: Some(name.into()),
        street: vec!["Plot 7, MIDC Phase II".into()],
        place: Place {
            name: Some(city.into()),
            region: Some(region.into()),
            postal_code: Some(postal.into()),
            country: Some("IN".into()),
            ..Place::default()
        },
    }
}

fn stop(sequence: u32, kind: StopKind, party: Party, earliest: &str, latest: &str) -> TenderStop {
    TenderStop {
        sequence,
        kind,
        party,
        phone: Some("+91 98765 43210".into()),
        earliest: Some(at(earliest)),
        latest: Some(at(latest)),
        gross_weight: None,
        volume: None,
        packages: None,
        instructions: None,
        references: Vec::new(),
    }
}

fn line(number: &str, description: &str, weight: &str) -> OrderLine {
    OrderLine {
        number: number.into(),
        material: Some(format!("M-{number}")),
        description: Some(description.into()),
        quantity: Some(Measure { value: "4".into(), unit: "EA".into() }),
        gross_weight: Some(kilograms(weight)),
        volume: None,
        net_value: None,
        references: vec![Reference::new("purchase-order", "4500000001")],
    }
}

/// Everything that a tender may say.
fn full() -> Tender {
    let mut pickup = stop(
        1,
        StopKind::Pickup,
        party(PartyRole::ShipFrom, "1100", "Pune Plant, Gate 2", "Pune", "MH", "411001"),
        "2026-11-26T06:00:00+05:30",
        "2026-11-26T10:00:00+05:30",
    );
    pickup.instructions =
        Some("Report at gate 2 with the vehicle's papers; tarpaulin needed.".into());
    pickup.references = vec![Reference::new("delivery", "80001234")];
    let mut delivery = stop(
        2,
        StopKind::Delivery,
        party(PartyRole::ShipTo, "C77", "Chennai Depot", "Chennai", "Tamil Nadu", "600001"),
        "2026-11-29T09:00:00+05:30",
        "2026-11-29T18:00:00+05:30",
    );
    delivery.phone = None;
    Tender {
        number: "80001234".into(),
        control_number: 42,
        purpose: Purpose::Original,
        carrier: "DEMO".into(),
        payment: Some(Payment::Prepaid),
        service: Some("FTL".into()),
        equipment: Some("32FT-MXL".into()),
        respond_by: Some(at("2026-11-25T18:00:00+05:30")),
        price: Some(Money { minor: 389_500, currency: "INR".into(), exponent: 2 }),
        references: vec![
            Reference::new("shipment", "80001234"),
            Reference::new("purchase-order", "4500000001"),
            Reference::new("lr", "LR-1"),
            Reference::new("x12/IT", "77"),
            Reference::new("contract", "A number that is longer than the thirty characters of L11"),
        ],
        parties: vec![party(PartyRole::BillTo, "9000", "Acme India", "Mumbai", "MH", "400001")],
        stops: vec![pickup, delivery],
        lines: vec![line("000010", "Pump * 4", "500.500"), line("20", "Motor~spare", "319.5")],
        gross_weight: Some(kilograms("820.000")),
        volume: Some(Measure { value: "3.2".into(), unit: "MTQ".into() }),
        packages: Some(6),
        notes: Some("Keep upright: pumps with oil. Call the depot one hour before arrival, ask for Mr. Raman, and wait at the gate until called.".into()),
        attributes: Vec::new(),
    }
}

fn cancelled() -> Tender {
    Tender {
        purpose: Purpose::Cancel,
        control_number: 43,
        payment: None,
        service: None,
        equipment: None,
        price: None,
        references: Vec::new(),
        parties: Vec::new(),
        lines: Vec::new(),
        notes: None,
        ..full()
    }
}

fn host(profile: Vec<u8>) -> FakeHost {
    FakeHost::at(NOW_MS).setting("sender_id", "CARAVAN-DEMO").profile(profile)
}

fn offer(host: &FakeHost, tender: &Tender) -> Result<Vec<u8>, Failure> {
    let context = Context { now_ms: NOW_MS, ..Context::default() };
    X12Tenders::offer(host, &context, tender).map(|mut messages| {
        assert_eq!(messages.len(), 1);
        messages.remove(0).body
    })
}

/// Adding a case is adding a line here and a folder with its notes; `UPDATE=1` writes what is written now.
#[test]
fn every_case_is_written_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../fixtures/parties/demo-carrier/tender-204");
    for (name, tender) in [("full", full()), ("cancelled", cancelled())] {
        let body = offer(&host(profile_of("demo-carrier")), &tender).unwrap();
        let found = String::from_utf8(body).unwrap().replace('~', "~\n");
        let path = root.join(name).join("expected.edi");
        assert!(root.join(name).join("notes.md").is_file(), "{name} has no notes.md");
        if std::env::vars().any(|(key, _)| key == "UPDATE") {
            std::fs::write(&path, &found).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), found, "{name}");
    }
}

/// What a reader that knows nothing of the writer finds in a 204.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    carrier: String,
    number: String,
    purpose: String,
    sets: usize,
    stops: Vec<(String, String)>,
    references: Vec<(String, String)>,
    lines: usize,
    orders: usize,
}

/// Reads an interchange; panics at whatever is wrong with its envelope, its segments or their order.
fn read(bytes: &[u8]) -> Found {
    let mut reader = Reader::new(bytes, Limits::default());
    let mut found = Found::default();
    loop {
        match reader.next_event().unwrap() {
            Event::End => return found,
            Event::Issue(issue) => panic!("{issue:?}"),
            Event::Set(head) => {
                assert_eq!(head.id, "204");
                found.sets += 1;
            }
            Event::SetEnd(end) => assert!(end.errors.is_empty(), "{:?}", end.errors),
            Event::Group(group) => assert_eq!(group.functional_id, "SM"),
            Event::Segment => {
                let segment = reader.segment();
                let tag = text(segment.tag()).into_owned();
                assert!(schema::is_in_set("204", segment.tag()), "{tag}");
                let definition = schema::definition(segment.tag())
                    .unwrap_or_else(|| panic!("{tag} is not defined"));
                let mut faults: Vec<Fault> = Vec::new();
                schema::check(&segment, definition, 4010, &mut faults);
                assert!(faults.is_empty(), "{}: {faults:?}", text(segment.bytes()));
                let element = |at: usize| text(segment.element(at)).into_owned();
                match tag.as_str() {
                    "B2" => (found.carrier, found.number) = (element(2), element(4)),
                    "B2A" => found.purpose = element(1),
                    "S5" => found.stops.push((element(1), element(2))),
                    "L11" if found.stops.is_empty() => {
                        found.references.push((element(2), element(1)));
                    }
                    "L5" => found.lines += 1,
                    "OID" => found.orders += 1,
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

#[test]
fn a_reader_finds_what_was_tendered() {
    let found = read(&offer(&host(Vec::new()), &full()).unwrap());
    let pair = |left: &str, right: &str| (left.to_owned(), right.to_owned());
    let expected = Found {
        carrier: "DEMO".into(),
        number: "80001234".into(),
        purpose: "00".into(),
        sets: 1,
        stops: vec![pair("1", "CL"), pair("2", "CU")],
        references: vec![pair("PO", "4500000001"), pair("ZZ", "LR-1"), pair("IT", "77")],
        lines: 2,
        orders: 2,
    };
    assert_eq!(found, expected);
    assert_eq!(read(&offer(&host(Vec::new()), &cancelled()).unwrap()).purpose, "01");
}

/// The samples of others: our definitions of the tender's segments are not only our own.
#[test]
fn the_published_samples_keep_to_the_definitions() {
    // The one fault is the sender's: a time without what it is the time of.
    let samples: [(&str, &[&str]); 2] = [
        ("set-without-envelope", &["G62*04*20221121**1513*LT: element 3, code 2"]),
        ("import-container", &[]),
    ];
    for (sample, expected) in samples {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../fixtures/parties/x12-standard/tender-204")
            .join(sample)
            .join("input.edi");
        let mut bytes = std::fs::read(&path).unwrap();
        if !bytes.starts_with(b"ISA") {
            let head = "ISA*00*          *00*          *ZZ*SNDR           *ZZ*CARAVAN        *221121*1513*U*00401*000018711*0*P*>~GS*SM*SNDR*CARAVAN*20221121*1513*18711*X*004010~";
            let tail = b"GE*1*18711~IEA*1*000018711~";
            bytes = [head.as_bytes(), bytes.trim_ascii(), tail].concat();
        }
        let (known, found) = held_against_the_definitions(&bytes);
        assert_eq!(found, expected, "{sample}");
        assert!(known >= 10, "{sample}: only {known} segments are defined");
    }
}

/// How many segments are defined, and what is wrong with them.
fn held_against_the_definitions(bytes: &[u8]) -> (usize, Vec<String>) {
    let mut reader = Reader::new(bytes, Limits::default());
    let (mut known, mut found) = (0, Vec::new());
    loop {
        match reader.next_event().unwrap() {
            Event::End => return (known, found),
            Event::Segment => {
                let segment = reader.segment();
                let shown = text(segment.bytes()).into_owned();
                assert!(schema::is_in_set("204", segment.tag()), "{shown}");
                let Some(definition) = schema::definition(segment.tag()) else { continue };
                known += 1;
                let mut faults: Vec<Fault> = Vec::new();
                schema::check(&segment, definition, 4010, &mut faults);
                let told = |fault: &Fault| {
                    format!("{shown}: element {}, code {}", fault.position, fault.code)
                };
                found.extend(faults.iter().map(told));
            }
            _ => {}
        }
    }
}

#[test]
fn what_a_204_cannot_carry_is_named_field_by_field() {
    let mut tender = full();
    tender.number = "N".repeat(31);
    tender.carrier = "demo-carrier".into();
    tender.stops[1].party = Party {
        id: None,
        name: Some(" ".into()),
        place: Place::default(),
        ..tender.stops[1].party.clone()
    };
    let Err(Failure::InvalidRequest(violations)) = offer(&host(Vec::new()), &tender) else {
        panic!("it was written")
    };
    let paths: Vec<&str> = violations.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["number", "carrier", "stops[1]"]);
    tender = full();
    tender.stops.clear();
    assert!(matches!(offer(&host(Vec::new()), &tender), Err(Failure::InvalidRequest(_))));
}

#[test]
fn without_an_address_of_ours_nothing_is_written() {
    let nobody = FakeHost::at(NOW_MS);
    let Err(Failure::Denied(why)) = offer(&nobody, &full()) else { panic!("it was written") };
    assert!(why.contains("sender_id"), "{why}");
    let long = FakeHost::at(NOW_MS).setting("sender_id", "SIXTEEN-LETTERS-");
    assert!(matches!(offer(&long, &full()), Err(Failure::Denied(_))));
}

#[test]
fn a_party_reads_its_own_codes() {
    let profile = br#"{"party":"p","extends":"x12-standard",
        "options":{"currency":"INR","payment_unsaid":"PP","application_type":"FR"},
        "tables":{"40":{"TF":{"name":"32ft-mxl"}}}}"#;
    let mut tender = full();
    tender.payment = None;
    let written = String::from_utf8(offer(&host(profile.to_vec()), &tender).unwrap()).unwrap();
    for expected in
        ["~B2**DEMO**80001234*K*PP~", "~B2A*00*FR~", "~N7**0*********TF~", "L3*820*G***389500"]
    {
        assert!(written.contains(expected), "{expected} is not in {written}");
    }
    assert!(!written.contains("EQUIPMENT"), "{written}");
}

/// A city of two letters one of which is a delimiter is too short for N4 once it is written.
#[test]
fn a_text_is_measured_as_it_is_sent() {
    let mut tender = full();
    let place =
        Place { name: Some("A*".to_owned()), region: Some("~".to_owned()), ..Place::default() };
    tender.stops[1].party.place = place;
    tender.stops[1].phone = Some("*".to_owned());
    tender.lines[0].description = Some("*".to_owned());
    let found = read(&offer(&host(Vec::new()), &tender).unwrap());
    assert_eq!(found.stops.len(), tender.stops.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever people write into an order: the interchange keeps its form, and a number is never changed.
    #[test]
    fn any_text_gives_a_correct_204(
        texts in prop::collection::vec("\\PC{0,120}", 8),
        number in "[A-Z0-9-]{1,30}",
        offset_min in -720_i16..=840,
        instant_ms in 0_i64..4_000_000_000_000,
        stops in 1_usize..12,
    ) {
        let mut tender = full();
        let [name, street, city, region, postal, note, reference, description] = &texts[..] else { unreachable!() };
        tender.number = number;
        let moment = Moment { instant_ms, offset_min, zone: ZoneSource::Sent };
        let mut last = tender.stops[1].clone();
        last.party.street = vec![street.clone(), name.clone()];
        last.party.place = Place {
            name: Some(city.clone()), region: Some(region.clone()), postal_code: Some(postal.clone()), ..Place::default()
        };
        last.party.name = Some(format!("X{name}"));
        last.phone = Some(note.clone());
        last.instructions = Some(note.clone());
        (last.earliest, last.latest) = (Some(moment), None);
        tender.stops = (0..stops).map(|at| if at % 2 == 0 { last.clone() } else { tender.stops[0].clone() }).collect();
        tender.notes = Some(note.clone());
        tender.equipment = Some(region.clone());
        tender.references.push(Reference::new("contract", reference));
        tender.lines[0].description = Some(description.clone());
        tender.lines[0].number = postal.clone();
        let found = read(&offer(&host(Vec::new()), &tender).unwrap());
        prop_assert_eq!(&found.number, &tender.number);
        prop_assert_eq!(found.stops.len(), stops);
        prop_assert_eq!(found.lines, 2);
    }
}
