//! Delimited text that no spreadsheet takes for a formula.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end, even out of a CSV file; that is
//! how a consignee's name reads another cell or calls a web address on the desk of whoever opens the export. Such a
//! cell gets an apostrophe in front, which spreadsheets do not show. Plain numbers, signed or not, are left alone, and
//! our own reader takes the apostrophe away again. Source: OWASP, CSV injection.

use std::borrow::Cow;

use super::NotWritten;
use crate::table::Row;

const DANGEROUS: &[char] = &['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The text as it may stand in a file.
#[must_use]
pub fn neutralised(text: &str) -> Cow<'_, str> {
    let dangerous = text.trim_start_matches('\'').starts_with(DANGEROUS);
    if dangerous && !is_number(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that was neutralised.
#[must_use]
pub(crate) fn restored(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(DANGEROUS) => rest,
        _ => text,
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

/// Writes rows as CSV in UTF-8 with a byte order mark, without which Excel reads UTF-8 as something else.
///
/// # Errors
/// [`NotWritten`] when a row cannot be written; memory is the only thing that can be short.
pub fn write(rows: &[Row], width: u16) -> Result<Vec<u8>, NotWritten> {
    let mut writer =
        ::csv::WriterBuilder::new().flexible(true).from_writer(b"\xEF\xBB\xBF".to_vec());
    for row in rows {
        let fields = (0..width).map(|column| row.cell(column).map_or("", |cell| cell.text));
        let fields: Vec<Cow<'_, str>> = fields.map(neutralised).collect();
        let fields = fields.iter().map(|field| field.as_bytes());
        writer.write_record(fields).map_err(|error| NotWritten { what: error.to_string() })?;
    }
    writer.into_inner().map_err(|error| NotWritten { what: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_texts_and_numbers_stay_numbers() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("＝1+1", "'＝1+1"),
            ("'=1", "''=1"),
            ("-5", "-5"),
            ("+919812345678", "+919812345678"),
            ("-1,00,000.50", "-1,00,000.50"),
            ("'tis", "'tis"),
            ("Pune", "Pune"),
            ("", ""),
        ] {
            assert_eq!(neutralised(text), expected);
            assert_eq!(restored(expected), text);
        }
    }
}
