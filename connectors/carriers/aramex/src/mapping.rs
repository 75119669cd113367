//! A reply of `TrackShipments` as milestones: bytes and profile in, values out.
//!
//! The envelope is first walked by the SDK's guarded reader (no document type, caps on depth and size, faults are failures),
//! which also knows where each update stands; then yaserde reads the types of the WSDL. Both see the updates in one order.
//! Zones: times carry no offset and the manual names none, so they are read in the connection's zone, else as UTC, and say so.

use caravan_connector_sdk::date::{self, Zone};
use caravan_connector_sdk::model::{
    Batch, Classifier, Direction, Milestone, Place, RawCode, Record, Reference, Reject, Scope,
    Severity, Span, Status,
};
use caravan_connector_sdk::{Failure, HttpResponse, UpstreamError, soap, xml};

use crate::profile::Profile;
use crate::reply::{Envelope, Notification, Response, Update};

/// What a reply says of all waybills asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tracked {
    /// A waybill and its milestones, in the reply's order.
    pub found: Vec<(String, Batch)>,
    /// Waybills that Aramex does not know.
    pub missing: Vec<String>,
}

/// Maps an answer.
///
/// # Errors
/// A SOAP fault, an HTTP status and `HasErrors` under HTTP 200 are failures (`Auth` when the login is refused);
/// `Unreadable` when it is no such envelope.
pub fn map(
    response: HttpResponse,
    profile: &Profile<'_>,
    zone: &Zone,
    now_ms: i64,
) -> Result<Tracked, Failure> {
    let document = response.document;
    let text = String::from_utf8_lossy(&response.body).into_owned();
    let element = soap::body(response, now_ms)?;
    let whole = Span { document, start: 0, end: u64::try_from(text.len()).unwrap_or(u64::MAX) };
    if element.name != "ShipmentTrackingResponse" {
        let message = format!("expected ShipmentTrackingResponse, found <{}>", element.name);
        return Err(Failure::unreadable("aramex-reply", message, whole));
    }
    let Envelope { body } = yaserde::de::from_str(&text)
        .map_err(|error| Failure::unreadable("aramex-reply", error.to_string(), whole))?;
    let reply = body.response;
    if reply.has_errors.trim().eq_ignore_ascii_case("true") {
        return Err(refusal(&reply));
    }
    let mapper = Mapper { profile, zone };
    let places = updates(&element, document);
    let mut places = places.into_iter();
    let mut tracked = Tracked { missing: reply.missing.waybills, ..Tracked::default() };
    for entry in &reply.results.entries {
        let mut batch = Batch { done: true, ..Batch::default() };
        for (index, update) in entry.value.list.iter().enumerate() {
            let source = places.next().unwrap_or(whole);
            let path = format!("TrackingResults/{}/TrackingResult #{}", entry.waybill, index + 1);
            mapper.update(&mut batch, entry.waybill.trim(), update, path, source);
        }
        tracked.found.push((entry.waybill.trim().to_owned(), batch));
    }
    Ok(tracked)
}

/// Where each `TrackingResult` stands, in document order.
fn updates(reply: &xml::Element, document: u32) -> Vec<Span> {
    let results = reply.child("TrackingResults");
    let entries = results.into_iter().flat_map(|results| results.children.iter());
    let values = entries.filter_map(|entry| entry.child("Value"));
    values.flat_map(|value| value.all("TrackingResult")).map(|one| one.span(document)).collect()
}

/// ERR01 (manual) and ERR75 (seen) refuse the login.
fn refusal(reply: &Response) -> Failure {
    let notes = &reply.notifications.list;
    let text = |note: &Notification| format!("{} ({})", note.message.trim(), note.code.trim());
    let message = notes.iter().map(text).collect::<Vec<_>>().join("; ");
    if notes.iter().any(|note| matches!(note.code.trim(), "ERR01" | "ERR75")) {
        return Failure::Auth(message);
    }
    Failure::Upstream(UpstreamError {
        status: Some(200),
        code: notes.first().map(|note| note.code.trim().to_owned()),
        message: if message.is_empty() {
            "HasErrors without a notification".to_owned()
        } else {
            message
        },
        retryable: false,
    })
}

struct Mapper<'a> {
    profile: &'a Profile<'a>,
    zone: &'a Zone,
}

impl Mapper<'_> {
    fn update(
        &self,
        batch: &mut Batch,
        waybill: &str,
        update: &Update,
        path: String,
        source: Span,
    ) {
        let Some(at) = date::iso(&update.at, self.zone) else {
            batch.rejects.push(Reject {
                severity: Severity::Error,
                code: "aramex-timestamp".to_owned(),
                path: format!("{path}/UpdateDateTime"),
                message: format!("{:?} is not a date and time", update.at),
                hint: Some("the raw reply is kept: report it to Aramex's API support".to_owned()),
                source,
            });
            return;
        };
        let code = update.code.trim();
        let found = self.profile.tables.update_code.get(code);
        if found.is_none() {
            batch.rejects.push(Reject {
                severity: Severity::Warning,
                code: "unmapped-code".to_owned(),
                path,
                message: format!("aramex/UpdateCode {code:?} has no meaning in the profile"),
                hint: Some(
                    "add it to mappings/profiles/aramex/profile.json when Aramex documents it"
                        .to_owned(),
                ),
                source,
            });
        }
        let problem = update.problem.trim();
        let why = self.profile.tables.problem_code.get(problem);
        let comments = update.comments.trim();
        batch.records.push(Record::Milestone(Box::new(Milestone {
            key: None,
            status: found.map_or(Status::Unmapped, |meaning| meaning.status),
            reason: why
                .and_then(|why| why.reason.to_option())
                .or_else(|| found.and_then(|meaning| meaning.reason.to_option())),
            classifier: Classifier::Actual,
            leg: found.and_then(|meaning| meaning.leg),
            direction: found.and_then(|meaning| meaning.direction).unwrap_or(Direction::Forward),
            scope: Scope::SHIPMENT,
            at,
            place: place(update.location.trim()),
            references: vec![Reference::new("awb", waybill)],
            raw: RawCode {
                list: "aramex/UpdateCode".to_owned(),
                code: code.to_owned(),
                text: some(&update.description),
            },
            raw_reason: (!problem.is_empty()).then(|| RawCode {
                list: "aramex/ProblemCode".to_owned(),
                code: problem.to_owned(),
                text: None,
            }),
            source,
            attributes: some(comments)
                .map(|text| ("comments".to_owned(), text))
                .into_iter()
                .collect(),
        })));
    }
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `Riyadh, Saudi Arabia`: the country is what follows the last comma, as sent.
fn place(text: &str) -> Option<Place> {
    let (name, country) = match text.rsplit_once(", ") {
        Some((name, country)) => (some(name), some(country)),
        None => (some(text), None),
    };
    let place = Place { name, country, ..Place::default() };
    (!place.is_empty()).then_some(place)
}
