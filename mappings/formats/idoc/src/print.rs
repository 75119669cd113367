//! The way back: an IDoc as XML or as a flat file. Parsing what is printed gives the same IDoc (a property in `tests/`).

use std::fmt::Write as _;

use quick_xml::escape::escape;

use crate::tree::CONTROL_FIELDS;
use crate::{Field, Idoc, Layouts, Segment};

/// Why an IDoc has no flat form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// A segment has no layout, so nobody knows its columns.
    #[error("segment {0} has no layout")]
    NoLayout(String),
    /// A field is not in the segment's layout.
    #[error("segment {segment} has no field {field}")]
    NoField {
        /// Segment name.
        segment: String,
        /// Field name.
        field: String,
    },
    /// A value is wider than its columns, or holds a line end.
    #[error("{segment} / {field} does not fit {width} characters")]
    TooWide {
        /// Segment name.
        segment: String,
        /// Field name.
        field: String,
        /// Its width.
        width: usize,
    },
}

/// The XML form of several IDocs of one root, UTF-8, without line ends.
#[must_use]
pub fn xml(root: &str, idocs: &[Idoc]) -> String {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{root}>");
    for idoc in idocs {
        out.push_str("<IDOC BEGIN=\"1\"><EDI_DC40 SEGMENT=\"1\">");
        xml_fields(&mut out, &idoc.control.fields);
        out.push_str("</EDI_DC40>");
        idoc.segments.iter().for_each(|segment| xml_segment(&mut out, segment));
        out.push_str("</IDOC>");
    }
    out.push_str("</");
    out.push_str(root);
    out.push('>');
    out
}

fn xml_fields(out: &mut String, fields: &[Field]) {
    for field in fields {
        push(
            out,
            format_args!("<{}>{}</{}>", field.name, escape(field.value.as_str()), field.name),
        );
    }
}

fn xml_segment(out: &mut String, segment: &Segment) {
    push(out, format_args!("<{} SEGMENT=\"1\">", segment.name));
    xml_fields(out, &segment.fields);
    segment.children.iter().for_each(|child| xml_segment(out, child));
    push(out, format_args!("</{}>", segment.name));
}

/// Writing to a `String` cannot fail.
fn push(out: &mut String, text: core::fmt::Arguments<'_>) {
    out.write_fmt(text).unwrap_or_default();
}

/// The flat form: lines padded to the record's width, ended by LF. SEGNUM and PSGNUM are counted anew.
///
/// # Errors
/// A segment or field without columns, or a value that does not fit them.
pub fn flat(idoc: &Idoc, layouts: &Layouts) -> Result<String, PrintError> {
    let mut out = String::new();
    columns(&mut out, "EDI_DC40", &idoc.control.fields, CONTROL_FIELDS.iter().copied())?;
    out.push('\n');
    let head = |name| idoc.control.get(name).unwrap_or_default();
    let mut printer =
        Flat { out, layouts, client: head("MANDT"), docnum: head("DOCNUM"), number: 0 };
    idoc.segments.iter().try_for_each(|segment| printer.segment(segment, 0))?;
    Ok(printer.out)
}

/// Everything that keeps an IDoc from being carried: segments and fields without columns, and values wider than theirs.
/// XML has no columns, but the system that reads it has.
#[must_use]
pub fn misfits(idoc: &Idoc, layouts: &Layouts) -> Vec<PrintError> {
    let mut found = Vec::new();
    let control = CONTROL_FIELDS.iter().copied();
    found.extend(
        idoc.control.fields.iter().filter_map(|field| misfit("EDI_DC40", field, control.clone())),
    );
    idoc.segments.iter().for_each(|segment| misfits_of(segment, layouts, &mut found));
    found
}

fn misfits_of(segment: &Segment, layouts: &Layouts, found: &mut Vec<PrintError>) {
    match layouts.get(&segment.name) {
        None => found.push(PrintError::NoLayout(segment.name.clone())),
        Some(layout) => {
            let widths = layout.fields.iter().map(|(name, width)| (name.as_str(), *width));
            let fields = segment.fields.iter();
            found.extend(fields.filter_map(|field| misfit(&segment.name, field, widths.clone())));
        }
    }
    segment.children.iter().for_each(|child| misfits_of(child, layouts, found));
}

fn misfit<'a>(
    segment: &str,
    field: &Field,
    mut widths: impl Iterator<Item = (&'a str, usize)>,
) -> Option<PrintError> {
    let (segment, name) = (segment.to_owned(), field.name.clone());
    match widths.find(|(known, _)| *known == name) {
        None => Some(PrintError::NoField { segment, field: name }),
        Some((_, width))
            if field.value.chars().count() > width || field.value.contains(['\n', '\r']) =>
        {
            Some(PrintError::TooWide { segment, field: name, width })
        }
        Some(_) => None,
    }
}

struct Flat<'a> {
    out: String,
    layouts: &'a Layouts,
    client: &'a str,
    docnum: &'a str,
    number: u32,
}

impl Flat<'_> {
    fn segment(&mut self, segment: &Segment, parent: u32) -> Result<(), PrintError> {
        let layout = self
            .layouts
            .get(&segment.name)
            .ok_or_else(|| PrintError::NoLayout(segment.name.clone()))?;
        self.number = self.number.saturating_add(1);
        let number = self.number;
        push(
            &mut self.out,
            format_args!(
                "{:<30}{:<3}{:<16}{number:06}{parent:06}{:02}",
                layout.external, self.client, self.docnum, layout.level
            ),
        );
        let widths = layout.fields.iter().map(|(name, width)| (name.as_str(), *width));
        columns(&mut self.out, &segment.name, &segment.fields, widths)?;
        self.out.push('\n');
        segment.children.iter().try_for_each(|child| self.segment(child, number))
    }
}

fn columns<'a>(
    out: &mut String,
    segment: &str,
    fields: &[Field],
    widths: impl Iterator<Item = (&'a str, usize)> + Clone,
) -> Result<(), PrintError> {
    if let Some(error) = fields.iter().find_map(|field| misfit(segment, field, widths.clone())) {
        return Err(error);
    }
    for (name, width) in widths {
        let found = fields.iter().find(|field| field.name == name);
        let value = found.map_or("", |field| field.value.as_str());
        push(out, format_args!("{value:<width$}"));
    }
    Ok(())
}
