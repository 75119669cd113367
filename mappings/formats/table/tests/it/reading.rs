//! What a file holds is read as it is, from every form.

use caravan_mappings_table::table::{DateSystem, Form, Kind, Note};
use caravan_mappings_table::{Limits, read_pasted};

use crate::world::{Biff, cell, ods, taken, texts, xls, xlsx};

#[test]
fn a_workbook_keeps_kinds_places_and_digits() {
    let rows = r#"<row r="2"><c r="B2" t="inlineStr"><is><t>00123</t></is></c><c r="C2"><v>110001</v></c><c r="D2" s="1"><v>45986</v></c><c r="E2" s="1"><v>45986.4375</v></c><c r="F2" t="b"><v>1</v></c><c r="G2" t="e"><v>#N/A</v></c></row>"#;
    let table = taken(&xlsx("", rows, ""));
    assert_eq!(table.form, Form::Xlsx);
    let sheet = &table.sheets[0];
    assert_eq!(
        texts(sheet),
        ["B2=00123", "C2=110001", "D2=2025-11-25", "E2=2025-11-25T10:30:00", "F2=TRUE", "G2=#N/A"]
    );
    let kinds: Vec<Kind> = sheet.rows[0].cells().map(|cell| cell.kind).collect();
    assert_eq!(kinds, [Kind::Text, Kind::Number, Kind::Date, Kind::Date, Kind::Bool, Kind::Error]);
}

#[test]
fn a_workbook_of_the_1904_system_has_the_same_dates() {
    let rows = r#"<row r="1"><c r="A1" s="1"><v>44524</v></c></row>"#;
    let table = taken(&xlsx("date1904=\"1\"", rows, ""));
    assert_eq!(table.sheets[0].date_system, DateSystem::From1904);
    assert_eq!(texts(&table.sheets[0]), ["A1=2025-11-25"]);
}

#[test]
fn formulas_give_their_stored_value_and_are_told() {
    let rows = r#"<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>A1</f></c></row>"#;
    let table = taken(&xlsx("", rows, ""));
    assert_eq!(texts(&table.sheets[0]), ["A1=2"]);
    assert!(cell(&table.sheets[0], 1, 0).formula);
    let note =
        Note::Formulas { sheet: "Orders".into(), cells: 2, without_value: 1, first: "A1".into() };
    assert_eq!(table.notes, [note]);
}

#[test]
fn merged_cells_repeat_their_value_where_there_are_rows() {
    let rows = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>Pune</t></is></c><c r="B1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row><row r="9"><c r="B9"><v>9</v></c></row>"#;
    let merged = r#"<mergeCells count="1"><mergeCell ref="A1:A5"/></mergeCells>"#;
    let table = taken(&xlsx("", rows, merged));
    assert_eq!(texts(&table.sheets[0]), ["A1=Pune", "B1=1", "A2=Pune", "B2=2", "B9=9"]);
    assert!(cell(&table.sheets[0], 2, 0).merged);
    assert!(!cell(&table.sheets[0], 1, 0).merged);
    assert_eq!(table.notes, [Note::Merged { sheet: "Orders".into(), areas: 1 }]);
}

#[test]
fn an_old_workbook_is_read_with_formulas_and_merged_cells() {
    let cells = vec![
        Biff::Text(0, 0, "Order"),
        Biff::Number(1, 0, 4711.0),
        Biff::Formula(1, 1, 12.5),
        Biff::Number(2, 1, 7.0),
        Biff::Merge([1, 2, 0, 0]),
    ];
    let table = taken(&xls(&[], &[cells]));
    assert_eq!(table.form, Form::Xls);
    assert_eq!(texts(&table.sheets[0]), ["A1=Order", "A2=4711", "B2=12.5", "A3=4711", "B3=7"]);
    assert!(cell(&table.sheets[0], 2, 1).formula);
    assert!(cell(&table.sheets[0], 3, 0).merged);
}

#[test]
fn an_old_workbook_may_count_from_1904() {
    let table = taken(&xls(&[(0x0022, &[1, 0])], &[vec![Biff::Number(0, 0, 1.0)]]));
    assert_eq!(table.sheets[0].date_system, DateSystem::From1904);
}

#[test]
fn an_open_document_keeps_values_texts_and_repeats() {
    let rows = r#"<table:table-row><table:table-cell office:value-type="string"><text:p>Order &amp; co</text:p><text:p>two</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="12.50"><text:p>12,50</text:p></table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        <table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="date" office:date-value="2026-11-25"><text:p>25/11/26</text:p></table:table-cell><table:table-cell table:formula="of:=1" office:value-type="float" office:value="1"/></table:table-row>"#;
    let table = taken(&ods(rows));
    assert_eq!(table.form, Form::Ods);
    assert_eq!(
        texts(&table.sheets[0]),
        [
            "A1=Order & co\ntwo",
            "B1=12.5",
            "C1=12.5",
            "A1048002=2026-11-25",
            "B1048002=1",
            "A1048003=2026-11-25",
            "B1048003=1"
        ]
    );
    assert!(cell(&table.sheets[0], 1_048_002, 1).formula);
}

#[test]
fn what_is_pasted_is_a_table() {
    let pasted = "Order\tCity\n4711\tPune\n4712\t\"two\nlines\"\n";
    let table = read_pasted(pasted, &Limits::default()).unwrap();
    assert_eq!(
        texts(&table.sheets[0]),
        ["A1=Order", "B1=City", "A2=4711", "B2=Pune", "A3=4712", "B3=two\nlines"]
    );
}

#[test]
fn text_of_any_encoding_is_the_same_table() {
    let text = "Order;City\n4711;Pünë\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xFF\xFE".as_slice(), &utf16].concat();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for bytes in [text.as_bytes(), &utf16, &marked, &latin] {
        assert_eq!(texts(&taken(bytes).sheets[0]), ["A1=Order", "B1=City", "A2=4711", "B2=Pünë"]);
    }
}
