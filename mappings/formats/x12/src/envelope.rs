//! Follows ISA, GS, ST, SE, GE and IEA, and says what is wrong with each part when it ends.
//!
//! A part that breaks its own rules is still reported, with the codes of the acknowledgement lists 718 (set),
//! 716 (group) and TA105 (interchange); what to do about it is the caller's decision.
//!
//! **Missing trailers**: whatever opens a new part closes the open ones, each with its own "trailer missing" code.

use std::collections::VecDeque;

use crate::tokenizer::Error;
use crate::{Issue, Level, Limits, Segment, Source, Span, Tokenizer, text};

mod ahead;
mod parts;
use parts::{Controls, OpenGroup, OpenInterchange, OpenSet, compare};
pub use parts::{Group, GroupEnd, Interchange, InterchangeEnd, SetEnd, SetHead};

/// What the reader found next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An ISA header.
    Interchange(Box<Interchange>),
    /// A GS header.
    Group(Box<Group>),
    /// An ST header; the set's first segment, at position 1.
    Set(Box<SetHead>),
    /// A segment inside a set: [`Reader::segment`], at [`Reader::position`].
    Segment,
    /// The set is over, by its SE or for want of one.
    SetEnd(Box<SetEnd>),
    /// The group is over.
    GroupEnd(Box<GroupEnd>),
    /// The interchange is over.
    InterchangeEnd(Box<InterchangeEnd>),
    /// Something is wrong.
    Issue(Box<Issue>),
    /// The document is over.
    End,
}

/// Code of list 718 for a control number that was used before: noted, and no reason to distrust the set.
const DUPLICATE: u8 = 23;

/// At most so many issues about stray segments: the first ones say it all.
const STRAY_ISSUES_MAX: u32 = 20;

/// Reads a document's parts in order.
#[derive(Debug)]
pub struct Reader<S> {
    tokens: Tokenizer<S>,
    pending: VecDeque<Event>,
    /// The current segment has been tokenized but not yet handled.
    replay: bool,
    finished: bool,
    interchange: Option<OpenInterchange>,
    group: Option<OpenGroup>,
    set: Option<OpenSet>,
    position: u32,
    strays: u32,
}

impl<S: Source> Reader<S> {
    /// A reader at the start of `source`.
    pub fn new(source: S, limits: Limits) -> Self {
        Self {
            tokens: Tokenizer::new(source, limits),
            pending: VecDeque::new(),
            replay: false,
            finished: false,
            interchange: None,
            group: None,
            set: None,
            position: 0,
            strays: 0,
        }
    }

    /// The segment of the last [`Event::Segment`].
    #[inline]
    #[must_use]
    pub fn segment(&self) -> Segment<'_> {
        self.tokens.segment()
    }

    /// Its position in the set, ST being 1.
    #[must_use]
    pub fn position(&self) -> u32 {
        self.position
    }

    /// The delimiters in force.
    #[must_use]
    pub fn header(&self) -> Option<&crate::Header> {
        self.tokens.header()
    }

    /// The next event. After [`Event::End`] there is nothing more.
    ///
    /// # Errors
    /// When reading cannot go on. What was open is then closed first: call again until the error comes back.
    pub fn next_event(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Ok(event);
            }
            if self.finished {
                return Ok(Event::End);
            }
            if self.replay {
                self.replay = false;
            } else if !self.tokens.advance()? {
                self.note_junk();
                self.close_interchange(None);
                self.finished = true;
                continue;
            }
            if let Some(event) = self.handle() {
                return Ok(event);
            }
        }
    }

    /// Closes what is open when reading cannot go on; the events follow from [`next_event`](Self::next_event).
    pub fn abandon(&mut self) {
        self.close_interchange(None);
        self.finished = true;
    }

    fn handle(&mut self) -> Option<Event> {
        self.note_junk();
        let segment = self.tokens.segment();
        let tag = segment.tag();
        let control = matches!(tag.first(), Some(b'I' | b'G' | b'S'))
            && matches!(tag, b"ISA" | b"GS" | b"ST" | b"SE" | b"GE" | b"IEA");
        if !control {
            if !segment.is_terminated() {
                self.truncated();
                return None;
            }
            if let Some(set) = &mut self.set {
                set.segments = set.segments.saturating_add(1);
                self.position = set.segments;
                if self.pending.is_empty() {
                    return Some(Event::Segment);
                }
                set.segments = set.segments.saturating_sub(1);
                self.replay = true;
                return None;
            }
            self.stray();
            return None;
        }
        match tag {
            b"ISA" => self.open_interchange(),
            b"GS" => self.open_group(),
            b"ST" => self.open_set(),
            b"SE" => self.close_set(true),
            b"GE" => self.close_group(true),
            _ => self.close_interchange_here(),
        }
        None
    }

    fn open_interchange(&mut self) {
        self.close_interchange(None);
        let Some(header) = self.tokens.header() else { return };
        let head = Interchange::read(&self.tokens.segment(), header);
        let (span, standard_width) = (head.span, header.standard_width);
        self.pending.push_back(Event::Interchange(Box::new(head.clone())));
        self.interchange = Some(OpenInterchange { head, groups: 0, controls: Controls::default() });
        if !standard_width {
            let message = "the ISA header's elements have not their prescribed widths";
            let hint =
                "pad ISA02, ISA04, ISA06 and ISA08 with spaces, and ISA13 with zeros, to 106 bytes";
            self.issue(Level::Warning, "x12-isa-width", span, message, hint);
        }
    }

    fn open_group(&mut self) {
        self.close_group(false);
        let group = Group::read(&self.tokens.segment());
        let mut errors = Vec::new();
        let Some(interchange) = &mut self.interchange else {
            self.stray();
            return;
        };
        interchange.groups = interchange.groups.saturating_add(1);
        if !interchange.controls.is_new(&group.control) {
            errors.push(19);
        }
        if crate::date::digits(group.control.as_bytes()).is_none() {
            errors.push(6);
        }
        if !group.version_is_readable() {
            errors.push(2);
        }
        let (span, codes) = (group.span, errors.clone());
        self.pending.push_back(Event::Group(Box::new(group.clone())));
        self.group =
            Some(OpenGroup { head: group, sets: 0, errors, controls: Controls::default() });
        for code in codes {
            let (message, hint) = parts::group_error(code);
            self.issue(Level::Error, "x12-group", span, message, hint);
        }
    }

    fn open_set(&mut self) {
        self.close_set(false);
        let head = SetHead::read(&self.tokens.segment());
        let Some(group) = &mut self.group else {
            self.stray();
            return;
        };
        group.sets = group.sets.saturating_add(1);
        let mut errors = Vec::new();
        if head.id.is_empty() {
            errors.push(6);
        }
        if head.control.is_empty() || head.control.len() > 9 {
            errors.push(7);
        } else if !group.controls.is_new(&head.control) {
            errors.push(DUPLICATE);
        }
        let (span, codes) = (head.span, errors.clone());
        self.pending.push_back(Event::Set(Box::new(head.clone())));
        self.set = Some(OpenSet { head, segments: 1, errors });
        for code in codes {
            let (message, hint) = parts::set_error(code);
            let level = if code == DUPLICATE { Level::Warning } else { Level::Error };
            self.issue(level, "x12-set-control", span, message, hint);
        }
    }

    /// Ends the open set; `here` when the current segment is its SE.
    fn close_set(&mut self, here: bool) {
        let Some(mut set) = self.set.take() else {
            if here {
                self.stray();
            }
            return;
        };
        let mut span = set.head.span;
        let segment = self.tokens.segment();
        span.end = if here { segment.span().end } else { segment.span().start.max(span.end) };
        if here && segment.is_terminated() {
            set.segments = set.segments.saturating_add(1);
            let declared = parts::count(&segment, 1);
            let sent =
                compare("SE02", &segment.text(2).unwrap_or_default(), "ST02", &set.head.control);
            let (count_span, control_span) = (segment.element_span(1), segment.element_span(2));
            if declared != Some(set.segments) {
                set.errors.push(4);
                let message = format!(
                    "SE01 says {} segments, there are {} from ST to SE",
                    parts::shown(declared),
                    set.segments
                );
                self.push(
                    Level::Error,
                    "x12-segment-count",
                    &self.path_of(Some(&set)),
                    count_span,
                    message,
                    "send the set again with all its segments, ST and SE counted",
                );
            }
            if let Some((level, message)) = sent {
                if level == Level::Error {
                    set.errors.push(3);
                }
                self.push(
                    level,
                    "x12-set-control",
                    &self.path_of(Some(&set)),
                    control_span,
                    message,
                    "send SE02 equal to ST02",
                );
            }
        } else {
            set.errors.push(2);
            let message =
                "the set has no SE trailer: the document is cut short or the segment is missing"
                    .to_owned();
            self.push(
                Level::Error,
                "x12-set-trailer",
                &self.path_of(Some(&set)),
                span,
                message,
                "send the set again, complete",
            );
        }
        let end = SetEnd { head: set.head, segments: set.segments, errors: set.errors, span };
        self.pending.push_back(Event::SetEnd(Box::new(end)));
    }

    /// Ends the open group; `here` when the current segment is its GE.
    fn close_group(&mut self, here: bool) {
        self.close_set(false);
        let Some(mut group) = self.group.take() else {
            if here {
                self.stray();
            }
            return;
        };
        let path = self.path_of_group(Some(&group));
        let segment = self.tokens.segment();
        let mut span = group.head.span;
        span.end = if here { segment.span().end } else { segment.span().start.max(span.end) };
        let mut declared = None;
        if here && segment.is_terminated() {
            declared = parts::count(&segment, 1);
            let control = parts::string(&segment, 2);
            let (count_span, control_span) = (segment.element_span(1), segment.element_span(2));
            if declared != Some(group.sets) {
                group.errors.push(5);
                let message = format!(
                    "GE01 says {} sets, {} were received",
                    parts::shown(declared),
                    group.sets
                );
                self.push(Level::Error, "x12-set-count", &path, count_span, message, "look for the sets that are missing, and send GE01 as the number of ST segments");
            }
            if let Some((level, message)) = compare("GE02", &control, "GS06", &group.head.control) {
                if level == Level::Error {
                    group.errors.push(4);
                }
                self.push(
                    level,
                    "x12-group-control",
                    &path,
                    control_span,
                    message,
                    "send GE02 equal to GS06",
                );
            }
        } else {
            group.errors.push(3);
            let message =
                "the group has no GE trailer: the document is cut short or the segment is missing"
                    .to_owned();
            self.push(
                Level::Error,
                "x12-group-trailer",
                &path,
                span,
                message,
                "send the whole document again",
            );
        }
        let end = GroupEnd {
            head: group.head,
            declared,
            received: group.sets,
            errors: group.errors,
            span,
        };
        self.pending.push_back(Event::GroupEnd(Box::new(end)));
    }

    fn close_interchange_here(&mut self) {
        let segment = self.tokens.segment();
        let trailer = (
            parts::count(&segment, 1),
            parts::string(&segment, 2),
            segment.element_span(1),
            segment.element_span(2),
            segment.span().end,
        );
        if self.interchange.is_none() {
            self.stray();
            return;
        }
        self.close_interchange(Some(trailer));
    }

    /// Ends the open interchange, with the IEA's count, control number and places when there is one.
    fn close_interchange(&mut self, trailer: Option<(Option<u32>, String, Span, Span, u64)>) {
        self.close_group(false);
        let Some(interchange) = self.interchange.take() else { return };
        let path = format!("ISA {}", interchange.head.control());
        let mut span = interchange.head.span;
        let mut note = 0;
        match trailer {
            Some((declared, control, count_span, control_span, end)) => {
                span.end = end;
                if declared != Some(interchange.groups) {
                    note = 21;
                    let message = format!(
                        "IEA01 says {} groups, {} were received",
                        parts::shown(declared),
                        interchange.groups
                    );
                    self.push(Level::Error, "x12-group-count", &path, count_span, message, "look for the groups that are missing, and send IEA01 as the number of GS segments");
                }
                if let Some((level, message)) =
                    compare("IEA02", &control, "ISA13", interchange.head.control())
                {
                    if level == Level::Error {
                        note = 1;
                    }
                    self.push(
                        level,
                        "x12-interchange-control",
                        &path,
                        control_span,
                        message,
                        "send IEA02 equal to ISA13",
                    );
                }
            }
            None => {
                note = 23;
                span.end = self.tokens.segment().span().start.max(span.end);
                let message = "the interchange has no IEA trailer: the document is cut short or the segment is missing".to_owned();
                self.push(
                    Level::Error,
                    "x12-interchange-trailer",
                    &path,
                    span,
                    message,
                    "send the whole document again",
                );
            }
        }
        let end = InterchangeEnd { head: interchange.head, groups: interchange.groups, note, span };
        self.pending.push_back(Event::InterchangeEnd(Box::new(end)));
    }

    fn truncated(&mut self) {
        let span = self.tokens.segment().span();
        let message =
            format!("the document ends inside segment {}", text(self.tokens.segment().tag()));
        let path = self.path_of(self.set.as_ref());
        self.push(
            Level::Error,
            "x12-truncated",
            &path,
            span,
            message,
            "send the whole document again",
        );
    }

    fn stray(&mut self) {
        let segment = self.tokens.segment();
        if segment.tag() == b"TA1" && self.interchange.is_some() {
            return;
        }
        self.strays = self.strays.saturating_add(1);
        if self.strays > STRAY_ISSUES_MAX {
            return;
        }
        let span = segment.span();
        let message = format!("segment {} stands outside any transaction set", text(segment.tag()));
        self.issue(
            Level::Error,
            "x12-stray-segment",
            span,
            &message,
            "put it between ST and SE, inside GS and GE",
        );
    }

    fn note_junk(&mut self) {
        if let Some(span) = self.tokens.take_junk() {
            let message =
                format!("{} bytes belong to no interchange", span.end.saturating_sub(span.start));
            self.issue(
                Level::Warning,
                "x12-junk",
                span,
                &message,
                "send nothing between IEA and the next ISA",
            );
        }
    }

    fn issue(
        &mut self,
        level: Level,
        code: &'static str,
        span: Span,
        message: &str,
        hint: &'static str,
    ) {
        let path = self.path_of(self.set.as_ref());
        self.push(level, code, &path, span, message.to_owned(), hint);
    }

    fn push(
        &mut self,
        level: Level,
        code: &'static str,
        path: &str,
        span: Span,
        message: String,
        hint: &'static str,
    ) {
        let issue = Issue { level, code, path: path.to_owned(), message, hint, span };
        self.pending.push_back(Event::Issue(Box::new(issue)));
    }

    fn path_of_group(&self, group: Option<&OpenGroup>) -> String {
        let mut path = String::new();
        if let Some(interchange) = &self.interchange {
            path = format!("ISA {}", interchange.head.control());
        }
        if let Some(group) = group {
            path.push_str(" / GS ");
            path.push_str(&group.head.control);
        }
        path
    }

    fn path_of(&self, set: Option<&OpenSet>) -> String {
        let mut path = self.path_of_group(self.group.as_ref());
        if let Some(set) = set {
            path.push_str(" / ST ");
            path.push_str(&set.head.control);
        }
        path
    }
}

#[cfg(test)]
mod tests;
