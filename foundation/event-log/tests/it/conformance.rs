//! Every check of the suite on the Postgres log, each on a database of its own.

use caravan_event_log::conformance as suite;

use crate::Postgres;

macro_rules! checks {
    ($($check:ident),+ $(,)?) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $check() {
            let world = Postgres::new().await;
            if let Err(failure) = suite::$check(&world).await {
                panic!("{failure}: {failure:?}");
            }
        }
    )+ };
}

checks! {
    order_within_a_key,
    late_commits_are_not_skipped,
    every_event_of_random_writers_arrives_once,
    rolled_back_events_never_appear,
    duplicates_are_ignored,
    other_topics_are_passed_over,
    effects_happen_once_across_a_crash,
    effects_happen_once_without_fair_assignment,
    members_share_and_take_over,
    one_poisoned_event_is_set_aside,
}
