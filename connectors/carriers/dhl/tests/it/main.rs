//! The DHL connector against its golden cases and a host that is made up.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a failed step is a failed test"
)]

#[path = "../../../../../fixtures/parties/golden.rs"]
mod golden;
mod profile;

use caravan_connector_dhl::{Dhl, Profile, map};
use caravan_connector_sdk::date::Zone;
use caravan_connector_sdk::model::{Record, Reference, ZoneSource};
use caravan_connector_sdk::testing::FakeHost;
use caravan_connector_sdk::{Context, Failure, HttpResponse, Tracking, json};

use profile::PROFILE;

const TEN_EVENTS: &str =
    include_str!("../../../../../fixtures/parties/dhl/tracking/ten-events/input.json");

fn query(value: &str) -> Reference {
    Reference::new("tracking", value)
}

fn host() -> FakeHost {
    FakeHost::at(1_764_000_000_000).profile(PROFILE)
}

fn track(host: &FakeHost, numbers: &[&str]) -> Vec<Result<usize, Failure>> {
    let queries: Vec<Reference> = numbers.iter().map(|number| query(number)).collect();
    let answers = Dhl::track(host, &Context::default(), &queries);
    answers.into_iter().map(|answer| answer.map(|batch| batch.records.len())).collect()
}

#[test]
fn golden_cases() {
    let profile: Profile<'_> = json::read(PROFILE, 0).unwrap();
    golden::check("dhl", "tracking", 8, |body| {
        map(body, 1, &profile, &Zone::assumed(), &query("7777777770")).map(|batch| vec![batch])
    });
}

#[test]
fn the_bytes_of_every_milestone_are_its_event() {
    let profile: Profile<'_> = json::read(PROFILE, 0).unwrap();
    let batch =
        map(TEN_EVENTS.as_bytes(), 3, &profile, &Zone::assumed(), &query("7777777770")).unwrap();
    assert_eq!(batch.records.len(), 10);
    for record in &batch.records {
        let Record::Milestone(milestone) = record else { panic!("not a milestone") };
        let range = milestone.source.start as usize..milestone.source.end as usize;
        let event: serde_json::Value = serde_json::from_str(&TEN_EVENTS[range]).unwrap();
        assert_eq!(event["statusCode"], milestone.raw.code);
        assert_eq!(milestone.source.document, 3);
    }
}

#[test]
fn one_call_a_number_with_the_key_slot_and_the_settings() {
    let host = host()
        .setting("service", "express")
        .setting("zone", "+01:00")
        .answer(HttpResponse::new(200, TEN_EVENTS))
        .answer(HttpResponse::new(404, "{}"));
    let queries = [query("7777777770"), query("1")];
    let answers = Dhl::track(&host, &Context::default(), &queries);
    let batch = answers[0].as_ref().unwrap();
    let Record::Milestone(first) = &batch.records[0] else { panic!("not a milestone") };
    assert_eq!(first.at.to_rfc3339(), "2026-11-23T15:42:00+01:00");
    assert_eq!(first.at.zone, ZoneSource::Profile);
    assert_eq!(answers[1], Err(Failure::NotFound("DHL knows no shipment 1".into())));
    let request = &host.requests()[0];
    assert_eq!(request.auth.as_deref(), Some("key"));
    assert!(request.query.contains(&("trackingNumber".into(), "7777777770".into())));
    assert!(request.query.contains(&("service".into(), "express".into())));
}

#[test]
fn after_a_refusal_that_holds_for_all_nothing_more_is_asked() {
    let host = host().answer(HttpResponse::new(429, "{}").with_header("Retry-After", "7"));
    let limited = Err(Failure::RateLimited(Some(7000)));
    assert_eq!(track(&host, &["1", "2", "3"]), [limited.clone(), limited.clone(), limited]);
    assert_eq!(host.requests().len(), 1);
}

#[test]
fn credentials_outages_and_broken_profiles_have_their_own_names() {
    let refused = host().answer(HttpResponse::new(401, "{}"));
    assert!(matches!(track(&refused, &["1"])[0], Err(Failure::Auth(_))));
    let down = host().answer(HttpResponse::new(503, "")).answer(HttpResponse::new(200, TEN_EVENTS));
    let answers = track(&down, &["1", "7777777770"]);
    assert!(matches!(&answers[0], Err(Failure::Upstream(error)) if error.retryable));
    assert_eq!(answers[1], Ok(10));
    let broken =
        FakeHost::at(0).profile(r#"{"tables":{"statusCode":{"transit":{"status":"??"}}}}"#);
    assert!(matches!(track(&broken, &["1"])[0], Err(Failure::Unreadable(_))));
}
