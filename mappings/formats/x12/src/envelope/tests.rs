//! The envelope's checks, each with the code that the sender will see.

use super::*;

const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *200910*1930*U*00401*000000001*0*P*>~";
const GOOD: &str =
    "GS*QM*S*R*20200910*1930*7*X*004010~ST*214*0001~B10*1*2*SCAC~SE*3*0001~GE*1*7~IEA*1*000000001~";

/// One line an event: what ended, and the codes.
fn events(body: &str) -> Vec<String> {
    let document = format!("{ISA}{body}");
    let mut reader =
        Reader::new(document.as_bytes(), Limits { window_bytes: 50, ..Limits::default() });
    let mut lines = Vec::new();
    loop {
        match reader.next_event().unwrap() {
            Event::End => return lines,
            Event::Interchange(_) | Event::Group(_) | Event::Set(_) | Event::Segment => {}
            Event::SetEnd(end) => lines.push(format!("set {} {:?}", end.segments, end.errors)),
            Event::GroupEnd(end) => lines.push(format!("group {} {:?}", end.received, end.errors)),
            Event::InterchangeEnd(end) => {
                lines.push(format!("interchange {} {}", end.groups, end.note))
            }
            Event::Issue(issue) => {
                lines.push(format!("{:?} {} {}", issue.level, issue.code, issue.path))
            }
        }
    }
}

fn check(body: &str, expected: &[&str]) {
    assert_eq!(events(body), expected);
}

#[test]
fn a_good_interchange_has_nothing_to_say() {
    check(GOOD, &["set 3 []", "group 1 []", "interchange 1 0"]);
}

#[test]
fn counts_are_checked_at_every_level() {
    check(
        &GOOD.replace("SE*3", "SE*4"),
        &[
            "Error x12-segment-count ISA 000000001 / GS 7 / ST 0001",
            "set 3 [4]",
            "group 1 []",
            "interchange 1 0",
        ],
    );
    check(
        &GOOD.replace("GE*1", "GE*2"),
        &["set 3 []", "Error x12-set-count ISA 000000001 / GS 7", "group 1 [5]", "interchange 1 0"],
    );
    check(
        &GOOD.replace("IEA*1", "IEA*x"),
        &["set 3 []", "group 1 []", "Error x12-group-count ISA 000000001", "interchange 1 21"],
    );
    check(&GOOD.replace("SE*3", "SE*0000000003"), &["set 3 []", "group 1 []", "interchange 1 0"]);
}

#[test]
fn control_numbers_must_agree_but_leading_zeros_only_warn() {
    check(
        &GOOD.replace("SE*3*0001", "SE*3*0002"),
        &[
            "Error x12-set-control ISA 000000001 / GS 7 / ST 0001",
            "set 3 [3]",
            "group 1 []",
            "interchange 1 0",
        ],
    );
    check(
        &GOOD.replace("GE*1*7", "GE*1*00007"),
        &[
            "set 3 []",
            "Warning x12-group-control ISA 000000001 / GS 7",
            "group 1 []",
            "interchange 1 0",
        ],
    );
    check(
        &GOOD.replace("IEA*1*000000001", "IEA*1*000000002"),
        &[
            "set 3 []",
            "group 1 []",
            "Error x12-interchange-control ISA 000000001",
            "interchange 1 1",
        ],
    );
}

#[test]
fn a_truncated_document_ends_every_part_with_its_own_code() {
    check(
        "GS*QM*S*R*20200910*1930*7*X*004010~ST*214*0001~B10*1*2*SC",
        &[
            "Error x12-truncated ISA 000000001 / GS 7 / ST 0001",
            "Error x12-set-trailer ISA 000000001 / GS 7 / ST 0001",
            "set 1 [2]",
            "Error x12-group-trailer ISA 000000001 / GS 7",
            "group 1 [3]",
            "Error x12-interchange-trailer ISA 000000001",
            "interchange 1 23",
        ],
    );
}

#[test]
fn a_missing_trailer_costs_only_its_own_part() {
    check(
        &GOOD.replace("SE*3*0001~GE", "ST*214*0002~SE*2*0002~GE").replace("GE*1", "GE*2"),
        &[
            "Error x12-set-trailer ISA 000000001 / GS 7 / ST 0001",
            "set 2 [2]",
            "set 2 []",
            "group 2 []",
            "interchange 1 0",
        ],
    );
}

#[test]
fn versions_and_repeated_numbers_are_told() {
    check(
        &GOOD.replace("004010", "002001"),
        &["Error x12-group ISA 000000001 / GS 7", "set 3 []", "group 1 [2]", "interchange 1 0"],
    );
    check(
        &GOOD.replace("SE*3*0001~", "SE*3*0001~ST*214*0001~SE*2*0001~").replace("GE*1", "GE*2"),
        &[
            "set 3 []",
            "Warning x12-set-control ISA 000000001 / GS 7 / ST 0001",
            "set 2 [23]",
            "group 2 []",
            "interchange 1 0",
        ],
    );
}

#[test]
fn segments_outside_a_set_are_strays_and_a_ta1_is_not() {
    check(
        &format!("TA1*1*200910*1930*A*000~{}", GOOD.replace("ST*214", "N1*X~ST*214")),
        &[
            "Error x12-stray-segment ISA 000000001 / GS 7",
            "set 3 []",
            "group 1 []",
            "interchange 1 0",
        ],
    );
}

#[test]
fn two_interchanges_in_one_document_are_read_each_for_itself() {
    let second = format!(
        "{GOOD}{}{}",
        ISA.replace("000000001", "000000002"),
        GOOD.replace("000000001", "000000002")
    );
    let one = ["set 3 []", "group 1 []", "interchange 1 0"];
    check(&second, &[one, one].concat());
    let unclosed = second.replacen("IEA*1*000000001~", "", 1);
    check(
        &unclosed,
        &[&one[..2], &["Error x12-interchange-trailer ISA 000000001", "interchange 1 23"], &one]
            .concat(),
    );
}

#[test]
fn an_iea_without_its_terminator_is_still_an_iea() {
    check(GOOD.trim_end_matches('~'), &["set 3 []", "group 1 []", "interchange 1 0"]);
}
