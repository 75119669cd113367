//! Files made in the test: workbooks by a real writer, and the ones that no writer makes byte by byte.

use std::io::{Cursor, Write as _};

use caravan_mappings_table::table::{Cell, Kind};
use caravan_mappings_table::{Header, Limits, Refused, Row, Sheet, Table, read};
use zip::write::SimpleFileOptions;

pub(crate) fn taken(bytes: &[u8]) -> Table {
    read(bytes, &Limits::default()).unwrap()
}

pub(crate) fn refused(bytes: &[u8]) -> Refused {
    read(bytes, &Limits::default()).unwrap_err()
}

/// The texts of a row's cells by position.
pub(crate) fn texts(sheet: &Sheet) -> Vec<String> {
    let cell = |row: &Row, cell: Cell<'_>| {
        format!("{}={}", caravan_mappings_table::table::a1(row.number(), cell.column), cell.text)
    };
    sheet.rows.iter().flat_map(|row| row.cells().map(move |own| cell(row, own))).collect()
}

pub(crate) fn cell<'a>(sheet: &'a Sheet, number: u32, column: u16) -> Cell<'a> {
    let row = sheet.rows.iter().find(|row| row.number() == number).unwrap();
    row.cell(column).unwrap()
}

/// A sheet from CSV text.
pub(crate) fn sheet(csv: &str) -> Sheet {
    taken(csv.as_bytes()).sheets.remove(0)
}

pub(crate) fn header(sheet: &Sheet) -> Header {
    Header::find(sheet, caravan_mappings_table::Dictionary::orders().unwrap()).unwrap()
}

/// A row of typed cells.
pub(crate) fn row(number: u32, cells: &[(u16, &str, Kind)]) -> Row {
    let mut row = Row::new(number);
    for (column, text, kind) in cells {
        row.push(Cell::new(*column, text, *kind)).unwrap();
    }
    row
}

pub(crate) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A workbook of one sheet with this XML between its `sheetData` tags, and this after them.
pub(crate) fn xlsx(workbook_properties: &str, sheet_data: &str, after: &str) -> Vec<u8> {
    let types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"#;
    let root = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    let workbook = format!(
        r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr {workbook_properties}/><sheets><sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let rels = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
    let styles = r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
    let sheet = format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{sheet_data}</sheetData>{after}</worksheet>"#
    );
    zipped(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

/// An OpenDocument spreadsheet of one table with this XML in it.
pub(crate) fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        r#"<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="Orders">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", b"<manifest:manifest xmlns:manifest=\"m\"/>"),
        ("content.xml", content.as_bytes()),
    ])
}

/// One record of a BIFF stream.
fn record(number: u16, content: &[u8]) -> Vec<u8> {
    let mut record = number.to_le_bytes().to_vec();
    record.extend(u16::try_from(content.len()).unwrap().to_le_bytes());
    record.extend(content);
    record
}

fn bof(kind: u16) -> Vec<u8> {
    let mut content = 0x0600_u16.to_le_bytes().to_vec();
    content.extend(kind.to_le_bytes());
    content.extend([0; 12]);
    record(0x0809, &content)
}

/// What a sheet of [`xls`] holds: row, column, value.
pub(crate) enum Biff<'a> {
    Text(u16, u16, &'a str),
    Number(u16, u16, f64),
    Formula(u16, u16, f64),
    Merge([u16; 4]),
}

/// An Excel 97 workbook; `globals` are records of the workbook before its sheets.
pub(crate) fn xls(globals: &[(u16, &[u8])], sheets: &[Vec<Biff<'_>>]) -> Vec<u8> {
    let bodies: Vec<Vec<u8>> = sheets.iter().map(|cells| body(cells)).collect();
    let mut head = bof(0x0005);
    for (number, content) in globals {
        head.extend(record(*number, content));
    }
    let name = |index: usize| format!("Sheet{index}");
    let bound = |index: usize, offset: usize| {
        let mut content = u32::try_from(offset).unwrap().to_le_bytes().to_vec();
        content.extend([0, 0, u8::try_from(name(index).len()).unwrap(), 0]);
        content.extend(name(index).as_bytes());
        record(0x0085, &content)
    };
    let bounds: usize = (0..bodies.len()).map(|index| bound(index, 0).len()).sum();
    let mut offset = head.len() + bounds + record(0x000A, &[]).len();
    for (index, body) in bodies.iter().enumerate() {
        head.extend(bound(index, offset));
        offset += body.len();
    }
    head.extend(record(0x000A, &[]));
    head.extend(bodies.concat());
    compound(&[("/Workbook", &head)])
}

fn body(cells: &[Biff<'_>]) -> Vec<u8> {
    let mut body = bof(0x0010);
    for cell in cells {
        let at =
            |row: &u16, column: &u16| [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
        body.extend(match cell {
            Biff::Number(row, column, number) => {
                record(0x0203, &[at(row, column), number.to_le_bytes().to_vec()].concat())
            }
            Biff::Text(row, column, text) => {
                let length = u16::try_from(text.len()).unwrap().to_le_bytes().to_vec();
                record(
                    0x0204,
                    &[at(row, column), length, vec![0], text.as_bytes().to_vec()].concat(),
                )
            }
            Biff::Formula(row, column, number) => {
                // Value, flags, reserved, then three bytes of formula: the integer 1.
                let rest = vec![0, 0, 0, 0, 0, 0, 3, 0, 0x1E, 1, 0];
                record(0x0006, &[at(row, column), number.to_le_bytes().to_vec(), rest].concat())
            }
            Biff::Merge(area) => {
                let area = area.iter().flat_map(|word| word.to_le_bytes()).collect();
                record(0x00E5, &[vec![1, 0], area].concat())
            }
        });
    }
    body.extend(record(0x000A, &[]));
    body
}

pub(crate) fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (name, content) in streams {
        file.create_stream(name).unwrap().write_all(content).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}
