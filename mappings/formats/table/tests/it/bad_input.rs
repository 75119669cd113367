//! What cannot be taken says why, and costs no more than it says.

use caravan_mappings_table::{Limits, Refused, read};

use crate::world::{Biff, compound, ods, refused, taken, xls, xlsx, zipped};

#[test]
fn an_archive_that_inflates_without_end_is_counted() {
    let limits = Limits { inflated_bytes_max: 1 << 20, ..Limits::default() };
    let bomb =
        zipped(&[("xl/workbook.xml", b"<workbook/>"), ("xl/media/a.bin", &vec![0; 2 << 20])]);
    assert!(bomb.len() < 20_000, "it must be small to be a bomb");
    assert_eq!(read(&bomb, &limits).unwrap_err(), Refused::ZipBomb { max: 1 << 20 });
}

#[test]
fn shared_strings_have_a_cap_of_their_own() {
    let limits = Limits { shared_strings_bytes_max: 1 << 20, ..Limits::default() };
    let strings = b"<si/>".repeat(300_000);
    let bomb = zipped(&[("xl/workbook.xml", b"<workbook/>"), ("xl/sharedStrings.xml", &strings)]);
    assert_eq!(read(&bomb, &limits).unwrap_err(), Refused::ZipBomb { max: 1 << 20 });
}

#[test]
fn an_archive_that_lies_about_its_sizes_is_still_counted() {
    // The central directory's uncompressed size is set to 1: the count believes the bytes.
    let mut bomb =
        zipped(&[("xl/workbook.xml", b"<workbook/>"), ("xl/media/a.bin", &vec![0; 2 << 20])]);
    let size = (2_u32 << 20).to_le_bytes();
    let at: Vec<usize> =
        bomb.windows(4).enumerate().filter(|(_, w)| *w == size).map(|(i, _)| i).collect();
    assert!(!at.is_empty());
    for index in at {
        bomb[index..index + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    let limits = Limits { inflated_bytes_max: 1 << 20, ..Limits::default() };
    let refused = read(&bomb, &limits).unwrap_err();
    assert!(matches!(refused, Refused::ZipBomb { .. } | Refused::Damaged { .. }), "{refused}");
}

#[test]
fn a_password_is_named_in_every_form() {
    assert_eq!(
        refused(&compound(&[("/EncryptedPackage", b"x"), ("/EncryptionInfo", b"x")])),
        Refused::Password
    );
    assert_eq!(
        refused(&xls(&[(0x002F, &[0, 0])], &[vec![Biff::Number(0, 0, 1.0)]])),
        Refused::Password
    );
    let manifest = b"<manifest:manifest xmlns:manifest=\"m\"><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let document = zipped(&[("META-INF/manifest.xml", manifest), ("content.xml", b"x")]);
    assert_eq!(refused(&document), Refused::Password);
    assert!(Refused::Password.hint().contains("remove the password"));
}

#[test]
fn macros_are_left_alone_and_told() {
    let plain = xlsx("", r#"<row r="1"><c r="A1"><v>1</v></c></row>"#, "");
    assert_eq!(taken(&plain).notes, []);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(plain)).unwrap();
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        std::io::copy(&mut part, &mut content).unwrap();
        parts.push((part.name().unwrap().into_owned(), content));
    }
    parts.push(("xl/vbaProject.bin".into(), b"macro".to_vec()));
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(n, c)| (n.as_str(), c.as_slice())).collect();
    assert_eq!(taken(&zipped(&parts)).notes, [caravan_mappings_table::table::Note::Macros]);
}

#[test]
fn two_cells_in_opposite_corners_cost_two_cells() {
    let rows = r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="SR1048576"><v>2</v></c></row>"#;
    let table = taken(&xlsx("", rows, ""));
    assert_eq!(table.sheets[0].rows.len(), 2);
    // The old form's reader would take a rectangle for each of these sheets.
    let corners = || vec![Biff::Number(0, 0, 1.0), Biff::Number(65_535, 255, 2.0)];
    let refused = refused(&xls(&[], &[corners()]));
    assert!(matches!(refused, Refused::TooMuch { what: "cells", .. }), "{refused}");
}

#[test]
fn a_repeated_cell_is_counted_before_it_is_repeated() {
    let rows = r#"<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="500" office:value-type="float" office:value="1"/></table:table-row>"#;
    let refused = refused(&ods(rows));
    assert!(matches!(refused, Refused::TooMuch { .. }), "{refused}");
}

#[test]
fn a_merged_area_as_large_as_the_sheet_costs_its_rows() {
    let rows = r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="C2"><v>2</v></c></row>"#;
    let merged = r#"<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>"#;
    let table = taken(&xlsx("", rows, merged));
    assert_eq!(
        crate::world::texts(&table.sheets[0]),
        ["A1=1", "B1=1", "C1=1", "A2=1", "B2=1", "C2=2"]
    );
}

#[test]
fn a_shared_formula_over_the_whole_sheet_costs_nothing() {
    let rows = r#"<row r="1"><c r="A1"><f t="shared" si="4000000000" ref="A1:XFD1048576">1</f><v>1</v></c></row>"#;
    assert_eq!(crate::world::texts(&taken(&xlsx("", rows, "")).sheets[0]), ["A1=1"]);
}

#[test]
fn rows_beyond_the_cap_are_named() {
    let limits = Limits { rows_max: 3, ..Limits::default() };
    let rows: String =
        (1..=4).map(|n| format!(r#"<row r="{n}"><c r="A{n}"><v>1</v></c></row>"#)).collect();
    let refused = read(&xlsx("", &rows, ""), &limits).unwrap_err();
    assert_eq!(refused.to_string(), "rows in sheet \"Orders\": at most 3 are read");
}

#[test]
fn cells_out_of_order_are_a_damaged_file() {
    let rows = r#"<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>"#;
    assert!(refused(&xlsx("", rows, "")).to_string().contains("cell A1 is out of order"));
    let rows = r#"<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>"#;
    assert!(refused(&xlsx("", rows, "")).to_string().contains("cell A1 is out of order"));
}

#[test]
fn rows_numbered_beyond_any_sheet_do_not_bring_the_reader_down() {
    for reference in ["A4294967295", "ZZZZZZZZ1", "A99999999999999", "1A", ""] {
        let rows = format!(
            r#"<row r="4294967295"><c r="{reference}"><v>1</v></c></row><row><c><v>2</v></c></row>"#
        );
        // Whatever comes of it, it is an answer.
        let _outcome = read(&xlsx("", &rows, ""), &Limits::default());
    }
}

#[test]
fn what_is_no_table_is_called_by_its_name() {
    let named = |bytes: &[u8]| refused(bytes).to_string();
    assert_eq!(named(b"%PDF-1.7"), "the file is a PDF document, not a table");
    assert_eq!(
        named(&zipped(&[("word/document.xml", b"")])),
        "the file is a Word document, not a table"
    );
    assert_eq!(named(&zipped(&[("a.txt", b"")])), "the file is a zip archive, not a table");
    assert!(named(&zipped(&[("xl/workbook.bin", b"")])).contains(".xlsb"));
    assert!(named(&compound(&[("/WordDocument", b"x")])).contains("a Word document"));
    assert_eq!(refused(b""), Refused::Empty);
    assert_eq!(refused(b"\n\n,,\n"), Refused::Empty);
    assert_eq!(refused(&xlsx("", "", "")), Refused::Empty);
    assert!(matches!(refused(b"PK\x03\x04 cut off"), Refused::Damaged { .. }));
    assert!(matches!(
        refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 cut off"),
        Refused::Damaged { .. }
    ));
}

#[test]
fn a_cut_off_workbook_is_damaged_wherever_it_is_cut() {
    let whole = xlsx("", r#"<row r="1"><c r="A1"><v>1</v></c></row>"#, "");
    let old = xls(&[], &[vec![Biff::Text(0, 0, "a"), Biff::Number(1, 0, 1.0)]]);
    for bytes in [&whole, &old] {
        for length in (8..bytes.len()).step_by(97) {
            let _outcome = read(&bytes[..length], &Limits::default());
        }
        for flipped in (0..bytes.len()).step_by(31) {
            let mut own = bytes.clone();
            own[flipped] ^= 0x55;
            let _outcome = read(&own, &Limits::default());
        }
    }
}

#[test]
fn a_workbook_has_at_most_200_000_lines() {
    let text = |lines: u32| {
        let rows = (1..=lines).map(|line| format!("ORD-{line},Pune,Chennai\n"));
        format!("Order No,Pickup City,Delivery City\n{}", rows.collect::<String>())
    };
    let book = |lines: u32| {
        let any = Limits { rows_max: usize::MAX, ..Limits::default() };
        let table = read(text(lines).as_bytes(), &any).unwrap();
        caravan_mappings_table::write::workbook::write(&table.sheets).unwrap()
    };
    let table = read(&book(200_000), &Limits::default()).unwrap();
    assert_eq!(table.sheets[0].rows.len(), 200_001);
    for file in [book(200_001), text(200_001).into_bytes()] {
        let refused = read(&file, &Limits::default()).unwrap_err();
        assert_eq!(refused.code(), "table-too-large");
        assert!(refused.to_string().ends_with("at most 200001 are read"), "{refused}");
        assert_eq!(refused.hint(), "split the file and upload the parts one after the other");
    }
}
