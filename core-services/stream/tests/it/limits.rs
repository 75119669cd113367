//! Callers that read too slowly, come too late, or are too many.

use core::time::Duration;

use crate::world::{A, World, caller};

#[tokio::test]
async fn a_slow_caller_is_dropped_with_a_reason_and_loses_nothing() {
    let world = World::new().await;
    let process = world.process(|config| config.lag_frames_max = 4);
    let mut slow = process.follow(None).await;
    let last = slow.notice().await.0.id.unwrap();
    let keys: Vec<String> = (0..30).map(|number| format!("k{number}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    // A quick one beside it sees all: once it has, the slow one is behind.
    let mut quick = process.follow(None).await;
    quick.notice().await;
    for key in &keys {
        world.placed(&[key]).await;
        quick.events(1).await;
    }
    let (end, _) = slow.notice().await;
    assert_eq!((end.event.as_str(), end.data["code"].as_str()), ("end", Some("too-slow")));
    assert!(slow.block().await.is_none(), "the stream is closed");
    let mut again = process.follow(Some(&last)).await;
    assert_eq!(again.events(keys.len()).await.len(), keys.len());
}

#[tokio::test]
async fn too_long_a_gap_is_told_and_the_stream_goes_on() {
    let world = World::new().await;
    let process = world.process(|config| config.lag_frames_max = 4_096);
    let mut witness = process.follow(None).await;
    let last = witness.notice().await.0.id.unwrap();
    let keys: Vec<String> = (0..1_200).map(|number| format!("k{number}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    world.placed(&keys).await;
    // Once somebody has seen them all, a reader that begins now has them behind it.
    witness.events(keys.len()).await;
    let fresh = world.process(|config| config.resume_events_max = 100);
    let mut late = fresh.follow(Some(&last)).await;
    let (reset, before) = late.notice().await;
    assert_eq!(reset.event, "reset", "{before} events before {reset:?}");
    assert!(before < keys.len(), "{before}");
    world.placed(&["after"]).await;
    assert_eq!(late.events(1).await[0].subject(), "after");
}

#[tokio::test]
async fn one_stream_too_many_is_told_to_come_back() {
    let world = World::new().await;
    let process = world.process(|config| config.streams_max = 1);
    let first = process.follow(None).await;
    let (status, mut refused) = process.ask(caller(A, &["*"]), "", None).await;
    assert_eq!(status, 503);
    assert!(refused.block().await.unwrap().contains("streams-exhausted"));
    drop(first);
    assert_eq!(process.ask(caller(A, &["*"]), "", None).await.0, 200);
}

#[tokio::test]
async fn a_silent_stream_says_that_it_is_alive_and_a_stopping_one_why_it_ends() {
    let world = World::new().await;
    let process = world.process(|config| config.beat = Duration::from_millis(20));
    let mut client = process.follow(None).await;
    client.notice().await;
    assert_eq!(client.block().await.as_deref(), Some(": alive"));
    process.stop();
    let (end, _) = client.notice().await;
    assert_eq!((end.event.as_str(), end.data["code"].as_str()), ("end", Some("shutting-down")));
}

#[tokio::test]
async fn an_id_of_somebody_elses_is_refused() {
    let world = World::new().await;
    let process = world.process(|_| ());
    for (query, id, code) in [
        ("", Some("nonsense"), "last-event-id-invalid"),
        ("?last_event_id=7", None, "last-event-id-invalid"),
        ("?kinds=everything", None, "kinds-invalid"),
    ] {
        let (status, mut refused) = process.ask(caller(A, &["*"]), query, id).await;
        assert_eq!(status, 400, "{query}");
        assert!(refused.block().await.unwrap().contains(code), "{query}");
    }
}
