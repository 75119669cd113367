//! The scheduler over a real database, the real DHL connector and a party on a real socket: what is due, when, and what rests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

#[allow(dead_code, reason = "intake's tests use the rest of it")]
#[path = "../../../intake/tests/it/world.rs"]
mod world;

use std::time::Duration;

use caravan_hub_registry::Paused;
use caravan_hub_scheduler::Scheduler;
use caravan_tenancy::TenantTx;
use sqlx::Row as _;
use tokio_util::sync::CancellationToken;

use world::{TENANT, World};

const PATIENCE: Duration = Duration::from_secs(30);
const INTERVAL_S: f64 = 60.0;

/// The one poll, as its row says.
#[derive(Debug)]
struct Poll {
    attempts: i32,
    class: Option<String>,
    ever_ok: bool,
    leased: bool,
    wait_s: f64,
}

async fn sql(world: &World, statement: &'static str) {
    let mut tx = TenantTx::begin(world.intake.database(), TENANT).await.unwrap();
    sqlx::query(statement).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn row(world: &World) -> Poll {
    let mut tx = TenantTx::begin(world.intake.database(), TENANT).await.unwrap();
    let row = sqlx::query(
        "SELECT attempts, failure_class, last_ok_at IS NOT NULL AS ever_ok, lease_until IS NOT NULL AS leased,
                extract(epoch FROM next_at - now())::float8 AS wait_s FROM hub.polls",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    Poll {
        attempts: row.get("attempts"),
        class: row.get("failure_class"),
        ever_ok: row.get("ever_ok"),
        leased: row.get("leased"),
        wait_s: row.get("wait_s"),
    }
}

/// Lets a scheduler work until the poll has ended once.
async fn ask_once(world: &World) -> Poll {
    sql(
        world,
        "UPDATE hub.polls SET next_at = now(), failure_text = 'not asked yet', last_ok_at = NULL",
    )
    .await;
    let shutdown = CancellationToken::new();
    let scheduler = Scheduler::new(world.intake.clone(), "test".to_owned());
    let running = tokio::spawn(scheduler.run(shutdown.clone()));
    let asked = async {
        loop {
            let mut tx = TenantTx::begin(world.intake.database(), TENANT).await.unwrap();
            let ended = "SELECT failure_text IS DISTINCT FROM 'not asked yet' FROM hub.polls";
            if sqlx::query_scalar(ended).fetch_one(tx.conn()).await.unwrap() {
                return;
            }
            drop(tx);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap();
    shutdown.cancel();
    running.await.unwrap();
    row(world).await
}

async fn paused(world: &World) -> Option<Paused> {
    let all = world.intake.registry().connections().list(TENANT).await.unwrap();
    all.into_iter().find(|connection| connection.party == "dhl").unwrap().paused
}

#[tokio::test]
async fn what_went_well_comes_again_at_its_interval() {
    let world = World::new().await;
    let poll = ask_once(&world).await;
    assert_eq!(
        (poll.attempts, poll.class.as_deref(), poll.ever_ok, poll.leased),
        (0, None, true, false)
    );
    assert!((INTERVAL_S - 10.0..=INTERVAL_S).contains(&poll.wait_s), "{poll:?}");
}

#[tokio::test]
async fn what_the_party_does_not_know_is_asked_again_at_the_interval_and_not_before() {
    let world = World::new().await;
    world.party_answers(404, &[], "{}");
    let poll = ask_once(&world).await;
    assert_eq!((poll.attempts, poll.class.as_deref(), poll.ever_ok), (1, Some("permanent"), false));
    assert!((INTERVAL_S - 10.0..=INTERVAL_S).contains(&poll.wait_s), "{poll:?}");
    assert_eq!(paused(&world).await, None);
}

#[tokio::test]
async fn a_party_that_says_how_long_is_not_asked_before() {
    let world = World::new().await;
    world.party_answers(429, &[("retry-after", "600")], "{}");
    let poll = ask_once(&world).await;
    assert_eq!((poll.attempts, poll.class.as_deref()), (1, Some("rate-limited")));
    assert!(poll.wait_s > 590.0, "{poll:?}");
}

#[tokio::test]
async fn a_failure_that_passes_waits_longer_each_time() {
    let world = World::new().await;
    world.party_answers(500, &[], "{}");
    for attempts in 1..=3 {
        let poll = ask_once(&world).await;
        assert_eq!((poll.attempts, poll.class.as_deref()), (attempts, Some("transient")));
        // Full jitter below the doubling ceiling, or the time until the breaker lets a call through.
        assert!(poll.wait_s <= 8.0, "{poll:?}");
    }
}

#[tokio::test]
async fn a_refused_credential_rests_the_connection_until_somebody_changes_it() {
    let world = World::new().await;
    world.party_answers(401, &[], "{}");
    assert_eq!(ask_once(&world).await.class.as_deref(), Some("auth"));
    let why = paused(&world).await.unwrap();
    assert_eq!(why.class, "auth");
    assert!(why.reason.contains("401"), "{why:?}");
    // Due, and not asked: the scheduler takes what is due over all connections that do not rest.
    sql(&world, "UPDATE hub.polls SET next_at = now(), attempts = 0").await;
    let shutdown = CancellationToken::new();
    let scheduler = Scheduler::new(world.intake.clone(), "test".to_owned());
    let running = tokio::spawn(scheduler.run(shutdown.clone()));
    tokio::time::timeout(Duration::from_millis(1_200), running).await.unwrap_err();
    shutdown.cancel();
    assert_eq!(row(&world).await.attempts, 0);
}

#[tokio::test]
async fn what_an_earlier_life_had_in_hand_is_taken_up_and_its_attempt_counts() {
    let world = World::new().await;
    sql(&world, "UPDATE hub.polls SET attempts = 4, lease_owner = 'test', lease_until = now() + interval '1 hour'").await;
    world.party_answers(500, &[], "{}");
    assert_eq!(ask_once(&world).await.attempts, 5);
    // Somebody else's lease is left alone until it runs out.
    sql(
        &world,
        "UPDATE hub.polls SET lease_owner = 'other', lease_until = now() - interval '1 second'",
    )
    .await;
    world.party_answers(200, &[], world::TEN_EVENTS);
    assert!(ask_once(&world).await.ever_ok);
}
