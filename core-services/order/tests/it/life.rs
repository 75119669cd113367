//! An order's life by hand: every step, who and when, what is refused and why, and two people at once.

use axum::http::Method;
use serde_json::json;

use crate::world::{A, ALL, Sent, World, content, dispatch, until_accepted};

#[tokio::test]
async fn an_order_goes_from_indent_to_closed_and_its_history_tells_how() {
    let world = World::new().await;
    let path = world.place("4500017001").await;
    let mut steps = until_accepted();
    steps.extend([dispatch(), ("deliver", json!({"pod": "POD-9"})), ("close", json!({}))]);
    let order = world.walk(&path, &steps).await;
    assert_eq!((&order["status"], &order["version"]), (&json!("closed"), &json!(8)));

    let shown = world.get(&path).await;
    assert_eq!(shown.etag(), "\"8\"");
    let shown = shown.ok();
    let history = shown["history"].as_array().unwrap();
    let walked: Vec<_> = history.iter().map(|line| line["to"].as_str().unwrap()).collect();
    assert_eq!(
        walked,
        [
            "indent",
            "approved",
            "assigned",
            "tendered",
            "accepted",
            "dispatched",
            "delivered",
            "closed"
        ]
    );
    assert!(history.iter().all(|line| line["actor"] == "user/asha"), "{shown}");
    assert_eq!(shown["dispatch"]["vehicle"], "MH12AB1234");
    assert_eq!(shown["delivery"]["source"], "manual");
    assert_eq!(shown["tenders"][0]["answer"], "accepted");
    assert_eq!(
        world.kinds_told("4500017001").await,
        [
            "placed",
            "approved",
            "assigned",
            "tendered",
            "tender-answered",
            "dispatched",
            "delivered",
            "closed"
        ]
    );
    assert_eq!(world.audited().await, (8, true));

    let headers = &[("if-none-match", "\"8\"")];
    let sent =
        Sent { tenant: A, scopes: ALL, method: Method::GET, path: &path, headers, body: None };
    assert_eq!(world.send(sent).await.status, 304);
}

#[tokio::test]
async fn a_tender_event_carries_what_a_204_needs() {
    let world = World::new().await;
    let path = world.place("4500017001").await;
    world.walk(&path, &until_accepted()[..3]).await;
    let told = world.told("4500017001").await;
    let (_, data) = told.iter().find(|(kind, _)| kind == "tendered").unwrap();
    assert_eq!((&data["carrier"], &data["number"]), (&json!("DEMO"), &json!("4500017001")));
    assert_eq!(data["tender"]["answer"], "open");
    assert!(data["tender"]["respond_by"].is_string());
    assert_eq!(data["stops"][0]["place"]["city"], "Pune");
    assert_eq!(data["stops"][1]["latest"], "2026-11-27T18:00:00+05:30");
    assert_eq!((&data["weight_kg"], &data["packages"]), (&json!("820"), &json!(6)));
    assert_eq!(data["pickup_date"], "2026-11-25");
    assert_eq!(data["lines"][0]["material"], "GEARBOX-5");
    assert_eq!(data["lane"]["destination"]["postal_code"], "600002");
}

#[tokio::test]
async fn what_the_state_does_not_let_is_refused_with_what_it_does() {
    let world = World::new().await;
    let path = world.place("1001").await;
    let problem = world.post(&format!("{path}/dispatch"), dispatch().1).await;
    let problem = problem.problem(409, "order-state");
    assert_eq!((&problem["status"], &problem["order_status"]), (&json!(409), &json!("indent")));
    assert_eq!(problem["allowed"], json!(["edit", "approve", "cancel", "hold"]));
    let refused = world.post(&format!("{path}/answer"), json!({"answer": "accepted"})).await;
    refused.problem(409, "order-state");
    assert_eq!(world.get(&path).await.ok()["version"], 1);
    assert_eq!(world.kinds_told("1001").await, ["placed"]);
}

#[tokio::test]
async fn a_declined_order_goes_back_with_the_reason_and_can_be_given_to_another() {
    let world = World::new().await;
    let path = world.place("1001").await;
    world.walk(&path, &until_accepted()[..3]).await;
    let silent = world.post(&format!("{path}/answer"), json!({"answer": "declined"})).await;
    assert_eq!(silent.problem(422, "order-invalid")["errors"][0]["pointer"], "/reason");
    let declined = [("answer", json!({"answer": "declined", "reason": "no vehicle"}))];
    let order = world.walk(&path, &declined).await;
    assert_eq!(order["status"], "assigned");
    assert_eq!(
        (&order["tender"]["answer"], &order["tender"]["reason"]),
        (&json!("declined"), &json!("no vehicle"))
    );
    let again =
        [("assign", json!({"carrier": "OTHR"})), ("tender", json!({"respond_within_min": 30}))];
    let order = world.walk(&path, &again).await;
    assert_eq!(
        (&order["tender"]["number"], &order["tender"]["carrier"]),
        (&json!(2), &json!("OTHR"))
    );
    let withdrawn =
        world.walk(&path, &[("withdraw", json!({"reason": "found a better one"}))]).await;
    assert_eq!(withdrawn["status"], "assigned");
    assert_eq!(world.kinds_told("1001").await.last().map(String::as_str), Some("tender-withdrawn"));
}

#[tokio::test]
async fn an_order_is_held_and_goes_on_where_it_was() {
    let world = World::new().await;
    let path = world.place("1001").await;
    world.walk(&path, &until_accepted()[..1]).await;
    let held = world.walk(&path, &[("hold", json!({"reason": "credit"}))]).await;
    assert_eq!((&held["status"], &held["held_from"]), (&json!("on-hold"), &json!("approved")));
    let released = world.walk(&path, &[("release", json!({}))]).await;
    assert_eq!(released["status"], "approved");
    let cancelled = world.walk(&path, &[("cancel", json!({"reason": "customer"}))]).await;
    assert_eq!((&cancelled["status"], &cancelled["allowed"]), (&json!("cancelled"), &json!([])));
}

#[tokio::test]
async fn of_two_people_editing_one_gets_both_versions() {
    let world = World::new().await;
    let path = world.place("1001").await;
    let read = world.get(&path).await;
    let etag = read.etag().to_owned();
    let edit = |packages: u32| {
        let mut content = content("1001");
        content["packages"] = json!(packages);
        content
    };
    let (one, other) =
        tokio::join!(world.put(&path, &etag, edit(7)), world.put(&path, &etag, edit(8)));
    let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
    let won = won.ok();
    let problem = lost.problem(412, "version-conflict");
    assert_eq!(problem["current"]["content"]["packages"], won["content"]["packages"]);
    assert_eq!(
        (&problem["current_etag"], &problem["expected"]),
        (&json!("\"2\""), &json!(["\"1\""]))
    );
    let sent = Sent {
        tenant: A,
        scopes: ALL,
        method: Method::PUT,
        path: &path,
        headers: &[],
        body: Some(edit(9)),
    };
    world.send(sent).await.problem(428, "precondition-required");
    assert_eq!(world.kinds_told("1001").await, ["placed", "changed"]);
}

#[tokio::test]
async fn every_mistake_is_told_at_once_with_its_place() {
    let world = World::new().await;
    let mut wrong = content("1001");
    wrong["priority"] = json!("asap");
    wrong["stops"][0]["earliest"] = json!("tomorrow");
    wrong["stops"][1]["place"]["postal_code"] = json!("60002");
    wrong["gross_weight"]["unit"] = json!("MTQ");
    let problem = world.post("/v1/orders", wrong).await.problem(422, "order-invalid");
    let places: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        places,
        ["/gross_weight/unit", "/priority", "/stops/0/earliest", "/stops/1/place/postal_code"]
    );
    let mut typo = content("1001");
    typo["wieght"] = json!(1);
    world.post("/v1/orders", typo).await.problem(422, "body-invalid");
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 0);
}

#[tokio::test]
async fn a_repeated_request_makes_one_order_and_a_taken_number_is_told() {
    let world = World::new().await;
    let place = async |body| {
        let headers = &[("idempotency-key", "k-1")];
        let (method, path) = (Method::POST, "/v1/orders");
        world.send(Sent { tenant: A, scopes: ALL, method, path, headers, body: Some(body) }).await
    };
    let first = place(content("1001")).await;
    let location = first.headers["location"].to_str().unwrap().to_owned();
    let again = place(content("1001")).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(first.ok(), again.ok());
    place(content("1002")).await.problem(422, "idempotency-key-reused");
    let taken = world.post("/v1/orders", content("1001")).await.problem(409, "order-number-taken");
    assert_eq!(taken["order"], location.as_str());
    assert_eq!(world.count("SELECT count(*) FROM orders").await, 1);
    let (one, other) = tokio::join!(
        world.post("/v1/orders", content("9")),
        world.post("/v1/orders", content("9"))
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", one.body, other.body);
}

#[tokio::test]
async fn a_change_of_what_was_offered_takes_the_tender_back() {
    let world = World::new().await;
    let path = world.place("1001").await;
    world.walk(&path, &until_accepted()).await;
    let mut heavier = content("1001");
    heavier["gross_weight"]["value"] = json!("900");
    let order = world.put(&path, "\"5\"", heavier).await.ok();
    assert_eq!((&order["status"], &order["version"]), (&json!("assigned"), &json!(7)));
    assert_eq!(world.kinds_told("1001").await[5..], ["changed", "tender-withdrawn"]);
    let mut renamed = content("1002");
    renamed["packages"] = json!(1);
    let problem = world.put(&path, "\"7\"", renamed).await.problem(422, "order-invalid");
    assert_eq!(problem["errors"][0]["code"], "number-fixed");
}

#[tokio::test]
async fn a_copy_has_the_journey_and_not_the_numbers() {
    let world = World::new().await;
    let mut original = content("1001");
    original["references"] =
        json!([{"kind": "bol", "value": "B-1"}, {"kind": "cost-centre", "value": "77"}]);
    let order = world.post("/v1/orders", original).await.ok();
    let path = format!("/v1/orders/{}/duplicate", order["id"].as_str().unwrap());
    let copy = world.post(&path, json!({"shift_days": 7})).await.ok();
    assert_eq!((&copy["status"], &copy["version"]), (&json!("indent"), &json!(1)));
    assert_ne!(copy["number"], "1001");
    assert_eq!(copy["content"]["stops"][0]["earliest"], "2026-12-02T06:00:00+05:30");
    assert_eq!(copy["content"]["references"], json!([{"kind": "cost-centre", "value": "77"}]));
    let bare = world.post(&path, json!({"number": "1001-B"})).await.ok();
    assert_eq!(bare["content"]["stops"][0].get("earliest"), None);
    assert_eq!(bare["number"], "1001-B");
}
