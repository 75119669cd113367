//! When a delivery that was not taken is tried again (research/reliability.md §2.2): at once, then after growing waits.

use core::time::Duration;

use caravan_net::Jitter;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// The wait after each failed try; after the last try there is none.
const WAITS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * MINUTE),
    Duration::from_secs(30 * MINUTE),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(5 * HOUR),
    Duration::from_secs(10 * HOUR),
    Duration::from_secs(10 * HOUR),
];
/// On top of a wait, so that what failed together does not come back together.
const JITTER: f64 = 0.2;

/// How long to wait after `tries` failed ones; none when that was the last. Never less than the receiver `asked` for.
pub(crate) fn wait(tries: i32, asked: Option<Duration>, jitter: Jitter) -> Option<Duration> {
    let place = usize::try_from(tries).ok()?.checked_sub(1)?;
    let least = WAITS.get(place)?.max(&asked.unwrap_or_default()).to_owned();
    Some(jitter.above(least, JITTER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tries of one delivery before somebody has to ask for it.
    const TRIES_MAX: i32 = 8;

    fn waits(asked: Option<Duration>, jitter: Jitter) -> Vec<Duration> {
        (1..=TRIES_MAX).map_while(|tries| wait(tries, asked, jitter)).collect()
    }

    #[test]
    fn the_schedule_is_the_one_that_is_documented_and_ends() {
        let seconds: Vec<u64> =
            waits(None, Jitter::Fixed(0.0)).iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]);
        assert_eq!(wait(TRIES_MAX, None, Jitter::Random), None);
        assert_eq!(wait(0, None, Jitter::Random), None);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_shorter_than_the_schedule_or_than_asked(
            asked_s in proptest::option::of(0_u64..90_000), fraction in 0.0_f64..1.0,
        ) {
            let asked = asked_s.map(Duration::from_secs);
            let plain = waits(None, Jitter::Fixed(0.0));
            let given = waits(asked, Jitter::Fixed(fraction));
            prop_assert_eq!(given.len(), plain.len());
            for (given, plain) in given.iter().zip(&plain) {
                let least = (*plain).max(asked.unwrap_or_default());
                prop_assert!(*given >= least);
                prop_assert!(*given <= least.mul_f64(1.0 + JITTER) + Duration::from_millis(1));
            }
        }

        #[test]
        fn waits_grow(fraction in 0.0_f64..1.0) {
            prop_assert!(waits(None, Jitter::Fixed(fraction)).is_sorted());
        }
    }
}
