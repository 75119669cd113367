//! The smallest whole connector: one request a shipment, one event a milestone, codes from the profile.
//!
//! Transport is in [`Template::track`], meaning in [`batch`], which is pure: bytes and profile in, records out.
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

use caravan_connector_sdk::codes::Table;
use caravan_connector_sdk::date::{self, Zone};
use caravan_connector_sdk::model::{
    Batch, Classifier, Direction, Milestone, RawCode, Record, Reference, Reject, Scope, Severity,
    Span, Status, ZoneSource,
};
use caravan_connector_sdk::{Context, Failure, Host, HttpRequest, Tracking, json};
use serde::Deserialize;

/// The connector.
#[derive(Debug)]
pub struct Template;

caravan_connector_sdk::register! {
    meta: { id: "template", title: "A carrier with one JSON endpoint", messages: ["template/tracking"] },
    tracking: Template,
    allocator: bump,
}

/// The party's profile, borrowed from its bytes.
#[derive(Debug, Deserialize)]
pub struct Profile<'a> {
    zone: &'a str,
    #[serde(borrow)]
    tables: Tables<'a>,
}

#[derive(Debug, Deserialize)]
struct Tables<'a> {
    #[serde(borrow)]
    event: Table<'a, &'a str>,
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    events: Vec<Event<'a>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    id: &'a str,
    code: &'a str,
    /// Local time of the profile's zone.
    time: &'a str,
}

impl Tracking for Template {
    fn track(
        host: &dyn Host,
        context: &Context,
        queries: &[Reference],
    ) -> Vec<Result<Batch, Failure>> {
        let profile = host.profile();
        let profile = json::read::<Profile>(&profile, 0);
        let ask = |query: &Reference| {
            let profile = profile.as_ref().map_err(Clone::clone)?;
            let request =
                HttpRequest::get("api", format!("/v1/shipments/{}", path_part(&query.value)));
            let response = host.http(request.auth("key"))?.check(context.now_ms)?;
            batch(&response.body, response.document, query, profile)
        };
        queries.iter().map(ask).collect()
    }
}

/// What a reply about `query` says.
///
/// # Errors
/// `Unreadable` when the reply does not have the documented shape.
pub fn batch(
    reply: &[u8],
    document: u32,
    query: &Reference,
    profile: &Profile<'_>,
) -> Result<Batch, Failure> {
    let zone = Zone::named(profile.zone, ZoneSource::Profile).unwrap_or_else(Zone::assumed);
    let length = u64::try_from(reply.len()).unwrap_or(u64::MAX);
    let source = Span { document, start: 0, end: length };
    let reply: Reply = json::read(reply, document)?;
    let mut batch = Batch { done: true, ..Batch::default() };
    for (index, event) in reply.events.iter().enumerate() {
        match milestone(event, query, profile, &zone, source) {
            Some(milestone) => batch.records.push(Record::Milestone(Box::new(milestone))),
            None => batch.rejects.push(Reject {
                severity: Severity::Error,
                code: "template-time".into(),
                path: format!("$.events[{index}].time"),
                message: format!("{:?} is not a date and time", event.time),
                hint: Some("expected yyyy-mm-ddThh:mm:ss".into()),
                source,
            }),
        }
    }
    Ok(batch)
}

fn milestone(
    event: &Event<'_>,
    query: &Reference,
    profile: &Profile<'_>,
    zone: &Zone,
    source: Span,
) -> Option<Milestone> {
    // A code that the table lacks is unmapped, never a guess.
    let status = profile.tables.event.get(event.code).and_then(|status| status.parse().ok());
    Some(Milestone {
        key: Some(event.id.to_owned()),
        status: status.unwrap_or(Status::Unmapped),
        reason: None,
        classifier: Classifier::Actual,
        leg: None,
        direction: Direction::Forward,
        scope: Scope::SHIPMENT,
        at: date::iso(event.time, zone)?,
        place: None,
        references: vec![query.clone()],
        raw: RawCode { list: "template/event".into(), code: event.code.to_owned(), text: None },
        raw_reason: None,
        source,
        attributes: Vec::new(),
    })
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn path_part(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            encoded + char::from(byte).encode_utf8(&mut [0; 4])
        }
        _ => encoded + &format!("%{byte:02X}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use caravan_connector_sdk::HttpResponse;
    use caravan_connector_sdk::testing::FakeHost;

    fn track(response: HttpResponse) -> Result<Batch, Failure> {
        let host = FakeHost::at(0).profile(include_str!("../profile.json")).answer(response);
        let query = Reference::new("tracking", "A/1");
        let mut answers = Template::track(&host, &Context::default(), &[query]);
        assert_eq!(host.requests()[0].path, "/v1/shipments/A%2F1");
        answers.remove(0)
    }

    #[test]
    fn events_become_milestones_and_an_unknown_code_stays_raw() {
        let reply = r#"{"events":[{"id":"1","code":"DL","time":"2020-09-10T11:35:00"},
                                  {"id":"2","code":"??","time":"2020-09-10T11:36:00"},
                                  {"id":"3","code":"PU","time":"yesterday"}]}"#;
        let batch = track(HttpResponse::new(200, reply)).unwrap();
        let statuses: Vec<_> = batch
            .records
            .iter()
            .filter_map(|record| match record {
                Record::Milestone(milestone) => Some((milestone.status, milestone.at.to_rfc3339())),
                _ => None,
            })
            .collect();
        assert_eq!(statuses[0], (Status::Delivered, "2020-09-10T11:35:00-05:00".into()));
        assert_eq!(statuses[1].0, Status::Unmapped);
        assert_eq!(batch.rejects[0].path, "$.events[2].time");
    }

    #[test]
    fn a_refusal_and_another_shape_are_failures() {
        assert!(matches!(track(HttpResponse::new(401, "")), Err(Failure::Auth(_))));
        let failure = track(HttpResponse::new(200, r#"{"events":[{"id":1}]}"#)).unwrap_err();
        assert!(failure.to_string().contains("$.events[0].id"), "{failure}");
    }
}
