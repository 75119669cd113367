//! The state machine by table, and the layer under concurrency.

use super::*;
use crate::testing::{Ask, Reply, service};
use caravan_fault::Class;
use std::sync::atomic::Ordering;

fn config() -> Config {
    Config { jitter: Jitter::Fixed(0.0), ..Config::default() }
}

fn fail(machine: &mut Machine, config: &Config, now: Instant) -> Moved {
    let token = machine.acquire(config, now).unwrap();
    machine.record(config, token, Verdict::Failure, now)
}

#[tokio::test]
async fn five_in_a_row_open_it_and_the_penalty_doubles_to_its_cap() {
    let (config, mut now) = (config(), Instant::now());
    let mut machine = Machine::default();
    for _ in 0..4 {
        assert_eq!(fail(&mut machine, &config, now), Moved::Not);
    }
    assert_eq!(fail(&mut machine, &config, now), Moved::Opened(Duration::from_secs(5)));
    assert_eq!(machine.acquire(&config, now), Err(Duration::from_secs(5)));
    for expected in [10, 20, 40, 80, 160, 300, 300] {
        now += Duration::from_secs(300);
        assert_eq!(fail(&mut machine, &config, now), Moved::Opened(Duration::from_secs(expected)));
    }
    now += Duration::from_secs(300);
    let probe = machine.acquire(&config, now).unwrap();
    assert!(probe.is_probe);
    assert_eq!(machine.record(&config, probe, Verdict::Success, now), Moved::Closed);
    for _ in 0..4 {
        fail(&mut machine, &config, now);
    }
    assert_eq!(
        fail(&mut machine, &config, now),
        Moved::Opened(Duration::from_secs(5)),
        "closing forgets"
    );
}

#[tokio::test]
async fn half_of_twenty_within_the_window_open_it() {
    let (config, start) = (config(), Instant::now());
    let mut machine = Machine::default();
    let mut last = Moved::Not;
    for call in 0..20 {
        assert_eq!(last, Moved::Not, "opened before call {call}");
        let token = machine.acquire(&config, start).unwrap();
        let verdict = if call % 2 == 0 { Verdict::Success } else { Verdict::Failure };
        last = machine.record(&config, token, verdict, start);
    }
    assert!(matches!(last, Moved::Opened(_)));

    let mut machine = Machine::default();
    for call in 0..200_u64 {
        let now = start + Duration::from_secs(call * 2);
        let token = machine.acquire(&config, now).unwrap();
        let verdict = if call % 2 == 0 { Verdict::Success } else { Verdict::Failure };
        assert_eq!(
            machine.record(&config, token, verdict, now),
            Moved::Not,
            "15 calls in any 30 s are too few"
        );
    }
}

#[tokio::test]
async fn a_lost_probe_gives_way_and_its_late_result_is_ignored() {
    let (config, start) = (config(), Instant::now());
    let mut machine = Machine::default();
    for _ in 0..5 {
        fail(&mut machine, &config, start);
    }
    let later = start + Duration::from_secs(5);
    let lost = machine.acquire(&config, later).unwrap();
    assert_eq!(machine.acquire(&config, later), Err(config.probe_timeout));
    let much_later = later + config.probe_timeout;
    let second = machine.acquire(&config, much_later).unwrap();
    assert!(second.is_probe);
    assert_eq!(machine.record(&config, lost, Verdict::Success, much_later), Moved::Not);
    assert_eq!(machine.name(), "half-open");
    assert_eq!(machine.record(&config, second, Verdict::Neutral, much_later), Moved::Not);
    assert!(
        machine.acquire(&config, much_later).unwrap().is_probe,
        "an abandoned probe frees its token"
    );
}

/// How long a call of the party below takes, in paused time.
const WORK: Duration = Duration::from_millis(100);

#[tokio::test(start_paused = true)]
async fn of_fifty_concurrent_calls_exactly_one_is_the_probe() {
    let layer = BreakerLayer::new(config());
    let (inner, calls) = service(|_| async {
        // Paused time: the call takes long enough for the others to arrive.
        tokio::time::sleep(WORK).await;
        Reply::failed(Class::Transient)
    });
    let breaker = layer.layer(inner);
    for _ in 0..5 {
        breaker.clone().oneshot(Ask::new()).await.unwrap_err();
    }
    assert_eq!(calls.load(Ordering::SeqCst), 5);
    let refused = breaker.clone().oneshot(Ask::new()).await.unwrap_err();
    assert!(matches!(refused, Reply::Refused(Refused::BreakerOpen { .. })));

    tokio::time::advance(Duration::from_secs(6)).await;
    let fifty = (0..50).map(|_| breaker.clone().oneshot(Ask::new()));
    let results = futures_util::future::join_all(fifty).await;
    assert_eq!(calls.load(Ordering::SeqCst), 6);
    let refused = results.iter().filter(|one| matches!(one, Err(Reply::Refused(_)))).count();
    assert_eq!(refused, 49);
    assert_eq!(layer.state(Ask::new().key()), "open");
}

#[tokio::test(start_paused = true)]
async fn throttling_and_bad_requests_never_open_it() {
    for class in [Class::RateLimited, Class::Auth, Class::Permanent, Class::Config] {
        let (inner, calls) = service(move |_| async move { Reply::failed(class) });
        let breaker = BreakerLayer::new(config()).layer(inner);
        for _ in 0..50 {
            breaker.clone().oneshot(Ask::new()).await.unwrap_err();
        }
        assert_eq!(calls.load(Ordering::SeqCst), 50, "{class}");
    }
}
