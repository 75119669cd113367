//! Chance, injected: so that waiting clients do not wake together, and tests know what comes.

use core::time::Duration;

/// Where jitter comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Jitter {
    /// The thread's random number generator.
    #[default]
    Random,
    /// Always this fraction (0 to 1) of the range: for tests.
    Fixed(f64),
}

impl Jitter {
    /// A duration between zero and `most`, evenly ("full jitter").
    #[must_use]
    pub fn up_to(self, most: Duration) -> Duration {
        most.mul_f64(self.fraction())
    }

    /// `least` plus up to `ratio` (0 to 1) of it.
    #[must_use]
    pub fn above(self, least: Duration, ratio: f64) -> Duration {
        least.saturating_add(self.up_to(least.mul_f64(ratio.clamp(0.0, 1.0))))
    }

    fn fraction(self) -> f64 {
        match self {
            Self::Random => rand::random::<f64>(),
            Self::Fixed(fraction) => fraction.clamp(0.0, 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn jitter_stays_within_its_bounds(milliseconds in 0_u64..10_000_000, ratio in 0.0_f64..1.0, fraction in -1.0_f64..2.0) {
            let base = Duration::from_millis(milliseconds);
            for jitter in [Jitter::Random, Jitter::Fixed(fraction)] {
                prop_assert!(jitter.up_to(base) <= base);
                let above = jitter.above(base, ratio);
                prop_assert!(above >= base && above <= base + base.mul_f64(ratio) + Duration::from_nanos(1));
            }
        }
    }
}
