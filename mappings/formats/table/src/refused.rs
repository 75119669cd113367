//! Why a whole file is not a table that we read: what, where, and what to do next.

use thiserror::Error;

/// A file that is refused as a whole. Nothing of it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refused {
    /// No bytes, or no cell with content.
    #[error("the file has no cell with content")]
    Empty,
    /// More than a cap allows.
    #[error("{what} {at}: at most {max} are read")]
    TooMuch {
        /// What there is too much of, for example `rows`.
        what: &'static str,
        /// Where, for example `in sheet "Orders"`, or empty text.
        at: String,
        /// The cap.
        max: u64,
    },
    /// The archive inflates to more than any workbook that people keep.
    #[error("the workbook inflates to more than {max} bytes")]
    ZipBomb {
        /// The cap.
        max: u64,
    },
    /// Encrypted with a password.
    #[error("the workbook is protected by a password")]
    Password,
    /// Something else than a table, recognised by its first bytes or its parts.
    #[error("the file is {what}, not a table")]
    NotATable {
        /// What it is, with its article: `a PDF document`.
        what: &'static str,
    },
    /// A table in a form that is not read.
    #[error("the file is {what}, which is not read")]
    FormNotRead {
        /// What it is, with its article.
        what: &'static str,
    },
    /// A workbook whose parts contradict one another or the format.
    #[error("the workbook is damaged: {what}")]
    Damaged {
        /// What is wrong, and where when known.
        what: String,
    },
    /// The sheet that was asked for is not there.
    #[error("there is no sheet {name:?}")]
    NoSuchSheet {
        /// The name asked for.
        name: String,
    },
    /// No row names the columns that are needed.
    #[error("no row of the sheet {sheet:?} names {missing}")]
    WrongTemplate {
        /// The sheet.
        sheet: String,
        /// The fields that no column claims, by their English labels.
        missing: String,
        /// The headers that the most likely row has.
        found: Vec<String>,
    },
}

impl Refused {
    /// A stable code, for documentation and translation.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "table-empty",
            Self::TooMuch { .. } => "table-too-large",
            Self::ZipBomb { .. } => "table-zip-bomb",
            Self::Password => "table-password",
            Self::NotATable { .. } => "table-not-a-table",
            Self::FormNotRead { .. } => "table-form-not-read",
            Self::Damaged { .. } => "table-damaged",
            Self::NoSuchSheet { .. } => "table-no-such-sheet",
            Self::WrongTemplate { .. } => "table-wrong-template",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "save the file again with its rows in it, then upload that",
            Self::TooMuch { .. } => "split the file and upload the parts one after the other",
            Self::ZipBomb { .. } => {
                "copy the rows into a new workbook, save it as .xlsx, and upload that"
            }
            Self::Password => {
                "open it in Excel, remove the password under File > Info > Protect Workbook, save, and upload again"
            }
            Self::NotATable { .. } => "upload an .xlsx, .xls, .ods, .csv or .tsv file",
            Self::FormNotRead { .. } | Self::Damaged { .. } => {
                "open it in Excel or LibreOffice, save it as .xlsx, and upload that"
            }
            Self::NoSuchSheet { .. } => "name one of the sheets that the file has",
            Self::WrongTemplate { .. } => {
                "name the columns yourself, or copy the rows into the template and upload that"
            }
        }
    }
}
