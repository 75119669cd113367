//! Polls: what a party's answer, or its want, comes to; and a reply that waits in quarantine and is read again.

use std::time::Duration;

use caravan_fault::Class;

use crate::world::{Document, TEN_EVENTS, World};

fn done(records: i64, duplicates: i64) -> Document {
    Document { status: "done".into(), class: None, records, duplicates }
}

#[tokio::test]
async fn the_class_of_a_failed_poll_is_what_the_host_saw() {
    let world = World::new().await;
    let cases: [(u16, Class); 4] = [
        (401, Class::Auth),
        (404, Class::Permanent),
        (422, Class::Permanent),
        (500, Class::Transient),
    ];
    for (status, class) in cases {
        world.party_answers(status, &[], "{}");
        let failure = world.poll().await.result.unwrap_err();
        assert_eq!(failure.class, class, "{status}: {}", failure.text);
    }
    world.party_answers(429, &[("retry-after", "90")], "{}");
    let failure = world.poll().await.result.unwrap_err();
    assert_eq!(failure.class, Class::RateLimited);
    assert!(failure.retry_after.unwrap() > Duration::from_secs(85), "{failure:?}");
}

#[tokio::test]
async fn a_reply_is_replayed_through_the_operation_that_asked_for_it() {
    let world = World::new().await;
    let events = i64::try_from(world.poll().await.result.unwrap()).unwrap();
    assert!(events >= 10);
    assert_eq!(world.documents().await, [done(events, 0)]);
    // The party is not asked: it would say something else now.
    world.party_answers(500, &[], "");
    assert_eq!(world.replay().await, [done(events, events)]);
}

#[tokio::test]
async fn a_reply_that_cannot_be_read_waits_with_its_bytes_and_its_replay_says_so_again() {
    let world = World::new().await;
    world.party_answers(200, &[], &TEN_EVENTS[..200]);
    assert_eq!(world.poll().await.result.unwrap_err().class, Class::Permanent);
    let waiting = Document {
        status: "quarantined".into(),
        class: Some("permanent".into()),
        records: 0,
        duplicates: 0,
    };
    assert_eq!(world.documents().await, [waiting]);
    assert_eq!(world.replay().await[0].status, "quarantined");
    assert_eq!(world.outbox_files().await, 0, "nobody collects an answer to a poll");
}

/// A connector or a profile was mended meanwhile: the same bytes are understood when they come again.
#[tokio::test]
async fn the_same_bytes_are_published_when_they_are_understood_at_last() {
    let world = World::new().await;
    let events = i64::try_from(world.poll().await.result.unwrap()).unwrap();
    world.set_status("quarantined").await;
    assert_eq!(world.replay().await, [done(events, events)]);
    world.set_status("quarantined").await;
    world.poll().await.result.unwrap();
    assert_eq!(world.documents().await, [done(events, events)]);
    world.poll().await.result.unwrap();
    assert_eq!(world.documents().await, [done(events, events)], "and then left alone");
}
