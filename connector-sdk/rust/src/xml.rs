//! Reading the party's XML with caps, and no document types: no entity expansion, no external anything.

use std::borrow::Cow;

use caravan_model::Span;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event as Raw};

use crate::Failure;

/// Caps on what a document may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Elements within elements.
    pub depth_max: usize,
    /// Elements in all.
    pub elements_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth_max: 64, elements_max: 200_000 }
    }
}

/// Why XML could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (byte {at})")]
pub struct XmlError {
    /// Stable code: `xml`, `xml-doctype`, `xml-limit`, `xml-encoding`.
    pub code: &'static str,
    /// One clause.
    pub message: String,
    /// Byte of the document.
    pub at: u64,
}

impl XmlError {
    /// As a failure about document `document` of the call.
    #[must_use]
    pub fn into_failure(self, document: u32) -> Failure {
        let source = Span { document, start: self.at, end: self.at };
        Failure::unreadable(self.code, self.message, source)
    }
}

/// What comes next in a document. Names are without prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// An element begins.
    Start {
        /// Local name.
        name: Cow<'a, str>,
        /// Attributes by local name, unescaped, without namespace declarations.
        attributes: Vec<(String, String)>,
        /// Byte at which it begins.
        at: u64,
    },
    /// A piece of text, unescaped; an element's text may come in several.
    Text(Cow<'a, str>),
    /// The innermost element ends before this byte.
    End(u64),
}

/// A pull reader.
///
/// ```
/// use caravan_connector_sdk::xml::{Event, Pull};
/// let mut pull = Pull::new(b"<a><b>1 &lt; 2</b></a>").unwrap();
/// let mut text = String::new();
/// while let Some(event) = pull.next_event().unwrap() {
///     if let Event::Text(piece) = event { text.push_str(&piece) }
/// }
/// assert_eq!(text, "1 < 2");
/// ```
#[derive(Debug)]
pub struct Pull<'a> {
    reader: quick_xml::Reader<&'a [u8]>,
    limits: Limits,
    depth: usize,
    elements: usize,
}

impl<'a> Pull<'a> {
    /// Reads `bytes` with the usual caps.
    ///
    /// # Errors
    /// When they are not UTF-8 (UTF-16 and national encodings are not read).
    pub fn new(bytes: &'a [u8]) -> Result<Self, XmlError> {
        Self::with_limits(bytes, Limits::default())
    }

    /// Reads `bytes` with these caps.
    ///
    /// # Errors
    /// When they are not UTF-8.
    pub fn with_limits(bytes: &'a [u8], limits: Limits) -> Result<Self, XmlError> {
        let text = core::str::from_utf8(bytes).map_err(|error| XmlError {
            code: "xml-encoding",
            message: "the document is not UTF-8".into(),
            at: error.valid_up_to() as u64,
        })?;
        let mut reader = quick_xml::Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Ok(Self { reader, limits, depth: 0, elements: 0 })
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// When the document is not well-formed, has a document type, uses an unknown entity, or is over a cap.
    pub fn next_event(&mut self) -> Result<Option<Event<'a>>, XmlError> {
        loop {
            let at = self.reader.buffer_position();
            let raw =
                self.reader.read_event().map_err(|error| self.wrong("xml", error.to_string()))?;
            return Ok(Some(match raw {
                Raw::Start(start) => self.start(&start, at)?,
                Raw::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Event::End(self.reader.buffer_position())
                }
                Raw::Text(text) => Event::Text(text.into_inner()),
                Raw::CData(text) => Event::Text(text.into_inner()),
                Raw::GeneralRef(entity) => {
                    let text = format!("&{};", &*entity);
                    let text = unescape(&text).map_err(|_| self.unknown_entity(&entity))?;
                    Event::Text(Cow::Owned(text.into_owned()))
                }
                Raw::DocType(_) => {
                    return Err(self.wrong("xml-doctype", "a document type is not accepted".into()));
                }
                Raw::Empty(_) | Raw::Comment(_) | Raw::Decl(_) | Raw::PI(_) => continue,
                Raw::Eof if self.depth > 0 => {
                    return Err(self.wrong("xml", "the document ends inside an element".into()));
                }
                Raw::Eof => return Ok(None),
            }));
        }
    }

    fn start(&mut self, start: &BytesStart<'a>, at: u64) -> Result<Event<'a>, XmlError> {
        self.depth = self.depth.saturating_add(1);
        self.elements = self.elements.saturating_add(1);
        if self.depth > self.limits.depth_max {
            return Err(
                self.wrong("xml-limit", format!("nested over {} deep", self.limits.depth_max))
            );
        }
        if self.elements > self.limits.elements_max {
            let message = format!("over {} elements", self.limits.elements_max);
            return Err(self.wrong("xml-limit", message));
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.wrong("xml", error.to_string()))?;
            let full: &str = attribute.key.as_ref();
            if full == "xmlns" || full.starts_with("xmlns:") {
                continue;
            }
            let value =
                unescape(&attribute.value).map_err(|error| self.wrong("xml", error.to_string()))?;
            attributes.push((local(full).to_owned(), value.into_owned()));
        }
        let name = start.local_name();
        let name: &str = name.as_ref();
        Ok(Event::Start { name: Cow::Owned(name.to_owned()), attributes, at })
    }

    fn unknown_entity(&self, entity: &str) -> XmlError {
        self.wrong("xml", format!("the entity &{entity}; is not defined"))
    }

    fn wrong(&self, code: &'static str, message: String) -> XmlError {
        XmlError { code, message, at: self.reader.buffer_position() }
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// An element of a small document, with all that is in it.
///
/// ```
/// let root = caravan_connector_sdk::xml::parse(br#"<r:Order xmlns:r="urn:x"><Line no="1">A</Line></r:Order>"#).unwrap();
/// let line = root.child("Line").unwrap();
/// assert_eq!((root.name.as_str(), line.text.as_str(), line.attribute("no")), ("Order", "A", Some("1")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Local name.
    pub name: String,
    /// Attributes by local name.
    pub attributes: Vec<(String, String)>,
    /// Its own text, pieces joined, surrounding white space removed.
    pub text: String,
    /// Elements in it, in order.
    pub children: Vec<Element>,
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

impl Element {
    /// The first child of that name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element at the end of a path of names, the first of each.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The text of the first child of that name, when it is not empty.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// An attribute by local name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(found.1.as_str())
    }

    /// Where it came from.
    #[must_use]
    pub fn span(&self, document: u32) -> Span {
        Span { document, start: self.start, end: self.end }
    }
}

/// Reads a small document whole; for large ones use [`Pull`].
///
/// # Errors
/// As [`Pull::next_event`], and when there is no element or more than one root.
pub fn parse(bytes: &[u8]) -> Result<Element, XmlError> {
    let mut pull = Pull::new(bytes)?;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    while let Some(event) = pull.next_event()? {
        match event {
            Event::Start { name, attributes, at } => {
                if root.is_some() {
                    return Err(pull.wrong("xml", "a second root element".into()));
                }
                let name = name.into_owned();
                open.push(Element { name, attributes, start: at, ..Element::default() });
            }
            Event::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text);
                }
            }
            Event::End(end) => {
                let Some(mut element) = open.pop() else { continue };
                element.end = end;
                element.text = element.text.trim().to_owned();
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => root = Some(element),
                }
            }
        }
    }
    root.ok_or_else(|| pull.wrong("xml", "there is no element".into()))
}

/// Text made safe as element content or attribute value.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    quick_xml::escape::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(document: &str) -> &'static str {
        parse(document.as_bytes()).unwrap_err().code
    }

    #[test]
    fn document_types_unknown_entities_and_depth_are_refused() {
        assert_eq!(code("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "xml-doctype");
        assert_eq!(code("<a>&b;</a>"), "xml");
        assert_eq!(code(&"<a>".repeat(65)), "xml-limit");
        assert_eq!(code("<a><b></a></b>"), "xml");
        assert_eq!(code("<a>"), "xml");
        assert_eq!(code("<a/><b/>"), "xml");
        assert_eq!(code(""), "xml");
        assert_eq!(parse(b"<a>\xff</a>").unwrap_err().code, "xml-encoding");
    }

    #[test]
    fn an_element_knows_its_bytes() {
        let document = "<?xml version=\"1.0\"?>\n<a><b c='&amp;'/>x&#65;<![CDATA[<]]></a>";
        let root = parse(document.as_bytes()).unwrap();
        let b = root.child("b").unwrap();
        assert_eq!(root.span(1).end, document.len() as u64);
        assert_eq!((b.start, b.end), (25, 39));
        assert_eq!(b.attribute("c"), Some("&"));
        assert_eq!(root.text, "xA<");
    }
}
