//! Caps and oddities of both forms.

use caravan_mappings_idoc::{Item, Limits, Options};

use crate::world::{read, read_with, whole};

const CONTROL: &str = "<EDI_DC40 SEGMENT=\"1\"><DOCNUM>1</DOCNUM></EDI_DC40>";

fn xml(body: &str) -> Vec<u8> {
    format!("<ORDERS05><IDOC BEGIN=\"1\">{CONTROL}{body}</IDOC></ORDERS05>").into_bytes()
}

fn code(items: &[Item]) -> &'static str {
    match items.first() {
        Some(Item::Broken(broken)) => broken.problem.code,
        other => panic!("a broken IDoc was expected, not {other:?}"),
    }
}

fn small(limits: Limits) -> Options {
    Options { limits, ..Options::default() }
}

#[test]
fn a_segment_without_its_attribute_is_known_by_its_children() {
    let idoc = whole(&xml(
        "<E1EDK01><BELNR>7</BELNR></E1EDK01><E1EDP01><E1EDP02><QUALF>001</QUALF></E1EDP02></E1EDP01>",
    ));
    let item = idoc.named("E1EDP01").next().unwrap();
    let numbers = (idoc.segments[0].number, item.number, item.children[0].number);
    assert_eq!(numbers, (1, 2, 3));
    assert_eq!(item.children[0].get("QUALF"), Some("001"));
}

#[test]
fn a_namespace_prefix_and_a_soap_like_indentation_do_no_harm() {
    let input = "\n<ns0:ORDERS05 xmlns:ns0=\"urn:x\">\n <IDOC>\n  <EDI_DC40 SEGMENT=\"\">\n   <DOCNUM>\n1\n</DOCNUM></EDI_DC40></IDOC></ns0:ORDERS05>";
    let idoc = whole(input.as_bytes());
    assert_eq!((idoc.root.as_str(), idoc.control.docnum()), ("ORDERS05", Some("1")));
}

#[test]
fn depth_nodes_text_and_tokens_are_capped() {
    let limits = Limits::default();
    let deep = "<A SEGMENT=\"1\">".repeat(40);
    assert_eq!(code(&read_with(&xml(&deep), small(limits)).unwrap()), "idoc-too-deep");
    let many = "<A SEGMENT=\"1\"/>".repeat(50);
    assert_eq!(
        code(&read_with(&xml(&many), small(Limits { nodes: 40, ..limits })).unwrap()),
        "idoc-too-large"
    );
    let long = format!("<A SEGMENT=\"1\"><B>{}</B></A>", "x".repeat(5000));
    assert_eq!(
        code(&read_with(&xml(&long), small(Limits { idoc_bytes: 4000, ..limits })).unwrap()),
        "idoc-too-large"
    );
    assert_eq!(
        code(&read_with(&xml(&long), small(Limits { token_bytes: 4000, ..limits })).unwrap()),
        "idoc-too-large"
    );
    let attributes: String = (0..20_000).map(|number| format!(" a{number}=\"\"")).collect();
    assert_eq!(code(&read(&xml(&format!("<A{attributes}/>"))).unwrap()), "idoc-too-large");
}

#[test]
fn a_flat_line_without_end_is_rejected_and_the_next_idoc_is_read() {
    let control = |docnum: &str| format!("EDI_DC40  100{docnum:<16}");
    let input = format!("{}\n{}\n{}\n", control("1"), "x".repeat(70_000), control("2"));
    let items = read(input.as_bytes()).unwrap();
    assert_eq!(code(&items), "idoc-too-large");
    assert!(matches!(&items[1], Item::Idoc(idoc) if idoc.control.docnum() == Some("2")));
}

#[test]
fn an_unknown_encoding_is_refused_by_name() {
    let error = read(b"<?xml version=\"1.0\" encoding=\"EBCDIC-CP-US\"?><ORDERS05/>").unwrap_err();
    assert_eq!(error.code, "idoc-encoding-unsupported");
    assert!(error.message.contains("EBCDIC-CP-US"));
}

#[test]
fn a_byte_order_mark_shifts_spans_not_values() {
    let idoc = whole(&[b"\xEF\xBB\xBF".as_slice(), &xml("")].concat());
    assert_eq!(idoc.span.start, 13);
    assert_eq!(idoc.control.docnum(), Some("1"));
}
