//! Rows that an import could not take, as a workbook to correct and upload again: the rows as they were, the cells at
//! fault coloured, and a column that says why.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Color, Format};

use super::{NotWritten, workbook};
use crate::header::Header;
use crate::table::{Cell, Kind, Row, Sheet, a1};

/// Heads the column with the reasons. No field has such a header, so an upload of the corrected file passes over it.
pub const REASON_HEADER: &str = "What is wrong";
/// Heads the column with the row's number in the file that was uploaded.
pub const ROW_HEADER: &str = "Row in the upload";

/// Why one row is a reject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Why {
    /// A1 positions of the cells at fault.
    pub at: BTreeSet<String>,
    /// The reasons, in words.
    pub reasons: Vec<String>,
}

/// Writes the header, what stands above it, and the rejected rows of `rejected` by row number.
///
/// # Errors
/// [`NotWritten`] as for [`workbook::write`].
pub fn write(
    sheet: &Sheet,
    header: &Header,
    rejected: &BTreeMap<u32, Why>,
) -> Result<Vec<u8>, NotWritten> {
    let mut book = workbook::dated()?;
    let worksheet = book.add_worksheet();
    workbook::name(worksheet, &sheet.name, 0)?;
    let plain = Format::new();
    let fault = Format::new().set_background_color(Color::RGB(0xFF_E6_99));
    let bold = Format::new().set_bold();
    let reason_column = sheet.width();
    let row_column = reason_column.saturating_add(1);
    for row in sheet.rows.get(..header.index).unwrap_or_default() {
        for cell in row.cells() {
            workbook::put(worksheet, row.number().saturating_sub(1), &cell, &plain)?;
        }
    }
    let mut line = header.row.saturating_sub(1);
    if let Some(row) = sheet.rows.get(header.index) {
        for cell in row.cells() {
            workbook::put(worksheet, line, &cell, &bold)?;
        }
    }
    worksheet.write_string_with_format(line, reason_column, REASON_HEADER, &bold)?;
    worksheet.write_string_with_format(line, row_column, ROW_HEADER, &bold)?;
    worksheet.set_column_width(reason_column, 60)?;
    let data: &[Row] = sheet.rows.get(header.index.saturating_add(1)..).unwrap_or_default();
    for row in data {
        let Some(why) = rejected.get(&row.number()) else { continue };
        line = line.saturating_add(1);
        for cell in row.cells() {
            let format =
                if why.at.contains(&a1(row.number(), cell.column)) { &fault } else { &plain };
            workbook::put(worksheet, line, &cell, format)?;
        }
        let reasons: String = why.reasons.join("\n").chars().take(32_000).collect();
        let reasons = Cell::new(reason_column, &reasons, Kind::Text);
        workbook::put(worksheet, line, &reasons, &fault)?;
        worksheet.write_number(line, row_column, row.number())?;
    }
    Ok(book.save_to_buffer()?)
}
