//! The Delhivery connector against its golden cases and a host that is made up.
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

use caravan_connector_delhivery::{Delhivery, Profile, map, map_push};
use caravan_connector_sdk::model::{Batch, Milestone, Record, Reference};
use caravan_connector_sdk::testing::FakeHost;
use caravan_connector_sdk::{
    Context, Failure, HttpResponse, Tracking, WebhookRequest, Webhooks, json,
};

use profile::PROFILE;

const BOTH: &str = include_str!(
    "../../../../../fixtures/parties/delhivery/tracking/forward-and-return/input.json"
);
const UNKNOWN: &str =
    include_str!("../../../../../fixtures/parties/delhivery/tracking/error-in-200/input.json");
const PUSH: &str =
    include_str!("../../../../../fixtures/parties/delhivery/scan-push/manifested/input.json");

fn host() -> FakeHost {
    FakeHost::at(1_764_000_000_000).profile(PROFILE)
}

fn track(host: &FakeHost, queries: &[(&str, &str)]) -> Vec<Result<Batch, Failure>> {
    let queries: Vec<Reference> =
        queries.iter().map(|(kind, value)| Reference::new(*kind, value)).collect();
    Delhivery::track(host, &Context::default(), &queries)
}

fn milestones(batch: &Batch) -> Vec<&Milestone> {
    let mut found = Vec::new();
    for record in &batch.records {
        let Record::Milestone(milestone) = record else { panic!("not a milestone") };
        found.push(milestone.as_ref());
    }
    found
}

#[test]
fn golden_cases_of_the_track_api() {
    let profile: Profile<'_> = json::read(PROFILE, 0).unwrap();
    golden::check("delhivery", "tracking", 8, |body| {
        let tracked = map(body, 1, &profile)?;
        Ok(tracked.into_iter().map(|one| one.batch).collect())
    });
}

#[test]
fn golden_cases_of_the_push() {
    let profile: Profile<'_> = json::read(PROFILE, 0).unwrap();
    golden::check("delhivery", "scan-push", 4, |body| {
        map_push(body, &profile).map(|batch| vec![batch])
    });
}

#[test]
fn many_waybills_are_one_call_and_what_is_left_out_is_not_found() {
    let host = host().answer(HttpResponse::new(200, BOTH));
    let answers =
        track(&host, &[("awb", "26805710001022"), ("awb", "404"), ("tracking", "26805710001011")]);
    assert_eq!(answers[0].as_ref().unwrap().records.len(), 3);
    assert!(matches!(answers[1], Err(Failure::NotFound(_))));
    assert_eq!(answers[2].as_ref().unwrap().records.len(), 9);
    let requests = host.requests();
    assert_eq!(requests.len(), 1);
    let list = "26805710001022,404,26805710001011".to_owned();
    assert_eq!(requests[0].query, [("waybill".to_owned(), list)]);
}

#[test]
fn fifty_one_waybills_are_two_calls() {
    let host = host().answer(HttpResponse::new(503, "")).answer(HttpResponse::new(200, BOTH));
    let mut numbers: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    numbers.push("26805710001011".to_owned());
    let queries: Vec<(&str, &str)> = numbers.iter().map(|one| ("awb", one.as_str())).collect();
    let answers = track(&host, &queries);
    assert!(matches!(&answers[49], Err(Failure::Upstream(error)) if error.retryable));
    assert!(answers[50].is_ok());
}

#[test]
fn a_refused_list_is_halved_so_that_one_bad_number_costs_nothing() {
    let host = host()
        .answer(HttpResponse::new(200, UNKNOWN))
        .answer(HttpResponse::new(400, UNKNOWN))
        .answer(HttpResponse::new(200, BOTH));
    let answers = track(&host, &[("awb", "404"), ("awb", "26805710001011")]);
    assert!(matches!(answers[0], Err(Failure::NotFound(_))));
    assert!(answers[1].is_ok());
    assert_eq!(host.requests().len(), 3);
}

#[test]
fn order_numbers_are_asked_alone() {
    let host = host().answer(HttpResponse::new(200, BOTH));
    let answers = track(&host, &[("order", "ORD-1022")]);
    assert_eq!(answers[0].as_ref().unwrap().records.len(), 3);
    assert_eq!(host.requests()[0].query[0].0, "ref_ids");
}

#[test]
fn a_block_is_a_rate_limit_and_a_bad_token_is_not() {
    let blocked = host().answer(HttpResponse::new(403, "<html>"));
    assert_eq!(track(&blocked, &[("awb", "1")]), [Err(Failure::RateLimited(Some(30_000)))]);
    let refused = host().answer(HttpResponse::new(401, "{}"));
    assert!(matches!(track(&refused, &[("awb", "1")])[0], Err(Failure::Auth(_))));
}

fn push(header: Option<&str>, body: &str) -> WebhookRequest {
    let headers = header.map(|value| ("X-Webhook-Token".to_owned(), value.to_owned()));
    WebhookRequest {
        method: "POST".to_owned(),
        headers: headers.into_iter().collect(),
        body: body.as_bytes().to_vec(),
        ..WebhookRequest::default()
    }
}

#[test]
fn a_push_is_verified_before_it_is_read() {
    let host = host().secret("webhook", "right");
    let receive = |request| Delhivery::receive(&host, &Context::default(), &request);
    assert!(matches!(receive(push(None, PUSH)), Err(Failure::Auth(_))));
    assert!(matches!(receive(push(Some("wrong"), "not even json")), Err(Failure::Auth(_))));
    let delivery = receive(push(Some("right"), PUSH)).unwrap();
    assert_eq!((delivery.batch.records.len(), delivery.reply), (1, None));
    assert!(matches!(receive(push(Some("right"), "{}")), Err(Failure::Unreadable(_))));
}

#[test]
fn the_same_scan_polled_and_pushed_has_one_key() {
    let profile: Profile<'_> = json::read(PROFILE, 0).unwrap();
    let polled = r#"{"ShipmentData":[{"Shipment":{"AWB":"26805710001066","ReferenceNo":"28","Scans":[{"ScanDetail":{
        "ScanDateTime":"2019-01-09T17:10:42.767","ScanType":"UD","Scan":"Manifested","StatusCode":"X-UCI",
        "ScannedLocation":"Chandigarh_Raiprkln_C (Chandigarh)","Instructions":"Manifest uploaded"}}]}}]}"#;
    let polled = map(polled.as_bytes(), 1, &profile).unwrap();
    let pushed = map_push(PUSH.as_bytes(), &profile).unwrap();
    let (polled, pushed) = (milestones(&polled[0].batch), milestones(&pushed));
    assert!(polled[0].key.is_some());
    let mut same = polled[0].clone();
    same.source = pushed[0].source;
    assert_eq!(&same, pushed[0]);
}
