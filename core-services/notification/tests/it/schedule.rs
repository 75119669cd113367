//! What was not taken: when it is tried again, and what ends that.

use serde_json::{Value, json};

use crate::receiver::{Receiver, Reply};
use crate::world::{A, HOUR_MS, PLACED, START_MS, World, statuses};

fn next_ms(page: &Value) -> i64 {
    let next = page["items"][0]["next_attempt_at"].as_str().unwrap();
    next.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[tokio::test]
async fn a_refused_message_is_tried_again_by_the_schedule_and_not_before_it_was_asked_for() {
    let world = World::new().await;
    let receiver = Receiver::start(|n| match n {
        0 => Reply::Status(500),
        1 => Reply::Headers(503, "retry-after", "900".into()),
        2 => Reply::Headers(302, "location", "/elsewhere".into()),
        _ => Reply::Status(200),
    })
    .await;
    let (webhook, secret) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let _running = world.start();
    world.happens(A, PLACED).await;
    // 5 s by the schedule; 900 s by the receiver, who asks for more than the 300 s of the schedule; 30 min after a redirect.
    for (tries, wait_ms) in [(1, 5_000), (2, 900_000), (3, 1_800_000)] {
        let page = world.waiting(&webhook, tries).await;
        assert_eq!(next_ms(&page), world.now_ms() + wait_ms);
        world.pass(wait_ms);
    }
    let (_, detail) = world.delivery(&webhook, "delivered").await;
    assert_eq!(statuses(&detail), [500, 503, 302, 200], "and a redirect is not followed");
    let got = receiver.got();
    assert!(got.iter().all(|one| one.id() == got[0].id() && one.body == got[0].body));
    assert!(got.iter().all(|one| one.signed_by(&secret) == [true]), "each for its own moment");
    let (_, now) = world.ask("GET", &webhook, None).await;
    assert!(now["failing_since"].is_null(), "{now}");
}

#[tokio::test]
async fn the_schedule_ends_and_what_failed_is_recovered() {
    let world = World::new().await;
    let receiver = Receiver::start(|_| Reply::Status(404)).await;
    let (webhook, _) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let _running = world.start();
    world.happens(A, PLACED).await;
    for tries in 1..8 {
        receiver.wait_for(tries).await;
        let waits = |page: &Value| page["items"][0]["next_attempt_at"].is_string();
        let page = world.until(&format!("{webhook}/deliveries"), waits).await;
        world.pass(next_ms(&page) - world.now_ms());
    }
    let (_, detail) = world.delivery(&webhook, "failed").await;
    assert_eq!(statuses(&detail), [404; 8]);
    receiver.behave(|_| Reply::Status(200));
    let since = |since: &str| Some(json!({ "since": since }));
    let recover = format!("{webhook}/recover");
    let (status, none) = world.ask("POST", &recover, since("2027-01-01T00:00:00Z")).await;
    assert_eq!((status, &none["deliveries"]), (200, &json!(0)), "not so late");
    let (_, one) = world.ask("POST", &recover, since("2026-11-01T00:00:00Z")).await;
    assert_eq!(one, json!({ "deliveries": 1, "more": false }));
    world.delivery(&webhook, "delivered").await;
    let (status, problem) = world.ask("POST", &recover, since("yesterday")).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/since")));
}

#[tokio::test]
async fn who_is_gone_is_sent_nothing_until_somebody_says_so() {
    let world = World::new().await;
    let receiver = Receiver::start(|_| Reply::Status(410)).await;
    let (webhook, _) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let _running = world.start();
    world.happens(A, PLACED).await;
    let disabled = world.until(&webhook, |now| now["status"] == "disabled").await;
    assert_eq!(disabled["disabled"]["reason"], "gone", "{disabled}");
    world.happens(A, PLACED).await;
    let (delivery, detail) = world.delivery(&webhook, "held").await;
    assert_eq!(detail["attempts"], 0);
    let (status, problem) = world.ask("POST", &format!("{delivery}/resend"), None).await;
    assert_eq!((status, &problem["code"]), (409, &json!("webhook-disabled")));
    assert!(world.trail(A).await.contains(&"webhook.disabled".to_owned()));

    receiver.behave(|_| Reply::Status(200));
    let (status, now) = world.ask("PATCH", &webhook, Some(json!({ "status": "enabled" }))).await;
    assert_eq!((status, &now["status"], &now["disabled"]), (200, &json!("enabled"), &Value::Null));
    let since = Some(json!({ "since": "2026-11-01T00:00:00Z" }));
    let (_, both) = world.ask("POST", &format!("{webhook}/recover"), since).await;
    assert_eq!(both["deliveries"], 2);
    receiver.wait_for(3).await;
    let all = format!("{webhook}/deliveries?status=delivered");
    world.until(&all, |page| page["items"].as_array().unwrap().len() == 2).await;
}

#[tokio::test]
async fn what_waits_for_its_next_try_is_held_once_somebody_disables_the_endpoint() {
    let world = World::new().await;
    let receiver = Receiver::start(|_| Reply::Status(500)).await;
    let (webhook, _) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let _running = world.start();
    world.happens(A, PLACED).await;
    world.waiting(&webhook, 1).await;
    let disable = Some(json!({ "status": "disabled" }));
    assert_eq!(world.ask("PATCH", &webhook, disable).await.0, 200);
    let (_, detail) = world.delivery(&webhook, "held").await;
    assert_eq!(statuses(&detail), [500]);
}

#[tokio::test]
async fn nothing_but_failures_for_five_days_disables() {
    let world = World::new().await;
    let receiver = Receiver::start(|_| Reply::Status(404)).await;
    let (webhook, _) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let _running = world.start();
    let mut days = 0;
    let disabled = loop {
        let event = world.happens(A, PLACED).await.to_string();
        let tried = |page: &Value| {
            let items = page["items"].as_array().unwrap();
            let ours = items.iter().find(|one| one["event_id"] == *event);
            ours.is_some_and(|one| {
                one["attempts"] == 1 && !is_under_way(one) || one["status"] == "held"
            })
        };
        world.until(&format!("{webhook}/deliveries"), tried).await;
        let (_, now) = world.ask("GET", &webhook, None).await;
        if now["status"] == "disabled" {
            break now;
        }
        assert!(days < 10, "{now}");
        days += 1;
        world.pass(24 * HOUR_MS);
    };
    assert_eq!(days, 5, "{disabled}");
    assert_eq!(disabled["disabled"]["reason"], "failing");
    let since = disabled["failing_since"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(since.as_millisecond(), START_MS);
    // What waited for its next try is held with the rest.
    let waiting = format!("{webhook}/deliveries?status=pending");
    world.until(&waiting, |page| page["items"].as_array().unwrap().is_empty()).await;
}

fn is_under_way(delivery: &Value) -> bool {
    delivery["status"] == "pending" && delivery["next_attempt_at"].is_null()
}
