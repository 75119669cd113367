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

/// A good set before and behind one of 3,500 records, which is more than what is held.
fn with_large_set() -> String {
    let events: String = (0..3_500).map(|_| "LX*1~AT7*X6*NS***20200910*1135*ET~").collect();
    interchange(&[good(1), format!("B10*1*2*ODFL~{events}"), good(2)])
}

#[test]
fn a_set_that_is_larger_than_what_is_held_is_handed_on_when_its_end_is_good() {
    for window_bytes in [100, 64 * 1024, 1 << 20] {
        let (batch, failure) = read(with_large_set().as_bytes(), None, b"", window_bytes);
        assert_eq!((batch.records.len(), batch.rejects.len(), failure), (3_502, 0, None));
        assert!(
            batch.verdicts.iter().all(|verdict| verdict.note.is_none()),
            "{:?}",
            batch.verdicts
        );
    }
}

#[test]
fn a_large_set_whose_end_is_wrong_is_refused_like_a_small_one_and_costs_its_neighbours_nothing() {
    let counted = with_large_set().replace("SE*7003*0001", "SE*7004*0001");
    let named = with_large_set().replace("SE*7003*0001", "SE*7003*0009");
    let unended = with_large_set().replace("SE*7003*0001~", "");
    for (text, code) in [(counted, "4"), (named, "3"), (unended, "2")] {
        let (batch, _) = read(text.as_bytes(), None, b"", 64 * 1024);
        assert_eq!(batch.records.len(), 2, "{code}");
        assert_eq!(batch.verdicts[1].detail, format!("AK2*214*0001~AK5*R*{code}~"));
        let note = batch.verdicts[1].note.as_deref();
        assert_eq!(note, Some("not taken, and with it 3500 records that could be read"));
    }
}

#[test]
fn a_large_set_that_the_file_ends_in_is_refused() {
    let text = with_large_set();
    let cut = &text.as_bytes()[..text.len() / 2];
    let (batch, _) = read(cut, None, b"", 64 * 1024);
    assert_eq!(batch.records.len(), 1);
    assert!(batch.verdicts[1].detail.starts_with("AK2*214*0001~AK5*R*"), "{:?}", batch.verdicts);
}

#[test]
fn a_profile_that_only_notes_structure_takes_a_large_set_as_it_comes() {
    let text = with_large_set().replace("SE*7003*0001", "SE*7004*0001");
    let lenient =
        br#"{"party":"p","extends":"x12-standard","options":{"structure_errors":"note"}}"#;
    let (batch, _) = read(text.as_bytes(), None, lenient, 64 * 1024);
    assert_eq!(batch.records.len(), 3_502);
    assert_eq!(batch.verdicts[1].detail, "AK2*214*0001~AK5*E*4~");
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

#[test]
fn a_partners_997_gives_no_record_no_answer_and_shows_what_it_rejects() {
    let receipt = |outcome: &str| {
        let group = if outcome == "A" { "A*1*1*1" } else { "R*1*1*0" };
        format!(
            "{ISA}GS*FA*DEMO*SHIPPER*20200910*1930*7*X*004010~ST*997*0001~AK1*SM*42~AK2*204*0001~AK5*{outcome}~AK9*{group}~\
             SE*6*0001~GE*1*7~IEA*1*000000001~"
        )
    };
    let (batch, failure) = read(receipt("A").as_bytes(), None, b"", 64 * 1024);
    assert_eq!((batch.records.len(), batch.rejects.len(), failure), (0, 0, None));
    let (batch, failure) = read(receipt("R*5").as_bytes(), None, b"", 64 * 1024);
    let found: Vec<&str> = batch.rejects.iter().map(|reject| reject.message.as_str()).collect();
    let expected = [
        "the partner rejects our set 204 0001 of group SM 42 (R 5)",
        "the partner rejects our group SM 42 (R)",
    ];
    assert_eq!((found, failure), (expected.to_vec(), None));
    let answers = caravan_connector_x12::acknowledge::acknowledge(&batch.verdicts, 1, 0);
    assert!(answers.is_empty(), "an acknowledgement is never acknowledged");
}
