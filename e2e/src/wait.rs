//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

use crate::wrong::Wrong;

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Looks until `check` gives something, or until `limit` has passed; `what` completes "it did not happen that …".
pub(crate) async fn until<T>(
    limit: Duration,
    what: &str,
    mut check: impl AsyncFnMut() -> Result<Option<T>, Wrong>,
) -> Result<T, Wrong> {
    let begun = Instant::now();
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(found) = check().await? {
            return Ok(found);
        }
        if begun.elapsed() > limit {
            return Err(Wrong(format!("{what}: not within {limit:?}")));
        }
    }
}

/// As [`until`], for a condition that is true or not.
pub(crate) async fn until_true(
    limit: Duration,
    what: &str,
    mut check: impl AsyncFnMut() -> Result<bool, Wrong>,
) -> Result<(), Wrong> {
    until(limit, what, async || Ok(check().await?.then_some(()))).await
}
