//! A published invoice in both forms says the same; that proves the layouts that it uses.

use std::collections::BTreeSet;

use caravan_mappings_idoc::{Segment, print};

use crate::world::{layouts, whole};

const FLAT: &[u8] = include_bytes!(
    "../../../../../fixtures/parties/idoc-standard/idoc-INVOIC01/sap-flat2xml-invoice/input.idoc"
);
const XML: &[u8] = include_bytes!(
    "../../../../../fixtures/parties/idoc-standard/idoc-INVOIC01/sap-xml2flat-invoice/input.xml"
);

/// Bank, country and tariff segments: no layout of ours.
const UNKNOWN: [&str; 3] = ["E1EDK28", "E1EDK29", "E1EDP28"];

fn known(segments: &[Segment]) -> Vec<Segment> {
    let kept = segments.iter().filter(|segment| !UNKNOWN.contains(&segment.name.as_str()));
    kept.map(|segment| Segment { children: known(&segment.children), ..segment.clone() }).collect()
}

fn names<'a>(segments: &'a [Segment], into: &mut BTreeSet<&'a str>) {
    for segment in segments {
        into.insert(&segment.name);
        names(&segment.children, into);
    }
}

#[test]
fn both_forms_give_the_same_tree() {
    let (flat, xml) = (whole(FLAT).without_spans(), whole(XML).without_spans());
    assert_eq!(flat.control, xml.control);
    assert_eq!(known(&flat.segments), known(&xml.segments));
    assert!(flat.warnings.is_empty());
}

#[test]
fn every_layout_that_claims_a_twin_has_one() {
    let flat = whole(FLAT);
    let mut seen = BTreeSet::new();
    names(&flat.segments, &mut seen);
    let claimed: Vec<String> = layouts()
        .iter()
        .filter(|layout| layout.evidence == "twin")
        .map(|layout| layout.name.clone())
        .collect();
    assert!(claimed.len() > 15);
    for name in claimed {
        assert!(seen.contains(name.as_str()), "{name} does not stand in the sample");
    }
}

#[test]
fn a_record_without_layout_keeps_its_data_uncut() {
    let flat = whole(FLAT);
    let bank = flat.named("E1EDK28").next().unwrap();
    assert!(bank.get("SDATA").unwrap().starts_with("ES wefefwefw"));
}

#[test]
fn spans_point_at_the_values() {
    let flat = whole(FLAT);
    let field = flat.named("E1EDK01").next().unwrap().field("BELNR").unwrap();
    let range =
        usize::try_from(field.span.start).unwrap()..usize::try_from(field.span.end).unwrap();
    assert_eq!(&FLAT[range], b"2342342343");
    let xml = whole(XML);
    let field = xml.named("E1EDK01").next().unwrap().field("BELNR").unwrap();
    let range =
        usize::try_from(field.span.start).unwrap()..usize::try_from(field.span.end).unwrap();
    assert_eq!(&XML[range], b"<BELNR>2342342343</BELNR>");
}

#[test]
fn the_printed_records_are_the_samples_records() {
    let mut idoc = whole(XML);
    idoc.segments = known(&idoc.segments);
    let printed = print::flat(&idoc, &layouts()).unwrap();
    let sample = String::from_utf8(FLAT.to_vec()).unwrap();
    let data = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .skip(1)
            .filter(|line| !line.starts_with("E2EDK28") && !line.starts_with("E2EDK29"));
        let lines = lines.filter(|line| !line.starts_with("E2EDP28") && line.len() > 63);
        lines
            .map(|line| format!("{}{}{}", &line[..30], &line[61..63], line[63..].trim_end()))
            .collect()
    };
    assert_eq!(data(&printed), data(&sample), "external name, level and data of every record");
}
