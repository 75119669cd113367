//! A reply of `GET /track/shipments` as milestones: bytes and profile in, values out.
//!
//! Zones: the documents do not say whose local time a timestamp without offset is, so it is read in the connection's or the
//! profile's zone, else as UTC, and every such moment says which.
//! Direction: `returnFlag` is about the whole shipment and does not say from which event on, so only the delivery of a
//! flagged shipment (to its sender, support article 47001251916) becomes `returned`; its other events carry the flag.

use caravan_connector_sdk::codes::Table;
use caravan_connector_sdk::date::{self, Zone};
use caravan_connector_sdk::meaning::Meaning;
use caravan_connector_sdk::model::{
    Batch, Classifier, Direction, Leg, Milestone, Place, RawCode, Record, Reference, Reject, Scope,
    ScopeKind, Severity, Span, Status,
};
use caravan_connector_sdk::{Failure, json};
use serde_json::value::RawValue;

use crate::profile::Profile;
use crate::reply::{Event, Location, Reply, Shipment};

/// The division whose `status` holds finer codes.
const PARCEL_DE: &str = "parcel-de";

/// Maps the reply `body`, document `document` of the call, to the question for `query`.
///
/// # Errors
/// `Unreadable` when the body is not DHL's JSON (or the profile's table of parcel-de is broken), `NotFound` when it holds no shipment; one unreadable event is a reject in the batch.
pub fn map(
    body: &[u8],
    document: u32,
    profile: &Profile<'_>,
    zone: &Zone,
    query: &Reference,
) -> Result<Batch, Failure> {
    let reply: Reply<'_> = json::read(body, document)?;
    if reply.shipments.is_empty() {
        return Err(Failure::NotFound(format!("DHL knows no shipment {}", query.value)));
    }
    let mut mapper = Mapper {
        body,
        document,
        profile,
        parcel_de: None,
        zone,
        batch: Batch { done: true, ..Batch::default() },
    };
    for (index, shipment) in reply.shipments.iter().enumerate() {
        if mapper.parcel_de.is_none() && shipment.service.as_str() == PARCEL_DE {
            mapper.parcel_de = Some(profile.tables.parcel_de()?);
        }
        mapper.shipment(index, shipment, query);
    }
    Ok(mapper.batch)
}

struct Mapper<'a> {
    body: &'a [u8],
    document: u32,
    profile: &'a Profile<'a>,
    /// Read from the profile once a shipment needs it.
    parcel_de: Option<Table<'a, Meaning<'a>>>,
    zone: &'a Zone,
    batch: Batch,
}

/// What all events of a shipment share.
struct Common<'a> {
    path: String,
    references: Vec<Reference>,
    parcel_de: bool,
    returned: bool,
    several_pieces: bool,
    shipment: &'a Shipment<'a>,
}

impl Mapper<'_> {
    fn shipment(&mut self, index: usize, shipment: &Shipment<'_>, query: &Reference) {
        let pieces = shipment.details.as_ref().map_or("", |d| d.total_number_of_pieces.as_str());
        let common = Common {
            path: format!("$.shipments[{index}]"),
            references: references(shipment, query),
            parcel_de: shipment.service.as_str() == PARCEL_DE,
            returned: shipment.return_flag == Some(true),
            several_pieces: pieces.parse::<u32>().is_ok_and(|count| count > 1),
            shipment,
        };
        let events = shipment.events.as_deref().unwrap_or_default();
        self.batch.records.reserve(events.len().saturating_add(1));
        let mut read: Vec<Event<'_>> = Vec::with_capacity(events.len());
        for (index, raw) in events.iter().enumerate() {
            if let Some(event) = self.event(&common, raw, || format!(".events[{index}]")) {
                read.push(event);
            }
        }
        if let Some(raw) = shipment.status {
            self.status(&common, raw, &read);
        }
        self.expected(&common);
    }

    /// The current status, when it is not one of the events.
    fn status(&mut self, common: &Common<'_>, raw: &RawValue, events: &[Event<'_>]) {
        // Most divisions repeat the newest event to the letter; that needs no reading.
        let mut same = common.shipment.events.iter().flatten();
        if same.any(|event| event.get() == raw.get()) {
            return;
        }
        let Ok(status) = serde_json::from_str::<Event<'_>>(raw.get()) else { return };
        let same = |event: &Event<'_>| {
            event.timestamp == status.timestamp && event.status_code == status.status_code
        };
        if !status.timestamp.is_empty() && !events.iter().any(same) {
            self.event(common, raw, || ".status".to_owned());
        }
    }

    /// Maps one event, and gives it back for comparison.
    fn event<'e>(
        &mut self,
        common: &Common<'_>,
        raw: &'e RawValue,
        path: impl Fn() -> String,
    ) -> Option<Event<'e>> {
        let source = self.span(raw.get());
        let at_path = || format!("{}{}", common.path, path());
        let event: Event<'e> = match serde_json::from_str(raw.get()) {
            Ok(event) => event,
            Err(error) => {
                self.reject(
                    "dhl-event",
                    at_path(),
                    format!("the event cannot be read: {error}"),
                    source,
                );
                return None;
            }
        };
        let Some(at) = date::iso(event.timestamp.as_str(), self.zone) else {
            let message = format!("{:?} is not a date and time", event.timestamp.as_str());
            self.reject("dhl-timestamp", format!("{}.timestamp", at_path()), message, source);
            return Some(event);
        };
        let meaning = self.meaning(common, &event);
        if meaning.status == Status::Unmapped {
            self.warn_unmapped(&meaning.raw, at_path(), source);
        }
        let attributes = attributes(common, &event, &meaning.raw);
        let milestone = Milestone {
            key: None,
            status: meaning.status,
            reason: meaning.reason,
            classifier: Classifier::Actual,
            leg: meaning.leg,
            direction: meaning.direction,
            scope: scope(common, &event),
            at,
            place: event.location.as_ref().and_then(place),
            references: common.references.clone(),
            raw: meaning.raw,
            raw_reason: None,
            source,
            attributes,
        };
        self.batch.records.push(Record::Milestone(Box::new(milestone)));
        Some(event)
    }

    fn meaning(&self, common: &Common<'_>, event: &Event<'_>) -> Mapped {
        let tables = &self.profile.tables;
        let code = event.status.as_str();
        let fine_table = self.parcel_de.as_ref().filter(|_| common.parcel_de);
        let fine = fine_table.and_then(|table| table.get(code));
        let (found, list, code) = match fine {
            Some(meaning) => (Some(meaning), "dhl/parcel-de", code),
            None => {
                let code = event.status_code.as_str();
                (tables.status_code.get(code), "dhl/statusCode", code)
            }
        };
        let status = found.map_or(Status::Unmapped, |meaning| meaning.status);
        let back = common.returned && status == Status::Delivered;
        let direction = found.and_then(|meaning| meaning.direction).unwrap_or(Direction::Forward);
        Mapped {
            status: if back { Status::Returned } else { status },
            leg: if back { Some(Leg::Return) } else { found.and_then(|meaning| meaning.leg) },
            direction: if back { Direction::Return } else { direction },
            reason: found.and_then(|meaning| meaning.reason.to_option()),
            raw: RawCode {
                list: list.to_owned(),
                code: code.to_owned(),
                text: event.description.to_option(),
            },
        }
    }

    /// An expected delivery is a plan, never a delivery.
    fn expected(&mut self, common: &Common<'_>) {
        let frame = common.shipment.estimated_delivery_time_frame.as_ref();
        let due = common.shipment.estimated_time_of_delivery;
        let text = due.and_then(|raw| serde_json::from_str::<&str>(raw.get()).ok());
        let through = frame.map(|frame| frame.estimated_through.as_str());
        let Some(text) = text.or(through).filter(|text| !text.is_empty()) else { return };
        let source = self.span(due.map_or(text, RawValue::get));
        let path = format!("{}.estimatedTimeOfDelivery", common.path);
        let Some(at) = date::iso(text, self.zone) else {
            let message = format!("{text:?} is not a date and time");
            return self.reject("dhl-timestamp", path, message, source);
        };
        let mut attributes = Vec::new();
        if let Some(frame) = frame {
            for (name, value) in [
                ("estimated-from", &frame.estimated_from),
                ("estimated-through", &frame.estimated_through),
            ] {
                attributes.extend(value.to_option().map(|value| (name.to_owned(), value)));
            }
        }
        let milestone = Milestone {
            key: None,
            status: Status::DeliveryScheduled,
            reason: None,
            classifier: Classifier::Estimated,
            leg: Some(Leg::LastMile),
            direction: if common.returned { Direction::Return } else { Direction::Forward },
            scope: Scope::SHIPMENT,
            at,
            place: None,
            references: common.references.clone(),
            raw: RawCode {
                list: "dhl/field".to_owned(),
                code: "estimatedTimeOfDelivery".to_owned(),
                text: None,
            },
            raw_reason: None,
            source,
            attributes,
        };
        self.batch.records.push(Record::Milestone(Box::new(milestone)));
    }

    fn reject(&mut self, code: &str, path: String, message: String, source: Span) {
        self.batch.rejects.push(Reject {
            severity: Severity::Error,
            code: code.to_owned(),
            path,
            message,
            hint: Some("the raw reply is kept: report it to DHL's API support".to_owned()),
            source,
        });
    }

    fn warn_unmapped(&mut self, raw: &RawCode, path: String, source: Span) {
        self.batch.rejects.push(Reject {
            severity: Severity::Warning,
            code: "unmapped-code".to_owned(),
            path,
            message: format!("{} {:?} has no meaning in the profile", raw.list, raw.code),
            hint: Some(
                "add it to mappings/profiles/dhl/profile.json when DHL documents it".to_owned(),
            ),
            source,
        });
    }

    /// Where `part`, a slice of the body, is in it.
    fn span(&self, part: &str) -> Span {
        let start = part.as_ptr().addr().saturating_sub(self.body.as_ptr().addr());
        let end = start.saturating_add(part.len());
        Span {
            document: self.document,
            start: u64::try_from(start).unwrap_or(u64::MAX),
            end: u64::try_from(end).unwrap_or(u64::MAX),
        }
    }
}

/// What a code means, with the code.
struct Mapped {
    status: Status,
    leg: Option<Leg>,
    direction: Direction,
    reason: Option<String>,
    raw: RawCode,
}

fn references(shipment: &Shipment<'_>, query: &Reference) -> Vec<Reference> {
    let mut references: Vec<Reference> = Vec::with_capacity(2);
    let mut add = |kind: String, value: &str| {
        if !value.is_empty() && !references.iter().any(|known| known.value == value) {
            references.push(Reference { kind, value: value.to_owned() });
        }
    };
    add("tracking".to_owned(), shipment.id.as_str());
    add(query.kind.clone(), &query.value);
    let details = shipment.details.as_ref();
    for one in details.and_then(|details| details.references.as_deref()).unwrap_or_default() {
        add(format!("dhl/{}", one.kind.as_str()), one.number.as_str());
    }
    references
}

fn scope(common: &Common<'_>, event: &Event<'_>) -> Scope {
    match event.piece_ids.as_deref() {
        Some([piece]) if common.several_pieces => {
            Scope { kind: ScopeKind::Piece, id: piece.to_option() }
        }
        _ => Scope::SHIPMENT,
    }
}

fn place(location: &Location<'_>) -> Option<Place> {
    let address = location.address.as_ref();
    let place = Place {
        name: address.and_then(|address| address.address_locality.to_option()),
        region: address.and_then(|address| address.address_region.to_option()),
        postal_code: address.and_then(|address| address.postal_code.to_option()),
        country: address.and_then(|address| address.country_code.to_option()),
        facility: location.service_point.as_ref().and_then(|point| point.label.to_option()),
        ..Place::default()
    };
    (!place.is_empty()).then_some(place)
}

fn attributes(common: &Common<'_>, event: &Event<'_>, raw: &RawCode) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    let mut add = |name: &str, value: &str| attributes.push((name.to_owned(), value.to_owned()));
    let (title, text) = (event.status.as_str(), event.description.as_str());
    let known = [text, event.status_code.as_str(), raw.code.as_str()];
    if !title.is_empty() && !known.contains(&title) {
        add("title", title);
    }
    if !event.remark.is_empty() {
        add("remark", event.remark.as_str());
    }
    if common.returned {
        add("return-flag", "true");
    }
    attributes
}
