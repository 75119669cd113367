//! Thresholds are the tenant's, by mode; a change of them is looked at for every open shipment, and written into the audit trail.

use caravan_events::{Envelope, Kind};
use caravan_model::Status;
use serde_json::{Value, json};

use crate::world::{A, B, World, event, milestone};

const PATH: &str = "/v1/shipments/thresholds";
const MINUTE_MS: i64 = 60_000;

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// What is wrong with which shipment.
fn wrong(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let mut all: Vec<String> =
        items.map(|one| format!("{} {}", text(one, "reference"), text(one, "cause"))).collect();
    all.sort_unstable();
    all
}

fn by_sea(pro: &str) -> Envelope {
    let data = json!({
        "number": "O-1", "status": "dispatched", "mode": "ocean",
        "references": [{ "kind": "pro", "value": pro }],
        "planned_delivery": { "latest": jiff::Timestamp::from_millisecond(now_ms() - 90 * MINUTE_MS).unwrap().to_string() },
    });
    let kind = Kind::ORDER_DISPATCHED;
    Envelope::of_service(A, kind, "O-1".into(), "O-1/1", 1, None, data.to_string())
}

#[tokio::test]
async fn a_tenant_says_from_when_on_goods_are_halted_silent_or_late_for_each_mode() {
    let world = World::new().await;
    let service = world.start();
    let heard_ms = now_ms() - 90 * MINUTE_MS;
    for tenant in [A, B] {
        let all = [
            event(tenant, milestone(&["pro 1"], Status::InTransit, 10), heard_ms),
            event(tenant, milestone(&["pro 2"], Status::Arrived, 10), heard_ms),
            event(tenant, milestone(&["pro 3"], Status::InTransit, 10), heard_ms),
        ];
        world.append(&all).await;
    }
    world.append(&[by_sea("3")]).await;
    let open = "/v1/exceptions?status=open";
    world.until(open, |page| wrong(page) == ["3 delay"]).await;
    world.until("/v1/shipments", |page| page["items"].as_array().unwrap().len() == 3).await;

    let (status, _, before) = world.get(A, PATH).await;
    assert_eq!((status, &before["in_force"]["halted_after_min"]), (200, &json!(1440)));
    let strict = json!({
        "general": { "halted_after_min": 60, "silent_after_min": 60 },
        "modes": { "ocean": { "silent_after_min": 10_080, "delay_tolerance_min": 600 } },
    });
    let (status, put) = world.put(PATH, Some(0), strict.clone()).await;
    assert_eq!(status, 200, "{put}");
    assert_eq!(put["in_force_by_mode"]["ocean"]["silent_after_min"], 10_080);
    assert_eq!(put["in_force_by_mode"]["ftl"]["silent_after_min"], 60);
    world.until(open, |page| wrong(page) == ["1 silence", "2 halt"]).await;
    let (_, _, page) = world.get(A, "/v1/exceptions?cause=silence").await;
    assert_eq!(page["items"][0]["detail"], "nothing was heard for an hour");
    let (_, _, theirs) = world.get(B, open).await;
    assert_eq!(wrong(&theirs), Vec::<String>::new(), "what A says holds for A");

    // The consumer goes by them, too: late by 90 minutes is tolerated, another arrival at another time is halted at once.
    let more = event(A, milestone(&["pro 4"], Status::Arrived, 10), heard_ms);
    world.append(&[more]).await;
    world.until(open, |page| wrong(page) == ["1 silence", "2 halt", "4 halt"]).await;

    let (status, problem) = world.put(PATH, Some(0), json!({})).await;
    assert_eq!((status, &problem["code"]), (412, &json!("version-conflict")));
    assert_eq!(problem["current"]["general"]["halted_after_min"], 60);
    assert_eq!(world.put(PATH, None, json!({})).await.0, 428);
    assert_eq!(world.put(PATH, Some(1), json!({})).await.0, 200);
    world.until(open, |page| wrong(page) == ["3 delay"]).await;
    let (_, _, page) = world.get(A, "/v1/exceptions?cause=halt").await;
    let ended = &page["items"][0];
    assert_eq!(ended["resolution"], "no rule finds it any more: the shipment is arrived");
    let told = (&ended["resolution_kind"], &ended["resolution_values"]);
    assert_eq!(told, (&json!("passed"), &json!({ "status": "arrived" })));
    let said = world.audited().await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[1]["was"], strict);
    service.abort();
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn free_time_at_a_stop_is_the_modes() {
    let world = World::new().await;
    let stay = [
        event(A, milestone(&["pro 3"], Status::ArrivedDelivery, 10), 1),
        event(A, milestone(&["pro 3"], Status::Delivered, 200), 2),
    ];
    world.tell(&stay).await;
    let detained = |shown: &Value| {
        let stay = &shown["detention"][0];
        (stay["free_minutes"].as_i64().unwrap(), stay["detained_minutes"].as_i64().unwrap())
    };
    assert_eq!(detained(&world.timeline("3").await), (120, 70));
    let free = json!({ "modes": { "ocean": { "detention_free_min": 180 } } });
    assert_eq!(world.put(PATH, Some(0), free).await.0, 200);
    assert_eq!(detained(&world.timeline("3").await), (120, 70), "it has no mode yet");
    let service = world.start();
    world.append(&[by_sea("3")]).await;
    let path = "/v1/shipments/3/timeline";
    world.until(path, |shown| detained(shown) == (180, 10)).await;
    service.abort();
}

#[tokio::test]
async fn thresholds_that_cannot_be_are_refused_with_their_place() {
    let world = World::new().await;
    for (body, place) in [
        (json!({ "general": { "halted_after_min": 0 } }), "/general/halted_after_min"),
        (json!({ "modes": { "air": { "silent_after_min": 43_201 } } }), "/modes/air/silent"),
        (json!({ "modes": { "air": { "delay_tolerance_min": -1 } } }), "/modes/air/delay"),
        (json!({ "modes": { "camel": {} } }), "camel"),
    ] {
        let (status, problem) = world.put(PATH, Some(0), body).await;
        assert_eq!((status, &problem["code"]), (422, &json!("thresholds-invalid")), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(place), "{problem}");
    }
    let (_, _, shown) = world.get(A, PATH).await;
    assert_eq!(shown["general"], json!({}));
}
