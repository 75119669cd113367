//! Delimited text: `.csv`, `.tsv`, and what is pasted from a spreadsheet.

use super::gather::{Budget, Gather};
use super::{damaged, delimiter, encoding};
use crate::limits::Limits;
use crate::refused::Refused;
use crate::table::{Cell, DateSystem, Encoding, Form, Kind, Note, Sheet, Table};
use crate::write::csv::restored;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Table, Refused> {
    let (text, encoding, replaced) = encoding::decode(bytes);
    read_decoded(&text, encoding, replaced, limits)
}

pub(super) fn read_decoded(
    text: &str,
    encoding: Encoding,
    replaced: u64,
    limits: &Limits,
) -> Result<Table, Refused> {
    disguised(text)?;
    let (delimiter, skipped) = delimiter::find(text);
    let body = text.get(skipped..).unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(body.as_bytes());
    let mut budget = Budget::new(limits);
    let mut gather = Gather::new(&mut budget, "in the file".to_owned());
    let mut record = csv::StringRecord::new();
    // Rows are numbered as a spreadsheet would show them: a cell with line ends in it is one row, an empty line too.
    let mut lines = Lines { body: body.as_bytes(), number: u32::from(skipped > 0) };
    while reader.read_record(&mut record).map_err(damaged)? {
        let start = record.position().map_or(0, csv::Position::byte);
        let number = lines.next(start);
        for (column, text) in record.iter().enumerate() {
            let column = u16::try_from(column).unwrap_or(u16::MAX);
            gather.push(number, Cell::new(column, restored(text), Kind::Text))?;
        }
    }
    let rows = gather.rows();
    let form = Form::Text { encoding, delimiter: delimiter.into() };
    let sheet =
        Sheet { name: String::new(), hidden: false, date_system: DateSystem::From1900, rows };
    let mut table = Table { form, sheets: vec![sheet], notes: Vec::new() };
    if replaced > 0 {
        table.notes.push(Note::Replaced { characters: replaced });
    }
    Ok(table)
}

/// Row numbers: the csv reader passes over empty lines, a spreadsheet does not.
struct Lines<'a> {
    body: &'a [u8],
    number: u32,
}

impl Lines<'_> {
    /// The number of the next record; the reader began to look for it at the byte `start`.
    fn next(&mut self, start: u64) -> u32 {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let mut rest = self.body.get(start..).unwrap_or_default();
        // The reader ends a record at the `\r` of `\r\n`.
        let before = start.checked_sub(1).and_then(|before| self.body.get(before));
        if before == Some(&b'\r') {
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(after) = rest
            .strip_prefix(b"\r\n")
            .or_else(|| rest.strip_prefix(b"\n"))
            .or_else(|| rest.strip_prefix(b"\r"))
        {
            self.number = self.number.saturating_add(1);
            rest = after;
        }
        self.number = self.number.saturating_add(1);
        self.number
    }
}

/// Reports of many ERPs are web pages or XML with the name of a workbook: Excel opens them, so people take them for one.
fn disguised(text: &str) -> Result<(), Refused> {
    let start: String =
        text.trim_start().chars().take(512).collect::<String>().to_ascii_lowercase();
    if start.starts_with("<?xml") || start.starts_with("<workbook") {
        let what = if start.contains("spreadsheet") {
            "an XML spreadsheet of Excel 2003"
        } else {
            "an XML document"
        };
        return Err(Refused::FormNotRead { what });
    }
    if start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || start.starts_with("<table")
    {
        return Err(Refused::FormNotRead { what: "a web page with the name of a workbook" });
    }
    if start.starts_with(['{', '[']) && start.contains("\":") {
        return Err(Refused::NotATable { what: "a JSON document" });
    }
    // Text has no NUL; UTF-16 was decoded before.
    if text.chars().take(4_096).any(|character| character == '\0') {
        return Err(Refused::NotATable { what: "binary data" });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
