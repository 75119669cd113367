//! The flat form: a control record (524 characters) and data records (63 characters of header, then SDATA), a line each.
//!
//! Widths count characters. Lines may be padded or right-trimmed and end in CRLF or LF. PSGNUM makes the tree; where a sender
//! leaves it empty, the layout's parent does.

use std::io::{BufRead, Read};
use std::sync::Arc;

use crate::reader::{Item, Limits};
use crate::source::{BadByte, Source};
use crate::tree::CONTROL_FIELDS;
use crate::{Control, Field, Layouts, Problem, Span};

mod assembling;
mod columns;
use assembling::Assembling;
use columns::Columns;

/// A line of the input, decoded.
#[derive(Debug, Default)]
struct Line {
    text: String,
    /// Where it begins in the source's output, to find the input byte of a column.
    at: u64,
    span: Span,
    too_long: bool,
}

/// A data record's header.
#[derive(Debug)]
struct Header {
    segnam: String,
    docnum: String,
    segnum: Option<u32>,
    psgnum: u32,
}

/// Reads the flat form.
#[derive(Debug)]
pub struct Parser<R: Read> {
    source: Source<R>,
    layouts: Arc<Layouts>,
    limits: Limits,
    current: Option<Assembling>,
    done: bool,
}

const READ_AGAIN: &str = "Send the file again.";

impl<R: Read> Parser<R> {
    pub(crate) fn new(source: Source<R>, layouts: Arc<Layouts>, limits: Limits) -> Self {
        Self { source, layouts, limits, current: None, done: false }
    }

    pub(crate) fn next_item(&mut self) -> Option<Item> {
        while !self.done {
            let line = match self.line() {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(error) => {
                    let at = self.source.position(self.source.consumed());
                    self.poison(Problem {
                        code: "idoc-read",
                        message: format!(
                            "The document could not be read on from byte {at}: {error}."
                        ),
                        hint: READ_AGAIN,
                        span: Span { start: at, end: at },
                        ..Problem::default()
                    });
                    break;
                }
            };
            if let Some(item) = self.record(line) {
                return Some(item);
            }
        }
        self.done = true;
        self.current.take().map(Assembling::finish)
    }

    /// The next line without its end; `None` at the end of the input. What is longer than the limit is cut and marked.
    fn line(&mut self) -> std::io::Result<Option<Line>> {
        let at = self.source.consumed();
        self.source.forget(at);
        self.source.set_budget(usize::MAX);
        let (mut bytes, mut too_long, mut any) = (Vec::new(), false, false);
        loop {
            let available = self.source.fill_buf()?;
            if available.is_empty() {
                break;
            }
            any = true;
            let end = memchr::memchr(b'\n', available);
            let part = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
            if bytes.len().saturating_add(part.len()) > self.limits.token_bytes {
                too_long = true;
            } else {
                bytes.extend_from_slice(part);
            }
            let taken = part.len().saturating_add(usize::from(end.is_some()));
            self.source.consume(taken);
            if end.is_some() {
                break;
            }
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        let span = Span {
            start: self.source.position(at),
            end: self.source.position(self.source.consumed()),
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(any.then_some(Line { text, at, span, too_long }))
    }

    /// Takes one record in; hands out the IDoc that it ends.
    fn record(&mut self, line: Line) -> Option<Item> {
        let bad = self.source.take_bad(line.span.end);
        if line.text.starts_with("EDI_DC40") {
            let control = self.control(&line);
            let before = self.current.replace(Assembling::new(control, line.span, self.limits));
            self.check(&line, bad, "EDI_DC40", None);
            return before.map(Assembling::finish);
        }
        if line.text.trim().is_empty() && !line.too_long {
            return None;
        }
        if let Some(current) = &mut self.current {
            current.extend(line.span.end);
        }
        if line.text.starts_with("EDI_DS40") {
            return None;
        }
        let header = header(&line.text);
        let name = self.layouts.internal_name(&header.segnam);
        self.check(&line, bad, &name, header.segnum);
        let fields = self.fields(&line, &name);
        let layouts = Arc::clone(&self.layouts);
        let parent = layouts.get(&name).and_then(|layout| layout.parent.as_deref());
        if let Some(current) = &mut self.current {
            current.add(name, &header, fields, line.span, parent);
        }
        None
    }

    fn poison(&mut self, problem: Problem) {
        if let Some(current) = &mut self.current {
            current.poison(problem);
        }
    }

    fn check(&mut self, line: &Line, bad: Option<BadByte>, name: &str, segment: Option<u32>) {
        if let Some(bad) = bad {
            self.poison(Problem {
                code: "idoc-encoding",
                path: name.to_owned(),
                message: format!(
                    "Byte 0x{:02X} at position {} is not valid in the file's encoding.",
                    bad.byte, bad.position
                ),
                hint: "Send UTF-8, or set the connection's encoding to what the file is in.",
                segment,
                span: Span { start: bad.position, end: bad.position.saturating_add(1) },
                ..Problem::default()
            });
        }
        if line.too_long {
            self.poison(Problem {
                code: "idoc-too-large",
                path: name.to_owned(),
                message: format!("A line is longer than {} bytes.", self.limits.token_bytes),
                hint: "End each record with a line end.",
                segment,
                span: line.span,
                ..Problem::default()
            });
        }
    }

    fn control(&self, line: &Line) -> Control {
        let mut columns = Columns::new(&line.text);
        let fields = CONTROL_FIELDS
            .iter()
            .filter_map(|(name, width)| self.field(line, &mut columns, name, *width));
        Control { fields: fields.collect(), span: line.span }
    }

    fn fields(&self, line: &Line, name: &str) -> Vec<Field> {
        let mut columns = Columns::new(&line.text);
        columns.skip(HEADER);
        let widths = self
            .layouts
            .get(name)
            .map_or(&[] as &[(String, usize)], |layout| layout.fields.as_slice());
        let mut fields: Vec<Field> = widths
            .iter()
            .filter_map(|(name, width)| self.field(line, &mut columns, name, *width))
            .collect();
        fields.extend(self.field(line, &mut columns, "SDATA", usize::MAX));
        fields
    }

    fn field(
        &self,
        line: &Line,
        columns: &mut Columns<'_>,
        name: &str,
        width: usize,
    ) -> Option<Field> {
        let (start, text) = columns.take(width);
        let value = text.trim_end();
        if value.is_empty() {
            return None;
        }
        let from = line.at.saturating_add(start);
        let to = from.saturating_add(u64::try_from(value.len()).unwrap_or(u64::MAX));
        let span = Span { start: self.source.position(from), end: self.source.position(to) };
        Some(Field { name: name.to_owned(), value: value.to_owned(), span })
    }
}

/// SEGNAM 30, MANDT 3, DOCNUM 16, SEGNUM 6, PSGNUM 6, HLEVEL 2.
const HEADER: usize = 63;

fn header(line: &str) -> Header {
    let mut columns = Columns::new(line);
    let segnam = columns.take(30).1.trim().to_owned();
    columns.skip(3);
    let docnum = columns.take(16).1.trim().to_owned();
    let segnum = columns.take(6).1.trim().parse().ok().filter(|number| *number > 0);
    let psgnum = columns.take(6).1.trim().parse().unwrap_or(0);
    Header { segnam, docnum, segnum, psgnum }
}
