//! The tree under construction, from start tags, end tags and texts.

use crate::reader::{Broken, Item, Limits};
use crate::source::BadByte;
use crate::{Control, Field, Idoc, Problem, Segment, Span};

/// A cap that ends the reading of the whole document.
pub(super) struct TooMuch {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// An element that is still open: a segment, or a field until something says otherwise.
#[derive(Debug, Default)]
struct Open {
    segment: Segment,
    text: String,
    is_segment: bool,
}

/// One IDOC element so far.
#[derive(Debug, Default)]
pub(super) struct Building {
    idoc: Idoc,
    control: Option<Control>,
    stack: Vec<Open>,
    limits: Option<Limits>,
    nodes: usize,
    bytes: usize,
    numbered: u32,
    problem: Option<Problem>,
    discard: bool,
}

impl Building {
    pub(super) fn new(root: &str, start: u64, limits: Limits) -> Self {
        let idoc =
            Idoc { root: root.to_owned(), span: Span { start, end: start }, ..Idoc::default() };
        Self { idoc, limits: Some(limits), ..Self::default() }
    }

    /// Whether the next end tag is IDOC's own.
    pub(super) fn is_closed(&self) -> bool {
        self.stack.is_empty()
    }

    /// Keeps the first problem; the rest of the element is read, but not kept as an IDoc.
    pub(super) fn poison(&mut self, problem: Problem) {
        if self.problem.is_none() {
            let names: Vec<&str> =
                self.stack.iter().map(|open| open.segment.name.as_str()).collect();
            let segment = self
                .stack
                .iter()
                .rev()
                .find(|open| open.is_segment)
                .map(|open| open.segment.number);
            let field = self
                .stack
                .last()
                .filter(|open| !open.is_segment)
                .map(|open| open.segment.name.clone());
            self.problem = Some(Problem { path: names.join(" / "), segment, field, ..problem });
        }
    }

    pub(super) fn bad_byte(&mut self, bad: BadByte) {
        self.poison(Problem {
            code: "idoc-encoding",
            message: format!(
                "Byte 0x{:02X} at position {} is not valid in the document's encoding.",
                bad.byte, bad.position
            ),
            hint: "Send UTF-8, or declare the encoding in <?xml … encoding=…?>.",
            span: Span { start: bad.position, end: bad.position.saturating_add(1) },
            ..Problem::default()
        });
    }

    pub(super) fn open(&mut self, name: &str, marked: bool, start: u64) -> Result<(), TooMuch> {
        let limits = self.limits.unwrap_or_default();
        if self.stack.len() >= limits.depth {
            let message = format!("Segments are nested deeper than {}.", limits.depth);
            return Err(TooMuch { code: "idoc-too-deep", message });
        }
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > limits.nodes {
            self.too_large(
                format!("The IDoc has more than {} segments and fields.", limits.nodes),
                start,
            );
        }
        if self.stack.last().is_some_and(|parent| !parent.is_segment) {
            let number = self.count();
            if let Some(parent) = self.stack.last_mut() {
                (parent.is_segment, parent.segment.number) = (true, number);
            }
        }
        let is_segment = marked || self.stack.is_empty();
        let is_control = self.stack.is_empty() && name == "EDI_DC40";
        let number = if is_segment && !is_control { self.count() } else { 0 };
        let span = Span { start, end: start };
        let segment = Segment { name: name.to_owned(), number, span, ..Segment::default() };
        self.stack.push(Open { segment, text: String::new(), is_segment });
        Ok(())
    }

    fn count(&mut self) -> u32 {
        self.numbered = self.numbered.saturating_add(1);
        self.numbered
    }

    fn too_large(&mut self, message: String, at: u64) {
        let hint = "Split the IDoc, or ask for a higher limit.";
        let span = Span { start: at, end: at };
        self.poison(Problem { code: "idoc-too-large", message, hint, span, ..Problem::default() });
        self.discard = true;
        self.idoc.segments = Vec::new();
        self.stack.iter_mut().for_each(|open| {
            open.segment.children = Vec::new();
            open.segment.fields = Vec::new();
        });
    }

    pub(super) fn text(&mut self, text: &str, span: Span) {
        let Some(open) = self.stack.last_mut().filter(|open| !open.is_segment) else { return };
        self.bytes = self.bytes.saturating_add(text.len());
        if !self.discard {
            open.text.push_str(text);
        }
        let limits = self.limits.unwrap_or_default();
        if self.bytes > limits.idoc_bytes && !self.discard {
            self.too_large(
                format!("The IDoc has more than {} bytes of text.", limits.idoc_bytes),
                span.start,
            );
        }
    }

    pub(super) fn close(&mut self, end: u64) {
        let Some(mut open) = self.stack.pop() else { return };
        open.segment.span.end = end;
        match self.stack.last_mut() {
            _ if self.discard => {}
            None if open.segment.name == "EDI_DC40" => {
                self.control =
                    Some(Control { fields: open.segment.fields, span: open.segment.span });
            }
            None => self.idoc.segments.push(open.segment),
            Some(parent) if open.is_segment => parent.segment.children.push(open.segment),
            Some(parent) => {
                let value = open.text.trim_start_matches(['\n', '\r', '\t']).trim_end();
                if !value.is_empty() {
                    let value = value.to_owned();
                    parent.segment.fields.push(Field {
                        name: open.segment.name,
                        value,
                        span: open.segment.span,
                    });
                }
            }
        }
    }

    pub(super) fn finish(mut self, end: u64) -> Item {
        self.idoc.span.end = end;
        let (span, root) = (self.idoc.span, self.idoc.root.clone());
        if self.control.is_none() {
            self.stack.clear();
            self.poison(Problem {
                code: "idoc-no-control-record",
                message: "The IDOC element has no EDI_DC40.".to_owned(),
                hint: "Send the control record; it says which document this is.",
                span,
                ..Problem::default()
            });
        }
        match (self.problem, self.control) {
            (None, Some(control)) => Item::Idoc(Box::new(Idoc { control, ..self.idoc })),
            (problem, control) => Item::Broken(Box::new(Broken {
                root,
                control,
                problem: problem.unwrap_or_default(),
                span,
            })),
        }
    }
}
