//! `.ods`: our own reading of `content.xml`, row by row.
//!
//! OpenDocument writes equal cells and rows once with a repeat count, up to a million rows of sixteen thousand cells in
//! a hundred bytes. Counting has to happen where repeats are expanded, so this form is not left to a reader that
//! expands first. Source: OpenDocument 1.3 part 3, 9.1 (tables), 19.385 and 19.676 (value types, repeats).

use std::io::{BufReader, Read as _};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::gather::{Budget, Gather};
use super::merged::{self, Area};
use super::xlsx::Formulas;
use super::{archive, damaged, too_much};
use crate::limits::Limits;
use crate::refused::Refused;
use crate::table::{Cell, DateSystem, Form, Note, Sheet, Table};

mod cell;

use cell::Value;

type Source<'a> = Reader<BufReader<zip::read::ZipFile<'a, std::io::Cursor<&'a [u8]>>>>;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Table, Refused> {
    let mut archive = archive::open(bytes)?;
    if encrypted(&mut archive)? {
        return Err(Refused::Password);
    }
    let macros = archive.file_names().flatten().any(|name| name.starts_with("Basic/"));
    let part = archive.by_name("content.xml").map_err(damaged)?;
    let mut source = Reader::from_reader(BufReader::new(part));
    source.config_mut().expand_empty_elements = true;
    let mut table = Table { form: Form::Ods, sheets: Vec::new(), notes: Vec::new() };
    if macros {
        table.notes.push(Note::Macros);
    }
    let mut budget = Budget::new(limits);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match source.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(element) if element.name().as_ref() == "table:table" => {
                if table.sheets.len() >= limits.sheets_max {
                    return Err(too_much("sheets", "in the workbook", limits.sheets_max));
                }
                let name = attribute(&element, "table:name")?.unwrap_or_default();
                let (sheet, notes) = sheet(&mut source, name, &mut budget)?;
                table.sheets.push(sheet);
                table.notes.extend(notes);
            }
            Event::Eof => return Ok(table),
            _ => {}
        }
    }
}

/// Whether the manifest names an encrypted part.
fn encrypted(archive: &mut zip::ZipArchive<std::io::Cursor<&[u8]>>) -> Result<bool, Refused> {
    let mut manifest = Vec::new();
    let mut part = archive.by_name("META-INF/manifest.xml").map_err(damaged)?;
    // Its size was counted by `archive::inspect`.
    part.read_to_end(&mut manifest).map_err(damaged)?;
    let mut reader = Reader::from_reader(manifest.as_slice());
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(element) | Event::Empty(element)
                if element.local_name().as_ref() == "encryption-data" =>
            {
                return Ok(true);
            }
            Event::Eof => return Ok(false),
            _ => {}
        }
    }
}

/// Reads to the end of a `table:table`.
fn sheet(
    source: &mut Source<'_>,
    name: String,
    budget: &mut Budget<'_>,
) -> Result<(Sheet, Vec<Note>), Refused> {
    let limits = budget.limits;
    let mut gather = Gather::new(budget, format!("in sheet {name:?}"));
    let mut areas = Vec::new();
    let mut formulas = Formulas::default();
    let mut number = 1_u32;
    let mut buffer = Vec::new();
    // A table may lie in a cell of another one; what it holds belongs to nobody's row.
    let mut inner = 0_u32;
    loop {
        buffer.clear();
        match source.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(element) if element.name().as_ref() == "table:table" => {
                inner = inner.saturating_add(1);
            }
            Event::End(element) if element.name().as_ref() == "table:table" => {
                if inner == 0 {
                    break;
                }
                inner = inner.saturating_sub(1);
            }
            Event::Start(element) if inner == 0 && element.name().as_ref() == "table:table-row" => {
                let repeats = count(&element, "table:number-rows-repeated")?;
                let cells = row(source, limits)?;
                if cells.iter().any(|cell| !cell.value.text.is_empty()) {
                    for index in 0..repeats {
                        let own = number.saturating_add(index);
                        put(own, &cells, &mut gather, &mut areas, &mut formulas)?;
                    }
                }
                number = number.saturating_add(repeats);
            }
            Event::Eof => return Err(damaged("content.xml ends inside a table")),
            _ => {}
        }
    }
    let rows = gather.rows();
    let (rows, merged) = merged::fill(rows, &areas, &name, budget)?;
    let mut notes = Vec::new();
    notes.extend(formulas.note(&name));
    if merged > 0 {
        notes.push(Note::Merged { sheet: name.clone(), areas: merged });
    }
    // OpenDocument writes dates as ISO 8601; a plain number in it was never a date.
    let date_system = DateSystem::From1900;
    Ok((Sheet { name, hidden: false, date_system, rows }, notes))
}

/// One cell with its repeats.
struct Repeated {
    column: u16,
    repeats: u16,
    spans: (u32, u32),
    formula: bool,
    value: Value,
}

fn put(
    number: u32,
    cells: &[Repeated],
    gather: &mut Gather<'_, '_>,
    areas: &mut Vec<Area>,
    formulas: &mut Formulas,
) -> Result<(), Refused> {
    for cell in cells {
        let (rows, columns) = cell.spans;
        if (rows, columns) != (1, 1) && !cell.value.text.is_empty() {
            areas.push(Area {
                first_row: number,
                last_row: number.saturating_add(rows.saturating_sub(1)),
                first_column: cell.column,
                last_column: u16::try_from(columns.saturating_sub(1))
                    .unwrap_or(u16::MAX)
                    .saturating_add(cell.column),
            });
        }
        for index in 0..cell.repeats {
            let column = cell.column.saturating_add(index);
            if cell.formula {
                formulas.saw(number, column, cell.value.text.is_empty());
            }
            let Value { kind, ref text } = cell.value;
            gather
                .push(number, Cell { column, text, kind, formula: cell.formula, merged: false })?;
        }
    }
    Ok(())
}

/// Reads to the end of a `table:table-row`: its cells with content.
fn row(source: &mut Source<'_>, limits: &Limits) -> Result<Vec<Repeated>, Refused> {
    let mut cells = Vec::new();
    let mut column = 0_u16;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match source.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(element)
                if matches!(
                    element.name().as_ref(),
                    "table:table-cell" | "table:covered-table-cell"
                ) =>
            {
                let repeats = count(&element, "table:number-columns-repeated")?;
                let repeats = u16::try_from(repeats).unwrap_or(u16::MAX);
                let spans = (
                    count(&element, "table:number-rows-spanned")?,
                    count(&element, "table:number-columns-spanned")?,
                );
                let formula = attribute(&element, "table:formula")?.is_some();
                let declared = Value::declared(&element)?;
                let end = element.name().as_ref().to_owned();
                let value = cell::finish(source, &end, declared, limits)?;
                if !value.text.is_empty() || formula {
                    cells.push(Repeated { column, repeats, spans, formula, value });
                }
                column = column.saturating_add(repeats);
            }
            Event::End(element) if element.name().as_ref() == "table:table-row" => {
                return Ok(cells);
            }
            Event::Eof => return Err(damaged("content.xml ends inside a row")),
            _ => {}
        }
    }
}

fn count(element: &BytesStart<'_>, name: &str) -> Result<u32, Refused> {
    match attribute(element, name)? {
        None => Ok(1),
        Some(text) => text.parse().map_err(|_| damaged(format!("a repeat count of {text:?}"))),
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Refused> {
    let found = element.try_get_attribute(name).map_err(damaged)?;
    found.map(|attribute| cell::unescaped(&attribute)).transpose()
}
