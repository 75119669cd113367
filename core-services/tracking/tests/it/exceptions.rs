//! What is wrong is found by facts, promises and the clock, is somebody's, and ends once.

use caravan_events::{Envelope, Kind};
use caravan_model::Status;
use serde_json::{Value, json};

use crate::world::{A, B, World, event, milestone};

/// An order that promises the delivery of PRO 7 until `latest`.
fn promise(latest: &str, version: u32, time_ms: i64) -> Envelope {
    let data = json!({
        "number": "O-7", "status": "dispatched", "references": [{"kind": "pro", "value": "7"}],
        "planned_delivery": {"latest": latest}
    });
    let cause = format!("O-7/{version}");
    Envelope::of_service(
        A,
        Kind::ORDER_DISPATCHED,
        "O-7".into(),
        &cause,
        time_ms,
        None,
        data.to_string(),
    )
}

/// Now, so that nothing is silent.
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn causes(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|one| one["cause"].as_str().unwrap()).collect()
}

fn first(page: &Value) -> (String, i64) {
    let one = &page["items"][0];
    (format!("/v1/exceptions/{}", one["id"].as_str().unwrap()), one["version"].as_i64().unwrap())
}

#[tokio::test]
async fn a_promise_that_passes_makes_a_shipment_late_until_it_is_delivered() {
    let world = World::new().await;
    let service = world.start();
    let now_ms = now_ms();
    let moving = milestone(&["pro 7"], Status::InTransit, 10);
    world.append(&[event(A, moving, now_ms), promise("2020-01-01T18:00:00+05:30", 1, 1)]).await;
    let late = world.until("/v1/exceptions?status=open", |page| causes(page) == ["delay"]).await;
    assert_eq!(late["items"][0]["rule"], "promise-passed");
    let counts = world.until("/v1/shipments/counts", |counts| counts["late"] == 1).await;
    assert_eq!((&counts["moving"], &counts["exceptions"]), (&json!(1), &json!(1)), "{counts}");
    let timeline = world.timeline("7").await;
    assert_eq!(timeline["promised_by"], "2020-01-01T12:30:00Z");
    assert_eq!(timeline["exceptions"][0]["cause"], "delay");
    assert_eq!(timeline["decided_by"], timeline["milestones"][0]["id"]);
    let (_, _, list) = world.get(A, "/v1/shipments?exception=delay").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let (_, _, list) = world.get(A, "/v1/shipments?exception=damage").await;
    assert_eq!(list["items"], json!([]));

    world.append(&[event(A, milestone(&["pro 7"], Status::Delivered, 20), now_ms + 1)]).await;
    let done = world.until("/v1/exceptions", |page| page["items"][0]["status"] == "resolved").await;
    assert_eq!(done["items"][0]["resolved_by"], "system");
    let counts = world.until("/v1/shipments/counts", |counts| counts["late"] == 0).await;
    assert_eq!((&counts["moving"], &counts["delivered"]), (&json!(0), &json!(1)), "{counts}");
    assert_eq!(world.told(&Kind::EXCEPTION_OPENED).await, 1);
    assert_eq!(world.told(&Kind::EXCEPTION_RESOLVED).await, 1);
    service.abort();
}

#[tokio::test]
async fn the_promise_may_come_before_the_shipment_and_be_moved() {
    let world = World::new().await;
    let service = world.start();
    world.append(&[promise("2020-01-01T18:00:00+05:30", 1, 1)]).await;
    world.append(&[event(A, milestone(&["pro 7"], Status::InTransit, 10), now_ms())]).await;
    world.until("/v1/exceptions?status=open", |page| causes(page) == ["delay"]).await;
    world.append(&[promise("2090-01-01T18:00:00+05:30", 2, 2)]).await;
    world.until("/v1/exceptions?status=open", |page| causes(page).is_empty()).await;
    world.append(&[promise("2020-01-01T18:00:00+05:30", 3, 3)]).await;
    world.until("/v1/exceptions?status=open", |page| causes(page) == ["delay"]).await;
    service.abort();
}

#[tokio::test]
async fn silence_and_halt_are_found_by_the_clock() {
    let world = World::new().await;
    let service = world.start();
    let heard = [
        event(A, milestone(&["pro 1"], Status::InTransit, 10), 1),
        event(A, milestone(&["pro 2"], Status::Arrived, 10), 1),
        event(A, milestone(&["pro 3"], Status::Booked, 10), 1),
        event(A, milestone(&["pro 4"], Status::InTransit, 10), now_ms()),
    ];
    world.append(&heard).await;
    let found = world.until("/v1/exceptions?status=open", |page| causes(page).len() == 2).await;
    let mut found = causes(&found);
    found.sort_unstable();
    assert_eq!(found, ["halt", "silence"]);
    let counts = world.until("/v1/shipments/counts", |counts| counts["stuck"] == 2).await;
    assert_eq!(counts["by_status"].as_array().unwrap().len(), 3, "{counts}");
    world.append(&[event(A, milestone(&["pro 1"], Status::Departed, 20), now_ms())]).await;
    world.until("/v1/shipments/counts", |counts| counts["stuck"] == 1).await;
    service.abort();
}

#[tokio::test]
async fn people_take_put_away_and_end_an_exception_and_the_same_facts_do_not_bring_it_back() {
    let world = World::new().await;
    let now_ms = now_ms();
    let attempt = event(A, milestone(&["pro 7"], Status::DeliveryAttempted, 10), now_ms);
    world.tell(&[attempt]).await;
    let (_, _, page) = world.get(A, "/v1/exceptions?status=open").await;
    assert_eq!(causes(&page), ["failed-attempt"]);
    let (path, version) = first(&page);
    let (status, _, problem) = world.get(B, &path).await;
    assert_eq!((status, &problem["code"]), (404, &json!("exception-not-found")));

    let (status, taken) = world.post(&path, Some(version), json!({"action": "assign"})).await;
    assert_eq!((status, &taken["owner"]), (200, &json!("test")), "{taken}");
    let comment = json!({"action": "comment", "text": "called the consignee"});
    let (status, problem) = world.post(&path, Some(version), comment.clone()).await;
    assert_eq!((status, &problem["code"]), (412, &json!("version-conflict")));
    assert_eq!(world.post(&path, None, comment.clone()).await.0, 428);
    assert_eq!(world.post(&path, Some(version + 1), comment).await.0, 200);
    let past = json!({"action": "snooze", "until": "2020-01-01T00:00:00Z"});
    assert_eq!(world.post(&path, Some(version + 2), past).await.1["code"], "exception-act-invalid");
    let snooze = json!({"action": "snooze", "until": "2090-01-01T00:00:00Z"});
    assert_eq!(world.post(&path, Some(version + 2), snooze).await.1["status"], "snoozed");
    assert_eq!(causes(&world.get(A, "/v1/exceptions?status=open").await.2), Vec::<&str>::new());
    assert_eq!(causes(&world.get(A, "/v1/exceptions?status=snoozed").await.2).len(), 1);

    let id = path.rsplit('/').next().unwrap();
    let other = uuid::Uuid::now_v7().to_string();
    let all =
        json!({"ids": [id, other], "act": {"action": "resolve", "reason": "new appointment"}});
    let (status, results) = world.post("/v1/exceptions/bulk", None, all).await;
    assert_eq!(status, 200, "{results}");
    let of = |id: &str| {
        let results = results["results"].as_array().unwrap();
        results.iter().find(|one| one["id"] == id).unwrap()["done"].clone()
    };
    assert_eq!((of(id), of(&other)), (json!(true), json!(false)));
    let (_, _, shown) = world.get(A, &path).await;
    let actions: Vec<&str> = shown["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["opened", "assigned", "commented", "snoozed", "resolved"]);
    let thanks = json!({"action": "comment", "text": "thank you"});
    let (_, commented) = world.post(&path, shown["version"].as_i64(), thanks).await;
    assert_eq!(commented["resolution"], "new appointment", "a comment ends nothing");

    world.rewind().await;
    world
        .tell(&[event(A, milestone(&["pro 7", "bol 8"], Status::LabelCreated, 1), now_ms + 1)])
        .await;
    assert_eq!(causes(&world.get(A, "/v1/exceptions?status=open").await.2), Vec::<&str>::new());
    // Tried again after another movement: that is a new one.
    let again = [
        event(A, milestone(&["pro 7"], Status::OutForDelivery, 20), now_ms + 2),
        event(A, milestone(&["pro 7"], Status::DeliveryAttempted, 30), now_ms + 3),
    ];
    world.tell(&again).await;
    let (_, _, page) = world.get(A, "/v1/exceptions?status=open").await;
    assert_eq!(causes(&page), ["failed-attempt"]);
    let reopen = json!({"action": "reopen", "reason": "again"});
    let (status, problem) = world.post(&path, commented["version"].as_i64(), reopen).await;
    assert_eq!((status, &problem["code"]), (409, &json!("exception-state")), "{problem}");
    assert_eq!(world.violations().await, Vec::<String>::new());
}
