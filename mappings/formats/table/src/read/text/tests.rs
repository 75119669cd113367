//! Delimited text as people have it.

use super::*;

fn read_text(text: &str) -> Sheet {
    let table = read(text.as_bytes(), &Limits::default()).unwrap();
    table.sheets.into_iter().next().unwrap()
}

fn numbers(text: &str) -> Vec<(u32, String)> {
    let first = |row: &crate::table::Row| row.cells().next().unwrap().text.to_owned();
    read_text(text).rows.iter().map(|row| (row.number(), first(row))).collect()
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    let expected = |rows: &[(u32, &str)]| -> Vec<(u32, String)> {
        rows.iter().map(|(number, text)| (*number, (*text).to_owned())).collect()
    };
    assert_eq!(numbers("a,b\nc,d\n"), expected(&[(1, "a"), (2, "c")]));
    assert_eq!(numbers("a,b\r\n\r\n\r\nc,d\r\ne,f"), expected(&[(1, "a"), (4, "c"), (5, "e")]));
    assert_eq!(numbers("\n\na,b\n\nc,d\n"), expected(&[(3, "a"), (5, "c")]));
    assert_eq!(numbers("a,b\n,,\n\"x\ny\",d\nz,d\n"), expected(&[(1, "a"), (3, "x\ny"), (4, "z")]));
    assert_eq!(numbers("sep=;\na;b\nc;d\n"), expected(&[(2, "a"), (3, "c")]));
}

#[test]
fn a_quotation_mark_that_is_never_closed_names_its_cell() {
    let text = format!("a,b\n1,\"open\n{}", "x,y\n".repeat(20_000));
    let refused = read(text.as_bytes(), &Limits::default()).unwrap_err();
    assert!(refused.to_string().contains("cell B2"), "{refused}");
}

#[test]
fn what_only_has_the_name_of_a_table_is_told_apart() {
    let refused = |text: &str| read(text.as_bytes(), &Limits::default()).unwrap_err().to_string();
    assert!(refused("<html><table><tr><td>1").contains("a web page"));
    assert!(refused("<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">").contains("2003"));
    assert!(refused("{\"orders\": []}").contains("JSON"));
    assert!(refused("\u{1}\u{0}\u{0}\u{7}abc").contains("binary"));
}

#[test]
fn caps_hold() {
    let limits = Limits { rows_max: 2, ..Limits::default() };
    let refused = read(b"a,b\n1,2\n3,4\n", &limits).unwrap_err();
    assert_eq!(refused.to_string(), "rows in the file: at most 2 are read");
    let limits = Limits { columns_max: 2, ..Limits::default() };
    let refused = read(b"a,b,c\n", &limits).unwrap_err();
    assert_eq!(refused.to_string(), "columns in the file: at most 2 are read");
    let limits = Limits { cells_max: 3, ..Limits::default() };
    let refused = read(b"a,b\nc,d\n", &limits).unwrap_err();
    assert_eq!(refused.to_string(), "cells with content in the file: at most 3 are read");
}
