//! The door: bytes in, a table out; what it is is seen from the bytes, never from a name.

mod archive;
mod delimiter;
mod encoding;
mod gather;
mod merged;
mod ods;
mod text;
mod xls;
mod xlsx;

use crate::limits::Limits;
use crate::refused::Refused;
use crate::table::Table;

/// What the first bytes of a file say that it is.
const MARKS: &[(&[u8], Looks)] = &[
    (b"PK\x03\x04", Looks::Zip),
    (b"PK\x05\x06", Looks::Zip),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Looks::CompoundFile),
    (b"%PDF-", Looks::Else("a PDF document")),
    (b"\x1F\x8B", Looks::Else("a gzip archive")),
    (b"Rar!", Looks::Else("a RAR archive")),
    (b"7z\xBC\xAF\x27\x1C", Looks::Else("a 7z archive")),
    (b"\x89PNG", Looks::Else("a PNG image")),
    (b"\xFF\xD8\xFF", Looks::Else("a JPEG image")),
    (b"{\\rtf", Looks::Else("an RTF document")),
];

#[derive(Debug, Clone, Copy)]
enum Looks {
    Zip,
    CompoundFile,
    Else(&'static str),
}

/// Reads a file: `.xlsx`, `.xlsm`, `.xls`, `.ods`, or delimited text in UTF-8, UTF-16 or Windows-1252.
///
/// # Errors
/// [`Refused`] says why the file as a whole is not read.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Table, Refused> {
    if bytes.len() > limits.bytes_max {
        return Err(too_much("bytes", "in the file", limits.bytes_max));
    }
    let looks = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, looks)| *looks);
    let table = match looks {
        Some(Looks::Zip) => match archive::inspect(bytes, limits)? {
            archive::Holds::Xlsx(parts) => xlsx::read(bytes, &parts, limits)?,
            archive::Holds::Ods => ods::read(bytes, limits)?,
        },
        Some(Looks::CompoundFile) => xls::read(bytes, limits)?,
        Some(Looks::Else(what)) => return Err(Refused::NotATable { what }),
        None => text::read(bytes, limits)?,
    };
    not_empty(table)
}

/// Reads cells pasted from a spreadsheet: tabs between cells, quotes around cells with line ends; or any delimited text.
///
/// # Errors
/// [`Refused`] as for [`read`].
pub fn read_pasted(pasted: &str, limits: &Limits) -> Result<Table, Refused> {
    if pasted.len() > limits.bytes_max {
        return Err(too_much("bytes", "in what was pasted", limits.bytes_max));
    }
    not_empty(text::read_decoded(pasted, crate::table::Encoding::Utf8, 0, limits)?)
}

fn not_empty(mut table: Table) -> Result<Table, Refused> {
    table.sheets.retain(|sheet| !sheet.rows.is_empty());
    if table.sheets.is_empty() { Err(Refused::Empty) } else { Ok(table) }
}

fn too_much(what: &'static str, at: impl Into<String>, max: usize) -> Refused {
    Refused::TooMuch { what, at: at.into(), max: u64::try_from(max).unwrap_or(u64::MAX) }
}

fn damaged(what: impl core::fmt::Display) -> Refused {
    Refused::Damaged { what: what.to_string() }
}

/// Runs a reader that is not ours on bytes that are not ours: a panic in it is a damaged file, not a dead worker.
fn guarded<T>(reading: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(reading))
        .unwrap_or_else(|_| Err(damaged("its parts contradict one another")))
}
