//! Every check of the suite on each log, each on a database, and a topic, of its own.

/// The suite's checks, in one list for both logs.
macro_rules! checks {
    ($world:ty, $new:ident: $($check:ident),+ $(,)?) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $check() {
            let world = <$world>::$new().await;
            if let Err(failure) = caravan_event_log::conformance::$check(&world).await {
                panic!("{failure}: {failure:?}");
            }
        }
    )+ };
    ($world:ty) => {
        checks! { $world, breakable: effects_happen_once_across_a_disturbance }
        checks! { $world, new:
        order_within_a_key,
        late_commits_are_not_skipped,
        every_event_of_random_writers_arrives_once,
        rolled_back_events_never_appear,
        duplicates_are_ignored,
        other_topics_are_passed_over,
        effects_happen_once_across_a_crash,
        effects_happen_once_without_fair_assignment,
        members_share_and_take_over,
        members_come_and_go,
        one_poisoned_event_is_set_aside,
        a_parked_event_is_tried_again_on_demand,
        a_parked_event_that_must_wait_holds_up_nothing,
        }
    };
}

mod postgres {
    checks! { crate::Postgres }
}

mod kafka {
    checks! { crate::kafka_world::OnKafka }
}
