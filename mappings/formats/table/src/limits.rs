//! What a file may ask of us: every cap of the readers, in one place.

/// Caps on a file. Each is checked while reading, before memory is taken for what lies behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file itself.
    pub bytes_max: usize,
    /// Entries of the zip archive that a workbook is.
    pub entries_max: usize,
    /// Bytes that all entries inflate to, counted while they inflate: what an archive says of itself is not believed.
    pub inflated_bytes_max: u64,
    /// Bytes that the table of shared strings inflates to; each of its strings costs more in memory than in XML.
    pub shared_strings_bytes_max: u64,
    /// Sheets of a workbook.
    pub sheets_max: usize,
    /// Rows with content of one sheet, its header included.
    pub rows_max: usize,
    /// Columns of one sheet.
    pub columns_max: u16,
    /// Cells with content of the whole file, with those that a merged area repeats.
    pub cells_max: usize,
    /// Characters of one cell.
    pub cell_chars_max: usize,
    /// Merged areas of one sheet.
    pub merges_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 20 << 20,
            entries_max: 2_000,
            inflated_bytes_max: 512 << 20,
            shared_strings_bytes_max: 64 << 20,
            sheets_max: 64,
            // The header and 200,000 lines below it.
            rows_max: 200_001,
            columns_max: 512,
            cells_max: 8_000_000,
            // Excel's own limit for the text of a cell.
            cell_chars_max: 32_767,
            merges_max: 20_000,
        }
    }
}
