//! parse ∘ print = identity, in both forms; and no bytes make the parser panic.

use caravan_mappings_idoc::layout::Layout;
use caravan_mappings_idoc::tree::CONTROL_FIELDS;
use caravan_mappings_idoc::{Control, Field, Idoc, Segment, Span, print};
use proptest::prelude::*;

use crate::world::{layouts, read, whole};

fn field(name: &str, value: String) -> Field {
    Field { name: name.to_owned(), value, span: Span::default() }
}

/// A value that fits `width` characters: no trailing blank, never empty, no line end.
fn value(width: usize) -> impl Strategy<Value = String> {
    let characters = prop_oneof![8 => "[ -~]", 1 => "[é€ß&<>\"']", 1 => Just("😀".to_owned())];
    proptest::collection::vec(characters, 1..=width.min(20)).prop_filter_map(
        "blank",
        |characters| {
            let value = characters.concat().trim_end().to_owned();
            (!value.is_empty()).then_some(value)
        },
    )
}

/// Some fields of a layout, in its order.
fn fields(widths: Vec<(String, usize)>) -> impl Strategy<Value = Vec<Field>> {
    let each: Vec<_> = widths
        .into_iter()
        .map(|(name, width)| {
            proptest::option::weighted(0.3, value(width).prop_map(move |value| field(&name, value)))
        })
        .collect();
    each.prop_map(|fields| fields.into_iter().flatten().collect())
}

fn leaf(all: Vec<Layout>) -> impl Strategy<Value = Segment> {
    proptest::sample::select(all).prop_flat_map(|layout| {
        let name = layout.name.clone();
        fields(layout.fields).prop_map(move |fields| Segment {
            name: name.clone(),
            fields,
            ..Segment::default()
        })
    })
}

fn with_children(
    parent: impl Strategy<Value = Segment>,
    child: impl Strategy<Value = Segment>,
) -> impl Strategy<Value = Segment> {
    (parent, proptest::collection::vec(child, 0..4))
        .prop_map(|(segment, children)| Segment { children, ..segment })
}

/// A top-level segment is one that its layout gives no parent; below it anything may hang.
fn segment() -> impl Strategy<Value = Segment> {
    let all: Vec<Layout> = layouts().iter().cloned().collect();
    let top: Vec<Layout> = all.iter().filter(|layout| layout.parent.is_none()).cloned().collect();
    let below = leaf(all).prop_recursive(3, 16, 4, |inner| with_children(inner.clone(), inner));
    with_children(leaf(top), below)
}

fn number(segments: &mut [Segment], next: &mut u32) {
    for segment in segments {
        *next += 1;
        segment.number = *next;
        number(&mut segment.children, next);
    }
}

fn idoc() -> impl Strategy<Value = Idoc> {
    let rest: Vec<(String, usize)> = CONTROL_FIELDS
        .iter()
        .filter(|(name, _)| !["TABNAM", "MANDT", "DOCNUM", "IDOCTYP", "CIMTYP"].contains(name))
        .map(|(name, width)| ((*name).to_owned(), *width))
        .collect();
    (fields(rest), "[0-9]{16}", proptest::collection::vec(segment(), 0..6)).prop_map(
        |(rest, docnum, mut segments)| {
            number(&mut segments, &mut 0);
            let mut all = vec![
                field("TABNAM", "EDI_DC40".into()),
                field("MANDT", "100".into()),
                field("DOCNUM", docnum),
                field("IDOCTYP", "ORDERS05".into()),
            ];
            all.extend(rest);
            all.sort_by_key(|field| {
                CONTROL_FIELDS.iter().position(|(name, _)| *name == field.name)
            });
            let control = Control { fields: all, span: Span::default() };
            Idoc { root: "ORDERS05".into(), control, segments, ..Idoc::default() }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn xml_printed_and_parsed_is_the_same(idoc in idoc()) {
        let printed = print::xml(&idoc.root, std::slice::from_ref(&idoc));
        prop_assert_eq!(whole(printed.as_bytes()).without_spans(), idoc);
    }

    #[test]
    fn flat_printed_and_parsed_is_the_same(idoc in idoc()) {
        let printed = print::flat(&idoc, &layouts()).unwrap();
        prop_assert_eq!(whole(printed.as_bytes()).without_spans(), idoc);
    }

    #[test]
    fn a_flat_file_survives_trimming_and_crlf(idoc in idoc()) {
        let printed = print::flat(&idoc, &layouts()).unwrap();
        let trimmed: Vec<&str> = printed.lines().map(str::trim_end).collect();
        prop_assert_eq!(whole(trimmed.join("\r\n").as_bytes()).without_spans(), idoc);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), form in 0_usize..3) {
        let head: &[u8] = [&b""[..], b"<ORDERS05><IDOC>", b"EDI_DC40  100"][form];
        let input = [head, &bytes].concat();
        prop_assert!(read(&input).is_ok_and(|items| items.len() < 200) || read(&input).is_err());
    }
}
