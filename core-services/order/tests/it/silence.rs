//! Tenders that nobody answers.

use serde_json::json;

use crate::world::{World, until_accepted};

#[tokio::test]
async fn silence_moves_the_order_back_once_however_many_watch() {
    let world = World::new().await;
    let path = world.place("77001").await;
    world.walk(&path, &until_accepted()[..3]).await;
    let other = world.place("77002").await;
    world.walk(&other, &until_accepted()[..3]).await;
    world.execute("UPDATE tenders SET respond_by_ms = 1 WHERE carrier = 'DEMO' AND order_id IN (SELECT id FROM orders WHERE number = '77001')").await;
    let services = [world.start(), world.start(), world.start()];
    let order = world.until(&path, "assigned").await;
    for service in services {
        service.abort();
    }
    assert_eq!(order["tender"]["answer"], "silent");
    assert_eq!(order["tenders"][0]["answer"], "silent");
    let line = order["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&line["actor"], &line["action"]), (&json!("system"), &json!("expire")));
    assert_eq!(line["reason"], "DEMO did not answer in time");
    let told = (&line["reason_kind"], &line["reason_values"]);
    assert_eq!(told, (&json!("silent"), &json!({"carrier": "DEMO"})));
    assert_eq!(world.kinds_told("77001").await[3..], ["tendered", "tender-answered"]);
    assert_eq!(world.get(&other).await.ok()["status"], "tendered");
    assert_eq!(
        world.count("SELECT attempts::bigint FROM tenders WHERE answer = 'silent'").await,
        1
    );
}

#[tokio::test]
async fn a_lease_that_its_holder_left_is_taken_up_by_another() {
    let world = World::new().await;
    let path = world.place("77001").await;
    world.walk(&path, &until_accepted()[..3]).await;
    // As after a crash between the lease and the work: counted, leased, and the lease over.
    world.execute("UPDATE tenders SET respond_by_ms = 1, attempts = 1, lease_until_ms = 2").await;
    let service = world.start();
    world.until(&path, "assigned").await;
    service.abort();
    assert_eq!(world.count("SELECT attempts::bigint FROM tenders").await, 2);
}

#[tokio::test]
async fn an_answer_is_wanted_in_the_future() {
    let world = World::new().await;
    let path = world.place("77001").await;
    world.walk(&path, &until_accepted()[..2]).await;
    let tender = format!("{path}/tender");
    for wrong in [
        json!({"respond_by": "2020-01-01T00:00:00Z"}),
        json!({"respond_by": "soon"}),
        json!({"respond_within_min": 0}),
        json!({"respond_within_min": 43_201}),
        json!({"respond_by": "2999-01-01T00:00:00Z", "respond_within_min": 5}),
    ] {
        world.post(&tender, wrong).await.problem(422, "order-invalid");
    }
}
