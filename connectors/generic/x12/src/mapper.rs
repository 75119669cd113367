//! Follows the envelope and maps set by set, in batches.
//!
//! A set's records wait for its SE, so that a set which the 997 rejects leaves nothing behind. Of a set larger than
//! [`HELD_MAX`] records the end is looked up first, then it is handed on in portions, or dropped: memory stays flat. Only when
//! its end is further away than the reader looks is it handed on unseen, and its 997 can then note, not reject.

use caravan_mappings_x12::ack::{self, Outcome};
use caravan_mappings_x12::schema::{self, Fault};
use caravan_mappings_x12::{
    Error, Event, Group, GroupEnd, HeaderError, InterchangeEnd, Issue, Level as IssueLevel, Limits,
    Reader, SetEnd, SetHead, Source,
};
use caravan_model::verdict::{Level, VerdictOutcome};
use caravan_model::{Batch, Record, Reject, Severity, Span, Verdict};

use crate::invoice::InvoiceSet;
use crate::notes::Notes;
use crate::profile::{Profile, StructureErrors};
use crate::receipt::ReceiptSet;
use crate::response::ResponseSet;
use crate::status::{Sink, StatusSet};
use crate::values::span;

/// A batch is handed over when it holds so many records, rejects or verdicts.
const BATCH_ITEMS: usize = 500;
/// Records of one set that wait for its SE.
pub const HELD_MAX: usize = 1_000;

/// The document is not what it was said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotReadable {
    /// Stable kebab-case code.
    pub code: &'static str,
    /// One sentence: what was found instead, and what to do.
    pub message: String,
    /// The bytes it is about.
    pub source: Span,
}

/// What a set's segments are read as.
#[derive(Debug)]
enum Content {
    Status(StatusSet),
    Invoice(InvoiceSet),
    Response(ResponseSet),
    Receipt(ReceiptSet),
    /// Rejected as a whole, with the code of list 718.
    Refused(u8),
}

/// The set being read.
#[derive(Debug)]
struct OpenSet {
    head: SetHead,
    content: Content,
    notes: Notes,
    records: Vec<Record>,
    taken: usize,
    /// Its end was looked up, and it is one that is rejected.
    doomed: bool,
    dropped: usize,
    extra: Vec<u8>,
}

/// The group being read.
#[derive(Debug)]
struct OpenGroup {
    head: Group,
    accepted: u32,
    noted: bool,
    /// Version and release as a number.
    release: u32,
}

/// Reads one document.
#[derive(Debug)]
pub struct Mapper<S> {
    reader: Reader<S>,
    profile: Profile,
    /// Set id that is expected: `214`; none: whatever is understood.
    expected: Option<String>,
    interchange: String,
    group: Option<OpenGroup>,
    set: Option<OpenSet>,
    out: Batch,
    faults: Vec<Fault>,
    read_sets: u64,
    /// The first set that was refused because it is another message.
    other: Option<(String, Span)>,
    /// The first group whose version is not read here.
    old: Option<(String, Span)>,
    charset_told: bool,
    looked: Option<Event>,
    ended: bool,
}

impl<S: Source> Mapper<S> {
    /// A mapper at the start of `source`. `message` is the expected kind (`x12/214`).
    ///
    /// # Errors
    /// When the document is no X12 interchange, or `message` is none that is read here.
    pub fn open(
        source: S,
        profile: Profile,
        message: Option<&str>,
        limits: Limits,
    ) -> Result<Self, NotReadable> {
        let expected = match message {
            None => None,
            Some("x12/214") => Some("214".to_owned()),
            Some("x12/210") => Some("210".to_owned()),
            Some("x12/990") => Some("990".to_owned()),
            Some(other) => {
                let message = format!("{other} is not read here; x12/214, x12/210 and x12/990 are");
                return Err(NotReadable { code: "x12-message", message, source: Span::default() });
            }
        };
        let mut reader = Reader::new(source, limits);
        let looked = Some(reader.next_event().map_err(|error| not_readable(&error))?);
        Ok(Self {
            reader,
            profile,
            expected,
            interchange: String::new(),
            group: None,
            set: None,
            out: Batch::default(),
            faults: Vec::new(),
            read_sets: 0,
            other: None,
            old: None,
            charset_told: false,
            looked,
            ended: false,
        })
    }

    /// The next portion of the result; `done` on the last.
    ///
    /// # Errors
    /// At the end, when the document held only other messages than the expected one. Their verdicts came before.
    pub fn next_batch(&mut self) -> Result<Batch, NotReadable> {
        while !self.ended && !self.is_full() {
            let event = match self.looked.take() {
                Some(event) => Ok(event),
                None => self.reader.next_event(),
            };
            match event {
                Ok(event) => self.handle(event),
                Err(error) => {
                    self.out.rejects.push(stopped(&error, &self.interchange));
                    self.reader.abandon();
                }
            }
        }
        let done = self.ended;
        let mut batch = core::mem::take(&mut self.out);
        if done && self.read_sets == 0 {
            if batch.records.is_empty() && batch.rejects.is_empty() && batch.verdicts.is_empty() {
                return Err(self.wrong_message());
            }
            // Told on the next call, behind the verdicts that answer the sender.
            return Ok(batch);
        }
        batch.done = done;
        Ok(batch)
    }

    fn is_full(&self) -> bool {
        let Batch { records, rejects, verdicts, .. } = &self.out;
        records.len() >= BATCH_ITEMS
            || rejects.len() >= BATCH_ITEMS
            || verdicts.len() >= BATCH_ITEMS
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Segment => self.segment(),
            Event::Interchange(interchange) => {
                self.interchange = format!("ISA {}", interchange.control())
            }
            Event::Group(group) => {
                if !group.version_is_readable() && self.old.is_none() {
                    self.old = Some((group.version.clone(), span(group.span)));
                }
                let release = group.release();
                self.group = Some(OpenGroup { head: *group, accepted: 0, noted: false, release });
            }
            Event::Set(head) => self.open_set(*head),
            Event::SetEnd(end) => self.close_set(*end),
            Event::GroupEnd(end) => self.close_group(*end),
            Event::InterchangeEnd(end) => self.close_interchange(&end),
            Event::Issue(issue) => self.out.rejects.push(reject(*issue)),
            Event::End => self.ended = true,
        }
    }

    fn open_set(&mut self, head: SetHead) {
        let group = self.group.as_ref().map(|group| &group.head);
        let control = group.map_or("", |group| group.control.as_str());
        let path = [&self.interchange, " / GS ", control, " / ST ", &head.control].concat();
        let readable = group.is_some_and(Group::version_is_readable);
        let content = match head.id.as_str() {
            id if self.expected.as_deref().is_some_and(|expected| expected != id) => {
                Content::Refused(1)
            }
            _ if !readable => Content::Refused(1),
            "214" => Content::Status(StatusSet::default()),
            "210" => Content::Invoice(InvoiceSet::default()),
            "990" => Content::Response(ResponseSet::default()),
            // Nobody asks for one by name; it comes because we sent something.
            "997" => Content::Receipt(ReceiptSet::default()),
            _ => Content::Refused(1),
        };
        let home = match head.id.as_str() {
            "214" => "QM",
            "210" => "IM",
            "990" => "GF",
            "997" => "FA",
            _ => "",
        };
        let stray = !matches!(content, Content::Refused(_))
            && group.is_some_and(|group| group.functional_id != home);
        if matches!(content, Content::Refused(_)) && readable {
            self.refuse(&head, &path);
        } else if !matches!(content, Content::Refused(_)) {
            self.read_sets = self.read_sets.saturating_add(1);
        }
        let extra = if stray { vec![18] } else { Vec::new() };
        let notes = Notes::new(path);
        self.set = Some(OpenSet {
            head,
            content,
            notes,
            records: Vec::new(),
            taken: 0,
            doomed: false,
            dropped: 0,
            extra,
        });
    }

    /// Tells that a set is another message than the expected one.
    fn refuse(&mut self, head: &SetHead, path: &str) {
        let source = span(head.span);
        if self.other.is_none() {
            self.other = Some((head.id.clone(), source));
        }
        if self.group.as_ref().is_some_and(|group| group.head.is_acknowledgement())
            && self.expected.is_none()
        {
            return;
        }
        let (expected, hint) = match &self.expected {
            Some(expected) => (
                format!("{expected} is expected here"),
                "send it where its own message is expected, or change the connection's message",
            ),
            None => ("it is not read here".to_owned(), "send a 214, a 210 or a 990"),
        };
        self.out.rejects.push(Reject {
            severity: Severity::Error,
            code: "x12-wrong-message".to_owned(),
            path: path.to_owned(),
            message: format!("the set is {}: {expected}", head.id),
            hint: Some(hint.to_owned()),
            source,
        });
    }

    fn segment(&mut self) {
        let Some(set) = &mut self.set else { return };
        if matches!(set.content, Content::Refused(_)) {
            return;
        }
        let segment = self.reader.segment();
        let position = self.reader.position();
        if !self.charset_told
            && !segment.is_plain()
            && core::str::from_utf8(segment.bytes()).is_err()
        {
            self.charset_told = true;
            let message =
                "the document is not UTF-8; its bytes above 127 are read as Latin-1".to_owned();
            let hint = "send UTF-8, or only characters of the X12 extended set";
            set.notes.remark(
                &mut self.out.rejects,
                Severity::Warning,
                "x12-charset",
                message,
                hint,
                span(segment.span()),
            );
        }
        self.faults.clear();
        let release = self.group.as_ref().map_or(4010, |group| group.release);
        match schema::definition(segment.tag()) {
            Some(definition) => schema::check(&segment, definition, release, &mut self.faults),
            None if !schema::is_in_set(&set.head.id, segment.tag()) => {
                set.notes.segment(
                    &mut self.out.rejects,
                    &segment,
                    position,
                    6,
                    "does not belong to this set",
                );
            }
            None => {}
        }
        let mut sink = Sink {
            profile: &self.profile,
            notes: &mut set.notes,
            records: &mut set.records,
            rejects: &mut self.out.rejects,
        };
        match &mut set.content {
            Content::Status(status) => {
                status.segment(&segment, position, &mut self.faults, &mut sink)
            }
            Content::Invoice(invoice) => {
                invoice.segment(&segment, position, &self.faults, &mut sink)
            }
            Content::Response(response) => {
                response.segment(&segment, position, &mut self.faults, &mut sink)
            }
            Content::Receipt(receipt) => receipt.segment(&segment, &mut sink),
            Content::Refused(_) => {}
        }
        if set.records.len() >= HELD_MAX {
            self.relieve();
        }
    }

    /// Makes room in a set that is too large to be held: its records go on when its end is good, else they are dropped.
    fn relieve(&mut self) {
        let Some(set) = &mut self.set else { return };
        let first = set.taken == 0 && !set.doomed;
        if first && self.profile.structure_errors == StructureErrors::Reject {
            set.doomed = self.reader.set_ends_well() == Some(false);
        }
        if set.doomed {
            set.dropped = set.dropped.saturating_add(set.records.len());
            set.records.clear();
        } else {
            set.taken = set.taken.saturating_add(set.records.len());
            self.out.records.append(&mut set.records);
        }
    }

    fn close_set(&mut self, end: SetEnd) {
        let Some(mut set) = self.set.take() else { return };
        let source = span(end.span);
        let broken = end.is_broken() && self.profile.structure_errors == StructureErrors::Reject;
        let SetEnd { head, mut errors, .. } = end;
        errors.extend(&set.extra);
        let mut sink = Sink {
            profile: &self.profile,
            notes: &mut set.notes,
            records: &mut set.records,
            rejects: &mut self.out.rejects,
        };
        match &mut set.content {
            Content::Status(status) => status.finish(source, &mut sink),
            Content::Invoice(invoice) => invoice.finish(source, &mut sink),
            Content::Response(response) => response.finish(source, &mut sink),
            Content::Receipt(_) => {}
            Content::Refused(code) => errors.insert(0, *code),
        }
        let held = set.records.len().saturating_add(set.dropped);
        let any = set.taken.saturating_add(held) > 0;
        let outcome = match &set.content {
            Content::Refused(_) => Outcome::Rejected,
            _ if broken && set.taken == 0 => Outcome::Rejected,
            _ if !any && set.notes.lost > 0 => Outcome::Rejected,
            _ if errors.is_empty() && set.notes.segments.is_empty() && set.notes.lost == 0 => {
                Outcome::Accepted
            }
            _ => Outcome::WithErrors,
        };
        let note = match outcome {
            Outcome::Accepted => None,
            Outcome::WithErrors => Some("taken, with errors noted".to_owned()),
            Outcome::Rejected if held > 0 => {
                Some(format!("not taken, and with it {held} records that could be read"))
            }
            Outcome::Rejected => Some("not taken".to_owned()),
        };
        if outcome != Outcome::Rejected {
            self.out.records.append(&mut set.records);
        }
        if let Some(group) = &mut self.group {
            group.accepted = group.accepted.saturating_add(u32::from(outcome != Outcome::Rejected));
            group.noted |= outcome == Outcome::WithErrors;
        }
        let detail = ack::set_text(&head, outcome, &errors, &set.notes.segments);
        self.verdict(Level::Message, head.id, head.control, outcome, note, detail, source);
    }

    fn close_group(&mut self, end: GroupEnd) {
        let (accepted, noted) =
            self.group.take().map_or((0, false), |group| (group.accepted, group.noted));
        let code = ack::group_code(&end, accepted, noted);
        let outcome = match code {
            "A" => Outcome::Accepted,
            "R" => Outcome::Rejected,
            _ => Outcome::WithErrors,
        };
        let note = (code != "A").then(|| format!("{accepted} of {} sets taken", end.received));
        let detail = ack::group_text(&end, code, accepted);
        self.verdict(
            Level::Group,
            end.head.functional_id,
            end.head.control,
            outcome,
            note,
            detail,
            span(end.span),
        );
    }

    fn close_interchange(&mut self, end: &InterchangeEnd) {
        let outcome = if end.note == 0 { Outcome::Accepted } else { Outcome::WithErrors };
        let note = (end.note != 0).then(|| format!("interchange note code {:03}", end.note));
        let detail = ack::interchange_text(end);
        self.verdict(
            Level::Interchange,
            "ISA".to_owned(),
            end.head.control().to_owned(),
            outcome,
            note,
            detail,
            span(end.span),
        );
    }

    #[expect(clippy::too_many_arguments, reason = "one for each field of a verdict")]
    fn verdict(
        &mut self,
        level: Level,
        kind: String,
        control: String,
        outcome: Outcome,
        note: Option<String>,
        detail: String,
        source: Span,
    ) {
        let outcome = match outcome {
            Outcome::Accepted => VerdictOutcome::Accepted,
            Outcome::WithErrors => VerdictOutcome::AcceptedWithErrors,
            Outcome::Rejected => VerdictOutcome::Rejected,
        };
        self.out.verdicts.push(Verdict { level, kind, control, outcome, note, detail, source });
    }

    fn wrong_message(&self) -> NotReadable {
        let expected = self.expected.as_deref().unwrap_or("214, 210 or 990");
        let (code, message, source) = match (&self.other, &self.old) {
            (Some((id, source)), _) => (
                "x12-wrong-message",
                format!(
                    "the document holds {id} and not {expected}: send it where {id} is expected"
                ),
                *source,
            ),
            (None, Some((version, source))) => (
                "x12-version",
                format!(
                    "the document's version {version} is not read here: send version 003 to 008 in GS08"
                ),
                *source,
            ),
            (None, None) => {
                let message =
                    format!("the interchange holds no transaction set; {expected} is expected");
                ("x12-no-set", message, Span::default())
            }
        };
        NotReadable { code, message, source }
    }
}

fn reject(issue: Issue) -> Reject {
    Reject {
        severity: match issue.level {
            IssueLevel::Error => Severity::Error,
            IssueLevel::Warning => Severity::Warning,
        },
        code: issue.code.to_owned(),
        path: issue.path,
        message: issue.message,
        hint: Some(issue.hint.to_owned()),
        source: span(issue.span),
    }
}

/// The stable code of a reading error, and what to do about it.
fn words(error: &Error) -> (&'static str, &'static str) {
    match error {
        Error::Empty => ("x12-empty", "send the document again; this one has no content"),
        Error::NotX12 { .. } => {
            ("x12-no-isa", "send an X12 interchange: it begins with an ISA segment")
        }
        Error::Header {
            source: HeaderError::Clash { .. } | HeaderError::NotADelimiter { .. },
            ..
        } => (
            "x12-delimiter-clash",
            "choose delimiters that are not letters, digits or spaces, and each only once",
        ),
        Error::Header { .. } => (
            "x12-header",
            "send a complete ISA header of 16 elements, 106 bytes with its terminator",
        ),
        Error::SegmentTooLong { .. } => (
            "x12-segment-too-long",
            "end each segment with the terminator that stands behind ISA16",
        ),
        Error::TooManyElements { .. } => (
            "x12-too-many-elements",
            "end each segment with the terminator that stands behind ISA16",
        ),
        Error::TooManySegments { .. } => ("x12-too-many-segments", "split the document"),
        Error::Read(_) => ("x12-read", "send the document again"),
    }
}

fn chain(error: &Error) -> String {
    match error {
        Error::Header { source, .. } => format!("{error}: {source}"),
        _ => error.to_string(),
    }
}

fn not_readable(error: &Error) -> NotReadable {
    let (code, hint) = words(error);
    NotReadable { code, message: format!("{}; {hint}", chain(error)), source: span(error.span()) }
}

/// What stopped the reading after something was read: the rest of the document is lost.
fn stopped(error: &Error, path: &str) -> Reject {
    let (code, hint) = words(error);
    Reject {
        severity: Severity::Error,
        code: code.to_owned(),
        path: path.to_owned(),
        message: format!("{}; what follows was not read", chain(error)),
        hint: Some(hint.to_owned()),
        source: span(error.span()),
    }
}
