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
    let place = |field: &Field| (segment.to_owned(), field.name.clone());
    if let Some(unknown) =
        fields.iter().find(|field| !widths.clone().any(|(name, _)| name == field.name))
    {
        let (segment, field) = place(unknown);
        return Err(PrintError::NoField { segment, field });
    }
    for (name, width) in widths {
        let found = fields.iter().find(|field| field.name == name);
        let value = found.map_or("", |field| field.value.as_str());
        if let Some(field) =
            found.filter(|_| value.chars().count() > width || value.contains(['\n', '\r']))
        {
            let (segment, field) = place(field);
            return Err(PrintError::TooWide { segment, field, width });
        }
        push(out, format_args!("{value:<width$}"));
    }
    Ok(())
}
