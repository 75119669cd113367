//! What is doubtful about an order: told with its place, and no bar to whoever says why it is right.

use serde_json::json;

use crate::world::{World, content};

/// The delivery of an order is at a PIN code that India Post's list lacks.
fn nowhere(number: &str) -> serde_json::Value {
    let mut content = content(number);
    content["stops"][1]["place"]["postal_code"] = json!("600999");
    content
}

#[tokio::test]
async fn an_order_to_an_unknown_pin_code_is_made_and_approved_knowingly_only() {
    let world = World::new().await;
    let made = world.post("/v1/orders", nowhere("1001")).await.ok();
    let path = format!("/v1/orders/{}", made["id"].as_str().unwrap());
    let doubts = made["doubts"].as_array().unwrap();
    let (code, place) = ("pin-unknown", "/stops/1/place/postal_code");
    assert_eq!((doubts.len(), &doubts[0]["code"]), (1, &json!(code)), "{made}");
    assert_eq!((&doubts[0]["pointer"], &made["issues"]), (&json!(place), &json!(null)), "{made}");

    for careless in [json!({}), json!({"reason": " "})] {
        let refused = world.post(&format!("{path}/approve"), careless).await;
        let problem = refused.problem(422, "order-doubtful");
        let error = &problem["errors"][0];
        assert_eq!((&error["code"], &error["pointer"]), (&json!(code), &json!(place)), "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("600999") && detail.contains("with a reason"), "{detail}");
    }
    let shown = world.get(&path).await.ok();
    assert_eq!((&shown["status"], &shown["version"]), (&json!("indent"), &json!(1)), "{shown}");

    let why = "a new office, the consignee confirmed it";
    let approved = world.walk(&path, &[("approve", json!({"reason": why}))]).await;
    assert_eq!(
        (&approved["status"], &approved["doubts"][0]["code"]),
        (&json!("approved"), &json!(code))
    );
    let history = world.get(&path).await.ok()["history"].clone();
    assert_eq!(history[1]["reason"], why, "{history}");
    // A person's own words are nobody else's to say.
    let told = (history[1].get("reason_kind"), history[1].get("reason_values"));
    assert_eq!(told, (None, None), "{history}");
}

#[tokio::test]
async fn a_corrected_order_is_approved_without_a_word() {
    let world = World::new().await;
    let mut content = nowhere("1001");
    content["stops"][0]["place"]["region"] = json!("Karnataka");
    let made = world.post("/v1/orders", content).await;
    let etag = made.etag().to_owned();
    let path = format!("/v1/orders/{}", made.ok()["id"].as_str().unwrap());
    let problem = world.post(&format!("{path}/approve"), json!({})).await;
    let problem = problem.problem(422, "order-doubtful");
    let errors = problem["errors"].as_array().unwrap();
    let codes: Vec<&str> = errors.iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["pin-elsewhere", "pin-unknown"], "{problem}");

    let right = world.put(&path, &etag, crate::world::content("1001")).await.ok();
    assert_eq!(right["doubts"], json!(null), "{right}");
    assert_eq!(world.walk(&path, &[("approve", json!({}))]).await["status"], "approved");
}
