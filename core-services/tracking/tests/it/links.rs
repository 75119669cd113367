//! Links to shipments: whoever has one sees what a consignee may know, and ends of it are ends.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use caravan_events::{Envelope, Kind};
use caravan_model::{Classifier, Status, TenantId};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::world::{A, B, World, caller, event, milestone};

const LINKS: &str = "/v1/shipments/7/links";
const MINUTE_MS: i64 = 60_000;

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }
}

/// What the router answers to a tenant, or to nobody in particular.
async fn ask(
    world: &World,
    by: Option<TenantId>,
    (method, path): (Method, &str),
    body: Value,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(tenant) = by {
        request = request.extension(caller(tenant));
    }
    let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
    let request = request.header("content-type", "application/json").body(body).unwrap();
    let response = world.router().oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default() }
}

/// A link that tenant A makes to its shipment at `path`.
async fn made(world: &World, path: &str, wanted: Value) -> Value {
    let answer = ask(world, Some(A), (Method::POST, path), wanted).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer.body
}

/// What its token opens.
async fn opened(world: &World, token: &Value) -> Answer {
    let path = format!("/v1/public/shipments/{}", token.as_str().unwrap());
    ask(world, None, (Method::GET, &path), Value::Null).await
}

async fn listed(world: &World, path: &str) -> Vec<Value> {
    let answer = ask(world, Some(A), (Method::GET, path), Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["items"].as_array().unwrap().clone()
}

fn in_minutes(minutes: i64) -> String {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    jiff::Timestamp::from_millisecond(now_ms + minutes * MINUTE_MS).unwrap().to_string()
}

/// An order with a promise, a carrier and a number that is nobody else's business.
fn order() -> Envelope {
    let data = json!({
        "number": "PO-SECRET", "status": "dispatched", "carrier": "Gati", "references": [{ "kind": "pro", "value": "7" }],
        "planned_delivery": { "latest": "2090-01-01T00:00:00Z" },
    });
    let kind = Kind::ORDER_DISPATCHED;
    Envelope::of_service(A, kind, "PO-SECRET".into(), "PO-SECRET/1", 1, None, data.to_string())
}

#[tokio::test]
async fn whoever_has_a_link_sees_what_a_consignee_may_know_and_nothing_else() {
    let world = World::new().await;
    let mut failed = milestone(&["pro 7", "bol B-9"], Status::DeliveryAttempted, 40);
    failed.reason = Some("consignee-unavailable".into());
    let mut expected = milestone(&["pro 7"], Status::Delivered, 90);
    expected.classifier = Classifier::Estimated;
    let corrected = |status| milestone(&["pro 7"], status, 20);
    let mut wrong = corrected(Status::Departed);
    wrong.key = Some("scan-1".into());
    let mut right = corrected(Status::InTransit);
    right.key = Some("scan-1".into());
    let all = [
        event(A, milestone(&["pro 7"], Status::PickedUp, 10), 1),
        event(A, wrong, 2),
        event(A, right, 3),
        event(A, milestone(&["pro 7"], Status::Unmapped, 30), 4),
        event(A, failed, 5),
        event(A, expected, 6),
    ];
    world.tell(&all).await;
    let service = world.start();
    world.append(&[order()]).await;
    let timeline = "/v1/shipments/7/timeline";
    world.until(timeline, |shown| shown["promised_by"].is_string()).await;
    service.abort();

    let link = made(&world, LINKS, json!({ "note": "Store in Pune" })).await;
    let answer = opened(&world, &link["token"]).await;
    let at_40 = "1970-01-01T06:10:00+05:30";
    let happened = |status: &str, at: &str| json!({ "status": status, "direction": "forward", "at": at, "place": "Mumbai" });
    let whole = json!({
        "reference": "7", "carrier": "Gati", "status": "delivery-attempted", "direction": "forward", "status_since": at_40,
        "promised_by": "2090-01-01T00:00:00Z", "expected": { "at": "1970-01-01T01:30:00Z" },
        "last_heard_at": "1970-01-01T00:00:00.006Z",
        "milestones": [
            happened("delivery-attempted", at_40), happened("in-transit", "1970-01-01T05:50:00+05:30"), happened("picked-up", "1970-01-01T05:40:00+05:30"),
        ],
    });
    assert_eq!((answer.status, &answer.body), (200, &whole));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(answer.headers[name], value);
    }
}

#[tokio::test]
async fn a_token_is_shown_once_and_a_link_has_its_end() {
    let world = World::new().await;
    world.tell(&[event(A, milestone(&["pro 7"], Status::Departed, 10), 1)]).await;
    let until = in_minutes(60);
    let link = made(&world, LINKS, json!({ "note": " Store ", "expires_at": until })).await;
    let token = link["token"].as_str().unwrap();
    assert_eq!(link["path"], format!("/track/{token}"));
    let usual = made(&world, LINKS, json!({})).await;
    assert!(usual["expires_at"].as_str().unwrap() > in_minutes(29 * 24 * 60).as_str(), "{usual}");
    assert!(usual["expires_at"].as_str().unwrap() < in_minutes(31 * 24 * 60).as_str(), "{usual}");

    let items = listed(&world, LINKS).await;
    let notes: Vec<_> = items.iter().map(|link| link["note"].clone()).collect();
    assert_eq!(notes, [Value::Null, json!("Store")], "the newest first");
    assert_eq!(items[1]["created_by"], "test");
    let trail = world.audited().await;
    assert_eq!(trail.len(), 2);
    for kept in [json!(items), json!(trail)] {
        assert!(!kept.to_string().contains(token), "{kept}");
    }
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_wrong_an_expired_and_a_revoked_token_are_answered_alike() {
    let world = World::new().await;
    world.tell(&[event(A, milestone(&["pro 7"], Status::Departed, 10), 1)]).await;
    let link = made(&world, LINKS, json!({})).await;
    assert_eq!(opened(&world, &link["token"]).await.status, 200);
    let revoke = format!("{LINKS}/{}", link["id"].as_str().unwrap());
    let revoked = ask(&world, Some(A), (Method::DELETE, &revoke), Value::Null).await;
    assert_eq!(revoked.status, 204);
    let again = ask(&world, Some(A), (Method::DELETE, &revoke), Value::Null).await;
    assert_eq!(again.code(), (404, "link-not-found"));
    let old = made(&world, LINKS, json!({})).await;
    world.change("UPDATE links SET expires_ms = 1").await;
    assert_eq!(listed(&world, LINKS).await, Vec::<Value>::new());

    let wrong = json!("A".repeat(32));
    let mut told = Vec::new();
    for token in [&link["token"], &old["token"], &wrong, &json!("short")] {
        let answer = opened(&world, token).await;
        assert_eq!(answer.code(), (404, "link-unknown"), "{token}");
        assert_eq!(answer.headers["x-robots-tag"], "noindex, nofollow");
        told.push((answer.headers, answer.body));
    }
    assert!(told.windows(2).all(|two| two[0] == two[1]), "{told:?}");
    let next = made(&world, LINKS, json!({})).await;
    assert_eq!(world.count("SELECT count(*) FROM links").await, 1, "the expired one is forgotten");
    assert_eq!(opened(&world, &next["token"]).await.status, 200);
}

#[tokio::test]
async fn another_tenant_neither_makes_nor_sees_nor_ends_a_link() {
    let world = World::new().await;
    world
        .tell(&[
            event(A, milestone(&["pro 7"], Status::Departed, 10), 1),
            event(B, milestone(&["pro 8"], Status::Delivered, 10), 1),
        ])
        .await;
    let link = made(&world, LINKS, json!({})).await;
    let id = link["id"].as_str().unwrap();
    for (method, path, body) in [
        (Method::POST, LINKS.to_owned(), json!({})),
        (Method::GET, LINKS.to_owned(), Value::Null),
        (Method::DELETE, format!("{LINKS}/{id}"), Value::Null),
    ] {
        let answer = ask(&world, Some(B), (method, &path), body).await;
        assert_eq!(answer.code(), (404, "shipment-not-found"), "{path}");
    }
    // By a shipment of its own it does not reach the link either.
    let beside = format!("/v1/shipments/8/links/{id}");
    let answer = ask(&world, Some(B), (Method::DELETE, &beside), Value::Null).await;
    assert_eq!(answer.code(), (404, "link-not-found"));
    assert_eq!(opened(&world, &link["token"]).await.body["status"], "departed");
}

#[tokio::test]
async fn a_link_goes_over_to_the_shipment_that_its_own_turned_out_to_be() {
    let world = World::new().await;
    world
        .tell(&[
            event(A, milestone(&["pro 7"], Status::Departed, 10), 1),
            event(A, milestone(&["bol B-9"], Status::Arrived, 20), 2),
        ])
        .await;
    let one = made(&world, LINKS, json!({})).await;
    let other = made(&world, "/v1/shipments/B-9/links", json!({})).await;
    let both = milestone(&["pro 7", "bol B-9"], Status::Delivered, 30);
    world.tell(&[event(A, both, 3)]).await;
    for link in [&one, &other] {
        let shown = opened(&world, &link["token"]).await;
        assert_eq!((shown.status, &shown.body["status"]), (200, &json!("delivered")));
        assert_eq!(shown.body["milestones"].as_array().unwrap().len(), 3);
    }
    assert_eq!(listed(&world, LINKS).await.len(), 2);
}

#[tokio::test]
async fn a_link_that_cannot_be_is_refused() {
    let world = World::new().await;
    world.tell(&[event(A, milestone(&["pro 7"], Status::Departed, 10), 1)]).await;
    for wanted in [
        json!({ "expires_at": in_minutes(-1) }),
        json!({ "expires_at": in_minutes(181 * 24 * 60) }),
        json!({ "expires_at": "tomorrow" }),
        json!({ "note": "x".repeat(201) }),
    ] {
        let answer = ask(&world, Some(A), (Method::POST, LINKS), wanted).await;
        assert_eq!(answer.code(), (422, "link-invalid"), "{}", answer.body);
    }
    for _ in 0..20 {
        made(&world, LINKS, json!({})).await;
    }
    let answer = ask(&world, Some(A), (Method::POST, LINKS), json!({})).await;
    assert_eq!(answer.code(), (409, "links-many"));
    let first = listed(&world, LINKS).await.pop().unwrap();
    let path = format!("{LINKS}/{}", first["id"].as_str().unwrap());
    let revoked = ask(&world, Some(A), (Method::DELETE, &path), Value::Null).await;
    assert_eq!(revoked.status, 204);
    made(&world, LINKS, json!({})).await;
}
