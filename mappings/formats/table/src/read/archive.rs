//! The zip archive that a workbook is: what is in it, and how much, before any of it is interpreted.
//!
//! An archive's own sizes are claims. Every entry is therefore inflated once into nothing and counted; only what stays
//! below the caps is inflated a second time by the reader of its format. Entries that share their bytes are counted as
//! often as they are named, so an archive whose entries overlap gains nothing.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{damaged, too_much};
use crate::limits::Limits;
use crate::refused::Refused;

/// What kind of document an archive holds.
#[derive(Debug)]
pub(super) enum Holds {
    Xlsx(Parts),
    Ods,
}

/// What the parts of an Office Open XML workbook say before it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    /// It carries macros.
    pub(super) macros: bool,
}

/// The archive's central directory, opened.
pub(super) fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Refused> {
    ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(format!("as an archive: {error}")))
}

/// Counts every entry and says what the archive holds.
pub(super) fn inspect(bytes: &[u8], limits: &Limits) -> Result<Holds, Refused> {
    let mut archive = open(bytes)?;
    if archive.len() > limits.entries_max {
        return Err(too_much("entries", "in the workbook's archive", limits.entries_max));
    }
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.into_owned()).collect();
    count(&mut archive, limits)?;
    let has = |name: &str| names.iter().any(|own| own.eq_ignore_ascii_case(name));
    let under = |folder: &str| names.iter().any(|own| own.starts_with(folder));
    if has("xl/workbook.xml") {
        let macros = names.iter().any(|name| name.ends_with("vbaProject.bin"));
        return Ok(Holds::Xlsx(Parts { macros }));
    }
    if has("xl/workbook.bin") {
        return Err(Refused::FormNotRead { what: "an .xlsb (binary) workbook" });
    }
    if has("content.xml") && has("META-INF/manifest.xml") {
        return Ok(Holds::Ods);
    }
    let what = if under("word/") {
        "a Word document"
    } else if under("ppt/") {
        "a PowerPoint presentation"
    } else {
        "a zip archive"
    };
    Err(Refused::NotATable { what })
}

fn count(archive: &mut ZipArchive<Cursor<&[u8]>>, limits: &Limits) -> Result<(), Refused> {
    let mut left = limits.inflated_bytes_max;
    let mut buffer = vec![0_u8; 64 << 10];
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(unreadable)?;
        let name = entry.name().map_err(unreadable)?.into_owned();
        let shared = name.eq_ignore_ascii_case("xl/sharedStrings.xml");
        let mut own_left = if shared { limits.shared_strings_bytes_max } else { u64::MAX };
        loop {
            let read =
                entry.read(&mut buffer).map_err(|error| damaged(format!("{name}: {error}")))?;
            if read == 0 {
                break;
            }
            let read = u64::try_from(read).unwrap_or(u64::MAX);
            let (Some(rest), Some(own_rest)) = (left.checked_sub(read), own_left.checked_sub(read))
            else {
                return Err(Refused::ZipBomb {
                    max: if left < read {
                        limits.inflated_bytes_max
                    } else {
                        limits.shared_strings_bytes_max
                    },
                });
            };
            (left, own_left) = (rest, own_rest);
        }
    }
    Ok(())
}

fn unreadable(error: ZipError) -> Refused {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Refused::Password,
        other => damaged(format!("as an archive: {other}")),
    }
}
