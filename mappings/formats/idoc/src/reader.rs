//! The door: looks at the first bytes, picks the grammar, then hands out one IDoc at a time.

use std::io::Read;
use std::sync::Arc;

use crate::source::{Encoding, Source};
use crate::{Control, Idoc, Layouts, NotIdoc, Problem, Span, flat, xml};

/// Which form a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `<ORDERS05><IDOC>…`.
    Xml,
    /// `EDI_DC40…` and `EDI_DD40` records, a line each.
    Flat,
}

/// Caps on what one document may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nesting of segments.
    pub depth: usize,
    /// Segments and fields of one IDoc.
    pub nodes: usize,
    /// Bytes of text of one IDoc.
    pub idoc_bytes: usize,
    /// Bytes of one tag, one text or one line.
    pub token_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 32, nodes: 300_000, idoc_bytes: 16 * 1024 * 1024, token_bytes: 64 * 1024 }
    }
}

/// How to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Caps.
    pub limits: Limits,
    /// Character set of a flat file, which can't declare its own. XML says it in its declaration.
    pub flat_encoding: Encoding,
}

/// An IDoc that could not be read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Root element, or the basic type of a flat IDoc.
    pub root: String,
    /// The control record, when it was read before the problem.
    pub control: Option<Control>,
    /// The first thing that was wrong.
    pub problem: Problem,
    /// What was read of it.
    pub span: Span,
}

/// What the reader found next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A whole IDoc.
    Idoc(Box<Idoc>),
    /// An IDoc that could not be read whole; others may follow.
    Broken(Box<Broken>),
}

#[derive(Debug)]
enum Grammar<R: Read> {
    Xml(Box<xml::Parser<R>>),
    Flat(Box<flat::Parser<R>>),
}

/// Reads a document's IDocs in order.
#[derive(Debug)]
pub struct Reader<R: Read>(Grammar<R>);

impl<R: Read> Reader<R> {
    /// Looks at the beginning of `input`.
    ///
    /// # Errors
    /// `NotIdoc` when it begins like neither form.
    pub fn open(input: R, layouts: Arc<Layouts>, options: Options) -> Result<Self, NotIdoc> {
        let mut source = Source::new(input);
        let form = sniff(&mut source, options.flat_encoding)?;
        Ok(Self(match form {
            Form::Xml => Grammar::Xml(Box::new(xml::Parser::new(source, options.limits))),
            Form::Flat => {
                Grammar::Flat(Box::new(flat::Parser::new(source, layouts, options.limits)))
            }
        }))
    }

    /// Which form the document has.
    #[must_use]
    pub fn form(&self) -> Form {
        match self.0 {
            Grammar::Xml(_) => Form::Xml,
            Grammar::Flat(_) => Form::Flat,
        }
    }

    /// The next IDoc, whole or broken; `None` at the end.
    ///
    /// # Errors
    /// `NotIdoc` when the document turns out not to hold any; not after an item was handed out.
    pub fn next_item(&mut self) -> Result<Option<Item>, NotIdoc> {
        match &mut self.0 {
            Grammar::Xml(parser) => parser.next_item(),
            Grammar::Flat(parser) => Ok(parser.next_item()),
        }
    }
}

const PEEK: usize = 512;
const WHAT_AN_IDOC_IS: &str =
    "An IDoc is XML with an IDOC element, or a flat file whose first line begins with EDI_DC40.";

fn sniff<R: Read>(source: &mut Source<R>, flat_encoding: Encoding) -> Result<Form, NotIdoc> {
    let not = |code, message: String, hint, end| NotIdoc {
        code,
        message,
        hint,
        span: Span { start: 0, end },
    };
    let head = source.peek(PEEK).map_err(|error| {
        not("idoc-read", format!("The document could not be read: {error}."), "Send it again.", 0)
    })?;
    let bom = if head.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 };
    let text = head.get(bom..).unwrap_or_default();
    let first = text.iter().position(|byte| !byte.is_ascii_whitespace());
    let Some(first) = first else {
        let length = u64::try_from(head.len()).unwrap_or(u64::MAX);
        let message = if length == 0 {
            "The document is empty."
        } else {
            "The document begins with nothing but blanks."
        };
        return Err(not("idoc-empty", message.to_owned(), WHAT_AN_IDOC_IS, length));
    };
    let begins = text.get(first..).unwrap_or_default();
    if head.starts_with(&[0xFF, 0xFE])
        || head.starts_with(&[0xFE, 0xFF])
        || begins.starts_with(b"<\0")
        || begins.starts_with(b"\0<")
    {
        let message = "The document is UTF-16.".to_owned();
        return Err(not(
            "idoc-encoding-unsupported",
            message,
            "Send UTF-8, or ISO-8859-1 with a declaration.",
            2,
        ));
    }
    let (form, encoding) = if begins.starts_with(b"<") {
        (Form::Xml, declared_encoding(begins)?)
    } else if begins.starts_with(b"EDI_DC40") {
        (Form::Flat, flat_encoding)
    } else {
        let found = String::from_utf8_lossy(begins.get(..16).unwrap_or(begins)).into_owned();
        return Err(not(
            "idoc-not-an-idoc",
            format!("The document begins with {found:?}."),
            WHAT_AN_IDOC_IS,
            16,
        ));
    };
    source.skip(bom);
    source.set_encoding(encoding);
    Ok(form)
}

/// The encoding of `<?xml … encoding="…"?>`; UTF-8 when nothing is declared.
fn declared_encoding(head: &[u8]) -> Result<Encoding, NotIdoc> {
    if !head.starts_with(b"<?xml") {
        return Ok(Encoding::Utf8);
    }
    let end = head.iter().position(|byte| *byte == b'>').unwrap_or(head.len());
    let declaration = String::from_utf8_lossy(head.get(..end).unwrap_or_default()).into_owned();
    let name =
        declaration.split_once("encoding").and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    match name {
        None => Ok(Encoding::Utf8),
        Some(name) => Encoding::from_name(name).ok_or_else(|| NotIdoc {
            code: "idoc-encoding-unsupported",
            message: format!("The document declares the encoding {name:?}."),
            hint: "Send UTF-8, ISO-8859-1 or windows-1252.",
            span: Span { start: 0, end: u64::try_from(end).unwrap_or(u64::MAX) },
        }),
    }
}
