//! Sheets as a fresh `.xlsx` workbook: every cell explicitly typed, so that no text becomes a formula, a number or a date.
//!
//! What a workbook had beside its cells is not kept: colours and fonts, column widths, formulas (their values are),
//! macros, charts, pictures, comments, validation lists, merged areas (each of their cells has the value), frozen panes.

use jiff::civil;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::serial;
use crate::table::{Cell, Kind, Sheet};

/// A workbook or text file that could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("could not write the file: {what}")]
pub struct NotWritten {
    /// What happened.
    pub what: String,
}

impl From<XlsxError> for NotWritten {
    fn from(error: XlsxError) -> Self {
        Self { what: error.to_string() }
    }
}

/// Writes sheets with their rows where they were.
///
/// # Errors
/// [`NotWritten`], for example for a sheet of more rows than Excel has.
pub fn write(sheets: &[Sheet]) -> Result<Vec<u8>, NotWritten> {
    let mut workbook = dated()?;
    for (index, sheet) in sheets.iter().enumerate() {
        let worksheet = workbook.add_worksheet();
        name(worksheet, &sheet.name, index)?;
        worksheet.set_hidden(sheet.hidden);
        for row in &sheet.rows {
            let at = row.number().saturating_sub(1);
            for cell in row.cells() {
                put(worksheet, at, &cell, &Format::new())?;
            }
        }
    }
    Ok(workbook.save_to_buffer()?)
}

/// An empty workbook whose creation time is fixed: the same rows make the same bytes.
pub(super) fn dated() -> Result<Workbook, NotWritten> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    Ok(workbook)
}

/// Names a sheet, or leaves Excel's own name when this one is not allowed there.
pub(super) fn name(worksheet: &mut Worksheet, name: &str, index: usize) -> Result<(), NotWritten> {
    let allowed: String = name
        .chars()
        .filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\'))
        .take(31)
        .collect();
    let allowed = allowed.trim().trim_matches('\'');
    if allowed.is_empty() {
        worksheet.set_name(format!("Sheet{}", index.saturating_add(1)))?;
    } else {
        worksheet.set_name(allowed)?;
    }
    Ok(())
}

/// Writes a cell with its kind; `row` counts from 0.
pub(super) fn put(
    worksheet: &mut Worksheet,
    row: u32,
    cell: &Cell<'_>,
    format: &Format,
) -> Result<(), NotWritten> {
    let column = cell.column;
    match cell.kind {
        Kind::Number => {
            if let Some(number) = faithful(cell.text) {
                worksheet.write_number_with_format(row, column, number, format)?;
                return Ok(());
            }
        }
        Kind::Date => {
            if let Some((number, whole)) = day_number(cell.text) {
                let pattern = if whole { "yyyy-mm-dd" } else { "yyyy-mm-dd hh:mm:ss" };
                let format = format.clone().set_num_format(pattern);
                worksheet.write_number_with_format(row, column, number, &format)?;
                return Ok(());
            }
        }
        Kind::Time => {
            if let Some(number) = clock_number(cell.text) {
                let format = format.clone().set_num_format("[hh]:mm:ss");
                worksheet.write_number_with_format(row, column, number, &format)?;
                return Ok(());
            }
        }
        Kind::Bool => {
            worksheet.write_boolean_with_format(row, column, cell.text == "TRUE", format)?;
            return Ok(());
        }
        Kind::Text | Kind::Error => {}
    }
    worksheet.write_string_with_format(row, column, cell.text, format)?;
    Ok(())
}

/// The number, when a spreadsheet would show it with the same digits.
fn faithful(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    let mut shown = String::new();
    serial::push_number(number, &mut shown);
    (shown == text).then_some(number)
}

/// Days since the epoch of the 1900 system, and whether there is no time of day; nothing before March 1900.
fn day_number(text: &str) -> Option<(f64, bool)> {
    let moment: civil::DateTime = match text.split_once('T') {
        Some(_) => text.parse().ok()?,
        None => text.parse::<civil::Date>().ok()?.to_datetime(civil::Time::midnight()),
    };
    let days = moment.date().since(civil::date(1899, 12, 30)).ok()?.get_days();
    if days < 61 || moment.subsec_nanosecond() != 0 {
        return None;
    }
    let time = moment.time();
    let seconds =
        i32::from(time.hour()) * 3_600 + i32::from(time.minute()) * 60 + i32::from(time.second());
    Some((f64::from(days) + f64::from(seconds) / 86_400.0, seconds == 0))
}

fn clock_number(text: &str) -> Option<f64> {
    let mut parts = text.split(':');
    let mut next = || parts.next()?.parse::<u32>().ok();
    let (hours, minutes, seconds) = (next()?, next()?, next()?);
    let total =
        hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?;
    Some(f64::from(total) / 86_400.0)
}
