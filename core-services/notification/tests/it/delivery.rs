//! What is brought: once for each event, signed, and shown.

use serde_json::json;

use crate::receiver::{Receiver, Reply};
use crate::world::{A, B, BILL, HOUR_MS, PLACED, START_MS, World, caller, statuses};

#[tokio::test]
async fn an_event_is_brought_signed_and_its_tries_are_shown() {
    let world = World::new().await;
    let receiver = Receiver::start(|_| Reply::Body(200, "thanks\0".repeat(2_000))).await;
    let (webhook, secret) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let running = world.start();
    world.happens(A, BILL).await;
    let event = world.happens(A, PLACED).await;
    let (_, detail) = world.delivery(&webhook, "delivered").await;
    running.stop().await;

    let got = receiver.got();
    assert_eq!(got.len(), 1, "only what was asked for");
    assert_eq!(got[0].id(), event.to_string());
    assert_eq!(got[0].header("webhook-timestamp"), (START_MS / 1_000).to_string());
    assert_eq!(got[0].header("content-type"), "application/cloudevents+json");
    assert_eq!(got[0].signed_by(&secret), [true]);
    let body = got[0].json();
    assert_eq!((&body["type"], &body["id"]), (&json!(PLACED), &json!(event)));
    assert_eq!((&body["specversion"], &body["data"]["number"]), (&json!("1.0"), &json!("4711")));

    assert_eq!((&detail["event_id"], &detail["attempts"]), (&json!(event), &json!(1)));
    assert_eq!((&detail["body"], &detail["subject"]), (&body, &json!("4711")));
    let first = &detail["tries"][0];
    assert_eq!((&first["outcome"], &first["status"]), (&json!("delivered"), &json!(200)));
    let start = first["response"].as_str().unwrap();
    assert!(start.starts_with("thanks\u{fffd}") && start.chars().count() == 4_096, "{start}");
}

#[tokio::test]
async fn an_event_that_is_read_again_is_not_brought_again() {
    let world = World::new().await;
    let receiver = Receiver::taking().await;
    let (webhook, _) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    for _ in 0..2 {
        let running = world.start();
        world.happens(A, PLACED).await;
        world.delivery(&webhook, "delivered").await;
        running.stop().await;
        world.rewind().await;
        // Past every lease: whatever were due again would be sent.
        world.pass(HOUR_MS);
    }
    let running = world.start();
    // Behind both in the log's order of the same key.
    world.happens(A, PLACED).await;
    receiver.wait_for(3).await;
    world.delivery(&webhook, "delivered").await;
    running.stop().await;
    assert_eq!(world.count("SELECT count(*) FROM deliveries").await, 3);
    assert_eq!(receiver.got().len(), 3);
}

#[tokio::test]
async fn each_tenant_is_brought_its_own_and_sees_its_own() {
    let world = World::new().await;
    let (ours, theirs) = (Receiver::taking().await, Receiver::taking().await);
    let (our_hook, _) = world.webhook(A, &ours.url(), &[PLACED]).await;
    let (their_hook, secret) = world.webhook(B, &theirs.url(), &[PLACED]).await;
    // Both are there before the service is, so that it takes them in one batch.
    world.happens(A, PLACED).await;
    let event = world.happens(B, PLACED).await;
    let _running = world.start();
    let got = theirs.wait_for(1).await;
    assert_eq!((got[0].id(), got[0].signed_by(&secret)), (&*event.to_string(), vec![true]));
    world.delivery(&our_hook, "delivered").await;
    assert_eq!((ours.got().len(), theirs.got().len()), (1, 1));

    let (_, page) =
        world.ask_as(caller(B, &["*"]), "GET", &format!("{their_hook}/deliveries"), None).await;
    let theirs = format!("{their_hook}/deliveries/{}", page["items"][0]["id"].as_str().unwrap());
    let (_, mine) = world.ask("GET", "/v1/webhooks", None).await;
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
    for (method, path, body) in [
        ("GET", their_hook.clone(), None),
        ("PATCH", their_hook.clone(), Some(json!({ "name": "Mine" }))),
        ("DELETE", their_hook.clone(), None),
        ("POST", format!("{their_hook}/rotate"), None),
        ("POST", format!("{their_hook}/test"), None),
        ("GET", format!("{their_hook}/deliveries"), None),
        ("GET", theirs.clone(), None),
        ("POST", format!("{theirs}/resend"), None),
        ("POST", format!("{their_hook}/recover"), Some(json!({ "since": "2026-01-01T00:00:00Z" }))),
    ] {
        let (status, answer) = world.ask(method, &path, body).await;
        assert_eq!(status, 404, "{method} {path}: {answer}");
    }
}

#[tokio::test]
async fn a_delivery_is_sent_again_on_demand_under_the_same_id() {
    let world = World::new().await;
    let receiver = Receiver::taking().await;
    let (webhook, _) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let _running = world.start();
    let event = world.happens(A, PLACED).await;
    let (delivery, _) = world.delivery(&webhook, "delivered").await;
    world.pass(HOUR_MS);
    let (status, sent) = world.ask("POST", &format!("{delivery}/resend"), None).await;
    assert_eq!((status, &sent["status"]), (200, &json!("pending")), "{sent}");
    let got = receiver.wait_for(2).await;
    assert!(got.iter().all(|one| one.id() == event.to_string()));
    assert_ne!(got[0].header("webhook-timestamp"), got[1].header("webhook-timestamp"));
    let (_, detail) = world.delivery(&webhook, "delivered").await;
    assert_eq!(statuses(&detail), [204, 204]);
    assert!(world.trail(A).await.contains(&"webhook.delivery-resent".to_owned()));
}

#[tokio::test]
async fn old_deliveries_go_and_so_does_all_of_a_removed_endpoint() {
    let world = World::new().await;
    let receiver = Receiver::taking().await;
    let (kept, _) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let running = world.start();
    world.happens(A, PLACED).await;
    world.delivery(&kept, "delivered").await;
    world.pass(31 * 24 * HOUR_MS);
    let empty = |page: &serde_json::Value| page["items"].as_array().unwrap().is_empty();
    world.until(&format!("{kept}/deliveries"), empty).await;
    assert_eq!(world.count("SELECT count(*) FROM attempts").await, 0);
    world.happens(A, PLACED).await;
    world.delivery(&kept, "delivered").await;
    let (status, _) = world.ask("DELETE", &kept, None).await;
    assert_eq!(status, 204);
    assert_eq!(world.count("SELECT count(*) FROM webhooks WHERE secret IS NOT NULL").await, 0);
    assert_eq!(world.ask("GET", &kept, None).await.0, 404);
    running.stop().await;
    // Its first act is to put things in order.
    let _running = world.start();
    world.until("/v1/webhooks", empty).await;
    let left = "SELECT (SELECT count(*) FROM webhooks) + (SELECT count(*) FROM deliveries)";
    let gone = tokio::time::timeout(crate::world::PATIENCE, async {
        while world.count(left).await > 0 {
            tokio::task::yield_now().await;
        }
    });
    gone.await.unwrap();
}
