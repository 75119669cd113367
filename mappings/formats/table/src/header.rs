//! The row that names the columns: the one, near the top, whose cells the dictionary knows best.

use sha2::{Digest as _, Sha256};

use crate::dictionary::Dictionary;
use crate::guess::best_score;
use crate::table::{Row, Sheet};
use crate::words;

/// Rows from the top in which a header is looked for: titles and addresses of letterheads come before it.
const ROWS: usize = 40;

/// The header of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its place in [`Sheet::rows`]; the rows after it are data.
    pub index: usize,
    /// The number that a spreadsheet shows.
    pub row: u32,
    /// Its columns from the left.
    pub columns: Vec<HeaderColumn>,
}

/// One named column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderColumn {
    /// Column from 0.
    pub column: u16,
    /// Its name; where a merged cell above spans several columns, that cell's text comes first.
    pub text: String,
}

impl Header {
    /// The header that `sheet` most likely has; `None` when no row of the first ones names two fields.
    #[must_use]
    pub fn find(sheet: &Sheet, dictionary: &Dictionary) -> Option<Self> {
        let mut best: Option<(u64, Self)> = None;
        for index in 0..Ord::min(sheet.rows.len(), ROWS) {
            let Some(header) = Self::at(sheet, index, dictionary) else { continue };
            let scores: Vec<u64> = header
                .columns
                .iter()
                .filter_map(|column| best_score(&column.text, dictionary))
                .map(u64::from)
                .collect();
            if scores.len() < 2 {
                continue;
            }
            let total = scores.iter().sum();
            // Of two equal rows the upper one is the header; a strictly better one must come to replace it.
            if best.as_ref().is_none_or(|(own, _)| total > *own) {
                best = Some((total, header));
            }
        }
        best.map(|(_, header)| header)
    }

    /// The header in the row at `index` of the sheet.
    #[must_use]
    pub fn at(sheet: &Sheet, index: usize, dictionary: &Dictionary) -> Option<Self> {
        let row = sheet.rows.get(index)?;
        let above = index.checked_sub(1).and_then(|above| sheet.rows.get(above));
        let bands = above.filter(|above| above.cells().any(|cell| cell.merged));
        let columns = row.cells().map(|cell| HeaderColumn {
            column: cell.column,
            text: banded(cell.text, bands, cell.column, dictionary),
        });
        Some(Self { index, row: row.number(), columns: columns.collect() })
    }

    /// What stays the same when columns change their places: SHA-256 over the sorted names, in hex.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut keys: Vec<String> = self.columns.iter().map(|column| key(&column.text)).collect();
        keys.sort_unstable();
        let digest = Sha256::digest(keys.join("\n").as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A header's name with the band above it, when that makes it better known.
fn banded(text: &str, bands: Option<&Row>, column: u16, dictionary: &Dictionary) -> String {
    let text = text.trim();
    let Some(band) = bands.and_then(|row| row.cell(column)) else { return text.to_owned() };
    let together = format!("{} {text}", band.text.trim());
    let better = best_score(&together, dictionary) > best_score(text, dictionary);
    if better { together } else { text.to_owned() }
}

/// A header as it is compared with remembered ones.
#[must_use]
pub fn key(text: &str) -> String {
    words::split(text).join(" ")
}
