//! Attempts: how many, when, and when none.

use std::time::Duration;

use caravan_fault::Class;
use caravan_hub_resilience::{Config, Egress, EgressError};
use caravan_net::{Outcome as _, Refused, breaker, bulkhead, rate};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::party::{Party, answer, config, egress};

#[tokio::test]
async fn a_failing_party_is_asked_three_times_and_its_answer_is_given() {
    let party = Party::start(|_, _| answer(502, &[], "bad gateway")).await;
    let response = egress().call(party.get("/x")).await.unwrap();
    assert_eq!(
        (response.status, response.attempts, response.class),
        (502, 3, Some(Class::Transient))
    );
    assert_eq!(party.seen().len(), 3);
    assert_eq!(&response.body[..], b"bad gateway");
}

#[tokio::test]
async fn a_moment_of_failure_is_not_seen() {
    let party =
        Party::start(|_, number| answer(if number == 0 { 503 } else { 200 }, &[], "")).await;
    let response = egress().call(party.get("/x")).await.unwrap();
    assert_eq!((response.status, response.attempts, response.class), (200, 2, None));
}

#[tokio::test]
async fn what_may_not_be_repeated_is_sent_once() {
    let party = Party::start(|_, _| answer(502, &[], "")).await;
    let mut request = party.get("/book");
    request.idempotent = false;
    egress().call(request).await.unwrap();
    assert_eq!(party.seen().len(), 1);
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let party = Party::start(|_, number| {
        if number == 0 { answer(429, &[("retry-after", "1")], "") } else { answer(200, &[], "") }
    })
    .await;
    let started = Instant::now();
    let response = egress().call(party.get("/x")).await.unwrap();
    assert_eq!((response.status, response.attempts), (200, 2));
    let took = started.elapsed();
    assert!((Duration::from_secs(1)..Duration::from_secs(2)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn a_retry_after_past_the_deadline_is_reported_at_once_and_closes_the_endpoint() {
    let party = Party::start(|_, _| answer(429, &[("retry-after", "3600")], "")).await;
    let egress = egress();
    let started = Instant::now();
    let response = egress.call(party.get("/x")).await.unwrap();
    assert_eq!(response.class, Some(Class::RateLimited));
    assert_eq!(response.retry_after, Some(Duration::from_secs(3600)));
    let refused = egress.call(party.get("/x")).await.unwrap_err();
    assert!(matches!(refused, EgressError::Refused(Refused::RateLimited { .. })), "{refused:?}");
    assert_eq!(party.seen().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn the_breaker_opens_and_lets_one_of_fifty_probe() {
    let party = Party::start(|_, number| answer(if number < 5 { 500 } else { 200 }, &[], "")).await;
    let egress = Egress::new(Config {
        breaker: breaker::Config {
            penalty: Duration::from_millis(300),
            ..breaker::Config::default()
        },
        bulkhead: bulkhead::Config { calls_max: 100, ..bulkhead::Config::default() },
        rate: rate::Config::default(),
        ..config()
    })
    .unwrap();
    let opened = loop {
        match egress.call(party.get("/x")).await {
            Err(EgressError::Refused(Refused::BreakerOpen { retry_after })) => break retry_after,
            other => assert_eq!(other.class(), Some(Class::Transient)),
        }
    };
    assert_eq!(party.seen().len(), 5);
    assert_eq!(egress.breaker_state("connection", "api"), "open");
    tokio::time::sleep(opened).await;
    let results = join_all((0..50).map(|_| egress.call(party.get("/x")))).await;
    assert_eq!(results.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(party.seen().len(), 6, "one real call was the probe");
    assert_eq!(egress.breaker_state("connection", "api"), "closed");
    egress.call(party.get("/x")).await.unwrap();

    let mut other = party.get("/x");
    other.connection = "another".into();
    egress.call(other).await.unwrap();
}

#[tokio::test]
async fn the_budget_limits_a_storm() {
    let party = Party::start(|_, _| answer(500, &[], "")).await;
    let breaker = breaker::Config {
        consecutive_max: u32::MAX,
        samples_min: usize::MAX,
        ..breaker::Config::default()
    };
    let egress = Egress::new(Config { breaker, ..config() }).unwrap();
    for _ in 0..200 {
        egress.call(party.get("/x")).await.unwrap();
    }
    let retries = party.seen().len() - 200;
    assert!((40..=75).contains(&retries), "20 % of 200 and 3/s: {retries}");
}

#[tokio::test]
async fn a_silent_party_costs_the_deadline_and_its_outcome_is_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let mut request = crate::party::request(base, "/book");
    request.idempotent = false;
    request.deadline = Instant::now() + Duration::from_millis(300);
    let started = Instant::now();
    let error = egress().call(request).await.unwrap_err();
    assert_eq!((error.clone(), error.class()), (EgressError::Timeout, Some(Class::Unknown)));
    assert!(started.elapsed() < Duration::from_millis(900));
}

#[tokio::test]
async fn a_refused_connection_is_transient_and_had_no_effect() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let mut request = crate::party::request(base, "/book");
    request.idempotent = false;
    let error = egress().call(request).await.unwrap_err();
    assert!(matches!(error, EgressError::Unreachable { .. }), "{error:?}");
    assert_eq!(error.class(), Some(Class::Transient));
    assert!(error.had_no_effect());
}
