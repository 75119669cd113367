//! 214, carrier shipment status: each AT7 becomes a milestone.
//!
//! A sender puts one AT7 under each LX, or several; MS1 and MS2 belong to the AT7 before them, L11, AT8, Q7 and MAN to the
//! LX. So milestones wait until their LX is over, and everything that identifies the shipment goes onto each of them.

use caravan_mappings_x12::Segment;
use caravan_mappings_x12::date::{Date, parse_time};
use caravan_mappings_x12::schema::Fault;
use caravan_model::{
    Classifier, Direction, Milestone, RawCode, Record, Reference, Reject, Scope, ScopeKind,
    Severity, Status, ZoneSource,
};

use crate::notes::Notes;
use crate::profile::{Code, Profile, StatusRule};
use crate::values::{add_reference, place_of_ms1, span, string, weight_unit};
use crate::zone::Zone;

/// Where the reading of a set puts its results.
#[derive(Debug)]
pub struct Sink<'a> {
    /// The party's profile.
    pub profile: &'a Profile,
    /// Findings for the acknowledgement.
    pub notes: &'a mut Notes,
    /// Records of the set.
    pub records: &'a mut Vec<Record>,
    /// Findings for people.
    pub rejects: &'a mut Vec<Reject>,
}

/// Milestones that wait for the end of their LX; more are handed on without what follows.
const WAITING_MAX: usize = 500;

/// A milestone and the local time that its zone is still looked for.
#[derive(Debug)]
struct Waiting {
    milestone: Milestone,
    date: Date,
    time_ms: u32,
    zoned: bool,
}

/// What comes after the milestones that are handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// More of the same LX.
    SameLx,
    /// Another LX.
    OtherLx,
    /// Nothing: the set is over.
    Set,
}

/// A 214 being read.
#[derive(Debug, Default)]
pub struct StatusSet {
    has_b10: bool,
    references: Vec<Reference>,
    scac: Option<String>,
    in_lx: bool,
    waiting: Vec<Waiting>,
    /// Whether the last AT7 became a milestone, which MS1 and MS2 may complete.
    completes: bool,
    lx_references: Vec<Reference>,
    lx_attributes: Vec<(String, String)>,
    pieces: Vec<String>,
}

impl StatusSet {
    /// Reads one segment; `faults` are those of its syntax.
    pub fn segment(
        &mut self,
        segment: &Segment<'_>,
        position: u32,
        faults: &mut Vec<Fault>,
        sink: &mut Sink<'_>,
    ) {
        let mut severity = Severity::Warning;
        match segment.tag() {
            b"AT7" => {
                if self.at7(segment, faults, sink) {
                    self.completes = true;
                } else {
                    self.completes = false;
                    severity = Severity::Error;
                    sink.notes.lost = sink.notes.lost.saturating_add(1);
                }
            }
            b"MS1" => self.ms1(segment, sink.profile),
            b"MS2" => self.ms2(segment),
            b"LX" => {
                self.flush(After::OtherLx, sink);
                self.in_lx = true;
            }
            b"B10" => self.b10(segment, sink.profile),
            b"L11" => {
                if let (Some(value), Some(qualifier)) = (segment.text(1), segment.text(2)) {
                    let kind = sink.profile.reference_kind(&qualifier);
                    let references =
                        if self.in_lx { &mut self.lx_references } else { &mut self.references };
                    add_reference(references, &kind, &value);
                }
            }
            b"AT8" => self.at8(segment),
            b"Q7" => self.attribute("lading-exception", segment, 1),
            b"MAN" => {
                if let Some(piece) = string(segment, 2)
                    && self.in_lx
                    && self.pieces.len() < WAITING_MAX
                {
                    self.pieces.push(piece);
                }
            }
            _ => {}
        }
        sink.notes.faults(sink.rejects, segment, position, faults, severity);
    }

    /// Ends the set.
    pub fn finish(&mut self, source: caravan_model::Span, sink: &mut Sink<'_>) {
        if !self.has_b10 {
            // The sets that L11 identifies are good without it.
            sink.notes.missing(sink.rejects, "B10", 2, source, Severity::Warning);
        }
        self.flush(After::Set, sink);
    }

    fn b10(&mut self, segment: &Segment<'_>, profile: &Profile) {
        self.has_b10 = true;
        if let Some(pro) = segment.text(1) {
            add_reference(&mut self.references, "pro", &pro);
        }
        if let Some(shipment) = segment.text(2) {
            add_reference(&mut self.references, "shipment", &shipment);
        }
        if let (Some(qualifier), Some(value)) = (segment.text(5), segment.text(6)) {
            add_reference(&mut self.references, &profile.reference_kind(&qualifier), &value);
        }
        self.scac = string(segment, 3);
    }

    /// Reads an AT7; `false` when no milestone can be made of it. Adds to `faults` what its codes lack.
    fn at7(&mut self, segment: &Segment<'_>, faults: &mut Vec<Fault>, sink: &mut Sink<'_>) -> bool {
        let profile = sink.profile;
        let fatal =
            |fault: &Fault| matches!((fault.position, fault.code), (3, 10) | (1, 2) | (5 | 6, _));
        if segment.value(5).is_none() && !faults.iter().any(|fault| fault.position == 5) {
            faults.push(Fault { position: 5, reference: 373, code: 2 });
        }
        let is_appointment = segment.value(1).is_none();
        let (at, reason_at, reference, list, rules) = if is_appointment {
            (3, 4, 1652, "x12/1652", &profile.tables.appointment)
        } else {
            (1, 2, 1650, "x12/1650", &profile.tables.status)
        };
        let Some(code) = string(segment, at) else { return false };
        let rule = Code::new(code.as_bytes()).and_then(|code| rules.get(&code));
        if rule.is_none() {
            unknown(faults, at, reference);
        }
        let raw_reason = string(segment, reason_at);
        let reason_rule = raw_reason
            .as_ref()
            .and_then(|reason| Code::new(reason.as_bytes()))
            .and_then(|reason| profile.tables.reason.get(&reason));
        if raw_reason.is_some() && reason_rule.is_none() {
            unknown(faults, reason_at, 1651);
        }
        let zone = self.sent_zone(segment, faults, profile);
        if faults.iter().any(fatal) {
            return false;
        }
        let Some(date) = Date::parse(segment.element(5).trim_ascii()) else { return false };
        let time = segment.value(6).map(parse_time);
        let time_ms = match time {
            Some(Some(time)) => time,
            Some(None) => return false,
            None => 0,
        };
        let source = zone.map_or(
            if profile.zone.is_some() { ZoneSource::Profile } else { ZoneSource::Assumed },
            |_| ZoneSource::Sent,
        );
        let at = zone.or(profile.zone).unwrap_or(Zone::UTC).moment(date, time_ms, source);
        let mut milestone =
            milestone(rule, RawCode { list: list.to_owned(), code, text: None }, at);
        milestone.source = span(segment.span());
        milestone.reason =
            milestone.reason.or_else(|| reason_rule.and_then(|rule| rule.reason.clone()));
        milestone.raw_reason =
            raw_reason.map(|code| RawCode { list: "x12/1651".to_owned(), code, text: None });
        if time.is_none() {
            milestone.attributes.push(("precision".to_owned(), "date".to_owned()));
        }
        if self.waiting.len() >= WAITING_MAX {
            self.hand_on(After::SameLx, sink);
        }
        self.waiting.push(Waiting { milestone, date, time_ms, zoned: zone.is_some() });
        true
    }

    /// The zone that AT707 names; `None` for local time, or a code that nobody knows.
    fn sent_zone(
        &self,
        segment: &Segment<'_>,
        faults: &mut Vec<Fault>,
        profile: &Profile,
    ) -> Option<Zone> {
        let code = segment.value(7)?;
        if code == b"LT" {
            return None;
        }
        let zone = Code::new(code).and_then(|code| profile.tables.time.get(&code)).copied();
        if zone.is_none() {
            unknown(faults, 7, 623);
        }
        zone
    }

    fn ms1(&mut self, segment: &Segment<'_>, profile: &Profile) {
        if !self.completes {
            return;
        }
        let Some(last) = self.waiting.last_mut() else { return };
        last.milestone.source.end = segment.span().end;
        last.milestone.place = place_of_ms1(segment);
        let here = matches!(segment.value(3), None | Some(b"US" | b"USA" | b"CA" | b"CAN"));
        if !last.zoned && here {
            let region = segment.value(2).and_then(Code::new);
            if let Some(zone) = region.and_then(|region| profile.tables.region.get(&region)) {
                last.milestone.at = zone.moment(last.date, last.time_ms, ZoneSource::Place);
            }
        }
    }

    fn ms2(&mut self, segment: &Segment<'_>) {
        if !self.completes {
            return;
        }
        let Some(last) = self.waiting.last_mut() else { return };
        last.milestone.source.end = segment.span().end;
        if let Some(number) = segment.text(2) {
            let owner = segment.text(1).unwrap_or_default();
            add_reference(&mut last.milestone.references, "equipment", &[owner, number].concat());
        }
        if let Some(kind) = string(segment, 3) {
            last.milestone.attributes.push(("equipment-type".to_owned(), kind));
        }
    }

    fn at8(&mut self, segment: &Segment<'_>) {
        // Gross weight is the shipment's; other qualifiers are a party's own affair.
        if !self.in_lx || segment.value(1).is_some_and(|qualifier| qualifier != b"G") {
            return;
        }
        if let (Some(value), Some(unit)) = (segment.text(3), segment.text(2)) {
            self.lx_attributes
                .push(("weight".to_owned(), [&value, " ", weight_unit(&unit)].concat()));
        }
        self.attribute("lading-quantity", segment, 4);
    }

    fn attribute(&mut self, name: &str, segment: &Segment<'_>, position: usize) {
        if let Some(value) = string(segment, position)
            && self.in_lx
            && !self.lx_attributes.iter().any(|(known, _)| known == name)
        {
            self.lx_attributes.push((name.to_owned(), value));
        }
    }

    /// Hands on what waits, and forgets the LX; at the set's end also what the set said of all of them.
    fn flush(&mut self, after: After, sink: &mut Sink<'_>) {
        self.hand_on(after, sink);
        self.lx_references.clear();
        self.lx_attributes.clear();
        self.pieces.clear();
        self.completes = false;
    }

    /// Hands on what waits. What nobody needs after the last of them is moved into it, not copied.
    fn hand_on(&mut self, after: After, sink: &mut Sink<'_>) {
        let nameless = self.references.is_empty() && self.lx_references.is_empty();
        let mut waiting = core::mem::take(&mut self.waiting);
        let last = waiting.len().saturating_sub(1);
        for (index, Waiting { mut milestone, .. }) in waiting.drain(..).enumerate() {
            let after = if index == last { after } else { After::SameLx };
            let equipment = core::mem::take(&mut milestone.references);
            let mut references = match after {
                After::Set => core::mem::take(&mut self.references),
                _ => self.references.clone(),
            };
            let more = [self.lx_references.len(), equipment.len(), self.pieces.len()];
            references.reserve_exact(more.iter().sum());
            for reference in &self.lx_references {
                add_reference(&mut references, &reference.kind, &reference.value);
            }
            references.extend(equipment);
            for piece in &self.pieces {
                add_reference(&mut references, "tracking", piece);
            }
            milestone.references = references;
            milestone.attributes.reserve_exact(self.lx_attributes.len().saturating_add(1));
            if let [piece] = self.pieces.as_slice() {
                milestone.scope = Scope { kind: ScopeKind::Piece, id: Some(piece.clone()) };
            }
            if let Some(scac) = &self.scac {
                milestone.attributes.push(("scac".to_owned(), scac.clone()));
            }
            match after {
                After::SameLx => milestone.attributes.extend(self.lx_attributes.iter().cloned()),
                _ => milestone.attributes.append(&mut self.lx_attributes),
            }
            if nameless {
                let message =
                    "the status names no shipment: B10 and L11 hold no reference".to_owned();
                let hint = "send the PRO number in B1001 or the shipment's number in B1002";
                sink.notes.remark(
                    sink.rejects,
                    Severity::Error,
                    "x12-no-reference",
                    message,
                    hint,
                    milestone.source,
                );
                continue;
            }
            sink.records.push(Record::Milestone(Box::new(milestone)));
        }
        self.waiting = waiting;
    }
}

/// A milestone as its code says; the caller fills in the rest.
fn milestone(rule: Option<&StatusRule>, raw: RawCode, at: caravan_model::Moment) -> Milestone {
    Milestone {
        key: None,
        status: rule.map_or(Status::Unmapped, |rule| rule.status.0),
        reason: rule.and_then(|rule| rule.reason.clone()),
        classifier: rule.and_then(|rule| rule.classifier).map_or(Classifier::Actual, |word| word.0),
        leg: rule.and_then(|rule| rule.leg).map(|word| word.0),
        direction: rule.and_then(|rule| rule.direction).map_or(Direction::Forward, |word| word.0),
        scope: Scope::SHIPMENT,
        at,
        place: None,
        references: Vec::new(),
        raw,
        raw_reason: None,
        source: caravan_model::Span::default(),
        attributes: Vec::new(),
    }
}

/// Notes a code that is in no table, unless the element is already blamed.
fn unknown(faults: &mut Vec<Fault>, position: usize, reference: u16) {
    let position = u8::try_from(position).unwrap_or(u8::MAX);
    if !faults.iter().any(|fault| fault.position == position) {
        faults.push(Fault { position, reference, code: 7 });
    }
}
