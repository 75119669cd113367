//! A table as read: sheets of sparse rows; each cell has its text, its kind and its place.
//!
//! A row keeps the text of all its cells in one string and its cells as positions in it: a sheet of 200,000 rows and
//! 20 columns then takes two allocations a row instead of twenty.

use core::fmt;

/// What a file held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The form it came in.
    pub form: Form,
    /// Its sheets with content, in the file's order. A text file has one, without a name.
    pub sheets: Vec<Sheet>,
    /// What a reader should know of the file as a whole.
    pub notes: Vec<Note>,
}

/// The form a table came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Office Open XML workbook, with macros or without.
    Xlsx,
    /// Excel 97–2003 workbook.
    Xls,
    /// OpenDocument spreadsheet.
    Ods,
    /// Delimited text.
    Text {
        /// How its bytes were read.
        encoding: Encoding,
        /// The character between two cells.
        delimiter: char,
    },
}

/// How the bytes of a text file were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, least significant byte first.
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// Windows-1252: what is none of the others.
    Windows1252,
}

/// Something that is no error, and that a reader should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The workbook carries macros. They were not run, and are not carried over into what we write.
    Macros,
    /// Cells hold formulas; the values that Excel stored beside them were read.
    Formulas {
        /// Sheet.
        sheet: String,
        /// How many cells.
        cells: u64,
        /// Formula cells without a stored value: the program that wrote the file never calculated them.
        without_value: u64,
        /// A1 position of the first one.
        first: String,
    },
    /// Merged areas; the value of each stands in all its cells that lie in rows with content.
    Merged {
        /// Sheet.
        sheet: String,
        /// How many areas.
        areas: u64,
    },
    /// Bytes that the encoding does not know were read as U+FFFD.
    Replaced {
        /// How many characters.
        characters: u64,
    },
}

/// One sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its name; empty for text.
    pub name: String,
    /// Hidden in the workbook.
    pub hidden: bool,
    /// What a date written as a plain number counts from.
    pub date_system: DateSystem,
    /// Rows with content, from the top.
    pub rows: Vec<Row>,
}

/// What the day number of a workbook counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateSystem {
    /// 1 is 1900-01-01, and 60 the 29 February 1900 that never was.
    #[default]
    From1900,
    /// 0 is 1904-01-01.
    From1904,
}

/// What a cell says that it holds. Text files only have text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Text.
    Text,
    /// A number, as decimal text without grouping.
    Number,
    /// A date, with its time when that is not midnight: `2026-11-25` or `2026-11-25T10:30:00`.
    Date,
    /// A time or duration without a date: `HH:MM:SS`, hours may exceed 24.
    Time,
    /// `TRUE` or `FALSE`.
    Bool,
    /// An error such as `#N/A`.
    Error,
}

/// One row with content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    number: u32,
    text: String,
    cells: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    column: u16,
    kind: Kind,
    formula: bool,
    merged: bool,
    end: u32,
}

/// One cell with content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// Column from 0.
    pub column: u16,
    /// Its text; never empty.
    pub text: &'a str,
    /// What it holds.
    pub kind: Kind,
    /// It is a formula, and `text` its stored value.
    pub formula: bool,
    /// It repeats the value of the merged area that it lies in.
    pub merged: bool,
}

impl Row {
    /// An empty row; `number` counts from 1 as spreadsheets show it.
    #[must_use]
    pub fn new(number: u32) -> Self {
        Self { number, text: String::new(), cells: Vec::new() }
    }

    /// The number that a spreadsheet shows, from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Whether no cell has content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// How many cells have content.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Adds a cell to the right of all others; an empty text adds nothing.
    ///
    /// # Errors
    /// [`OutOfOrder`] when the column is not to the right of the last one, or the row is larger than 4 GiB.
    pub fn push(&mut self, cell: Cell<'_>) -> Result<(), OutOfOrder> {
        if cell.text.is_empty() {
            return Ok(());
        }
        if self.cells.last().is_some_and(|last| last.column >= cell.column) {
            return Err(OutOfOrder { at: a1(self.number, cell.column) });
        }
        let end = self.text.len().checked_add(cell.text.len());
        let Some(end) = end.and_then(|end| u32::try_from(end).ok()) else {
            return Err(OutOfOrder { at: a1(self.number, cell.column) });
        };
        self.text.push_str(cell.text);
        let Cell { column, kind, formula, merged, .. } = cell;
        self.cells.push(Slot { column, kind, formula, merged, end });
        Ok(())
    }

    /// Its cells from the left.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..self.cells.len()).filter_map(|index| self.nth(index))
    }

    /// The cell of a column.
    #[must_use]
    pub fn cell(&self, column: u16) -> Option<Cell<'_>> {
        let index = self.cells.binary_search_by_key(&column, |slot| slot.column).ok()?;
        self.nth(index)
    }

    fn nth(&self, index: usize) -> Option<Cell<'_>> {
        let slot = self.cells.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => usize::try_from(self.cells.get(before)?.end).ok()?,
            None => 0,
        };
        let text = self.text.get(start..usize::try_from(slot.end).ok()?)?;
        let Slot { column, kind, formula, merged, .. } = *slot;
        Some(Cell { column, text, kind, formula, merged })
    }
}

impl<'a> Cell<'a> {
    /// A cell that was typed in.
    #[must_use]
    pub fn new(column: u16, text: &'a str, kind: Kind) -> Self {
        Self { column, text, kind, formula: false, merged: false }
    }
}

impl Sheet {
    /// The columns that have content anywhere: one past the rightmost.
    #[must_use]
    pub fn width(&self) -> u16 {
        let last = self.rows.iter().filter_map(|row| row.cells.last()).map(|slot| slot.column);
        last.max().map_or(0, |column| column.saturating_add(1))
    }
}

/// Cells that do not come from left to right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cell {at} is out of order")]
pub struct OutOfOrder {
    /// A1 position.
    pub at: String,
}

/// The letters of a column from 0: `A`, …, `Z`, `AA`.
#[must_use]
pub fn letters(column: u16) -> String {
    let mut left = u32::from(column).saturating_add(1);
    let mut reversed = Vec::new();
    while left > 0 {
        left = left.saturating_sub(1);
        let letter = u8::try_from(left % 26).unwrap_or(0);
        reversed.push(char::from(b'A'.saturating_add(letter)));
        left /= 26;
    }
    reversed.iter().rev().collect()
}

/// The position as spreadsheets show it; `row` from 1, `column` from 0.
#[must_use]
pub fn a1(row: u32, column: u16) -> String {
    format!("{}{row}", letters(column))
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_named_as_spreadsheets_do() {
        assert_eq!(a1(1, 0), "A1");
        assert_eq!(a1(7, 25), "Z7");
        assert_eq!(a1(7, 26), "AA7");
        assert_eq!(a1(1_048_576, 16_383), "XFD1048576");
    }

    #[test]
    fn cells_keep_their_text_and_are_found_by_column() {
        let mut row = Row::new(3);
        row.push(Cell::new(1, "पुणे", Kind::Text)).unwrap();
        row.push(Cell::new(2, "", Kind::Text)).unwrap();
        row.push(Cell::new(4, "12.5", Kind::Number)).unwrap();
        assert_eq!(row.cell(1).unwrap().text, "पुणे");
        assert_eq!(row.cell(2), None);
        assert_eq!(row.cell(4).unwrap().text, "12.5");
        assert_eq!(row.push(Cell::new(4, "x", Kind::Text)), Err(OutOfOrder { at: "E3".into() }));
    }
}
