//! Tables as people keep them (workbooks, CSV, pasted cells): read under caps, columns guessed, problems grouped as repairs.
//!
//! Pure: bytes in, values out. Reading order is the way of a file: `read` makes a `table` of it, `header` finds the row
//! that names the columns, `guess` says which field each is (`dictionary` is the data behind it), `check` reads the rows
//! and groups what is wrong, and `write` gives back the rejects.
//! The flow and its reasons: research/ux.md §1.3.
#![forbid(unsafe_code)]

pub mod limits;
pub mod refused;
pub mod table;

pub mod read;
pub mod serial;

pub mod dictionary;
pub mod header;
mod words;

pub mod guess;
pub mod values;

pub mod check;

pub mod write;

pub use check::{Checker, Chosen, Defaults, Problem, Record};
pub use dictionary::{Dictionary, FieldId};
pub use guess::{Guesses, Remembered, guess};
pub use header::Header;
pub use limits::Limits;
pub use read::{read, read_pasted};
pub use refused::Refused;
pub use table::{Row, Sheet, Table};
