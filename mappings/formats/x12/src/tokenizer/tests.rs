//! The tokenizer: delimiters, windows, folding, and what it refuses.

use proptest::prelude::*;

use super::*;

const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *200910*1930*U*00401*000000001*0*P*>~";

type Found = Vec<(Vec<Vec<u8>>, Span)>;

fn tokens(bytes: &[u8], window_bytes: u32) -> (Found, Option<Error>) {
    let mut tokenizer = Tokenizer::new(bytes, Limits { window_bytes, ..Limits::default() });
    let mut found = Vec::new();
    loop {
        match tokenizer.advance() {
            Ok(true) => {
                let segment = tokenizer.segment();
                let elements = (0..=segment.len()).map(|at| segment.part(at).to_vec()).collect();
                found.push((elements, segment.span()));
            }
            Ok(false) => return (found, None),
            Err(error) => return (found, Some(error)),
        }
    }
}

fn check(bytes: &[u8], expected: &[&str]) {
    let (found, error) = tokens(bytes, 64 * 1024);
    let texts: Vec<String> = found
        .iter()
        .skip(1)
        .map(|(elements, _)| {
            elements.iter().map(|element| crate::text(element)).collect::<Vec<_>>().join("|")
        })
        .collect();
    assert_eq!(texts, expected);
    assert_eq!(error, None);
}

#[test]
fn delimiters_come_from_the_header() {
    check(format!("{ISA}GS*QM~ST*214*1~").as_bytes(), &["GS|QM", "ST|214|1"]);
    let other = format!("{ISA}GS*QM*A>B~").replace('*', "|").replace('~', "\u{1c}");
    check(other.as_bytes(), &["GS|QM|A>B"]);
    let ellipsis = format!("{ISA}GS*QM~\r\nST*2\u{201c}14~").replace('~', "\u{2026}");
    check(ellipsis.as_bytes(), &["GS|QM", "ST|2\u{201c}14"]);
}

#[test]
fn a_line_feed_may_end_segments_and_a_carriage_return_before_it_is_cosmetic() {
    check(format!("{ISA}GS*QM~ST*214~").replace('~', "\n").as_bytes(), &["GS|QM", "ST|214"]);
    check(format!("{ISA}GS*QM~ST*214~").replace('~', "\r\n").as_bytes(), &["GS|QM", "ST|214"]);
    check(format!("{ISA}GS*QM~ST*214~").replace('~', "\r").as_bytes(), &["GS|QM", "ST|214"]);
}

#[test]
fn a_file_folded_at_80_columns_reads_as_if_it_were_not() {
    let flat = format!("{ISA}GS*QM*A*B~ST*214*0001~B10*1*2*SCAC~");
    let folded: Vec<u8> = flat
        .as_bytes()
        .chunks(80)
        .flat_map(|line| line.iter().copied().chain([b'\r', b'\n']))
        .collect();
    check(&folded, &["GS|QM|A|B", "ST|214|0001", "B10|1|2|SCAC"]);
}

#[test]
fn cosmetic_bytes_around_segments_are_skipped() {
    let text = format!("\u{feff} \r\n{ISA}\r\n  GS*QM~~\r\n\r\n ST*214~\0\0\0\u{1a}");
    check(text.as_bytes(), &["GS|QM", "ST|214"]);
}

#[test]
fn what_is_not_x12_is_refused_with_its_first_characters() {
    let error = |bytes: &[u8]| tokens(bytes, 16).1.unwrap();
    assert_eq!(error(b""), Error::Empty);
    assert_eq!(error(&[0; 4000]), Error::Empty);
    assert!(error(b"<?xml version='1.0'?>").to_string().contains("<?xml"));
    assert!(matches!(error(&[b'x'; 5000]), Error::NotX12 { .. }));
}

#[test]
fn delimiters_that_are_data_or_clash_are_refused() {
    let error = |text: String| match tokens(text.as_bytes(), 4096).1 {
        Some(Error::Header { source, .. }) => source,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        error(ISA.replace(">~", "*~")),
        HeaderError::Clash {
            first: "element separator (byte 4)",
            second: "component separator (ISA16)",
            found: '*'
        }
    );
    assert!(matches!(error(ISA.replace(">~", "~~")), HeaderError::Clash { .. }));
    assert!(matches!(
        error(ISA.replace(">~", ">A")),
        HeaderError::NotADelimiter { found: 'A', .. }
    ));
    assert!(matches!(error(ISA.replace('*', "A")), HeaderError::NotADelimiter { .. }));
    assert_eq!(error(ISA.replace(">~", "~\r\n")), HeaderError::NoComponent);
    assert_eq!(error("ISA*00*   ".into()), HeaderError::Truncated);
    assert_eq!(error(format!("ISA*00*{}", "x".repeat(600))), HeaderError::NotSixteen);
}

#[test]
fn the_repetition_separator_counts_from_00402_on() {
    let header = |control: &str, version: &str| {
        let text = ISA.replace("*U*00401*", &format!("*{control}*{version}*"));
        read_header(text.as_bytes()).unwrap().delimiters.repetition
    };
    assert_eq!(header("^", "00501"), Some(b'^'));
    assert_eq!(header("^", "00401"), None);
    assert_eq!(header("U", "00501"), None);
}

#[test]
fn caps_stop_the_reading() {
    let long = format!("{ISA}GS*{}", "x".repeat(100_000));
    assert!(matches!(tokens(long.as_bytes(), 4096).1, Some(Error::SegmentTooLong { .. })));
    let many = format!("{ISA}GS{}~", "*".repeat(600));
    assert!(matches!(tokens(many.as_bytes(), 4096).1, Some(Error::TooManyElements { .. })));
}

#[test]
fn a_second_interchange_brings_its_own_delimiters_and_junk_between_is_named() {
    let text = format!("{ISA}IEA*0*000000001~junk{}IEA|0|000000001~", ISA.replace('*', "|"));
    let mut tokenizer =
        Tokenizer::new(text.as_bytes(), Limits { window_bytes: 7, ..Limits::default() });
    let mut tags = Vec::new();
    let mut junk = None;
    while tokenizer.advance().unwrap() {
        junk = junk.or(tokenizer.take_junk());
        tags.push(crate::text(tokenizer.segment().tag()).into_owned());
    }
    assert_eq!(tags, ["ISA", "IEA", "ISA", "IEA"]);
    assert_eq!(junk, Some(Span { start: 122, end: 126 }));
}

proptest! {
    #[test]
    fn windows_of_any_size_give_the_same_segments(
        body in "[A-Z0-9*~>\\r\\n …]{0,300}", window in 1_u32..200, terminator in prop::sample::select(vec!["~", "\n", "\r\n", "…", "'"]),
    ) {
        let text = format!("{ISA}{body}").replace('~', terminator);
        prop_assert_eq!(tokens(text.as_bytes(), window), tokens(text.as_bytes(), 1 << 20));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), isa in any::<bool>(), window in 1_u32..64) {
        let mut all = if isa { ISA.as_bytes().to_vec() } else { Vec::new() };
        all.extend(bytes);
        let (found, _) = tokens(&all, window);
        for (_, span) in found {
            prop_assert!(span.start <= span.end && span.end <= all.len() as u64);
        }
    }
}
