//! What callers see: the whole timeline with its sources, pages, and problems that say what to do.

use caravan_events::Envelope;
use caravan_model::{Classifier, RawCode, Status};
use serde_json::{Value, json};

use crate::world::{A, B, World, event, milestone};

#[tokio::test]
async fn a_timeline_shows_where_each_milestone_came_from() {
    let world = World::new().await;
    let mut eta = milestone(&["pro 7"], Status::Delivered, 90);
    eta.classifier = Classifier::Estimated;
    let mut unmapped = milestone(&["pro 7"], Status::Unmapped, 20);
    unmapped.raw = RawCode { list: "x12/1650".into(), code: "ZZ".into(), text: Some("?".into()) };
    let departed = milestone(&["pro 7", "bol B/8"], Status::Departed, 10);
    let events = [event(A, departed, 1_000), event(A, unmapped, 2_000), event(A, eta, 3_000)];
    world.tell(&events).await;
    let timeline = world.timeline("B%2F8").await;
    assert_eq!(
        timeline["references"],
        json!([{"kind":"bol","value":"B/8"},{"kind":"pro","value":"7"}])
    );
    assert_eq!(timeline["status"], "departed");
    assert_eq!(timeline["direction"], "forward");
    assert_eq!(timeline["status_since"], "1970-01-01T05:40:00+05:30");
    assert_eq!(timeline["eta"][0]["at"], "1970-01-01T07:00:00+05:30");
    let expected = json!({
        "id": events[0].id.to_string(), "status": "departed", "reason": null, "classifier": "actual",
        "leg": "linehaul", "direction": "forward", "scope": {"kind": "shipment"},
        "at": "1970-01-01T05:40:00+05:30", "zone_source": "sent", "place": {"name": "Mumbai"},
        "raw": {"list": "test/status", "code": "departed"}, "raw_reason": null,
        "connection": "00000000-0000-0000-0000-00000000000c", "document": "07".repeat(32),
        "start": 10, "end": 20, "recorded_at": "1970-01-01T00:00:01Z",
    });
    assert_eq!(timeline["milestones"][0], expected);
    assert_eq!(timeline["milestones"][1]["raw"]["code"], "ZZ");
    assert_eq!(timeline["milestones"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn another_tenants_shipment_is_as_unknown_as_none() {
    let world = World::new().await;
    world.tell(&[event(A, milestone(&["pro 7"], Status::Departed, 10), 1)]).await;
    let (status, kind, problem) = world.get(B, "/v1/shipments/7/timeline").await;
    assert_eq!((status, kind.as_str()), (404, "application/problem+json"));
    assert_eq!(problem["code"], "shipment-not-found");
    assert_eq!(problem["type"], "/docs/problems/shipment-not-found");
    let (_, _, list) = world.get(B, "/v1/shipments").await;
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn a_number_of_several_shipments_asks_back() {
    let world = World::new().await;
    world
        .tell(&[
            event(A, milestone(&["pro 7", "order 55"], Status::Departed, 10), 1),
            event(A, milestone(&["pro 8", "order 55"], Status::Departed, 10), 1),
            event(A, milestone(&["bol 7"], Status::Delivered, 10), 1),
        ])
        .await;
    let (status, _, problem) = world.get(A, "/v1/shipments/55/timeline").await;
    assert_eq!((status, &problem["code"]), (409, &json!("reference-ambiguous")));
    let named: Vec<_> =
        problem["candidates"].as_array().unwrap().iter().map(|c| c["reference"].clone()).collect();
    assert_eq!(named, ["7", "8"]);
    assert_eq!(world.get(A, "/v1/shipments/7/timeline").await.0, 409);
    assert_eq!(world.timeline_of("7/timeline?kind=bol").await["status"], "delivered");
}

#[tokio::test]
async fn the_list_pages_through_everything_once_and_filters() {
    let world = World::new().await;
    let events: Vec<Envelope> = (0..25_i64)
        .map(|n| {
            let status = if n % 5 == 0 { Status::Delivered } else { Status::Departed };
            event(A, milestone(&[&format!("pro {}", 100 + n)], status, n), n / 3)
        })
        .collect();
    world.tell(&events).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, _, page) = world.get(A, &format!("/v1/shipments?limit=7{cursor}")).await;
        assert_eq!(status, 200, "{page}");
        let rows = page["items"].as_array().unwrap();
        seen.extend(rows.iter().map(|row| row["reference"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(rows.len(), 7);
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.first().map(String::as_str), Some("124"));
    seen.sort();
    let all: Vec<String> = (100..125).map(|n| n.to_string()).collect();
    assert_eq!(seen, all);
    let (_, _, delivered) = world.get(A, "/v1/shipments?status=delivered").await;
    assert_eq!(delivered["items"].as_array().unwrap().len(), 5);
    assert_eq!(delivered["next"], Value::Null);
    assert!(delivered["items"][0]["last_heard_age_s"].as_i64().unwrap() > 1_000_000_000);
    let heard = "heard_from=1970-01-01T00:00:00.002Z&heard_until=1970-01-01T00:00:00.004Z";
    let (_, _, page) = world.get(A, &format!("/v1/shipments?{heard}")).await;
    let items = page["items"].as_array().unwrap();
    let mut found: Vec<&str> = items.iter().map(|row| row["reference"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, ["106", "107", "108", "109", "110", "111"]);
}

#[tokio::test]
async fn a_question_that_cannot_be_read_is_told_what_can() {
    let world = World::new().await;
    for (query, code) in [
        ("status=lost", "status-unknown"),
        ("heard_from=yesterday", "filter-unknown"),
        ("limit=0", "limit-invalid"),
        ("limit=201", "limit-invalid"),
        ("limit=x", "limit-invalid"),
        ("cursor=7", "cursor-invalid"),
        ("limit=1&limit=2", "query-invalid"),
    ] {
        let (status, kind, problem) = world.get(A, &format!("/v1/shipments?{query}")).await;
        assert_eq!((status, kind.as_str()), (400, "application/problem+json"), "{query}");
        assert_eq!(problem["code"], code, "{query}");
    }
}
