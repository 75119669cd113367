//! 990, response to a load tender: one set becomes one tender response.
//!
//! B1 names the carrier, the load and what is said to it; N9 carries the carrier's own number. What a code says is the
//! profile's: the standard list and common practice differ on how to decline.

use caravan_mappings_x12::Segment;
use caravan_mappings_x12::date::Date;
use caravan_mappings_x12::schema::Fault;
use caravan_model::{
    Moment, RawCode, Record, Reference, Severity, Span, TenderAnswer, TenderResponse, ZoneSource,
};

use crate::profile::{Code, Profile};
use crate::status::Sink;
use crate::values::{add_reference, string};
use crate::zone::Zone;

/// Repeated things of one response at most.
const PARTS_MAX: usize = 200;

/// A 990 being read.
#[derive(Debug, Default)]
pub struct ResponseSet {
    response: Option<Box<TenderResponse>>,
    has_b1: bool,
}

impl ResponseSet {
    /// Reads one segment; `faults` are those of its syntax. Adds to them what its codes lack.
    pub fn segment(
        &mut self,
        segment: &Segment<'_>,
        position: u32,
        faults: &mut Vec<Fault>,
        sink: &mut Sink<'_>,
    ) {
        let mut severity = Severity::Warning;
        if segment.tag() == b"B1" {
            self.has_b1 = true;
            self.response = head(segment, faults, sink.profile);
            if self.response.is_none() {
                severity = Severity::Error;
                sink.notes.lost = sink.notes.lost.saturating_add(1);
            }
        }
        sink.notes.faults(sink.rejects, segment, position, faults, severity);
        let Some(response) = &mut self.response else { return };
        match segment.tag() {
            b"N9" => {
                if let (Some(qualifier), Some(value)) = (segment.text(1), segment.text(2))
                    && response.references.len() < PARTS_MAX
                {
                    let kind = sink.profile.reference_kind(&qualifier);
                    add_reference(&mut response.references, &kind, &value);
                }
            }
            b"K1" => {
                if let Some(text) = string(segment, 1)
                    && response.attributes.len() < PARTS_MAX
                {
                    response.attributes.push(("note".to_owned(), text));
                }
            }
            _ => {}
        }
    }

    /// Ends the set.
    pub fn finish(&mut self, source: Span, sink: &mut Sink<'_>) {
        if !self.has_b1 {
            sink.notes.missing(sink.rejects, "B1", 2, source, Severity::Error);
        }
        let Some(mut response) = self.response.take() else { return };
        response.source = source;
        response.carrier_reference = own_number(&response.references, &response.number);
        // An answer that is sent again in another interchange is another answer, even when it says the same.
        response.attributes.push(("control".to_owned(), sink.notes.path.clone()));
        sink.records.push(Record::TenderResponse(response));
    }
}

/// The response as B1 says; `None` when it names no load or says nothing.
fn head(
    segment: &Segment<'_>,
    faults: &mut Vec<Fault>,
    profile: &Profile,
) -> Option<Box<TenderResponse>> {
    let action_at = profile.action_element;
    if action_at == 3 {
        // The party's date is no date, by agreement.
        faults.retain(|fault| fault.position != 3);
    }
    let number = string(segment, 2);
    let code = string(segment, action_at);
    if number.is_none() {
        faults.push(Fault { position: 2, reference: 145, code: 1 });
    }
    if code.is_none() {
        let position = if action_at == 3 { 3 } else { 4 };
        faults.push(Fault { position, reference: 558, code: 1 });
    }
    let (number, code) = (number?, code?);
    let rule = Code::new(code.as_bytes()).and_then(|code| profile.tables.answer.get(&code));
    if rule.is_none() {
        let position = if action_at == 3 { 3 } else { 4 };
        faults.push(Fault { position, reference: 558, code: 7 });
    }
    let raw_reason = string(segment, 6);
    let reason = raw_reason
        .as_ref()
        .and_then(|code| Code::new(code.as_bytes()))
        .and_then(|code| profile.tables.decline.get(&code));
    if raw_reason.is_some() && reason.is_none() && !faults.iter().any(|fault| fault.position == 6) {
        faults.push(Fault { position: 6, reference: 0, code: 7 });
    }
    let date = if action_at == 3 { None } else { Date::parse(segment.element(3).trim_ascii()) };
    let attributes = date.map(|_| ("precision".to_owned(), "date".to_owned()));
    Some(Box::new(TenderResponse {
        key: None,
        number,
        carrier: string(segment, 1),
        answer: rule.map_or(TenderAnswer::Unmapped, |rule| rule.answer.0),
        reason: reason.and_then(|rule| rule.reason.clone()),
        carrier_reference: None,
        answered_at: date.map(|date| day(date, profile)),
        references: Vec::new(),
        raw: RawCode { list: "x12/558".to_owned(), code, text: None },
        raw_reason: raw_reason.map(|code| RawCode {
            list: "x12/decline-reason".to_owned(),
            code,
            text: None,
        }),
        source: Span::default(),
        attributes: attributes.into_iter().collect(),
    }))
}

fn day(date: Date, profile: &Profile) -> Moment {
    let source = if profile.zone.is_some() { ZoneSource::Profile } else { ZoneSource::Assumed };
    profile.zone.unwrap_or(Zone::UTC).moment(date, 0, source)
}

/// The carrier's number: its PRO, else the first number that is not the load's.
fn own_number(references: &[Reference], load: &str) -> Option<String> {
    let pro = references.iter().find(|reference| reference.kind == "pro");
    let other = || references.iter().find(|reference| reference.value != load);
    pro.or_else(other).map(|reference| reference.value.clone())
}
