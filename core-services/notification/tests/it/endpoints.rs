//! Endpoints: made, changed, and who may do what.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use caravan_notification::reseal;
use caravan_vault::{Resealed, Vault};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::world::{A, B, BILL, HOUR_MS, PLACED, World, caller, json_of};

const ERP: &str = "https://erp.example.com/hooks/s3cret";

#[tokio::test]
async fn nobody_has_brought_what_he_may_not_read() {
    let world = World::new().await;
    let clerk = || caller(A, &["orders:read", "webhooks:read", "webhooks:write"]);
    let make = |kinds: Value| Some(json!({ "name": "ERP", "url": ERP, "kinds": kinds }));
    let (status, problem) =
        world.ask_as(clerk(), "POST", "/v1/webhooks", make(json!([PLACED, BILL]))).await;
    assert_eq!((status, &problem["scope"]), (403, &json!("settlement:read")), "{problem}");
    let (status, own) = world.ask_as(clerk(), "POST", "/v1/webhooks", make(Value::Null)).await;
    assert_eq!(status, 201, "{own}");
    let kinds = own["kinds"].as_array().unwrap();
    assert!(kinds.contains(&json!(PLACED)) && !kinds.contains(&json!(BILL)), "{own}");

    // What somebody else made cannot be led elsewhere, nor woken, by who may not read it.
    let (owners, _) = world.webhook(A, ERP, &[BILL]).await;
    let elsewhere = Some(json!({ "url": "https://elsewhere.example.com/" }));
    let (status, problem) = world.ask_as(clerk(), "PATCH", &owners, elsewhere).await;
    assert_eq!((status, &problem["scope"]), (403, &json!("settlement:read")), "{problem}");
    let (status, _) =
        world.ask_as(clerk(), "PATCH", &owners, Some(json!({ "status": "disabled" }))).await;
    assert_eq!(status, 200);
    let (status, _) =
        world.ask_as(clerk(), "PATCH", &owners, Some(json!({ "status": "enabled" }))).await;
    assert_eq!(status, 403);

    let (status, shown) = world.ask_as(caller(A, &["webhooks:read"]), "GET", &owners, None).await;
    assert_eq!((status, &shown["url"]), (200, &json!("https://erp.example.com/…")), "{shown}");
    let (status, _) = world.ask_as(caller(A, &["webhooks:read"]), "DELETE", &owners, None).await;
    assert_eq!(status, 403);
    let (status, _) = world.ask_as(caller(A, &["orders:read"]), "GET", "/v1/webhooks", None).await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn a_delivery_is_shown_without_what_the_reader_may_not_read() {
    let world = World::new().await;
    let receiver = Receiver::taking().await;
    let (webhook, _) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let _running = world.start();
    world.happens(A, PLACED).await;
    let (delivery, full) = world.delivery(&webhook, "delivered").await;
    assert!(full["body"].is_object());
    let (status, seen) = world.ask_as(caller(A, &["webhooks:read"]), "GET", &delivery, None).await;
    assert_eq!(
        (status, &seen["body"], &seen["subject"]),
        (200, &Value::Null, &Value::Null),
        "{seen}"
    );
    assert_eq!(seen["tries"], full["tries"]);
}

#[tokio::test]
async fn what_is_said_of_an_endpoint_is_looked_at() {
    let world = World::new().await;
    let good = json!({ "name": "ERP", "url": ERP, "kinds": [PLACED] });
    for (field, value, pointer) in [
        ("name", json!(""), "/name"),
        ("name", json!("a\nb"), "/name"),
        ("description", json!("x".repeat(1_001)), "/description"),
        ("url", json!("erp.example.com"), "/url"),
        ("kinds", json!([]), "/kinds"),
        ("kinds", json!([PLACED, "caravan.order.eaten"]), "/kinds/1"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let (status, problem) = world.ask("POST", "/v1/webhooks", Some(body)).await;
        assert_eq!((status, &problem["code"]), (422, &json!("webhook-invalid")), "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    for number in 0..50 {
        world.webhook(A, &format!("{ERP}/{number}"), &[PLACED]).await;
    }
    let (status, problem) = world.ask("POST", "/v1/webhooks", Some(good)).await;
    assert_eq!((status, &problem["code"]), (409, &json!("webhooks-full")));
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let world = World::new().await;
    let (webhook, _) = world.webhook(A, ERP, &[PLACED]).await;
    let patch = |version: Option<&str>, body: Value| {
        let mut request = Request::patch(&webhook).header("content-type", "application/json");
        if let Some(version) = version {
            request = request.header("if-match", version);
        }
        world.call(caller(A, &["*"]), request.body(Body::from(body.to_string())).unwrap())
    };
    let body =
        json!({ "name": "Our ERP", "description": "of Pune", "kinds": [BILL, PLACED, BILL] });
    assert_eq!(patch(None, body.clone()).await.status(), 428);
    let response = patch(Some("\"1\""), body.clone()).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["etag"]),
        (200, &"\"2\"".parse().unwrap())
    );
    let changed = json_of(response).await;
    assert_eq!((&changed["name"], &changed["kinds"]), (&json!("Our ERP"), &json!([BILL, PLACED])));
    assert_eq!((&changed["description"], &changed["url"]), (&json!("of Pune"), &json!(ERP)));
    assert_eq!(patch(Some("\"1\""), body).await.status(), 412);
    let changed = json_of(patch(Some("\"2\""), json!({ "description": null })).await).await;
    assert!(changed["description"].is_null() && changed["name"] == "Our ERP", "{changed}");
    let response = patch(Some("*"), json!({ "status": "asleep" })).await;
    assert_eq!(json_of(response).await["errors"][0]["pointer"], "/status");
    assert_eq!(world.trail(A).await, ["webhook.created", "webhook.changed", "webhook.changed"]);
    let remove = |version: Option<&str>| {
        let mut request = Request::delete(&webhook);
        if let Some(version) = version {
            request = request.header("if-match", version);
        }
        world.call(caller(A, &["*"]), request.body(Body::empty()).unwrap())
    };
    assert_eq!(remove(None).await.status(), 428);
    assert_eq!(remove(Some("\"1\"")).await.status(), 412);
    assert_eq!(remove(Some("\"3\"")).await.status(), 204);
}

#[tokio::test]
async fn a_repeated_request_makes_one_endpoint_and_its_stored_answer_holds_no_secret() {
    let world = World::new().await;
    let body = json!({ "name": "ERP", "url": ERP, "kinds": [PLACED] }).to_string();
    let make = || {
        let request = Request::post("/v1/webhooks").header("idempotency-key", "once");
        let request = request.header("content-type", "application/json");
        world.call(caller(A, &["*"]), request.body(Body::from(body.clone())).unwrap())
    };
    let (first, second) = (make().await, make().await);
    assert_eq!(first.headers()["cache-control"], "no-store");
    assert_eq!(second.headers()["idempotency-replayed"], "true");
    let (first, second) = (json_of(first).await, json_of(second).await);
    assert_eq!((&first["id"], &second["secret"]), (&second["id"], &Value::Null));
    let secret = first["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    let kept = "SELECT count(*) FROM idempotency_keys WHERE body LIKE '%whsec_%'";
    assert_eq!(world.count(kept).await, 0);
    let sealed = "SELECT count(*) FROM webhooks WHERE position('whsec_'::bytea IN secret) = 0";
    assert_eq!(world.count(sealed).await, 1);
}

#[tokio::test]
async fn a_receiver_changes_over_to_a_new_secret_within_a_day() {
    let world = World::new().await;
    let receiver = Receiver::taking().await;
    let (webhook, old) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let (status, made) = world.ask("POST", &format!("{webhook}/rotate"), None).await;
    assert_eq!(status, 200, "{made}");
    let new = made["secret"].as_str().unwrap();
    assert!(new != old && made["previous_secret_until"].is_string());
    let _running = world.start();
    for day in 0..2 {
        world.happens(A, PLACED).await;
        let got = receiver.wait_for(day + 1).await;
        let first_day = day == 0;
        let by_new = if first_day { vec![true, false] } else { vec![true] };
        let by_old = if first_day { vec![false, true] } else { vec![false] };
        assert_eq!((got[day].signed_by(new), got[day].signed_by(&old)), (by_new, by_old));
        world.pass(24 * HOUR_MS);
    }
    let (_, now) = world.ask("GET", &webhook, None).await;
    assert!(now["previous_secret_until"].is_null(), "{now}");
}

#[tokio::test]
async fn secrets_are_sealed_anew_under_another_key_and_sign_as_before() {
    let mut world = World::new().await;
    world.vault = Arc::new(Vault::of_key(&[1; 32]).unwrap());
    let receiver = Receiver::taking().await;
    let (webhook, old) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let (_, made) = world.ask("POST", &format!("{webhook}/rotate"), None).await;
    let between = Arc::new(Vault::of_key(&[2; 32]).unwrap().also_opening(&[1; 32]).unwrap());
    let resealed =
        async |tenant| reseal(&world.database, Arc::clone(&between), tenant).await.unwrap();
    assert_eq!(resealed(B).await, Resealed::default());
    assert_eq!(resealed(A).await, Resealed { anew: 2, ..Resealed::default() });
    assert_eq!(resealed(A).await, Resealed { already: 2, ..Resealed::default() });

    world.vault = Arc::new(Vault::of_key(&[2; 32]).unwrap());
    let _running = world.start();
    world.happens(A, PLACED).await;
    let got = receiver.wait_for(1).await;
    let by = |secret: &str| got[0].signed_by(secret);
    assert_eq!(
        (by(made["secret"].as_str().unwrap()), by(&old)),
        (vec![true, false], vec![false, true])
    );
}
