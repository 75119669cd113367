//! The Aramex connector against its golden cases and a host that is made up.
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

use caravan_connector_aramex::{Aramex, Profile, map};
use caravan_connector_sdk::date::Zone;
use caravan_connector_sdk::model::{Batch, Record, Reference, Status};
use caravan_connector_sdk::testing::FakeHost;
use caravan_connector_sdk::{Context, Failure, HttpResponse, Tracking, json};

const PROFILE: &[u8] = include_bytes!("../../../../../mappings/profiles/aramex/profile.json");
const FOUND: &str =
    include_str!("../../../../../fixtures/parties/aramex/tracking/two-found-one-missing/input.xml");
const REFUSED: &str =
    include_str!("../../../../../fixtures/parties/aramex/tracking/error-in-200/input.xml");
const FAULT: &str = include_str!("../../../../../fixtures/parties/aramex/tracking/fault/input.xml");

fn host() -> FakeHost {
    FakeHost::at(1_764_000_000_000).profile(PROFILE)
}

fn track(host: &FakeHost, numbers: &[&str]) -> Vec<Result<Batch, Failure>> {
    let queries: Vec<Reference> = numbers.iter().map(|one| Reference::new("awb", one)).collect();
    Aramex::track(host, &Context::default(), &queries)
}

#[test]
fn golden_cases() {
    let profile: Profile<'_> = json::read(PROFILE, 0).unwrap();
    golden::check("aramex", "tracking", 8, |body| {
        let tracked = map(HttpResponse::new(200, body), &profile, &Zone::assumed(), 0)?;
        Ok(tracked.found.into_iter().map(|(_, batch)| batch).collect())
    });
}

#[test]
fn one_call_answers_each_query_and_an_unknown_waybill_is_not_found_alone() {
    let host = host().answer(HttpResponse::new(200, FOUND));
    let answers = track(&host, &["30793916012", "9", "30793916001"]);
    assert_eq!(answers[0].as_ref().unwrap().records.len(), 2);
    assert_eq!(answers[1], Err(Failure::NotFound("Aramex knows no waybill 9".into())));
    assert_eq!(answers[2].as_ref().unwrap().records.len(), 4);
    assert_eq!(host.requests().len(), 1);
}

#[test]
fn the_request_holds_placeholders_and_the_waybills() {
    let host = host().answer(HttpResponse::new(200, FOUND));
    track(&host, &["30793916001", "A&B"]);
    let request = &host.requests()[0];
    let body = String::from_utf8(request.body.clone()).unwrap();
    let parsed = caravan_connector_sdk::xml::parse(body.as_bytes()).unwrap();
    let ask = parsed.at(&["Body", "ShipmentTrackingRequest"]).unwrap();
    assert_eq!(ask.at(&["ClientInfo", "UserName"]).unwrap().text, "{{client.user_name}}");
    assert_eq!(
        ask.at(&["ClientInfo", "AccountCountryCode"]).unwrap().text,
        "{{client.account_country_code}}"
    );
    let numbers: Vec<&str> =
        ask.child("Shipments").unwrap().all("string").map(|one| one.text.as_str()).collect();
    assert_eq!(numbers, ["30793916001", "A&B"]);
    assert!(body.contains("http://schemas.microsoft.com/2003/10/Serialization/Arrays"));
    assert_eq!(request.auth.as_deref(), Some("client"));
    let action = request.headers.iter().find(|(name, _)| name == "soapaction").unwrap();
    assert!(action.1.ends_with("/TrackShipments\""));
}

#[test]
fn the_bytes_of_every_milestone_are_its_update() {
    let host = host().answer(HttpResponse::new(200, FOUND));
    let answers = track(&host, &["30793916001"]);
    for record in &answers[0].as_ref().unwrap().records {
        let Record::Milestone(milestone) = record else { panic!("not a milestone") };
        let range = milestone.source.start as usize..milestone.source.end as usize;
        let update = &FOUND[range];
        assert!(update.starts_with("<TrackingResult>") && update.ends_with("</TrackingResult>"));
        assert!(update.contains(&milestone.raw.code));
        assert_ne!(milestone.status, Status::Unmapped);
    }
}

#[test]
fn refusals_faults_and_outages_have_their_own_names() {
    let answer = |status, body: &str| {
        let host = host().answer(HttpResponse::new(status, body));
        track(&host, &["30793916001"]).remove(0).unwrap_err()
    };
    assert!(matches!(answer(200, REFUSED), Failure::Auth(_)));
    let Failure::Upstream(fault) = answer(500, FAULT) else { panic!("not an upstream error") };
    assert_eq!(fault.code.as_deref(), Some("ActionNotSupported"));
    let Failure::Upstream(down) = answer(503, "<html>") else { panic!("not an upstream error") };
    assert!(down.retryable);
    assert!(matches!(answer(200, "<html></html>"), Failure::Unreadable(_)));
}
