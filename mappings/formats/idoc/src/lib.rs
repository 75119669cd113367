//! SAP IDocs as trees: read from XML and flat files one at a time, printed back in either form; pure, no I/O of its own.
//!
//! Reading order: `tree` is the value, `reader` the door, `source` the bytes below it, `xml` and `flat` the two grammars,
//! `layout` the width tables that a flat file needs, `print` the way back, `head` the control record of what we write:
//! `status`, the STATUS IDoc that answers a sender, and `invoice`, the INVOIC02 that brings a settled bill into the books.
//! Facts: research/formats.md §6; widths: mappings/code-lists/idoc-segments.
#![forbid(unsafe_code)]

pub mod problem;
pub mod tree;

pub mod layout;
pub mod source;

pub mod flat;
pub mod reader;
pub mod xml;

pub mod print;

mod head;

pub mod invoice;
pub mod status;

pub use layout::Layouts;
pub use problem::{NotIdoc, Problem};
pub use reader::{Form, Item, Limits, Options, Reader};
pub use source::Encoding;
pub use tree::{Control, Field, Idoc, Segment, Span};
