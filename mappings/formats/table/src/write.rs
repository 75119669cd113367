//! Tables written: a workbook, the rejects of an import with the reasons, a template, and delimited text.

pub mod csv;
pub mod rejects;
pub mod template;
pub mod workbook;

pub use workbook::NotWritten;
