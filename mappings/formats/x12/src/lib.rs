//! ASC X12 as bytes: a streaming tokenizer, the envelope and its checks, segment syntax, a writer, and the 997 and TA1.
//!
//! Pure: no clock, no network, no allocation per element. A file of any size passes through one window:
//!
//! 1. [`Tokenizer`] cuts windows of a [`Source`] into [`Segment`]s, with the delimiters that the ISA header declares.
//! 2. [`Reader`] follows ISA, GS, ST, SE, GE and IEA, and says what is wrong with each part as it ends.
//! 3. [`schema::check`] compares one segment with its definition and answers in the codes of a 997.
//! 4. [`ack`] turns the verdicts into 997 and TA1; [`Writer`] writes them so that data never breaks the delimiters.
//!
//! Facts: research/formats.md §1 (ISA layout, control segments, code lists 715 to 723).
#![forbid(unsafe_code)]

mod delimiters;
mod issue;
mod marks;
mod segment;
mod source;
mod tokenizer;

mod envelope;
mod writer;

pub mod ack;
pub mod date;
pub mod schema;

pub use delimiters::{Delimiters, Header, HeaderError, Terminator, read_header};
pub use envelope::{Event, Group, GroupEnd, Interchange, InterchangeEnd, Reader, SetEnd, SetHead};
pub use issue::{Issue, Level, Span};
pub use segment::{Segment, text};
pub use source::{ReadError, Source};
pub use tokenizer::{Error, Limits, Tokenizer};
pub use writer::Writer;
