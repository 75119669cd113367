//! Written and read again, a table is what it was.

use caravan_mappings_table::table::{Cell, DateSystem, Kind};
use caravan_mappings_table::write::{csv, workbook};
use caravan_mappings_table::{Row, Sheet};
use proptest::prelude::*;

use crate::world::taken;

/// A cell whose text is what its kind is written as.
fn typed() -> impl Strategy<Value = (Kind, String)> {
    prop_oneof![
        // No carriage return: XML and CSV readers may make it a line feed. No leading space that a cell would lose.
        "[a-zA-Zऀ-ॿ=+@'\",;0-9-][ -~\t\nऀ-ॿ]{0,20}".prop_map(|text| (Kind::Text, text)),
        (-1_000_000_i64..1_000_000, 0_u32..4).prop_map(|(mantissa, scale)| {
            let number =
                caravan_mappings_table::values::decimal::Decimal::parse(&mantissa.to_string());
            (Kind::Number, number.unwrap().times(1, scale).unwrap().to_string())
        }),
        (1970_i16..2100, 1_i8..13, 1_i8..29).prop_map(|(year, month, day)| {
            (Kind::Date, format!("{year:04}-{month:02}-{day:02}"))
        }),
        (1970_i16..2100, 1_i8..13, 1_i8..29, 0_u32..24, 0_u32..60, 1_u32..60).prop_map(
            |(year, month, day, h, m, s)| {
                (Kind::Date, format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}"))
            }
        ),
        any::<bool>().prop_map(|is| (Kind::Bool, if is { "TRUE" } else { "FALSE" }.to_owned())),
    ]
}

/// A text without another delimiter in it: which one divides is a guess, and cells full of tabs can look more even by those.
fn plain() -> impl Strategy<Value = (Kind, String)> {
    typed().prop_map(|(_, text)| (Kind::Text, text.replace(['\t', ';', '|'], "/")))
}

fn rows<C: Strategy<Value = (Kind, String)>>(
    cells: impl Fn() -> C,
) -> impl Strategy<Value = Vec<Row>> {
    let row = proptest::collection::btree_map(0_u16..12, cells(), 1..6);
    proptest::collection::btree_map(1_u32..500, row, 1..12).prop_map(|rows| {
        rows.into_iter()
            .map(|(number, cells)| {
                let mut row = Row::new(number);
                for (column, (kind, text)) in &cells {
                    row.push(Cell::new(*column, text, *kind)).unwrap();
                }
                row
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_workbook_read_again_is_the_same(rows in rows(typed)) {
        let sheet =
            Sheet { name: "Orders".into(), hidden: false, date_system: DateSystem::From1900, rows };
        let bytes = workbook::write(std::slice::from_ref(&sheet)).unwrap();
        prop_assert_eq!(&taken(&bytes).sheets, &[sheet]);
    }

    #[test]
    fn text_read_again_is_the_same(rows in rows(plain)) {
        // Row numbers close up, and a table of one column has no delimiter to be found by.
        let mut closed = vec![crate::world::row(1, &[(0, "a", Kind::Text), (11, "b", Kind::Text)])];
        for (index, row) in rows.iter().enumerate() {
            let mut own = Row::new(u32::try_from(index).unwrap() + 2);
            row.cells().for_each(|cell| own.push(cell).unwrap());
            closed.push(own);
        }
        let bytes = csv::write(&closed, 12).unwrap();
        prop_assert_eq!(&taken(&bytes).sheets[0].rows, &closed);
    }
}

#[test]
fn the_same_rows_make_the_same_bytes() {
    let rows = vec![crate::world::row(1, &[(0, "=1+1", Kind::Text), (1, "5", Kind::Number)])];
    let sheet = Sheet { name: "a".into(), hidden: false, date_system: DateSystem::From1900, rows };
    let write = || workbook::write(std::slice::from_ref(&sheet)).unwrap();
    assert_eq!(write(), write());
    // What looks like a formula is text in the file.
    let read = taken(&write());
    assert!(read.notes.is_empty());
    assert_eq!(read.sheets[0].rows[0].cell(0).unwrap().kind, Kind::Text);
}
