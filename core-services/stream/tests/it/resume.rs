//! What a caller sees, and how it goes on.

use std::collections::BTreeSet;

use crate::world::{A, B, World, caller};

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}{number}")).collect()
}

#[tokio::test]
async fn a_caller_sees_its_tenants_events_from_now_on() {
    let world = World::new().await;
    let process = world.process(|_| ());
    world.placed(&["before"]).await;
    let mut client = process.follow(None).await;
    let (ready, _) = client.notice().await;
    assert_eq!(ready.event, "ready");
    assert!(ready.id.is_some());
    world.append(B, "caravan.order.placed", &["theirs"]).await;
    world.placed(&["ours"]).await;
    // The event before may still have been on its way to the reader.
    let mut seen = client.events(1).await;
    if seen[0].subject() == "before" {
        seen = client.events(1).await;
    }
    assert_eq!((seen[0].subject(), seen[0].event.as_str()), ("ours", "caravan.order.placed"));
    assert_eq!(seen[0].data["tenantid"], A.to_string());
}

#[tokio::test]
async fn what_happened_meanwhile_comes_after_a_break_also_from_another_process() {
    let world = World::new().await;
    let first = world.process(|_| ());
    let mut client = first.follow(None).await;
    client.notice().await;
    world.placed(&["one"]).await;
    let last = client.events(1).await[0].id.clone().unwrap();
    drop(client);
    let meanwhile = names("m", 40);
    let meanwhile: Vec<&str> = meanwhile.iter().map(String::as_str).collect();
    world.placed(&meanwhile).await;
    world.append(B, "caravan.order.placed", &["theirs"]).await;
    // The same process, whose reader stands further on, and one that has just begun.
    let second = world.process(|_| ());
    for process in [&first, &second] {
        let mut client = process.follow(Some(&last)).await;
        let seen: BTreeSet<String> =
            client.events(40).await.iter().map(|seen| seen.subject().to_owned()).collect();
        assert_eq!(seen, meanwhile.iter().map(|name| (*name).to_owned()).collect());
    }
}

#[tokio::test]
async fn a_caller_that_breaks_off_anywhere_misses_nothing() {
    let world = World::new().await;
    let process = world.process(|_| ());
    let mut client = process.follow(None).await;
    let mut last = client.notice().await.0.id;
    let all = names("k", 60);
    let mut seen = BTreeSet::new();
    for batch in all.chunks(10) {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        world.placed(&batch).await;
        // Takes some of it and breaks off, in the middle of a batch.
        let mut client = process.follow(last.as_deref()).await;
        for event in client.events(7).await {
            seen.insert(event.subject().to_owned());
            last = event.id;
        }
    }
    let mut client = process.follow(last.as_deref()).await;
    while seen.len() < all.len() {
        seen.insert(client.events(1).await[0].subject().to_owned());
    }
    assert_eq!(seen, all.into_iter().collect());
}

#[tokio::test]
async fn scopes_and_kinds_decide_what_is_seen_live_and_missed() {
    let world = World::new().await;
    let process = world.process(|_| ());
    let start = process.follow(None).await.notice().await.0.id.unwrap();
    let bill = "caravan.freight-invoice.received";
    world.append(A, bill, &["missed-bill"]).await;
    world.placed(&["missed-order"]).await;
    let (_, mut orders) = process.ask(caller(A, &["orders:read"]), "", Some(&start)).await;
    let (_, mut bills) =
        process.ask(caller(A, &["*"]), &format!("?kinds={bill}"), Some(&start)).await;
    assert_eq!(orders.events(1).await[0].subject(), "missed-order");
    assert_eq!(bills.events(1).await[0].subject(), "missed-bill");
    world.append(A, bill, &["live-bill"]).await;
    world.placed(&["live-order"]).await;
    assert_eq!(orders.events(1).await[0].subject(), "live-order");
    assert_eq!(bills.events(1).await[0].subject(), "live-bill");
    let (status, _) = process.ask(caller(A, &["orders:write"]), "", None).await;
    assert_eq!(status, 403);
}
