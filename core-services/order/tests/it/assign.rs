//! Choosing a carrier by rate.

use serde_json::json;

use crate::world::{World, contract};

#[tokio::test]
async fn the_cheapest_by_rate_is_taken_with_its_contract() {
    let world = World::new().await;
    world
        .tell(&[
            contract(1, 1, "DEAR", "6.00"),
            contract(2, 1, "DEMO", "4.75"),
            contract(2, 1, "DEMO", "4.75"),
        ])
        .await;
    let path = world.place("77001").await;
    world.walk(&path, &[("approve", json!({}))]).await;
    let quotes = world.get(&format!("{path}/quotes")).await.ok();
    let amounts: Vec<_> = quotes["quotes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|q| (q["carrier"].clone(), q["amount"].clone()))
        .collect();
    assert_eq!(amounts, [(json!("DEMO"), json!("3895.00")), (json!("DEAR"), json!("4920.00"))]);
    let order = world.walk(&path, &[("assign", json!({}))]).await;
    assert_eq!((&order["carrier"], &order["assignment"]["by"]), (&json!("DEMO"), &json!("rate")));
    assert_eq!(order["assignment"]["quote"]["contract_version"], 1);
    let order =
        world.walk(&path, &[("assign", json!({"carrier": "dear", "reason": "on time"}))]).await;
    assert_eq!((&order["carrier"], &order["assignment"]["by"]), (&json!("dear"), &json!("hand")));
    assert_eq!(order["assignment"]["quote"]["amount"], "4920.00");
    let order = world.walk(&path, &[("assign", json!({"carrier": "OWN-FLEET"}))]).await;
    assert_eq!(order["assignment"].get("quote"), None);
}

#[tokio::test]
async fn a_later_version_of_a_contract_holds_from_its_first_day() {
    let world = World::new().await;
    let mut later = contract(2, 2, "DEMO", "9.00");
    later.data =
        later.data.replace("\"valid_from\":\"2026-04-01\"", "\"valid_from\":\"2026-11-26\"");
    world.tell(&[contract(2, 1, "DEMO", "4.75"), later]).await;
    let amount = async |number: &str, day: &str| {
        let mut content = crate::world::content(number);
        content["stops"][0]["earliest"] = json!(format!("{day}T06:00:00+05:30"));
        content["stops"][0]["latest"] = json!(format!("{day}T07:00:00+05:30"));
        let order = world.post("/v1/orders", content).await.ok();
        let path = format!("/v1/orders/{}/quotes", order["id"].as_str().unwrap());
        world.get(&path).await.ok()["quotes"][0]["amount"].clone()
    };
    assert_eq!(amount("1", "2026-11-25").await, "3895.00");
    assert_eq!(amount("2", "2026-11-26").await, "7380.00");
}

#[tokio::test]
async fn without_a_fitting_rate_the_problem_says_so() {
    let world = World::new().await;
    let path = world.place("77001").await;
    world.walk(&path, &[("approve", json!({}))]).await;
    let assign = format!("{path}/assign");
    let problem = world.post(&assign, json!({"by": "rate"})).await.problem(409, "no-rate");
    assert_eq!((&problem["contracts"], &problem["day"]), (&json!(0), &json!("2026-11-25")));
    assert_eq!(problem["lane"]["origin"]["city"], "Pune");
    let mut elsewhere = contract(1, 1, "DEMO", "4.75");
    elsewhere.data = elsewhere.data.replace("\"411\"", "\"110\"");
    world.tell(&[elsewhere]).await;
    let problem = world.post(&assign, json!({})).await.problem(409, "no-rate");
    assert_eq!(problem["contracts"], 1);
    for wrong in
        [json!({"carrier": "x"}), json!({"by": "rate", "carrier": "DEMO"}), json!({"by": "dice"})]
    {
        world.post(&assign, wrong).await.problem(422, "order-invalid");
    }
    let mut dollars = contract(3, 1, "DLR", "1");
    dollars.data = dollars.data.replace("INR", "USD");
    world.tell(&[dollars, contract(4, 1, "RUPE", "5")]).await;
    let problem = world.post(&assign, json!({})).await.problem(409, "rates-not-comparable");
    assert_eq!(problem["quotes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_contract_that_cannot_be_read_is_set_aside_and_holds_nothing_up() {
    let world = World::new().await;
    let mut bad = contract(1, 1, "DEMO", "4.75");
    bad.data = bad.data.replace("\"4.75\"", "\"cheap\"");
    world.tell(&[bad, contract(2, 1, "DEAR", "6.00")]).await;
    assert_eq!(world.count("SELECT count(*) FROM consumer_parked").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM rate_contracts").await, 1);
}
