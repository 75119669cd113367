//! `.xlsx` and `.xlsm`: cells are streamed, so that a sheet whose last cell is XFD1048576 takes no more than its cells.

use std::io::{Cursor, Read as _};

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::archive::{self, Parts};
use super::gather::{Budget, Gather};
use super::merged::{self, Area};
use super::{damaged, guarded, too_much};
use crate::limits::Limits;
use crate::refused::Refused;
use crate::serial;
use crate::table::{Cell, DateSystem, Form, Kind, Note, Sheet, Table, a1};

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

pub(super) fn read(bytes: &[u8], parts: &Parts, limits: &Limits) -> Result<Table, Refused> {
    let date_system = date_system(bytes)?;
    let mut book: Book<'_> = guarded(|| Xlsx::new(Cursor::new(bytes)).map_err(refused))?;
    let metadata = book.sheets_metadata().to_vec();
    if metadata.len() > limits.sheets_max {
        return Err(too_much("sheets", "in the workbook", limits.sheets_max));
    }
    let mut budget = Budget::new(limits);
    let mut table = Table { form: Form::Xlsx, sheets: Vec::new(), notes: Vec::new() };
    if parts.macros {
        table.notes.push(Note::Macros);
    }
    for sheet in metadata.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        let hidden = sheet.visible != SheetVisible::Visible;
        let name = sheet.name.clone();
        let (rows, notes) = guarded(|| rows(&mut book, &name, &mut budget))?;
        table.notes.extend(notes);
        table.sheets.push(Sheet { name, hidden, date_system, rows });
    }
    Ok(table)
}

fn rows(
    book: &mut Book<'_>,
    name: &str,
    budget: &mut Budget<'_>,
) -> Result<(Vec<crate::table::Row>, Vec<Note>), Refused> {
    let areas = areas(book, name)?;
    let mut formulas = Formulas::default();
    let mut gather = Gather::new(budget, format!("in sheet {name:?}"));
    let mut cells = book.worksheet_cells_reader(name).map_err(refused)?;
    let mut text = String::new();
    while let Some(record) = cells.next_cell_with_formula_metadata().map_err(refused)? {
        let (row, column) = record.pos;
        let number = row.saturating_add(1);
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        text.clear();
        let kind = value(&record.value, &mut text);
        let formula = record.formula.is_some();
        if formula {
            formulas.saw(number, column, text.is_empty());
        }
        gather.push(number, Cell { column, text: &text, kind, formula, merged: false })?;
    }
    drop(cells);
    let rows = gather.rows();
    let (rows, merged) = merged::fill(rows, &areas, name, budget)?;
    let mut notes = Vec::new();
    notes.extend(formulas.note(name));
    if merged > 0 {
        notes.push(Note::Merged { sheet: name.to_owned(), areas: merged });
    }
    Ok((rows, notes))
}

fn areas(book: &mut Book<'_>, name: &str) -> Result<Vec<Area>, Refused> {
    let found = book.merge_cells_by_sheet_name(name).map_err(refused)?;
    let column = |column: u32| u16::try_from(column).unwrap_or(u16::MAX);
    let area = |area: &calamine::Dimensions| Area {
        first_row: area.start.0.saturating_add(1),
        last_row: area.end.0.saturating_add(1),
        first_column: column(area.start.1),
        last_column: column(area.end.1),
    };
    Ok(found.iter().map(area).collect())
}

/// The text and kind of a stored value.
fn value(value: &DataRef<'_>, text: &mut String) -> Kind {
    match value {
        DataRef::Empty => Kind::Text,
        DataRef::String(own) => {
            text.push_str(own);
            Kind::Text
        }
        DataRef::SharedString(shared) => {
            text.push_str(shared);
            Kind::Text
        }
        DataRef::Int(number) => {
            text.push_str(&number.to_string());
            Kind::Number
        }
        DataRef::Float(number) => {
            serial::push_number(*number, text);
            Kind::Number
        }
        DataRef::Bool(is) => {
            text.push_str(if *is { "TRUE" } else { "FALSE" });
            Kind::Bool
        }
        DataRef::Error(error) => {
            text.push_str(&error.to_string());
            Kind::Error
        }
        DataRef::DateTime(moment) => serial::push_moment(moment, text),
        DataRef::DateTimeIso(iso) => {
            text.push_str(iso);
            Kind::Date
        }
        DataRef::DurationIso(iso) => {
            text.push_str(iso);
            Kind::Time
        }
    }
}

/// What the workbook counts its days from: the attribute `date1904` of `workbookPr` (ECMA-376 part 1, 18.2.28).
fn date_system(bytes: &[u8]) -> Result<DateSystem, Refused> {
    let mut archive = archive::open(bytes)?;
    let mut xml = Vec::new();
    match archive.by_name("xl/workbook.xml") {
        // Its size was counted by `archive::inspect`.
        Ok(mut part) => part.read_to_end(&mut xml).map_err(damaged)?,
        Err(_) => return Ok(DateSystem::From1900),
    };
    let mut reader = Reader::from_reader(xml.as_slice());
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element))
                if element.local_name().as_ref() == "workbookPr" =>
            {
                let set = element.attributes().flatten().any(|attribute| {
                    attribute.key.local_name().as_ref() == "date1904"
                        && matches!(attribute.value.as_ref(), "1" | "true" | "on")
                });
                return Ok(if set { DateSystem::From1904 } else { DateSystem::From1900 });
            }
            Ok(Event::Eof) => return Ok(DateSystem::From1900),
            Ok(_) => {}
            Err(error) => return Err(damaged(format!("xl/workbook.xml: {error}"))),
        }
    }
}

fn refused(error: XlsxError) -> Refused {
    match error {
        XlsxError::Password => Refused::Password,
        other => damaged(other),
    }
}

/// The formulas of a sheet, counted.
#[derive(Debug, Default)]
pub(super) struct Formulas {
    cells: u64,
    without_value: u64,
    first: Option<String>,
}

impl Formulas {
    pub(super) fn saw(&mut self, number: u32, column: u16, without_value: bool) {
        self.cells = self.cells.saturating_add(1);
        if without_value {
            self.without_value = self.without_value.saturating_add(1);
        }
        self.first.get_or_insert_with(|| a1(number, column));
    }

    pub(super) fn note(self, sheet: &str) -> Option<Note> {
        let Self { cells, without_value, first } = self;
        Some(Note::Formulas { sheet: sheet.to_owned(), cells, without_value, first: first? })
    }
}
