//! The XML form: a root (basic type or extension) with IDOC elements; one of them is a tree in memory at a time.
//!
//! Security (reliability.md §3.4): a DOCTYPE ends the reading, only the five predefined entities and character references
//! are known, depth, nodes, text and token length are capped, attributes are never compared with each other.

use std::io::{BufRead as _, Read};

use quick_xml::Reader as XmlReader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::reader::{Broken, Item, Limits};
use crate::source::{Source, TOKEN_TOO_LONG};
use crate::{NotIdoc, Problem, Span};

mod building;
use building::{Building, TooMuch};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a root element.
    Prolog,
    /// Inside the root, between IDOC elements.
    Root,
    /// Inside an IDOC element.
    Idoc,
    /// Nothing more comes.
    Done,
}

/// What one event led to.
enum Step {
    Continue,
    Item(Item),
    End,
    Fail(NotIdoc),
}

/// Reads the XML form.
#[derive(Debug)]
pub struct Parser<R: Read> {
    xml: XmlReader<Source<R>>,
    buffer: Vec<u8>,
    limits: Limits,
    state: State,
    root: String,
    found: bool,
    skip: usize,
    building: Building,
}

impl<R: Read> Parser<R> {
    pub(crate) fn new(source: Source<R>, limits: Limits) -> Self {
        let mut xml = XmlReader::from_reader(source);
        xml.config_mut().check_comments = false;
        Self {
            xml,
            buffer: Vec::new(),
            limits,
            state: State::Prolog,
            root: String::new(),
            found: false,
            skip: 0,
            building: Building::default(),
        }
    }

    pub(crate) fn next_item(&mut self) -> Result<Option<Item>, NotIdoc> {
        while self.state != State::Done {
            let mut buffer = core::mem::take(&mut self.buffer);
            buffer.clear();
            let before = self.xml.buffer_position();
            self.xml.get_mut().forget(before);
            self.xml.get_mut().set_budget(self.limits.token_bytes);
            let event = self.xml.read_event_into(&mut buffer);
            let source = self.xml.get_ref();
            let span = Span {
                start: source.position(before),
                end: source.position(self.xml.buffer_position()),
            };
            let step = match event {
                Ok(event) => self.step(event, span),
                Err(error) => self.malformed(&error, span),
            };
            self.buffer = buffer;
            match step {
                Step::Continue => {}
                Step::Item(item) => {
                    self.found = true;
                    return Ok(Some(item));
                }
                Step::End => self.state = State::Done,
                Step::Fail(not) => {
                    self.state = State::Done;
                    return Err(not);
                }
            }
        }
        Ok(None)
    }

    fn step(&mut self, event: Event<'_>, span: Span) -> Step {
        if self.state == State::Idoc
            && let Some(bad) = self.xml.get_mut().take_bad(span.end)
        {
            self.building.bad_byte(bad);
        }
        match event {
            Event::Start(start) => self.start(&start, span),
            Event::Empty(start) => match self.start(&start, span) {
                Step::Continue => self.end(span),
                other => other,
            },
            Event::End(_) => self.end(span),
            Event::Text(text) => self.text(&text.into_inner(), span),
            Event::CData(text) => self.text(&text.into_inner(), span),
            Event::GeneralRef(reference) => self.reference(&reference, span),
            Event::DocType(_) => self.stop(
                "idoc-doctype",
                "The document has a DOCTYPE.".to_owned(),
                "Send it without; IDocs need none and we expand no entities.",
                span,
            ),
            Event::Eof => self.eof(span),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Step::Continue,
        }
    }

    fn start(&mut self, start: &BytesStart<'_>, span: Span) -> Step {
        let local = start.local_name();
        let name: &str = local.as_ref();
        if self.skip > 0 {
            self.skip = self.skip.saturating_add(1);
            return Step::Continue;
        }
        match self.state {
            State::Prolog => {
                self.root = name.to_owned();
                self.state = State::Root;
                Step::Continue
            }
            State::Root if name == "IDOC" => {
                self.building = Building::new(&self.root, span.start, self.limits);
                self.state = State::Idoc;
                Step::Continue
            }
            State::Root if !self.found => Step::Fail(NotIdoc {
                code: "idoc-not-an-idoc",
                message: format!("The root {} holds {name}, not IDOC.", self.root),
                hint: "An XML IDoc is a root named like its basic type with IDOC elements in it.",
                span,
            }),
            State::Root => {
                self.skip = 1;
                Step::Continue
            }
            State::Idoc => {
                let marked = start
                    .attributes()
                    .with_checks(false)
                    .take(256)
                    .flatten()
                    .any(|attribute| attribute.key.local_name().as_ref() == "SEGMENT");
                match self.building.open(name, marked, span.start) {
                    Ok(()) => Step::Continue,
                    Err(TooMuch { code, message }) => self.stop(
                        code,
                        message,
                        "Split the document, or ask for a higher limit.",
                        span,
                    ),
                }
            }
            State::Done => Step::End,
        }
    }

    fn end(&mut self, span: Span) -> Step {
        if self.skip > 0 {
            self.skip = self.skip.saturating_sub(1);
            return Step::Continue;
        }
        match self.state {
            State::Idoc if self.building.is_closed() => {
                self.state = State::Root;
                Step::Item(core::mem::take(&mut self.building).finish(span.end))
            }
            State::Idoc => {
                self.building.close(span.end);
                Step::Continue
            }
            State::Root if self.found => {
                self.state = State::Prolog;
                Step::Continue
            }
            _ => Step::Fail(self.no_idoc(span)),
        }
    }

    fn text(&mut self, text: &str, span: Span) -> Step {
        if self.state == State::Idoc && self.skip == 0 {
            self.building.text(text, span);
        }
        Step::Continue
    }

    fn reference(&mut self, reference: &BytesRef<'_>, span: Span) -> Step {
        if self.state != State::Idoc || self.skip > 0 {
            return Step::Continue;
        }
        let name: &str = reference;
        let known = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "apos" => Some('\''),
            "quot" => Some('"'),
            _ => reference.resolve_char_ref().ok().flatten(),
        };
        match known {
            Some(character) => self.building.text(character.encode_utf8(&mut [0; 4]), span),
            None => self.building.poison(Problem {
                code: "idoc-entity",
                message: format!("&{name}; is not an entity that XML defines."),
                hint: "Write the character itself, or a numeric reference.",
                span,
                ..Problem::default()
            }),
        }
        Step::Continue
    }

    fn eof(&mut self, span: Span) -> Step {
        match self.state {
            State::Idoc => self.stop(
                "idoc-truncated",
                "The document ends inside an IDOC element.".to_owned(),
                "Send it again, whole.",
                span,
            ),
            State::Root if self.found => self.stop(
                "idoc-truncated",
                format!("The document ends before </{}>.", self.root),
                "Check whether IDocs are missing; those before the end were read.",
                span,
            ),
            _ if !self.found => Step::Fail(self.no_idoc(span)),
            _ => Step::End,
        }
    }

    fn no_idoc(&self, span: Span) -> NotIdoc {
        let message = if self.root.is_empty() {
            "The document has no root element.".to_owned()
        } else {
            format!("The root {} ends without an IDOC element.", self.root)
        };
        let hint = "An XML IDoc is a root named like its basic type with IDOC elements in it.";
        NotIdoc { code: "idoc-not-an-idoc", message, hint, span }
    }

    fn malformed(&mut self, error: &quick_xml::Error, span: Span) -> Step {
        let text = error.to_string();
        let at = self.xml.get_ref().position(self.xml.error_position());
        let span = Span { start: at.min(span.end), end: span.end };
        if text.contains(TOKEN_TOO_LONG) {
            let message =
                format!("A tag or text is longer than {} bytes.", self.limits.token_bytes);
            return self.stop(
                "idoc-too-large",
                message,
                "Split the text, or ask for a higher limit.",
                span,
            );
        }
        if matches!(error, quick_xml::Error::Syntax(_))
            && self.xml.get_mut().fill_buf().is_ok_and(<[u8]>::is_empty)
        {
            let message = format!("The document ends at byte {}, inside markup.", span.end);
            return self.stop("idoc-truncated", message, "Send it again, whole.", span);
        }
        let message = format!("The XML is broken at byte {at}: {text}.");
        self.stop("idoc-xml", message, "Send it again, whole and well formed.", span)
    }

    /// Ends the reading: the open IDOC is handed out as broken; without any the whole document is no IDoc.
    fn stop(
        &mut self,
        code: &'static str,
        message: String,
        hint: &'static str,
        span: Span,
    ) -> Step {
        let inside = self.state == State::Idoc;
        self.state = State::Done;
        if !inside && !self.found {
            return Step::Fail(NotIdoc { code, message, hint, span });
        }
        let problem = Problem { code, message, hint, span, ..Problem::default() };
        if inside {
            self.building.poison(problem);
            return Step::Item(core::mem::take(&mut self.building).finish(span.end));
        }
        Step::Item(Item::Broken(Box::new(Broken {
            root: self.root.clone(),
            control: None,
            problem,
            span,
        })))
    }
}
