//! What is expected of a delivery: by the carrier, by the lane's history, with intervals that earlier deliveries give, and its changes.

use caravan_events::{Envelope, Kind};
use caravan_model::{Classifier, Milestone, Status};
use serde_json::{Value, json};

use crate::world::{A, B, World, event, milestone, reported};

const HOUR: i64 = 60;
const DHL: (&str, Option<&str>) = ("dhl", None);

/// The carrier expects the delivery of `pro` at `minute`, as connectors tell it: an estimate that is scheduled, never a delivery.
fn announced(pro: &str, minute: i64) -> Milestone {
    Milestone {
        classifier: Classifier::Estimated,
        key: Some(format!("{pro} {minute}")),
        ..milestone(&[pro], Status::DeliveryScheduled, minute)
    }
}

/// An order from Pune to Chennai by DHL under `pro`.
fn order(pro: &str) -> Envelope {
    let (kind, number) = pro.split_once(' ').unwrap();
    let data = json!({
        "number": format!("O-{number}"), "status": "dispatched", "carrier": "DHL",
        "references": [{ "kind": kind, "value": number }],
        "lane": { "origin": { "city": "Pune", "region": "MH", "country": "IN" },
                  "destination": { "city": "Chennai ", "region": "tn", "country": "IN" } },
    });
    let cause = format!("O-{number}/1");
    Envelope::of_service(
        A,
        Kind::ORDER_DISPATCHED,
        number.into(),
        &cause,
        1,
        None,
        data.to_string(),
    )
}

fn at(minute: i64) -> String {
    jiff::Timestamp::from_millisecond(minute * 60_000).unwrap().to_string()
}

/// The whole history of PRO `number`: source, time and reason.
async fn told(world: &World, number: &str) -> Vec<String> {
    let (status, _, shown) = world.get(A, &format!("/v1/shipments/{number}/etas")).await;
    assert_eq!((status, &shown["reference"]), (200, &json!(number)), "{shown}");
    let line = |one: &Value| {
        let text = |name: &str| one[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", text("source"), text("at"), text("why"))
    };
    shown["items"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn each_change_of_what_the_carrier_announces_is_kept_with_when_and_why() {
    let world = World::new().await;
    let events = [
        event(A, milestone(&["pro 7"], Status::PickedUp, 10), 1_000),
        event(A, announced("pro 7", 500), 2_000),
        event(A, milestone(&["pro 7"], Status::Arrived, 20), 3_000),
        event(A, announced("pro 7", 700), 4_000),
        event(A, milestone(&["pro 7"], Status::Delivered, 650), 5_000),
    ];
    // What came together and what came alone are told alike.
    world.tell(&events[..4]).await;
    let shown = world.timeline("7").await;
    let now = &shown["expected"][0];
    assert_eq!((&now["source"], &now["at"]), (&json!("carrier"), &json!(at(700))), "{shown}");
    assert_eq!(now["milestone"], events[3].id.to_string());
    assert_eq!((&now["told_at"], &now["earliest"]), (&json!("1970-01-01T00:00:04Z"), &Value::Null));
    world.tell(&events[4..]).await;
    let wanted = [
        format!("carrier {} announced", at(500)),
        format!("carrier {} announced", at(700)),
        "carrier - over".to_owned(),
    ];
    assert_eq!(told(&world, "7").await, wanted);
    assert_eq!(world.timeline("7").await["expected"], Value::Null);
    world.rewind().await;
    world.tell(&[event(A, milestone(&["pro 8"], Status::Booked, 1), 6_000)]).await;
    assert_eq!(told(&world, "7").await, wanted, "told again it changes nothing");
    assert_eq!(world.get(B, "/v1/shipments/7/etas").await.0, 404);
}

#[tokio::test]
async fn deliveries_teach_how_far_announcements_are_off_and_how_long_a_lane_takes() {
    let world = World::new().await;
    let service = world.start();
    // Twenty deliveries, each announced ten hours before for hour 30 after the pickup, come 1 to 20 hours later than that.
    let delivered = |n: i64| {
        let pro = format!("pro {}", 100 + n);
        let heard = |milestone, hour: i64| reported(DHL, milestone, hour * HOUR * 60_000);
        let (pickup, due) = (HOUR, 31 * HOUR);
        [
            heard(milestone(&[&pro], Status::PickedUp, pickup), 1),
            heard(announced(&pro, due), 21),
            heard(milestone(&[&pro], Status::Delivered, due + n * HOUR), 32 + n),
        ]
    };
    for n in 1..=20 {
        world.append(&[order(&format!("pro {}", 100 + n))]).await;
    }
    world.append(&[order("pro 7"), order("pro 8")]).await;
    world.until_count("SELECT count(*) FROM promises", 22).await;
    world.append(&[reported(DHL, milestone(&["pro 8"], Status::PickedUp, HOUR), 1)]).await;
    for n in 1..=19 {
        world.append(&delivered(n)).await;
    }
    world
        .until("/v1/shipments?status=delivered", |page| {
            page["items"].as_array().unwrap().len() == 19
        })
        .await;
    let ask =
        |time_ms: i64| reported(DHL, milestone(&["pro 8"], Status::Arrived, 2 * HOUR), time_ms);
    world.append(&[ask(2_000)]).await;
    world.until("/v1/shipments/8/timeline", |shown| shown["status"] == "arrived").await;
    assert_eq!(world.timeline("8").await["expected"], Value::Null, "nineteen are too few");

    world.append(&delivered(20)).await;
    world
        .until("/v1/shipments?status=delivered", |page| {
            page["items"].as_array().unwrap().len() == 20
        })
        .await;
    let way = [
        reported(DHL, milestone(&["pro 7"], Status::PickedUp, 100 * HOUR), 100 * HOUR * 60_000),
        reported(DHL, announced("pro 7", 130 * HOUR), 120 * HOUR * 60_000),
    ];
    world.append(&way).await;
    let shown = world
        .until("/v1/shipments/7/timeline", |shown| {
            shown["expected"].as_array().is_some_and(|all| all.len() == 2)
        })
        .await;
    let interval = |source: &str| {
        let all = shown["expected"].as_array().unwrap();
        let of = all.iter().find(|one| one["source"] == source).unwrap();
        ["at", "earliest", "latest"].map(|name| of[name].as_str().unwrap().to_owned())
    };
    // Of 1 to 20 hours the tenth of a hundred is 2, the half 10, the nine tenths 18.
    assert_eq!(interval("carrier"), [130, 132, 148].map(|hour| at(hour * HOUR)));
    assert_eq!(interval("history"), [140, 132, 148].map(|hour| at(hour * HOUR)));
    assert_eq!(shown["expected"][0]["sample"], 20);

    // A delivery that is taken back teaches nothing any more.
    world
        .append(&[reported(DHL, milestone(&["pro 120"], Status::OutForDelivery, 90 * HOUR), 1)])
        .await;
    world.until("/v1/shipments/120/timeline", |shown| shown["status"] == "out-for-delivery").await;
    assert_eq!(world.count("SELECT count(*) FROM eta_outcomes").await, 2 * 19);
    service.abort();
    assert_eq!(world.violations().await, Vec::<String>::new());
}
