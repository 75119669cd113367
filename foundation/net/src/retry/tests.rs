//! What is repeated, when, and how often in a storm.

use super::*;
use crate::testing::{Ask, Reply, service};
use proptest::prelude::*;
use std::sync::atomic::Ordering;
use tower::{Layer as _, ServiceExt as _};

fn failed(class: Class, retry_after: Option<u64>, no_effect: bool) -> Reply {
    Reply::Failed { class, retry_after: retry_after.map(Duration::from_secs), no_effect }
}

/// Calls once against a service that always answers `reply`: how often it was asked, and how long that took.
async fn run(ask: Ask, reply: Reply) -> (usize, Duration) {
    let (inner, calls) = service(move |_| {
        let reply = reply.clone();
        async move { Err(reply) }
    });
    let policy = Policy::new(Config { jitter: Jitter::Fixed(1.0), ..Config::default() });
    let start = Instant::now();
    tower::retry::RetryLayer::new(policy).layer(inner).oneshot(ask).await.unwrap_err();
    (calls.load(Ordering::SeqCst), start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn only_what_may_be_repeated_is() {
    let ask = |idempotent| Ask { idempotent, ..Ask::new() };
    for (class, idempotent, no_effect, expected) in [
        (Class::Transient, true, false, 3),
        (Class::Transient, false, false, 1),
        (Class::Transient, false, true, 3),
        (Class::RateLimited, false, true, 3),
        (Class::Unknown, true, false, 3),
        (Class::Unknown, false, false, 1),
        (Class::Auth, true, false, 1),
        (Class::Permanent, true, false, 1),
        (Class::Config, true, true, 1),
    ] {
        let (calls, _) = run(ask(idempotent), failed(class, None, no_effect)).await;
        assert_eq!(calls, expected, "{class} idempotent={idempotent} no_effect={no_effect}");
    }
    let refusal = Reply::Refused(crate::Refused::QueueFull);
    assert_eq!(run(ask(true), refusal).await.0, 1, "our own refusals are not repeated");
}

#[tokio::test(start_paused = true)]
async fn waits_double_and_retry_after_is_a_floor() {
    let (_, took) = run(Ask::new(), failed(Class::Transient, None, false)).await;
    assert_eq!(took.as_millis(), 200 + 400);
    let (calls, took) = run(Ask::new(), failed(Class::RateLimited, Some(3), true)).await;
    assert_eq!(calls, 3);
    assert!((6_600..6_610).contains(&took.as_millis()), "twice 3 s and a tenth: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_past_the_deadline_is_not_begun() {
    let (calls, took) = run(Ask::new(), failed(Class::RateLimited, Some(60), true)).await;
    assert_eq!((calls, took.as_millis()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_budget_limits_a_storm() {
    let (inner, calls) = service(|_| async { Reply::failed(Class::Transient) });
    let policy = Policy::new(Config { backoff: Duration::ZERO, ..Config::default() });
    let retrying = tower::retry::RetryLayer::new(policy).layer(inner);
    for _ in 0..1_000 {
        retrying.clone().oneshot(Ask::new()).await.unwrap_err();
    }
    let retries = calls.load(Ordering::SeqCst) - 1_000;
    // 20 % of 1,000 and the floor of 3/s over 10 s.
    assert!((200..=230).contains(&retries), "{retries} retries");
}

#[tokio::test(start_paused = true)]
async fn a_success_after_a_failure_is_a_success() {
    let (inner, calls) = service(|ask: Ask| async move {
        if ask.attempt < 2 { Reply::failed(Class::Transient) } else { Ok(Reply::Done) }
    });
    let retrying = tower::retry::RetryLayer::new(Policy::new(Config::default())).layer(inner);
    assert_eq!(retrying.oneshot(Ask::new()).await, Ok(Reply::Done));
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

proptest! {
    #[test]
    fn a_wait_is_within_its_bounds(retry in 0_u8..20, floor_s in proptest::option::of(0_u64..100)) {
        let config = Config::default();
        let floor = floor_s.map(Duration::from_secs);
        let wait = wait(&config, retry, floor);
        let least = floor.unwrap_or_default();
        prop_assert!(wait >= least);
        prop_assert!(wait <= config.backoff_max.max(least.mul_f64(1.1)) + Duration::from_millis(1));
    }
}
