//! What holds for every document: nothing panics, spans lie inside, and good sets survive bad neighbours.

use caravan_model::Record;
use proptest::prelude::*;

use crate::render::read;

const ISA: &str = "ISA*00*          *00*          *02*ODFL           *ZZ*SHIPPER        *200910*1930*U*00401*000000001*0*P*>~";

/// An interchange of one group with these set bodies (from B10 on), trailers right.
fn interchange(sets: &[String]) -> String {
    let mut text = format!("{ISA}GS*QM*S*R*20200910*1930*7*X*004010~");
    for (index, body) in sets.iter().enumerate() {
        let count = body.matches('~').count() + 2;
        text.push_str(&format!("ST*214*{index:04}~{body}SE*{count}*{index:04}~"));
    }
    text + &format!("GE*{}*7~IEA*1*000000001~", sets.len())
}

fn good(pro: usize) -> String {
    format!("B10*{pro}*S{pro}*ODFL~LX*1~AT7*X6*NS***20200910*1135*ET~MS1*ATLANTA*GA*US~")
}

#[test]
fn a_large_document_comes_in_batches_and_loses_nothing() {
    let sets: Vec<String> = (0..3_000).map(good).collect();
    let (batch, failure) = read(interchange(&sets).as_bytes(), None, b"", 64 * 1024);
    assert_eq!(
        (batch.records.len(), batch.rejects.len(), batch.verdicts.len(), failure),
        (3_000, 0, 3_002, None)
    );
}

#[test]
fn a_set_that_is_larger_than_what_is_held_is_handed_on_and_its_wrong_count_noted() {
    let events: String = (0..3_500).map(|_| "LX*1~AT7*X6*NS***20200910*1135*ET~").collect();
    let text = interchange(&[format!("B10*1*2*ODFL~{events}")]).replace("SE*7003", "SE*7004");
    let (batch, _) = read(text.as_bytes(), None, b"", 64 * 1024);
    assert_eq!(batch.records.len(), 3_500);
    assert_eq!(batch.verdicts[0].detail, "AK2*214*0000~AK5*E*4~");
}

#[test]
fn the_same_profile_option_decides_over_wrong_counts() {
    let text = interchange(&[good(1), good(2)]).replacen("SE*6", "SE*7", 1);
    let (batch, _) = read(text.as_bytes(), None, b"", 64 * 1024);
    assert_eq!(
        (batch.records.len(), batch.verdicts[0].detail.as_str()),
        (1, "AK2*214*0000~AK5*R*4~")
    );
    let lenient =
        br#"{"party":"p","extends":"x12-standard","options":{"structure_errors":"note"}}"#;
    let (batch, _) = read(text.as_bytes(), None, lenient, 64 * 1024);
    assert_eq!(
        (batch.records.len(), batch.verdicts[0].detail.as_str()),
        (2, "AK2*214*0000~AK5*E*4~")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_document_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), window in 1_u32..100) {
        let mut document = ISA.as_bytes().to_vec();
        document.extend(bytes);
        check(&document, window);
    }

    #[test]
    fn no_segments_make_it_panic(
        segments in prop::collection::vec(
            (prop::sample::select(vec!["GS", "ST", "SE", "GE", "IEA", "B10", "LX", "AT7", "MS1", "MS2", "L11", "MAN", "B3",
              "N1", "N4", "L5", "L0", "L1", "C3", "AT8", "N9", "Q7", "ITD"]),
             prop::collection::vec("[A-Z0-9. -]{0,9}|214|210|QM|IM|004010|AF|NS|20200910|1135", 0..9)), 0..60),
    ) {
        let body: String = segments.iter().map(|(tag, elements)| format!("{tag}*{}~", elements.join("*"))).collect();
        let text = format!("{ISA}GS*QM*S*R*20200910*1930*7*X*004010~ST*214*0001~{body}");
        check(text.as_bytes(), 100);
    }

    #[test]
    fn good_sets_survive_bad_neighbours(bad in "[A-Z0-9*]{0,60}~", at in 0_usize..4) {
        prop_assume!(!["ISA", "GS", "GE", "ST", "SE", "IEA"].iter().any(|tag| bad.starts_with(tag)));
        let mut sets: Vec<String> = (1..=3).map(good).collect();
        sets.insert(at, bad);
        let (batch, _) = read(interchange(&sets).as_bytes(), None, b"", 4096);
        let pros: Vec<&str> = batch.records.iter().filter_map(|record| match record {
            Record::Milestone(milestone) => Some(milestone.references[0].value.as_str()),
            _ => None,
        }).collect();
        prop_assert_eq!(pros, ["1", "2", "3"]);
    }
}

fn check(document: &[u8], window: u32) {
    let (batch, _) = read(document, Some("x12/214"), b"", window);
    let size = document.len() as u64;
    for source in batch
        .records
        .iter()
        .map(Record::source)
        .chain(batch.rejects.iter().map(|reject| reject.source))
    {
        assert!(source.start <= source.end && source.end <= size, "{source:?} of {size}");
    }
    for record in &batch.records {
        let Record::Milestone(milestone) = record else { continue };
        assert!(!milestone.references.is_empty());
    }
    let answers = caravan_connector_x12::acknowledge::acknowledge(&batch.verdicts, 1, 0);
    assert!(answers.iter().all(|answer| answer.body.starts_with(b"ISA*")));
}
