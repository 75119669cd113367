//! From the log to the tables: each effect once, in whatever order and portions the events come.

use caravan_events::Envelope;
use caravan_model::{Milestone, Status};
use serde_json::{Value, json};

use crate::world::{A, B, World, event, milestone};

/// One shipment's life under three numbers, a correction and a late fact among it.
fn life() -> Vec<Envelope> {
    let corrected = Milestone {
        reason: Some("weather".into()),
        ..milestone(&["pro 4711"], Status::Departed, 20)
    };
    vec![
        event(A, milestone(&["pro 4711", "bol 88"], Status::PickedUp, 10), 100),
        event(A, milestone(&["pro 4711"], Status::Departed, 20), 200),
        event(A, milestone(&["tracking 1Z9"], Status::OutForDelivery, 40), 300),
        event(A, milestone(&["bol 88", "tracking 1Z9"], Status::Delivered, 50), 400),
        event(A, corrected, 500),
        event(A, milestone(&["tracking 1Z9"], Status::Arrived, 30), 600),
    ]
}

fn statuses(timeline: &Value) -> Vec<&str> {
    let all = timeline["milestones"].as_array().unwrap();
    all.iter().map(|milestone| milestone["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn neither_order_nor_portions_show_in_the_timeline() {
    let first = World::new().await;
    first.tell(&life()).await;
    let expected = first.timeline("4711").await;
    assert_eq!(
        statuses(&expected),
        ["picked-up", "departed", "departed", "arrived", "out-for-delivery", "delivered"]
    );
    assert_eq!(expected["status"], "delivered");
    assert_eq!(expected["reference"], "4711");

    let mut events = life();
    for turn in 0..4 {
        events.rotate_left(turn);
        if turn % 2 == 1 {
            events.reverse();
        }
        let world = World::new().await;
        for portion in events.chunks(1 + turn) {
            world.tell(portion).await;
        }
        for reference in ["4711", "88", "1Z9"] {
            assert_eq!(world.timeline(reference).await, expected, "turn {turn}");
        }
        let (_, _, list) = world.get(A, "/v1/shipments").await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
        assert_eq!(list["items"][0]["status"], "delivered");
        assert_eq!(list["items"][0]["milestones"], 6);
    }
}

#[tokio::test]
async fn a_redelivery_of_everything_changes_nothing() {
    let world = World::new().await;
    for one in life().chunks(1) {
        world.tell(one).await;
    }
    let (timeline, corrections) = (world.timeline("4711").await, world.corrections().await);
    assert!(!corrections.is_empty());
    world.rewind().await;
    world.tell(&[event(A, milestone(&["pro 5"], Status::Booked, 1), 900)]).await;
    assert_eq!(world.timeline("4711").await, timeline);
    assert_eq!(world.corrections().await, corrections);
    assert_eq!(world.count("SELECT count(*) FROM facts").await, 7);
}

#[tokio::test]
async fn a_service_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let world = World::new().await;
    let mut all = 0;
    for round in 0..15_i64 {
        let events: Vec<Envelope> = (0..200)
            .map(|n| {
                let number = format!("pro {}", 1_000 + n % 50);
                event(A, milestone(&[&number], Status::Arrived, round * 1_000 + n), round)
            })
            .collect();
        let service = world.start();
        world.append(&events).await;
        all += 200;
        // Killed at another moment each time: after a number of looks at the table, not after a time.
        for _ in 0..round {
            world.count("SELECT count(*) FROM facts").await;
        }
        service.abort();
    }
    world.take_in().await;
    assert_eq!(world.count("SELECT count(*) FROM facts").await, all);
    assert_eq!(world.count("SELECT COALESCE(sum(facts), 0) FROM shipments").await, all);
    assert_eq!(world.count("SELECT count(*) FROM shipments").await, 50);
}

/// Sixty shipments, each told under three numbers by turns: its facts lie in three partitions, its numbers meet late.
fn crossing() -> Vec<Envelope> {
    let (statuses, shipments) = ([Status::PickedUp, Status::Departed, Status::Arrived], 60);
    let told = (0..12_i64).flat_map(|round| {
        let status = statuses[usize::try_from(round % 3).unwrap()];
        (0..shipments).map(move |n| {
            let numbers = [
                format!("pro {}", 100 + n),
                format!("bol {}", 300 + n),
                format!("awb {}", 500 + n),
            ];
            let of_round = match round {
                0..3 => vec![numbers[usize::try_from(round).unwrap()].as_str()],
                7 => vec![numbers[0].as_str(), numbers[1].as_str()],
                9 => vec![numbers[1].as_str(), numbers[2].as_str()],
                _ => vec![numbers[usize::try_from((n + round) % 3).unwrap()].as_str()],
            };
            event(A, milestone(&of_round, status, 10 * round + n), round)
        })
    });
    told.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_side_by_side_make_the_same_timelines_in_whatever_portions_they_cross() {
    // Event after event in the log, where the others have portions that meet members at work.
    let calm = World::new().await;
    for one in crossing().chunks(1) {
        calm.append(one).await;
    }
    calm.take_in().await;
    for _ in 0..4 {
        let world = World::new().await;
        let services = [world.start(), world.start()];
        for portion in crossing().chunks(45) {
            world.append(portion).await;
        }
        world.take_in().await;
        services.iter().for_each(tokio::task::JoinHandle::abort);
        assert_eq!(world.count("SELECT count(*) FROM shipments").await, 60);
        assert_eq!(world.count("SELECT count(*) FROM consumer_parked").await, 0);
        for number in ["100", "359", "531"] {
            let (found, expected) = (world.timeline(number).await, calm.timeline(number).await);
            for part in ["reference", "references", "status", "milestones"] {
                assert_eq!(found[part], expected[part], "{part} of {number}");
            }
        }
        let (_, _, counts) = world.get(A, "/v1/shipments/counts").await;
        let (_, _, expected) = calm.get(A, "/v1/shipments/counts").await;
        assert_eq!(counts["moving"], expected["moving"], "{counts}");
    }
}

#[tokio::test]
async fn a_changed_past_is_told_once_in_the_log() {
    let world = World::new().await;
    world
        .tell(&[
            event(A, milestone(&["pro 7"], Status::Departed, 10), 1),
            event(A, milestone(&["pro 7"], Status::Delivered, 30), 2),
        ])
        .await;
    assert_eq!(world.corrections().await, Vec::<Value>::new());
    world.tell(&[event(A, milestone(&["pro 7"], Status::Arrived, 20), 3)]).await;
    let mut wrong = milestone(&["pro 7"], Status::Delivered, 30);
    wrong.status = Status::DeliveryAttempted;
    world.tell(&[event(A, wrong, 4)]).await;
    let found = world.corrections().await;
    let causes: Vec<_> = found.iter().map(|c| c["causes"][0]["cause"].clone()).collect();
    assert_eq!(causes, [json!("late"), json!("corrected")]);
    assert_eq!(found[0]["status_changed"], false);
    assert_eq!(found[1]["references"], json!([{ "kind": "pro", "value": "7" }]));
    assert_eq!(found[1]["before"]["status"], "delivered");
    assert_eq!(found[1]["after"]["status"], "delivery-attempted");
    let timeline = world.timeline("7").await;
    let milestones = timeline["milestones"].as_array().unwrap();
    let of = |status| milestones.iter().find(|m| m["status"] == status).unwrap();
    assert_eq!(of("delivered")["superseded"], true, "{timeline}");
    assert_eq!(of("delivery-attempted")["corrects"], of("delivered")["id"]);
    assert_eq!(of("delivery-attempted")["superseded"], Value::Null);
    assert_eq!(timeline["delivered_at"], Value::Null);
    let again = [
        event(A, milestone(&["pro 7"], Status::Delivered, 40), 5),
        event(A, milestone(&["pro 7"], Status::OutForDelivery, 50), 6),
    ];
    for one in again.chunks(1) {
        world.tell(one).await;
    }
    assert_eq!(world.corrections().await[2]["causes"][0]["cause"], "revoked");
}

#[tokio::test]
async fn two_told_shipments_that_turn_out_to_be_one_are_merged_and_that_is_told() {
    let world = World::new().await;
    world.tell(&[event(A, milestone(&["pro 7", "order 1"], Status::PickedUp, 10), 1)]).await;
    world.tell(&[event(A, milestone(&["awb 8", "order 1"], Status::Arrived, 30), 2)]).await;
    world.tell(&[event(A, milestone(&["pro 7", "awb 8"], Status::Delivered, 40), 3)]).await;
    let timeline = world.timeline("8").await;
    assert_eq!(statuses(&timeline), ["picked-up", "arrived", "delivered"]);
    let kinds: Vec<_> =
        timeline["references"].as_array().unwrap().iter().map(|r| r["kind"].clone()).collect();
    assert_eq!(kinds, ["awb", "order", "pro"]);
    assert_eq!(world.corrections().await[0]["causes"][0]["cause"], "merged");
    assert_eq!(world.count("SELECT count(*) FROM shipments").await, 1);
}

#[tokio::test]
async fn an_event_that_is_no_milestone_is_set_aside_and_holds_nothing_up() {
    let world = World::new().await;
    let good = event(A, milestone(&["pro 7"], Status::Departed, 10), 1);
    let mut bad = event(A, milestone(&["pro 8"], Status::Departed, 10), 2);
    bad.data = r#"{"status":"no-such"}"#.into();
    let nameless = event(A, milestone(&[], Status::Departed, 11), 3);
    world.tell(&[bad, good, nameless]).await;
    assert_eq!(world.timeline("7").await["status"], "departed");
    assert_eq!(world.count("SELECT count(*) FROM consumer_parked").await, 2);
    assert_eq!(world.count("SELECT count(*) FROM facts").await, 1);
}

#[tokio::test]
async fn one_batch_of_two_tenants_keeps_them_apart() {
    let world = World::new().await;
    let same = |status| milestone(&["pro 7"], status, 10);
    world.tell(&[event(A, same(Status::Departed), 1), event(B, same(Status::Delivered), 1)]).await;
    assert_eq!(world.timeline("7").await["status"], "departed");
    let (_, _, theirs) = world.get(B, "/v1/shipments/7/timeline").await;
    assert_eq!(theirs["status"], "delivered");
    assert_eq!(theirs["milestones"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_walls_stand() {
    let world = World::new().await;
    assert_eq!(world.violations().await, Vec::<String>::new());
}
