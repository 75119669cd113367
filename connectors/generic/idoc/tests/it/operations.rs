//! The operations on documents that no folder holds: many IDocs, huge ones, profiles and verdicts that are not ours.

use caravan_connector_idoc::component::Idoc;
use caravan_connector_sdk::model::{Level, Verdict, VerdictOutcome};
use caravan_connector_sdk::testing::{BytesDocument, FakeHost};
use caravan_connector_sdk::{Context, Documents, Failure, Files, Reader};

use crate::golden::run;

fn idoc(docnum: u32, lines: usize) -> String {
    let line =
        "<E1EDP01 SEGMENT=\"1\"><POSEX>10</POSEX><MENGE>1</MENGE><MENEE>PCE</MENEE></E1EDP01>"
            .repeat(lines);
    format!(
        "<IDOC BEGIN=\"1\"><EDI_DC40 SEGMENT=\"1\"><MANDT>100</MANDT><DOCNUM>{docnum:016}</DOCNUM>\
         <IDOCTYP>ORDERS05</IDOCTYP></EDI_DC40><E1EDK01 SEGMENT=\"1\"><BELNR>{docnum}</BELNR></E1EDK01>{line}</IDOC>"
    )
}

fn document(idocs: impl Iterator<Item = String>) -> Vec<u8> {
    format!("<ORDERS05>{}</ORDERS05>", idocs.collect::<String>()).into_bytes()
}

#[test]
fn many_idocs_come_in_portions() {
    let host = FakeHost::default();
    let input = document((1..=1200).map(|number| idoc(number, 1)));
    let mut reader =
        Idoc::open(&host, &Context::default(), Box::new(BytesDocument::new(input))).unwrap();
    let mut sizes = Vec::new();
    loop {
        let batch = reader.next(&host).unwrap();
        sizes.push(batch.records.len());
        assert_eq!(batch.records.len(), batch.verdicts.len());
        if batch.done {
            break;
        }
    }
    assert_eq!(sizes.iter().sum::<usize>(), 1200);
    assert!(sizes.iter().all(|size| *size <= 250), "{sizes:?}");
}

#[test]
fn an_idoc_beyond_the_limit_is_rejected_and_the_next_one_arrives() {
    let input = document([idoc(1, 120_000), idoc(2, 1)].into_iter());
    let result = run(&FakeHost::default(), None, input).unwrap();
    assert_eq!(result["rejects"][0]["code"], "idoc-too-large");
    assert_eq!(result["records"].as_array().unwrap().len(), 1);
    assert_eq!(result["records"][0]["number"], "2");
}

#[test]
fn without_an_expected_message_both_types_are_taken() {
    let delivery = "<DELVRY07><IDOC><EDI_DC40><DOCNUM>1</DOCNUM></EDI_DC40><E1EDL20 SEGMENT=\"1\"><VBELN>8</VBELN></E1EDL20></IDOC></DELVRY07>";
    let result = run(&FakeHost::default(), None, delivery.into()).unwrap();
    assert_eq!(result["records"][0]["kind"], "delivery");
    let result = run(&FakeHost::default(), Some("idoc/ORDERS05"), delivery.into()).unwrap();
    assert_eq!(result["rejects"][0]["code"], "idoc-basic-type");
}

#[test]
fn two_documents_in_one_file_are_both_read() {
    let mut input = document([idoc(1, 0)].into_iter());
    input.extend(b"\n<?xml version=\"1.0\"?>\n");
    input.extend(document([idoc(2, 0)].into_iter()));
    let result = run(&FakeHost::default(), None, input).unwrap();
    assert_eq!(result["records"].as_array().unwrap().len(), 2);
}

#[test]
fn a_connections_settings_change_zone_and_encoding() {
    let host = FakeHost::default().setting("zone", "UTC+8").setting("encoding", "iso-8859-1");
    let input = b"EDI_DC40  1000000000000000001".iter().chain(&[b' '; 10]);
    let mut input: Vec<u8> = input.copied().collect();
    input.extend(format!("{:<30}\n", "ORDERS05").bytes());
    for (name, number, data) in
        [("E2EDK01005", 1, format!("{:<84}4711", "")), ("E2EDK03", 2, "01220240318".into())]
    {
        input.extend(format!("{name:<30}1000000000000000001{number:06}00000002{data}\n").bytes());
    }
    input.extend(
        format!("{:<30}100000000000000000100000300000002WE {:<34}M\u{0}nchen\n", "E2EDKA1003", "")
            .bytes(),
    );
    let input: Vec<u8> =
        input.into_iter().map(|byte| if byte == 0 { 0xFC } else { byte }).collect();
    let result = run(&host, None, input).unwrap();
    assert_eq!(result["records"][0]["dates"][0], "document 2024-03-18T00:00:00+08:00 (profile)");
    assert_eq!(result["records"][0]["parties"][0]["name"], "München");
}

#[test]
fn a_profile_that_cannot_be_read_is_the_operators_to_mend() {
    for profile in ["[]", r#"{"zone":"MARS"}"#] {
        let host = FakeHost::default().profile(profile);
        let result = run(&host, None, document([idoc(1, 0)].into_iter()));
        assert!(matches!(result, Err(Failure::Denied(_))), "{profile}");
    }
}

#[test]
fn verdicts_of_another_connector_are_refused() {
    let verdict = Verdict {
        level: Level::Message,
        kind: "214".into(),
        control: "0001".into(),
        outcome: VerdictOutcome::Accepted,
        note: None,
        detail: "AK2*214*0001~AK5*A~".into(),
        source: Default::default(),
    };
    let result = Idoc::acknowledge(&FakeHost::default(), &Context::default(), 1, &[verdict]);
    assert!(matches!(result, Err(Failure::InvalidRequest(_))));
    assert_eq!(Idoc::acknowledge(&FakeHost::default(), &Context::default(), 1, &[]), Ok(vec![]));
}
