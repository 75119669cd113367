//! One IDoc as a tree of segments, whichever form it came in.

use crate::Problem;

/// A half-open byte range of the input document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

/// A field with a value. Fields that are empty (blank) are not in the tree: an IDoc has no other way to say "initial".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Field {
    /// Field name, for example `BELNR`. `SDATA` holds the part of a flat record that no layout cuts.
    pub name: String,
    /// Value without trailing white space; leading blanks are kept.
    pub value: String,
    /// The element (XML) or the columns (flat) it came from.
    pub span: Span,
}

/// A data segment with its children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Segment {
    /// Internal name (`E1EDK01`), also for a flat file, whose records carry the external one (`E2EDK01005`).
    pub name: String,
    /// SEGNUM: position in the IDoc from 1, as sent in a flat file and as counted in XML.
    pub number: u32,
    /// Fields in order.
    pub fields: Vec<Field>,
    /// Child segments in order.
    pub children: Vec<Segment>,
    /// From the start tag to the end tag, or the record's line.
    pub span: Span,
}

/// The control record (`EDI_DC40`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Control {
    /// Fields in order.
    pub fields: Vec<Field>,
    /// Where it stands.
    pub span: Span,
}

/// One IDoc.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Idoc {
    /// Root element (XML): the basic type, or the extension's name. In a flat file: CIMTYP, else IDOCTYP.
    pub root: String,
    /// The control record.
    pub control: Control,
    /// Top-level segments.
    pub segments: Vec<Segment>,
    /// What was odd but did not cost the IDoc.
    pub warnings: Vec<Problem>,
    /// All of it.
    pub span: Span,
}

/// Names and widths of the control record in order: 524 characters (formats.md §6.1).
pub const CONTROL_FIELDS: &[(&str, usize)] = &[
    ("TABNAM", 10),
    ("MANDT", 3),
    ("DOCNUM", 16),
    ("DOCREL", 4),
    ("STATUS", 2),
    ("DIRECT", 1),
    ("OUTMOD", 1),
    ("EXPRSS", 1),
    ("TEST", 1),
    ("IDOCTYP", 30),
    ("CIMTYP", 30),
    ("MESTYP", 30),
    ("MESCOD", 3),
    ("MESFCT", 3),
    ("STD", 1),
    ("STDVRS", 6),
    ("STDMES", 6),
    ("SNDPOR", 10),
    ("SNDPRT", 2),
    ("SNDPFC", 2),
    ("SNDPRN", 10),
    ("SNDSAD", 21),
    ("SNDLAD", 70),
    ("RCVPOR", 10),
    ("RCVPRT", 2),
    ("RCVPFC", 2),
    ("RCVPRN", 10),
    ("RCVSAD", 21),
    ("RCVLAD", 70),
    ("CREDAT", 8),
    ("CRETIM", 6),
    ("REFINT", 14),
    ("REFGRP", 14),
    ("REFMES", 14),
    ("ARCKEY", 70),
    ("SERIAL", 20),
];

fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.name == name)
}

impl Segment {
    /// The field called `name`, when it has a value.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        find(&self.fields, name)
    }

    /// The value of `name` without surrounding blanks, when it has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.field(name).map(|field| field.value.trim())
    }

    /// Children called `name`, in order.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Segment> {
        self.children.iter().filter(move |segment| segment.name == name)
    }

    fn clear_spans(&mut self) {
        self.span = Span::default();
        self.fields.iter_mut().for_each(|field| field.span = Span::default());
        self.children.iter_mut().for_each(Segment::clear_spans);
    }
}

impl Control {
    /// The value of `name` without surrounding blanks, when it has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        find(&self.fields, name).map(|field| field.value.trim())
    }

    /// The IDoc's number (DOCNUM), leading zeros kept.
    #[must_use]
    pub fn docnum(&self) -> Option<&str> {
        self.get("DOCNUM")
    }

    /// The sender's client (MANDT).
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        self.get("MANDT")
    }
}

impl Idoc {
    /// The basic type: IDOCTYP, else the root's name.
    #[must_use]
    pub fn basic_type(&self) -> &str {
        self.control.get("IDOCTYP").unwrap_or(&self.root)
    }

    /// Top-level segments called `name`, in order.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Segment> {
        self.segments.iter().filter(move |segment| segment.name == name)
    }

    /// The same IDoc without provenance, for comparing what two forms say.
    #[must_use]
    pub fn without_spans(mut self) -> Self {
        self.span = Span::default();
        self.control.span = Span::default();
        self.control.fields.iter_mut().for_each(|field| field.span = Span::default());
        self.segments.iter_mut().for_each(Segment::clear_spans);
        self
    }
}
