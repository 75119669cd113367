//! Orders from ERPs: each once, however often and in whatever order their documents come, and nothing lost.

use caravan_events::Envelope;
use caravan_model::{ConnectionId, Purpose};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{A, B, SAP, World, answered, dispatch, document, received, until_accepted};

fn sent(number: &str, docnum: u32, purpose: Purpose, weight: &str) -> Envelope {
    received(A, SAP, document(number, docnum, purpose, weight), 1_000 + i64::from(docnum))
}

fn history(order: &Value) -> Vec<(String, String)> {
    let line = |line: &Value| {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        (text("action"), text("to"))
    };
    order["history"].as_array().unwrap().iter().map(line).collect()
}

fn conflicts(order: &Value) -> Vec<String> {
    let kind = |conflict: &Value| conflict["kind"].as_str().unwrap().to_owned();
    order["conflicts"].as_array().unwrap().iter().map(kind).collect()
}

#[tokio::test]
async fn a_delivery_becomes_an_indent_with_its_stops_and_windows() {
    let world = World::new().await;
    world.tell(&[sent("0080001234", 1, Purpose::Original, "820.000")]).await;
    let order = world.order("0080001234").await;
    assert_eq!((&order["status"], &order["version"]), (&json!("indent"), &json!(1)));
    let stops = &order["content"]["stops"];
    assert_eq!((&stops[0]["kind"], &stops[0]["place"]["city"]), (&json!("pickup"), &json!("Pune")));
    assert_eq!(stops[0]["earliest"], "1970-01-01T15:30:00+05:30");
    assert_eq!(stops[1]["earliest"], "1970-01-03T07:30:00+05:30");
    assert_eq!(order["connection"], SAP.to_string());
    let line = &order["history"][0];
    assert_eq!((&line["actor"], &line["document"]), (&json!("system"), &json!("07".repeat(32))));
    assert_eq!(line["reason"], "delivery 800/0000000000000001 (original)");
    let named =
        json!({"document": "delivery", "key": "800/0000000000000001", "purpose": "original"});
    assert_eq!((&line["reason_kind"], &line["reason_values"]), (&json!("document"), &named));
    assert_eq!(order.get("issues"), None, "{order}");
}

#[tokio::test]
async fn a_redelivery_of_everything_changes_nothing() {
    let world = World::new().await;
    let rate = crate::world::contract(1, 1, "DEMO", "4.75");
    world
        .tell(&[
            rate,
            sent("77001", 1, Purpose::Original, "820"),
            sent("77001", 2, Purpose::Change, "900"),
            sent("77002", 3, Purpose::Original, "10"),
            sent("77002", 4, Purpose::Cancel, "10"),
            sent("77003", 5, Purpose::Cancel, "10"),
            answered("77001", json!({"number": "77001", "answer": "accepted"}), "late"),
        ])
        .await;
    let path = world.path_of("77001").await;
    world.walk(&path, &until_accepted()).await;
    world.walk(&path, &[dispatch()]).await;
    let moved = crate::world::milestone(&["lr LR-555001"], caravan_model::Status::Departed, 5);
    world
        .tell(&[crate::world::reported(A, moved, 3_000), sent("77001", 6, Purpose::Change, "1")])
        .await;
    let before = (
        world.get("/v1/orders").await.ok(),
        world.order("77001").await,
        world.order("77002").await,
    );
    let events =
        world.count("SELECT count(*) FROM log.events WHERE tenant_id = app_tenant()").await;
    let audited = world.audited().await;
    for _ in 0..2 {
        world.rewind().await;
        world.take_in().await;
        let after = (
            world.get("/v1/orders").await.ok(),
            world.order("77001").await,
            world.order("77002").await,
        );
        assert_eq!(before, after);
        assert_eq!(
            world.count("SELECT count(*) FROM log.events WHERE tenant_id = app_tenant()").await,
            events
        );
        assert_eq!(world.audited().await, audited);
    }
    assert_eq!(before.1["status"], "in-transit");
    assert_eq!(conflicts(&before.1), ["changed-after-dispatch", "answer-late"]);
    assert_eq!(before.2["status"], "cancelled");
}

#[tokio::test]
async fn the_same_document_under_another_number_makes_no_second_order_and_undoes_no_correction() {
    let world = World::new().await;
    world.tell(&[sent("77001", 1, Purpose::Original, "820")]).await;
    let path = world.path_of("77001").await;
    let mut content = world.get(&path).await.ok()["content"].clone();
    content["packages"] = json!(9);
    content["priority"] = json!("urgent");
    world.put(&path, "\"1\"", content).await.ok();
    world.tell(&[sent("77001", 2, Purpose::Original, "820")]).await;
    let order = world.order("77001").await;
    assert_eq!((&order["version"], &order["content"]["packages"]), (&json!(2), &json!(9)));
    world.tell(&[sent("77001", 3, Purpose::Change, "900")]).await;
    let order = world.order("77001").await;
    assert_eq!(order["content"]["gross_weight"]["value"], "900");
    assert_eq!(order["content"]["priority"], "urgent", "what the ERP knows nothing of stays");
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 1);
}

#[tokio::test]
async fn a_change_after_dispatch_is_a_conflict_that_somebody_resolves() {
    let world = World::new().await;
    world.tell(&[sent("77001", 1, Purpose::Original, "820")]).await;
    let path = world.path_of("77001").await;
    world.walk(&path, &until_accepted()).await;
    world.walk(&path, &[dispatch()]).await;
    world
        .tell(&[sent("77001", 2, Purpose::Change, "900"), sent("77001", 3, Purpose::Cancel, "900")])
        .await;
    let order = world.get(&path).await.ok();
    assert_eq!(
        (&order["status"], &order["content"]["gross_weight"]["value"]),
        (&json!("dispatched"), &json!("820"))
    );
    assert_eq!(conflicts(&order), ["cancelled-after-dispatch", "changed-after-dispatch"]);
    assert_eq!(order["conflicts"][1]["wanted"]["gross_weight"]["value"], "900");
    let list = world.get("/v1/orders?conflict=true").await.ok();
    assert_eq!(list["items"][0]["conflicts"], 2);
    assert_eq!(
        world.kinds_told("77001").await.iter().filter(|kind| *kind == "conflicted").count(),
        2
    );
    for conflict in order["conflicts"].as_array().unwrap() {
        let path = format!("{path}/conflicts/{}/resolve", conflict["id"].as_str().unwrap());
        let resolved = world.post(&path, json!({"reason": "told the driver"})).await.ok();
        assert_eq!(resolved["status"], "dispatched");
        world.post(&path, json!({"reason": "again"})).await.problem(404, "conflict-not-found");
    }
    let order = world.get(&path).await.ok();
    assert_eq!(order["conflicts"][0]["resolution"], "told the driver");
    assert_eq!(world.get("/v1/orders?conflict=true").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_cancellation_that_comes_first_cancels_what_comes_later() {
    let world = World::new().await;
    world.tell(&[sent("77001", 2, Purpose::Cancel, "820")]).await;
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 0);
    world.tell(&[sent("77001", 1, Purpose::Original, "820")]).await;
    let order = world.order("77001").await;
    let lines =
        [("create", "indent"), ("cancel", "cancelled")].map(|(a, t)| (a.to_owned(), t.to_owned()));
    assert_eq!(history(&order), lines);
    world.tell(&[sent("77001", 3, Purpose::Change, "900")]).await;
    assert_eq!(conflicts(&world.order("77001").await), ["changed-after-cancellation"]);
}

#[tokio::test]
async fn an_incomplete_order_is_taken_with_its_gaps_and_cannot_be_approved_before_they_are_filled()
{
    let world = World::new().await;
    let mut gaps = document("77001", 1, Purpose::Original, "820");
    gaps.parties.remove(0);
    world.tell(&[received(A, SAP, gaps, 1)]).await;
    let order = world.order("77001").await;
    assert_eq!(order["issues"][0]["code"], "pickup-missing");
    let path = world.path_of("77001").await;
    let problem =
        world.post(&format!("{path}/approve"), json!({})).await.problem(422, "order-incomplete");
    assert_eq!(problem["errors"][0]["pointer"], "/stops");
    let mut content = order["content"].clone();
    let from = crate::world::content("77001")["stops"][0].clone();
    content["stops"] = json!([from, content["stops"][0]]);
    content["stops"][1].as_object_mut().unwrap().remove("earliest");
    world.put(&path, "\"1\"", content).await.ok();
    assert_eq!(world.walk(&path, &[("approve", json!({}))]).await["status"], "approved");
}

#[tokio::test]
async fn the_same_number_from_another_system_is_a_clash_and_changes_nothing() {
    let world = World::new().await;
    let other = ConnectionId(Uuid::from_u128(0x0E));
    world.tell(&[sent("77001", 1, Purpose::Original, "820")]).await;
    world.tell(&[received(A, other, document("77001", 9, Purpose::Original, "5"), 2_000)]).await;
    let order = world.order("77001").await;
    assert_eq!(conflicts(&order), ["source-clash"]);
    assert_eq!(order["content"]["gross_weight"]["value"], "820");
}

#[tokio::test]
async fn tenants_in_one_batch_are_kept_apart() {
    let world = World::new().await;
    let ours = sent("77001", 1, Purpose::Original, "820");
    let theirs = received(B, SAP, document("77001", 1, Purpose::Original, "5"), 1_000);
    world.tell(&[ours, theirs]).await;
    assert_eq!(world.order("77001").await["content"]["gross_weight"]["value"], "820");
    let list = world.get_as(B, "/v1/orders").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["gross_weight"]["value"], "5");
}

#[tokio::test]
async fn a_carriers_answer_by_edi_counts_once_and_only_in_time() {
    let world = World::new().await;
    let path = world.place("77001").await;
    world.walk(&path, &until_accepted()[..3]).await;
    let data = json!({"number": "77001", "carrier": "demo", "answer": "declined", "reason_code": "EQU", "reason": "no trailer"});
    world.tell(&[answered("77001", data.clone(), "a"), answered("77001", data, "b")]).await;
    let order = world.get(&path).await.ok();
    assert_eq!(
        (&order["status"], &order["tender"]["reason"]),
        (&json!("assigned"), &json!("EQU: no trailer"))
    );
    assert_eq!(conflicts(&order), Vec::<String>::new(), "told twice is no conflict");
    world.walk(&path, &[("tender", json!({}))]).await;
    let stranger = json!({"number": "77001", "carrier": "OTHR", "answer": "accepted"});
    let accepted = json!({"number": "77001", "carrier": "DEMO", "answer": "accepted", "carrier_reference": "PRO-5"});
    world.tell(&[answered("77001", stranger, "c"), answered("77001", accepted, "d")]).await;
    let order = world.get(&path).await.ok();
    assert_eq!(
        (&order["status"], &order["tender"]["carrier_reference"]),
        (&json!("accepted"), &json!("PRO-5"))
    );
    assert_eq!(conflicts(&order), ["answer-late"]);
}

#[tokio::test]
async fn an_unclear_answer_and_a_tender_that_cannot_be_sent_are_seen_on_the_order() {
    let world = World::new().await;
    let path = world.place("77001").await;
    world.walk(&path, &until_accepted()[..3]).await;
    let unclear = json!({"number": "77001", "carrier": "DEMO", "answer": "conditional", "reason": "a day later"});
    let stuck = json!({"number": "77001", "code": "no-connection", "reason": "No connection goes by DEMO."}).to_string();
    let kind = caravan_events::Kind::new("caravan.tender.undeliverable");
    let stuck = Envelope::of_service(A, kind, "77001".into(), "u", 2_000, None, stuck);
    world.tell(&[answered("77001", unclear, "a"), stuck]).await;
    let order = world.get(&path).await.ok();
    assert_eq!(order["status"], "tendered");
    assert_eq!(conflicts(&order), ["tender-undeliverable", "answer-unclear"]);
    assert_eq!(order["conflicts"][0]["detail"], "No connection goes by DEMO.");
}
