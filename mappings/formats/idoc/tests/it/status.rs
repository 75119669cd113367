//! The STATUS IDoc in both forms, read back.

use caravan_mappings_idoc::print;
use caravan_mappings_idoc::status::{Header, Outcome, Partner, systat01};

use crate::world::{layouts, whole};

fn partner(number: &str) -> Partner {
    Partner {
        port: "PORT".into(),
        kind: "LS".into(),
        function: String::new(),
        number: number.into(),
    }
}

#[test]
fn it_reads_back_in_both_forms() {
    let header = Header {
        client: "800".into(),
        number: 42,
        sender: partner("CARAVAN"),
        receiver: partner("ERPCLNT800"),
        date: "20261124".into(),
        time: "060000".into(),
    };
    let taken = Outcome {
        client: "800".into(),
        docnum: "0000000000000001".into(),
        taken: true,
        ..Outcome::default()
    };
    let not_taken = Outcome {
        docnum: "0000000000000002".into(),
        taken: false,
        text: "Zeile zu lang: ".repeat(10),
        segment: Some(3),
        field: Some("BELNR".into()),
        code: Some("idoc-missing".into()),
        ..Outcome::default()
    };
    let idoc = systat01(&header, &[taken, not_taken]);
    let flat = print::flat(&idoc, &layouts()).unwrap();
    assert_eq!(whole(flat.as_bytes()).without_spans(), idoc);
    assert_eq!(flat.lines().next().unwrap().len(), 524);
    let xml = print::xml("SYSTAT01", std::slice::from_ref(&idoc));
    assert_eq!(whole(xml.as_bytes()).without_spans(), idoc);
    let records: Vec<_> = idoc.named("E1STATS").collect();
    assert_eq!((records[0].get("STATUS"), records[1].get("STATUS")), (Some("16"), Some("17")));
    assert_eq!(records[1].get("STATXT").unwrap().chars().count(), 70);
    assert_eq!(
        (records[1].get("SEGNUM"), records[1].get("SEGFLD")),
        (Some("000003"), Some("BELNR"))
    );
}
