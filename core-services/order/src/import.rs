//! Orders from workbooks and CSV files: uploaded, checked, repaired, taken in, with a way back for what could not be taken.
//!
//! The way of a file: `http` stores it and makes a row; `work` leases the row, `prepare` reads the file and finds its columns,
//! `batch` makes orders of its rows (`convert`) and calls [`crate::create`] for five hundred at a time. A check does the same in
//! transactions that it drops, so it cannot say anything else than the commit does.
//!
//! # Crashes
//! The orders of a batch, its rejects and the import's position are one transaction. Whoever takes the import over after the lease
//! reads the file again and goes on behind the position. Nothing is done twice, and a number that exists is told from a new one.
//!
//! # The same again
//! A file is known by the SHA-256 of its bytes: uploading it again answers with the import that it has. The same orders in another
//! file are duplicates: an order that says the same is left alone, one that says something else is a reject.

mod batch;
mod convert;
mod http;
mod plan;
mod prepare;
mod store;
mod wire;
mod work;

pub(crate) use http::routes;
pub(crate) use work::run;
