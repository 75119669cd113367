//! The list of shipments: by many numbers, by words, by carrier, in each order; and what an order says of them.

use caravan_events::{Envelope, Kind};
use caravan_model::{Milestone, Place, Status};
use serde_json::{Value, json};

use crate::world::{A, B, World, event, milestone, reported};

/// The references of a page, in its order.
fn shown(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap_or_else(|| panic!("{page}"));
    items.iter().map(|one| one["reference"].as_str().unwrap()).collect()
}

async fn list(world: &World, query: &str) -> Value {
    let (status, _, page) = world.get(A, &format!("/v1/shipments?{query}")).await;
    assert_eq!(status, 200, "{query}: {page}");
    page
}

#[track_caller]
fn same(mut found: Vec<&str>, wanted: &[&str], query: &str) {
    found.sort_unstable();
    assert_eq!(found, wanted, "{query}");
}

/// What order `number` says; `references` as `kind value`.
fn order(number: &str, references: &[&str], more: Value, time_ms: i64) -> Envelope {
    let reference = |text: &&str| {
        let (kind, value) = text.split_once(' ').unwrap();
        json!({ "kind": kind, "value": value })
    };
    let references: Vec<Value> = references.iter().map(reference).collect();
    let mut data = json!({ "number": number, "status": "dispatched", "references": references });
    for (name, value) in more.as_object().unwrap() {
        data[name] = value.clone();
    }
    let (kind, cause) = (Kind::ORDER_CHANGED, format!("{number}/{time_ms}"));
    Envelope::of_service(A, kind, number.into(), &cause, time_ms, None, data.to_string())
}

fn at(place: &str, milestone: Milestone) -> Milestone {
    Milestone { place: Some(Place { name: Some(place.into()), ..Place::default() }), ..milestone }
}

#[tokio::test]
async fn many_numbers_are_found_at_once_and_the_unknown_ones_are_named() {
    let world = World::new().await;
    let numbers = ["pro 1Z-100", "pro 1Z-200", "bol B/300", "pro 400"];
    let all: Vec<Envelope> = (0_i64..)
        .zip(numbers)
        .map(|(n, number)| event(A, milestone(&[number], Status::Departed, n), n))
        .collect();
    world.tell(&all).await;
    world.tell(&[event(B, milestone(&["pro 900"], Status::Departed, 1), 1)]).await;
    let page = list(&world, "numbers=1z100,%201Z%20200%20,b300,999,900").await;
    same(shown(&page), &["1Z-100", "1Z-200", "B/300"], "numbers");
    assert_eq!(page["unknown_numbers"], json!(["900", "999"]), "{page}");
    let page = list(&world, "numbers=1Z-100,400&status=delivered,departed&limit=1").await;
    assert_eq!((shown(&page), &page["unknown_numbers"]), (vec!["400"], &json!([])));
    let next = format!("numbers=1Z-100,400&limit=1&cursor={}", page["next"].as_str().unwrap());
    let page = list(&world, &next).await;
    assert_eq!((shown(&page), &page["unknown_numbers"]), (vec!["1Z-100"], &Value::Null));
    assert_eq!(list(&world, "").await["unknown_numbers"], Value::Null);

    let many: Vec<String> = (0..501).map(|number| number.to_string()).collect();
    let path = format!("/v1/shipments?numbers={}", many.join(","));
    let (status, _, problem) = world.get(A, &path).await;
    assert_eq!((status, &problem["code"]), (400, &json!("numbers-too-many")));
    let path = format!("/v1/shipments?numbers={}", many[1..].join(","));
    assert_eq!(shown(&world.get(A, &path).await.2), ["400"]);
}

#[tokio::test]
async fn words_are_the_beginnings_of_numbers_and_places() {
    let world = World::new().await;
    world
        .tell(&[
            event(A, at("Navi Mumbai", milestone(&["pro 7001"], Status::Departed, 1)), 1),
            event(A, at("Pune", milestone(&["pro 7001"], Status::Arrived, 2)), 2),
            event(A, at("Pune", milestone(&["pro 7002", "bol MUMBAI-1"], Status::Arrived, 3)), 3),
            event(A, at("Chennai", milestone(&["pro 8001"], Status::Arrived, 4)), 4),
        ])
        .await;
    for (query, wanted) in [
        ("q=700", &["7001", "7002"][..]),
        ("q=pune", &["7001", "7002"]),
        ("q=mum", &["7001", "7002"]),
        ("q=mum%207001", &["7001"]),
        ("q=navi%20pune", &["7001"]),
        ("q=chennai%20pune", &[]),
        ("q=001", &[]),
        ("q=7001&status=arrived", &["7001"]),
        ("q=7001&status=departed", &[]),
    ] {
        same(shown(&list(&world, query).await), wanted, query);
    }
    // A number of a place's name is no number.
    let page = list(&world, "numbers=pune").await;
    assert_eq!((shown(&page), &page["unknown_numbers"]), (vec![], &json!(["pune"])));
}

#[tokio::test]
async fn a_carrier_is_found_by_each_of_its_names_and_the_order_knows_better_than_who_reports() {
    let world = World::new().await;
    let (service, odfl) = (world.start(), ("old-dominion", Some("ODFL")));
    world
        .append(&[
            reported(odfl, milestone(&["pro 1"], Status::Departed, 1), 1),
            reported(("dhl", None), milestone(&["pro 2"], Status::Departed, 1), 2),
            reported(("platform", None), milestone(&["pro 3"], Status::Departed, 1), 3),
            event(A, milestone(&["pro 4"], Status::Departed, 1), 4),
        ])
        .await;
    world.until("/v1/shipments", |page| shown(page).len() == 4).await;
    let carried = json!({ "carrier": "ODFL", "mode": "ltl" });
    world.append(&[order("O-1", &["pro 3", "pro 5"], carried, 5)]).await;
    world.until("/v1/shipments?carrier=old-dominion", |page| shown(page) == ["3", "1"]).await;
    world.append(&[reported(("dhl", None), milestone(&["pro 5"], Status::Departed, 1), 6)]).await;
    world.until("/v1/shipments?carrier=ODFL", |page| shown(page) == ["5", "3", "1"]).await;
    for (query, wanted) in
        [("carrier=dhl", &["2"][..]), ("carrier=platform", &[]), ("carrier=nobody", &[])]
    {
        same(shown(&list(&world, query).await), wanted, query);
    }
    let page = list(&world, "q=o1&carrier=odfl").await;
    assert_eq!(shown(&page), ["5", "3"], "found by its order's number");
    let of = |name: &str| page["items"][0][name].clone();
    assert_eq!((of("carrier"), of("mode")), (json!("ODFL"), json!("ltl")));
    // Asked, and not agreed: nobody carries it by that order.
    let asked = json!({ "carrier": "DHL", "status": "tendered" });
    world.append(&[order("O-2", &["pro 4"], asked, 7)]).await;
    world.until("/v1/shipments?q=o2", |page| shown(page) == ["4"]).await;
    assert_eq!(list(&world, "q=o2").await["items"][0]["carrier"], Value::Null);
    service.abort();
}

#[tokio::test]
async fn the_list_is_in_the_order_that_is_asked_for_page_by_page() {
    let world = World::new().await;
    let service = world.start();
    let statuses = [Status::Delivered, Status::Departed, Status::Arrived];
    for n in 0..9_i64 {
        let number = format!("pro {}", 100 + n);
        let status = statuses[usize::try_from(n % 3).unwrap()];
        world.append(&[event(A, milestone(&[&number], status, n), n)]).await;
        // Heard again in the other order.
        let again = event(A, milestone(&[&number], status, 50 + n), 1_000 - n);
        world.append(&[again]).await;
        if n != 4 {
            let latest = format!("20{}-01-01T00:00:00Z", 60 + n * 7 % 9);
            let promise = json!({ "planned_delivery": { "latest": latest } });
            world.append(&[order(&format!("O-{n}"), &[&number], promise, 1)]).await;
        }
    }
    world.until("/v1/shipments?sort=promised", |page| shown(page).len() == 8).await;
    world
        .until("/v1/shipments?heard_from=1970-01-01T00:00:00.900Z", |page| shown(page).len() == 9)
        .await;
    for (sort, wanted) in [
        ("-heard", "100 101 102 103 104 105 106 107 108"),
        ("heard", "108 107 106 105 104 103 102 101 100"),
        ("created", "100 101 102 103 104 105 106 107 108"),
        ("-created", "108 107 106 105 104 103 102 101 100"),
        ("promised", "100 108 103 107 102 106 101 105"),
        ("-promised", "105 101 106 102 107 103 108 100"),
        ("promised&status=departed,arrived", "108 107 102 101 105"),
        ("-created&status=departed", "107 104 101"),
        ("promised&q=10", "100 108 103 107 102 106 101 105"),
    ] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = list(&world, &format!("sort={sort}&limit=3{cursor}")).await;
            seen.extend(shown(&page).into_iter().map(str::to_owned));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.join(" "), wanted, "{sort}");
    }
    let page = list(&world, "sort=heard&limit=3").await;
    let other = format!("/v1/shipments?limit=3&cursor={}", page["next"].as_str().unwrap());
    assert_eq!(world.get(A, &other).await.2["code"], "cursor-invalid", "of another order");
    let (status, _, problem) = world.get(A, "/v1/shipments?sort=weight").await;
    assert_eq!((status, &problem["code"]), (400, &json!("sort-unknown")));
    service.abort();
}

#[tokio::test]
async fn two_shipments_that_become_one_are_found_by_the_words_of_both() {
    let world = World::new().await;
    world
        .tell(&[
            event(A, at("Pune", milestone(&["pro 7"], Status::PickedUp, 10)), 1),
            event(A, at("Nashik", milestone(&["awb 8"], Status::Arrived, 30)), 2),
        ])
        .await;
    world
        .tell(&[event(A, at("Surat", milestone(&["pro 7", "awb 8"], Status::Arrived, 40)), 3)])
        .await;
    for query in ["q=pune", "q=nashik", "q=surat", "numbers=7", "numbers=8"] {
        assert_eq!(shown(&list(&world, query).await), ["7"], "{query}");
    }
    assert_eq!(world.count("SELECT count(DISTINCT shipment_id) FROM shipment_terms").await, 1);
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_order_whose_references_change_promises_under_the_new_ones_only() {
    let world = World::new().await;
    let service = world.start();
    world
        .append(&[
            event(A, milestone(&["pro 1"], Status::InTransit, 1), 1),
            event(A, milestone(&["pro 2"], Status::InTransit, 1), 2),
        ])
        .await;
    let promise = || json!({ "planned_delivery": { "latest": "2090-01-01T18:00:00Z" } });
    let promised = |number: &str| format!("/v1/shipments/{number}/timeline");
    let is_promised = |shown: &Value| shown["promised_by"] == "2090-01-01T18:00:00Z";
    world.append(&[order("O-1", &["shipment O-1", "pro 1"], promise(), 10)]).await;
    world.until(&promised("1"), is_promised).await;
    world.append(&[order("O-1", &["shipment O-1", "pro 2"], promise(), 20)]).await;
    world.until(&promised("2"), is_promised).await;
    assert_eq!(world.timeline("1").await["promised_by"], Value::Null);
    // An older word that comes late changes nothing; O-9, told behind it in its partition, shows when it was read.
    let late = order("O-1", &["shipment O-1", "pro 1"], promise(), 5);
    let next = order("O-9", &["pro 1"], json!({ "mode": "rail" }), 30);
    world.append(&[late, Envelope { key: "O-1".into(), ..next }]).await;
    world.until("/v1/shipments?q=o9", |page| page["items"][0]["mode"] == "rail").await;
    assert_eq!(world.timeline("1").await["promised_by"], Value::Null);
    assert!(is_promised(&world.timeline("2").await));
    service.abort();
}
