//! Milestones move orders: late, early, doubled and out of order are ordinary.

use caravan_events::{Envelope, Kind};
use caravan_model::{Classifier, Scope, ScopeKind, Status};
use serde_json::{Value, json};

use crate::world::{A, World, dispatch, milestone, reported, until_accepted};

#[tokio::test]
async fn a_pickup_and_a_delivery_move_the_order_by_any_of_its_numbers() {
    let world = World::new().await;
    let path = world.place("77001").await;
    world.walk(&path, &until_accepted()).await;
    world.walk(&path, &[dispatch()]).await;
    world.tell(&[reported(A, milestone(&["pro PRO-77"], Status::PickedUp, 10), 100)]).await;
    let order = world.get(&path).await.ok();
    assert_eq!(
        (&order["status"], &order["picked_up_at"]),
        (&json!("in-transit"), &json!("1970-01-01T05:40:00+05:30"))
    );
    let mut delivered = milestone(&["shipment 77001"], Status::Delivered, 90);
    delivered.attributes.push(("pod".into(), "POD-4".into()));
    world.tell(&[reported(A, delivered, 200)]).await;
    let order = world.get(&path).await.ok();
    assert_eq!(
        (&order["status"], &order["delivery"]["pod"]),
        (&json!("delivered"), &json!("POD-4"))
    );
    assert_eq!(order["delivery"]["source"], "milestone");
    let line = order["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&line["actor"], &line["document"]), (&json!("system"), &json!("08".repeat(32))));
    assert_eq!(world.kinds_told("77001").await[5..], ["dispatched", "departed", "delivered"]);
}

#[tokio::test]
async fn out_of_order_and_doubled_milestones_come_to_the_same() {
    let world = World::new().await;
    let events = [
        reported(A, milestone(&["lr LR-555001"], Status::Departed, 20), 300),
        reported(A, milestone(&["lr LR-555001"], Status::Delivered, 90), 400),
        reported(A, milestone(&["lr LR-555001"], Status::PickedUp, 10), 500),
        reported(A, milestone(&["lr LR-555001"], Status::Delivered, 95), 600),
    ];
    let mut turned = events.clone();
    turned.reverse();
    let mut seen = Vec::new();
    for (number, events) in [("77001", events), ("77002", turned)] {
        let path = world.place(number).await;
        world.walk(&path, &until_accepted()).await;
        world.walk(&path, &[dispatch()]).await;
        for event in events {
            let mut event = event;
            event.data = event.data.replace("LR-555001", number).replace("\"lr\"", "\"shipment\"");
            event.id = caravan_model::RecordId(uuid::Uuid::now_v7());
            world.tell(&[event]).await;
        }
        let order = world.get(&path).await.ok();
        seen.push((
            order["status"].clone(),
            order["picked_up_at"].clone(),
            order["delivery"].clone(),
        ));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].0, "delivered");
    assert_eq!(seen[0].1, "1970-01-01T05:40:00+05:30");
    assert_eq!(seen[0].2["at"], "1970-01-01T07:05:00+05:30");
}

#[tokio::test]
async fn a_milestone_that_comes_before_the_order_or_its_lr_waits_for_it() {
    let world = World::new().await;
    let early = [
        reported(A, milestone(&["lr LR-555001"], Status::Departed, 20), 300),
        reported(A, milestone(&["shipment 77002"], Status::Delivered, 90), 400),
    ];
    world.tell(&early).await;
    let path = world.place("77001").await;
    world.walk(&path, &until_accepted()).await;
    let order = world.walk(&path, &[dispatch()]).await;
    assert_eq!(order["status"], "in-transit");
    let path = world.place("77002").await;
    let order = world.walk(&path, &until_accepted()).await;
    assert_eq!(order["status"], "delivered");
    assert_eq!(world.kinds_told("77002").await[4..], ["tender-answered", "delivered"]);
}

#[tokio::test]
async fn what_moves_without_acceptance_or_after_cancellation_is_seen_once() {
    let world = World::new().await;
    let assigned = world.place("77001").await;
    world.walk(&assigned, &until_accepted()[..2]).await;
    let cancelled = world.place("77002").await;
    world.walk(&cancelled, &[("cancel", json!({"reason": "customer"}))]).await;
    for minute in 1..4 {
        let about =
            |number: &str| milestone(&[&format!("shipment {number}")], Status::Departed, minute);
        world
            .tell(&[reported(A, about("77001"), minute), reported(A, about("77002"), minute)])
            .await;
    }
    let order = world.get(&assigned).await.ok();
    assert_eq!(
        (&order["status"], &order["conflicts"][0]["kind"]),
        (&json!("assigned"), &json!("moved-early"))
    );
    assert_eq!(order["conflicts"].as_array().unwrap().len(), 1);
    let line = order["history"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&line["action"], &line["reason_kind"]),
        (&json!("conflict"), &order["conflicts"][0]["kind"])
    );
    let order = world.get(&cancelled).await.ok();
    assert_eq!(
        (&order["status"], &order["conflicts"][0]["kind"]),
        (&json!("cancelled"), &json!("moved-after-cancellation"))
    );
    let order = world.walk(&assigned, &until_accepted()[2..]).await;
    assert_eq!(order["status"], "in-transit", "what was kept moves it once somebody accepted");
}

#[tokio::test]
async fn what_says_nothing_about_where_the_goods_are_moves_nothing() {
    let world = World::new().await;
    let path = world.place("77001").await;
    world.walk(&path, &until_accepted()).await;
    world.walk(&path, &[dispatch()]).await;
    let about = || milestone(&["shipment 77001"], Status::Delivered, 90);
    let mut expected = about();
    expected.classifier = Classifier::Estimated;
    let mut back = about();
    back.direction = caravan_model::Direction::Return;
    let mut paper = about();
    paper.scope = Scope { kind: ScopeKind::Document, id: None };
    let booked = milestone(&["shipment 77001"], Status::Booked, 1);
    let nobody = milestone(&["shipment NA", "order 0000"], Status::Delivered, 2);
    let all = [expected, back, paper, booked, nobody];
    let events: Vec<_> = all.into_iter().map(|m| reported(A, m, 1)).collect();
    world.tell(&events).await;
    assert_eq!(world.get(&path).await.ok()["status"], "dispatched");
    let mut piece = about();
    piece.scope = Scope { kind: ScopeKind::Piece, id: Some("1".into()) };
    world.tell(&[reported(A, piece, 1)]).await;
    assert_eq!(world.get(&path).await.ok()["status"], "in-transit", "one piece is not the whole");
}

/// What tracking tells when the timeline of `number` no longer says that it was delivered at minute 90.
fn corrected(number: &str, after: &str, direction: &str, time_ms: i64) -> Envelope {
    let standing = |status: &str, delivered: Option<&str>| {
        json!({
            "status": status, "direction": direction, "status_since": "1970-01-01T07:00:00+05:30", "delivered_at": delivered
        })
    };
    let data = json!({
        "reference": { "kind": "pro", "value": "PRO-9" },
        "references": [{ "kind": "pro", "value": "PRO-9" }, { "kind": "shipment", "value": number }],
        "before": standing("delivered", Some("1970-01-01T07:00:00+05:30")), "after": standing(after, None),
    });
    let cause = format!("{number}/{time_ms}");
    let kind = Kind::TIMELINE_CORRECTED;
    Envelope::of_service(A, kind, "PRO-9".into(), &cause, time_ms, None, data.to_string())
}

#[tokio::test]
async fn a_timeline_that_is_corrected_takes_the_delivery_back_whichever_comes_first() {
    let world = World::new().await;
    let delivered = |number: &str, minute, time_ms| {
        let about = format!("shipment {number}");
        reported(A, milestone(&[&about], Status::Delivered, minute), time_ms)
    };
    for (number, correction_first) in [("77001", false), ("77002", true)] {
        let path = world.place(number).await;
        world.walk(&path, &until_accepted()).await;
        world.walk(&path, &[dispatch()]).await;
        let mut events =
            [delivered(number, 90, 100), corrected(number, "delivery-attempted", "forward", 200)];
        if correction_first {
            events.reverse();
        }
        for event in &events {
            world.tell(std::slice::from_ref(event)).await;
        }
        let order = world.get(&path).await.ok();
        assert_eq!(
            (&order["status"], &order["delivery"]),
            (&json!("in-transit"), &Value::Null),
            "{number}: {order}"
        );
        assert_eq!(order["delivery_revoked"]["recorded_at"], "1970-01-01T00:00:00.2Z");
        world.tell(&[delivered(number, 300, 300)]).await;
        let order = world.get(&path).await.ok();
        assert_eq!(
            (&order["status"], &order["delivery"]["at"]),
            (&json!("delivered"), &json!("1970-01-01T10:30:00+05:30"))
        );
    }
    assert_eq!(world.kinds_told("77001").await[6..], ["delivered", "changed", "delivered"]);
}

#[tokio::test]
async fn a_correction_that_comes_before_the_order_waits_for_it_and_goods_that_go_back_were_delivered()
 {
    let world = World::new().await;
    let delivered = |number: &str| {
        reported(A, milestone(&[&format!("shipment {number}")], Status::Delivered, 90), 100)
    };
    world.tell(&[delivered("77001"), corrected("77001", "departed", "forward", 200)]).await;
    let path = world.place("77001").await;
    let order = world.walk(&path, &until_accepted()).await;
    assert_eq!((&order["status"], &order["delivery"]), (&json!("in-transit"), &Value::Null));
    let path = world.place("77002").await;
    world.walk(&path, &until_accepted()).await;
    world.tell(&[delivered("77002"), corrected("77002", "returned", "return", 200)]).await;
    assert_eq!(world.get(&path).await.ok()["status"], "delivered");
}

#[tokio::test]
async fn a_closed_orders_delivery_and_a_persons_word_stay_and_somebody_looks() {
    let world = World::new().await;
    let closed = world.place("77001").await;
    world.walk(&closed, &until_accepted()).await;
    let about = milestone(&["shipment 77001"], Status::Delivered, 90);
    world.tell(&[reported(A, about, 100)]).await;
    world.walk(&closed, &[("close", json!({}))]).await;
    let said = world.place("77002").await;
    world.walk(&said, &until_accepted()).await;
    let by_hand = json!({ "at": "1970-01-01T07:00:00+05:30", "pod": "POD-1" });
    world.walk(&said, &[dispatch(), ("deliver", by_hand)]).await;
    for time_ms in [200, 300] {
        let both = ["77001", "77002"].map(|one| corrected(one, "departed", "forward", time_ms));
        world.tell(&both).await;
    }
    for (path, status) in [(closed, "closed"), (said, "delivered")] {
        let order = world.get(&path).await.ok();
        assert_eq!(order["status"], status, "{order}");
        let conflicts = order["conflicts"].as_array().unwrap();
        let kinds: Vec<&Value> = conflicts.iter().map(|conflict| &conflict["kind"]).collect();
        assert_eq!(kinds, ["delivery-doubted"], "once, however often it is told");
    }
}
