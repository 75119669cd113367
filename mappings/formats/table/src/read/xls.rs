//! `.xls`: the compound file is looked through first, because its reader takes memory for whole rectangles of cells.
//!
//! calamine builds a dense rectangle from each sheet's first to its last cell. Two cells in opposite corners of a sheet
//! would take half a gigabyte, and a file of a few kilobytes may have a hundred such sheets. The records are therefore
//! walked once before: they tell the rectangle of each sheet, its formulas, its merged areas, its date system and
//! whether it is encrypted. Record numbers: MS-XLS 2.3 and 2.4.

use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xls};

use super::gather::{Budget, Gather};
use super::merged;
use super::xlsx::Formulas;
use super::{damaged, guarded, too_much};
use crate::limits::Limits;
use crate::refused::Refused;
use crate::serial;
use crate::table::{Cell, DateSystem, Form, Kind, Note, Sheet, Table};

mod records;

use records::{Facts, SheetFacts};

/// Cells of all rectangles together: at about 32 bytes each.
const DENSE_CELLS_MAX: u64 = 6_000_000;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Table, Refused> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes))
        .map_err(|error| damaged(format!("as a compound file: {error}")))?;
    if file.exists("/EncryptedPackage") {
        return Err(Refused::Password);
    }
    let Some(stream) = ["/Workbook", "/Book"].into_iter().find(|name| file.is_stream(name)) else {
        let what = if file.exists("/WordDocument") {
            "a Word document"
        } else {
            "an Office document without a workbook"
        };
        return Err(Refused::NotATable { what });
    };
    let macros = file.exists("/_VBA_PROJECT_CUR");
    let mut records = Vec::new();
    let mut stream = file.open_stream(stream).map_err(damaged)?.take(cap(limits));
    stream.read_to_end(&mut records).map_err(damaged)?;
    let facts = records::walk(&records)?;
    drop(records);
    if facts.encrypted {
        return Err(Refused::Password);
    }
    if facts.sheets.iter().map(SheetFacts::rectangle).fold(0, u64::saturating_add) > DENSE_CELLS_MAX
    {
        let at = "between the first and the last cell of the sheets".to_owned();
        return Err(Refused::TooMuch { what: "cells", at, max: DENSE_CELLS_MAX });
    }
    let mut table = guarded(|| sheets(bytes, &facts, limits))?;
    if macros {
        table.notes.insert(0, Note::Macros);
    }
    Ok(table)
}

/// A stream cannot be longer than the file that it is in.
fn cap(limits: &Limits) -> u64 {
    u64::try_from(limits.bytes_max).unwrap_or(u64::MAX)
}

fn sheets(bytes: &[u8], facts: &Facts, limits: &Limits) -> Result<Table, Refused> {
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        calamine::XlsError::Password => Refused::Password,
        other => damaged(other),
    })?;
    let date_system = if facts.from_1904 { DateSystem::From1904 } else { DateSystem::From1900 };
    let mut budget = Budget::new(limits);
    let mut table = Table { form: Form::Xls, sheets: Vec::new(), notes: Vec::new() };
    let metadata = book.sheets_metadata().to_vec();
    if metadata.len() > limits.sheets_max {
        return Err(too_much("sheets", "in the workbook", limits.sheets_max));
    }
    let none = SheetFacts::default();
    for (index, sheet) in metadata.into_iter().enumerate() {
        let own = facts.of(index).unwrap_or(&none);
        let Ok(range) = book.worksheet_range(&sheet.name) else { continue };
        let mut gather = Gather::new(&mut budget, format!("in sheet {:?}", sheet.name));
        let mut formulas = Formulas::default();
        let (top, left) = range.start().unwrap_or_default();
        let mut text = String::new();
        for (row, column, data) in range.used_cells() {
            let number =
                top.saturating_add(u32::try_from(row).unwrap_or(u32::MAX)).saturating_add(1);
            let column = u32::try_from(column).unwrap_or(u32::MAX).saturating_add(left);
            let column = u16::try_from(column).unwrap_or(u16::MAX);
            text.clear();
            let kind = value(data, &mut text);
            let formula = own.formulas.binary_search(&(number, column)).is_ok();
            if formula {
                formulas.saw(number, column, text.is_empty());
            }
            gather.push(number, Cell { column, text: &text, kind, formula, merged: false })?;
        }
        let rows = gather.rows();
        let (rows, merged) = merged::fill(rows, &own.areas, &sheet.name, &mut budget)?;
        table.notes.extend(formulas.note(&sheet.name));
        if merged > 0 {
            table.notes.push(Note::Merged { sheet: sheet.name.clone(), areas: merged });
        }
        let hidden = sheet.visible != calamine::SheetVisible::Visible;
        table.sheets.push(Sheet { name: sheet.name, hidden, date_system, rows });
    }
    Ok(table)
}

fn value(data: &Data, text: &mut String) -> Kind {
    match data {
        Data::Empty => Kind::Text,
        Data::String(own) => {
            text.push_str(own);
            Kind::Text
        }
        Data::Int(number) => {
            text.push_str(&number.to_string());
            Kind::Number
        }
        Data::Float(number) => {
            serial::push_number(*number, text);
            Kind::Number
        }
        Data::Bool(is) => {
            text.push_str(if *is { "TRUE" } else { "FALSE" });
            Kind::Bool
        }
        Data::Error(error) => {
            text.push_str(&error.to_string());
            Kind::Error
        }
        Data::DateTime(moment) => serial::push_moment(moment, text),
        Data::DateTimeIso(iso) => {
            text.push_str(iso);
            Kind::Date
        }
        Data::DurationIso(iso) => {
            text.push_str(iso);
            Kind::Time
        }
    }
}
