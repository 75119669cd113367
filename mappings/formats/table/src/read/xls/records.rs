//! The records of a BIFF workbook stream, walked for the few facts that decide whether it may be read.
//!
//! A record is two bytes of number, two bytes of length, then its content; a sheet's records lie between BOF and EOF.
//! Source: MS-XLS 2.1.4 and the records' own sections.

use super::super::damaged;
use super::super::merged::Area;
use crate::refused::Refused;

const BOF: &[u16] = &[0x0809, 0x0409, 0x0209, 0x0009];
const EOF: u16 = 0x000A;
const FILEPASS: u16 = 0x002F;
const DATE1904: u16 = 0x0022;
const MERGECELLS: u16 = 0x00E5;
const FORMULA: &[u16] = &[0x0006, 0x0206, 0x0406];
/// Records whose content begins with the row and column of one cell or of the first of several: blank cells are left
/// out, because they take no place in a rectangle.
const CELLS: &[u16] = &[
    0x0006, 0x0206, 0x0406, // FORMULA
    0x0203, // NUMBER
    0x0204, // LABEL
    0x0205, // BOOLERR
    0x027E, // RK
    0x00BD, // MULRK
    0x00FD, // LABELSST
    0x00D6, // RSTRING
    0x0201, 0x00BE, // BLANK, MULBLANK: counted all the same, should a reader count them
];
const MULRK: u16 = 0x00BD;
const MULBLANK: u16 = 0x00BE;

/// What the records say.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) encrypted: bool,
    pub(super) from_1904: bool,
    /// Substreams in the stream's order: the workbook's globals first, then one for each sheet.
    pub(super) sheets: Vec<SheetFacts>,
}

impl Facts {
    /// Facts of the sheet at `index`; the first substream is the workbook itself.
    pub(super) fn of(&self, index: usize) -> Option<&SheetFacts> {
        self.sheets.get(index.checked_add(1)?)
    }
}

/// What the records of one sheet say.
#[derive(Debug, Default)]
pub(super) struct SheetFacts {
    bounds: Option<(u16, u16, u16, u16)>,
    /// Formula cells, sorted: row from 1, column from 0.
    pub(super) formulas: Vec<(u32, u16)>,
    pub(super) areas: Vec<Area>,
}

impl SheetFacts {
    /// Cells of the rectangle from its first to its last cell.
    pub(super) fn rectangle(&self) -> u64 {
        self.bounds.map_or(0, |(top, bottom, left, right)| {
            let span = |from: u16, to: u16| u64::from(to.saturating_sub(from)).saturating_add(1);
            span(top, bottom).saturating_mul(span(left, right))
        })
    }

    fn saw(&mut self, row: u16, from: u16, to: u16) {
        let (top, bottom, left, right) = self.bounds.unwrap_or((row, row, from, to));
        self.bounds = Some((
            Ord::min(top, row),
            Ord::max(bottom, row),
            Ord::min(left, from),
            Ord::max(right, to),
        ));
    }
}

/// Walks the records of a workbook stream.
pub(super) fn walk(stream: &[u8]) -> Result<Facts, Refused> {
    let mut facts = Facts::default();
    // Charts are substreams inside a sheet's substream.
    let mut depth = 0_u32;
    let mut rest = stream;
    while let Some((head, after)) = rest.split_first_chunk::<4>() {
        let [a, b, c, d] = *head;
        let (number, length) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        let Some((content, after)) = after.split_at_checked(length.into()) else {
            return Err(damaged("a record of the workbook stream is cut off"));
        };
        rest = after;
        if BOF.contains(&number) {
            if depth == 0 {
                facts.sheets.push(SheetFacts::default());
            }
            depth = depth.saturating_add(1);
        } else if number == EOF {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                // What follows the last substream is padding when it has no BOF.
                rest = skip_padding(rest);
            }
        } else if number == FILEPASS {
            facts.encrypted = true;
            return Ok(facts);
        } else if number == DATE1904 {
            facts.from_1904 = word(content, 0) == Some(1);
        } else if depth == 1
            && let Some(sheet) = facts.sheets.last_mut()
        {
            sheet_record(sheet, number, content);
        }
    }
    for sheet in &mut facts.sheets {
        sheet.formulas.sort_unstable();
    }
    Ok(facts)
}

fn skip_padding(rest: &[u8]) -> &[u8] {
    match rest.split_first_chunk::<2>() {
        Some((number, _)) if BOF.contains(&u16::from_le_bytes(*number)) => rest,
        _ => &[],
    }
}

fn sheet_record(sheet: &mut SheetFacts, number: u16, content: &[u8]) {
    if number == MERGECELLS {
        let count = word(content, 0).unwrap_or(0);
        let areas = content.get(2..).unwrap_or_default().chunks_exact(8);
        sheet.areas.extend(areas.take(count.into()).filter_map(area));
    } else if CELLS.contains(&number) {
        let (Some(row), Some(column)) = (word(content, 0), word(content, 2)) else { return };
        let last = match number {
            // Both name their last column at their end.
            MULRK | MULBLANK => content.len().checked_sub(2).and_then(|at| word(content, at)),
            _ => None,
        };
        sheet.saw(row, column, last.map_or(column, |last| Ord::max(last, column)));
        if FORMULA.contains(&number) {
            sheet.formulas.push((u32::from(row).saturating_add(1), column));
        }
    }
}

fn area(content: &[u8]) -> Option<Area> {
    Some(Area {
        first_row: u32::from(word(content, 0)?).saturating_add(1),
        last_row: u32::from(word(content, 2)?).saturating_add(1),
        first_column: word(content, 4)?,
        last_column: word(content, 6)?,
    })
}

fn word(content: &[u8], at: usize) -> Option<u16> {
    let bytes = content.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_le_bytes(*bytes))
}
