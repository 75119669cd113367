//! A workbook to fill in: one column for each field, with the labels that the dictionary knows.

use rust_xlsxwriter::Format;

use super::{NotWritten, workbook};
use crate::dictionary::Dictionary;

/// Version of the template, kept in a hidden sheet. Older templates stay readable, because headers are what is mapped.
pub const VERSION: &str = "1";

/// The language of a template's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Hindi.
    Hindi,
}

/// Writes the template of a dictionary.
///
/// # Errors
/// [`NotWritten`] as for [`workbook::write`].
pub fn write(dictionary: &Dictionary, language: Language) -> Result<Vec<u8>, NotWritten> {
    let mut book = workbook::dated()?;
    let bold = Format::new().set_bold();
    // A cell that is a text keeps the zero of a code and the digits of a long number.
    let text = Format::new().set_num_format("@");
    let sheet = book.add_worksheet();
    sheet.set_name("Orders")?;
    for (index, (_, field)) in dictionary.fields().enumerate() {
        let Ok(column) = u16::try_from(index) else { break };
        let label = match language {
            Language::English => &field.label,
            Language::Hindi => &field.label_hi,
        };
        sheet.set_column_format(column, &text)?;
        sheet.write_string_with_format(0, column, label, &bold)?;
        sheet.set_column_width(column, 18)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let hidden = book.add_worksheet();
    hidden.set_name("caravan")?.set_hidden(true);
    hidden.write_string(0, 0, "template")?;
    hidden.write_string(0, 1, VERSION)?;
    Ok(book.save_to_buffer()?)
}
