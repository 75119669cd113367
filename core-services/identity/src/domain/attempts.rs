//! How long to wait after how many failed logins.

use core::time::Duration;

/// Free failures, the wait after the next one, and the longest wait; the wait doubles in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    free: u32,
    first: Duration,
    longest: Duration,
}

/// By account: ten tries are a person, and then at most twelve an hour are tried. The wait is short enough that nobody is kept
/// out of an account for long by somebody who fails on purpose.
pub(crate) const ACCOUNT: Policy =
    Policy { free: 10, first: Duration::from_secs(1), longest: Duration::from_secs(5 * 60) };

/// By address: an office shares one, so more is free; who goes on is trying other people's.
pub(crate) const ADDRESS: Policy =
    Policy { free: 50, first: Duration::from_secs(1), longest: Duration::from_secs(15 * 60) };

impl Policy {
    /// The failure after which nothing is tried for the first time.
    pub(crate) fn first_wait(&self) -> u32 {
        self.free.saturating_add(1)
    }

    /// How long nothing is tried after the `failures`th failure in a row; none while it is free.
    pub(crate) fn wait_after(&self, failures: u32) -> Option<Duration> {
        let over = failures.checked_sub(self.free).filter(|over| *over > 0)?;
        let doublings = over.saturating_sub(1).min(20);
        Some(self.first.saturating_mul(1 << doublings).min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let seconds: Vec<Option<u64>> = [0, 10, 11, 12, 13, 19, 20, 100, u32::MAX]
            .map(|n| ACCOUNT.wait_after(n).map(|wait| wait.as_secs()))
            .into();
        let expected =
            [None, None, Some(1), Some(2), Some(4), Some(256), Some(300), Some(300), Some(300)];
        assert_eq!(seconds, expected);
    }
}
