//! Crashes, and receivers who take their time.

use core::time::Duration;

use serde_json::{Value, json};

use crate::receiver::{Receiver, Reply};
use crate::world::{A, PLACED, World};

/// Longer than a lease.
const LEASE_MS: i64 = 60_000;

#[tokio::test]
async fn what_was_sent_and_not_noted_is_sent_again_under_its_id() {
    let world = World::new().await;
    let receiver =
        Receiver::start(|n| if n == 0 { Reply::Silence } else { Reply::Status(204) }).await;
    let (webhook, secret) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    let running = world.start();
    let event = world.happens(A, PLACED).await;
    receiver.wait_for(1).await;
    let page = world
        .until(&format!("{webhook}/deliveries"), |page| page["items"][0]["attempts"] == 1)
        .await;
    let path = format!("{webhook}/deliveries/{}", page["items"][0]["id"].as_str().unwrap());
    let (status, problem) = world.ask("POST", &format!("{path}/resend"), None).await;
    assert_eq!((status, &problem["code"]), (409, &json!("webhook-delivery-under-way")));
    // The receiver has it; nobody wrote that down.
    running.kill().await;
    let _running = world.start();
    world.pass(LEASE_MS);
    let got = receiver.wait_for(2).await;
    assert!(got.iter().all(|one| one.id() == event.to_string()));
    assert_eq!(got[1].signed_by(&secret), [true]);
    let (_, detail) = world.delivery(&webhook, "delivered").await;
    let outcomes: Vec<&Value> =
        detail["tries"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, [&json!("unknown"), &json!("delivered")]);
}

#[tokio::test]
async fn a_silent_endpoint_holds_up_no_neighbour() {
    let mut world = World::new().await;
    (world.per_webhook, world.calls) = (3, 4);
    let (silent, quick) = (Receiver::start(|_| Reply::Silence).await, Receiver::taking().await);
    world.webhook(A, &silent.url(), &[PLACED]).await;
    let (webhook, _) = world.webhook(A, &quick.url(), &[PLACED]).await;
    let _running = world.start();
    for _ in 0..40 {
        world.happens(A, PLACED).await;
    }
    // Two processes, so that the cap is seen to be one for all of them.
    let _another = world.start();
    quick.wait_for(40).await;
    let all = format!("{webhook}/deliveries?status=delivered&limit=200");
    world.until(&all, |page| page["items"].as_array().unwrap().len() == 40).await;
    assert_eq!(silent.got().len(), 3, "so many are out to one endpoint");
}

#[tokio::test]
async fn a_dead_endpoint_is_left_alone_for_a_while_and_loses_no_try_by_it() {
    let world = World::new().await;
    let receiver = Receiver::start(|_| Reply::Status(503)).await;
    let (webhook, _) = world.webhook(A, &receiver.url(), &[PLACED]).await;
    for _ in 0..30 {
        world.happens(A, PLACED).await;
    }
    let _running = world.start();
    receiver.wait_for(5).await;
    let list = format!("{webhook}/deliveries?limit=200");
    // The breaker is open: each was tried once or not at all, and nothing is under way.
    let rests = |page: &Value| {
        let items = page["items"].as_array().unwrap();
        let tried = items.iter().filter(|one| one["attempts"] == 1).count();
        items.len() == 30
            && tried >= 5
            && items.iter().all(|one| one["next_attempt_at"].is_string())
    };
    let page = world.until(&list, rests).await;
    let tried = page["items"].as_array().unwrap().iter().filter(|one| one["attempts"] == 1).count();
    assert!(tried < 30, "{tried}");
    receiver.behave(|_| Reply::Status(200));
    let ends = tokio::time::timeout(Duration::from_secs(60), async {
        let all = format!("{webhook}/deliveries?status=delivered&limit=200");
        loop {
            world.pass(1_000);
            let (_, page) = world.ask("GET", &all, None).await;
            if page["items"].as_array().unwrap().len() == 30 {
                return;
            }
        }
    });
    ends.await.unwrap();
}
