//! A webhook address that a person has made over HTTP: what its party posts there, and what ends it.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use caravan_hub_intake::hook_router;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::connections::{Answer, as_owner};
use crate::world::World;

/// A scan as Delhivery pushes it.
const PUSH: &str =
    include_str!("../../../../fixtures/parties/delhivery/scan-push/returned/input.json");
const AGREED: &str = "the-value-that-was-agreed";

/// A connection that is pushed to, with an address or without one.
fn delhivery(world: &World, name: &str, webhook: bool) -> Value {
    json!({
        "connection": {
            "name": name, "environment": "sandbox", "endpoints": { "api": world.address }, "webhook": webhook,
        },
        "untested": true, "reason": "the party opens on Monday",
    })
}

async fn make(world: &World, name: &str) -> Answer {
    let mut body = delhivery(world, name, true);
    body["party"] = json!("delhivery");
    body["connection"]["secrets"] =
        json!({ "token": { "value": "key-of-the-test" }, "webhook": { "value": AGREED } });
    let made = as_owner(world).ask("POST", "/v1/connections", None, body).await;
    assert_eq!((made.status, &made.body["webhook"]), (201, &json!(true)), "{}", made.body);
    made
}

/// The address that an answer shows.
fn address(answer: &Answer) -> String {
    answer.body["webhook_path"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
}

/// What the party is answered there: the status and the problem's code.
async fn push(world: &World, path: &str, agreed: &str) -> (u16, String) {
    let request = Request::post(path).header("x-webhook-token", agreed);
    let request = request.header("content-type", "application/json").body(Body::from(PUSH));
    let response = hook_router(world.intake.clone()).oneshot(request.unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    (status, problem["code"].as_str().unwrap_or_default().to_owned())
}

const TAKEN: (u16, &str) = (200, "");
const NOWHERE: (u16, &str) = (404, "no-such-hook");

#[tokio::test]
async fn what_is_pushed_to_the_address_is_a_document_of_its_connection() {
    let world = World::new().await;
    let (made, other) = (make(&world, "pushes").await, make(&world, "others").await);
    let path = address(&made);
    assert_ne!(path, address(&other));
    for shown in ["/v1/connections/pushes", "/v1/connections"] {
        let shown = as_owner(&world).get(shown).await;
        assert_eq!(shown.status, 200);
        assert!(!shown.body.to_string().contains(&path), "shown once: {}", shown.body);
    }
    let forged = push(&world, &path, "another-value").await;
    assert_eq!(forged.0, 401, "{forged:?}");
    let guessed = push(&world, &format!("/hooks/{}", "0".repeat(64)), AGREED).await;
    assert_eq!((guessed.0, guessed.1.as_str()), NOWHERE);
    assert_eq!(world.documents().await, []);

    let taken = push(&world, &path, AGREED).await;
    assert_eq!((taken.0, taken.1.as_str()), TAKEN);
    let documents = world.documents().await;
    assert_eq!((documents.len(), documents[0].status.as_str()), (1, "done"), "{documents:?}");
    assert_eq!((documents[0].records, documents[0].duplicates), (1, 0));
    let whose = "SELECT c.name || ' by ' || d.door FROM hub.documents d JOIN hub.connections c ON c.id = d.connection_id";
    assert_eq!(world.texts(whose).await, ["pushes by webhook"]);
    // Pushed again, as Delhivery does when it heard no answer.
    let again = push(&world, &path, AGREED).await;
    assert_eq!((again.0, again.1.as_str()), TAKEN);
    let records: i64 = world.documents().await.iter().map(|one| one.records - one.duplicates).sum();
    assert_eq!(records, 1, "{:?}", world.documents().await);
}

#[tokio::test]
async fn the_address_stays_until_somebody_takes_it_away() {
    let world = World::new().await;
    let ours = as_owner(&world);
    let made = make(&world, "pushes").await;
    let (first, path) = (address(&made), "/v1/connections/pushes");
    let answered = async |path: &str| push(&world, path, AGREED).await;
    let put = async |webhook: bool| {
        let changed = ours.ask("PUT", path, Some("*"), delhivery(&world, "pushes", webhook)).await;
        assert_eq!(
            (changed.status, &changed.body["webhook"]),
            (200, &json!(webhook)),
            "{}",
            changed.body
        );
        changed
    };
    assert_eq!(put(true).await.body["webhook_path"], Value::Null, "it has one");
    assert_eq!(answered(&first).await.0, 200);
    let why = json!({ "reason": "audit of the carrier" });
    assert_eq!(ours.ask("POST", &format!("{path}/disable"), None, why).await.status, 200);
    assert_eq!(answered(&first).await.1, "no-such-hook", "shut while it is disabled");
    assert_eq!(ours.ask("POST", &format!("{path}/enable"), None, Value::Null).await.status, 200);
    assert_eq!(answered(&first).await.0, 200);
    put(false).await;
    assert_eq!(answered(&first).await.1, "no-such-hook");
    // Another one, and never the old one again.
    let second = address(&put(true).await);
    assert_eq!((answered(&second).await.0, answered(&first).await.0), (200, 404));
}
