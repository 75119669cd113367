//! What was looked up lately, believed for five seconds: a revocation takes effect within them, also in another process.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::error::Error;

/// How long an answer is believed.
pub(crate) const BELIEVED: Duration = Duration::from_secs(5);
/// Most tokens remembered as somebody's.
const KNOWN_MAX: usize = 20_000;
/// Most tokens remembered as nobody's. Apart, so that who makes tokens up does not push out those that are real.
const UNKNOWN_MAX: usize = 2_000;
/// Look-ups of different tokens that go on side by side; those of one token wait for the first.
const LANES: usize = 64;

/// Answers by token hash.
#[derive(Debug)]
pub(crate) struct Believed<V> {
    answers: Mutex<Answers<V>>,
    lanes: [tokio::sync::Mutex<()>; LANES],
}

type Digest = [u8; 32];

#[derive(Debug)]
struct Answers<V> {
    known: HashMap<Digest, (Instant, V)>,
    unknown: HashMap<Digest, Instant>,
}

impl<V> Default for Believed<V> {
    fn default() -> Self {
        let answers = Answers { known: HashMap::new(), unknown: HashMap::new() };
        Self {
            answers: Mutex::new(answers),
            lanes: [const { tokio::sync::Mutex::const_new(()) }; LANES],
        }
    }
}

impl<V: Clone> Believed<V> {
    /// The answer for `digest`, from here or by `load`, which is not begun when it need not be.
    pub(crate) async fn get(
        &self,
        digest: &Digest,
        load: impl Future<Output = Result<Option<V>, Error>>,
    ) -> Result<Option<V>, Error> {
        if let Some(answer) = self.answer(digest) {
            return Ok(answer);
        }
        let lane = usize::from(digest.first().copied().unwrap_or_default()) % LANES;
        let Some(lane) = self.lanes.get(lane) else { return load.await };
        let _turn = lane.lock().await;
        // Somebody may have asked for it while we waited.
        if let Some(answer) = self.answer(digest) {
            return Ok(answer);
        }
        // Five seconds from before the look-up: what was true then may have ended during it.
        let since = Instant::now();
        let answer = load.await?;
        self.remember(digest, since, answer.clone());
        Ok(answer)
    }

    /// Forgets the answers that `which` names, because this process has just changed what is behind them.
    pub(crate) fn forget(&self, which: impl Fn(&V) -> bool) {
        self.lock().known.retain(|_, (_, value)| !which(value));
    }

    fn answer(&self, digest: &Digest) -> Option<Option<V>> {
        let answers = self.lock();
        if let Some((since, value)) = answers.known.get(digest) {
            return (since.elapsed() < BELIEVED).then(|| Some(value.clone()));
        }
        let since = answers.unknown.get(digest)?;
        (since.elapsed() < BELIEVED).then_some(None)
    }

    fn remember(&self, digest: &Digest, since: Instant, answer: Option<V>) {
        let mut answers = self.lock();
        let Answers { known, unknown } = &mut *answers;
        match answer {
            Some(value) => {
                if known.len() >= KNOWN_MAX {
                    known.retain(|_, (since, _)| since.elapsed() < BELIEVED);
                }
                if known.len() < KNOWN_MAX {
                    known.insert(*digest, (since, value));
                }
            }
            None => {
                known.remove(digest);
                if unknown.len() >= UNKNOWN_MAX {
                    unknown.retain(|_, since| since.elapsed() < BELIEVED);
                }
                if unknown.len() < UNKNOWN_MAX {
                    unknown.insert(*digest, since);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Answers<V>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn digest(number: usize) -> Digest {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_be_bytes());
        digest
    }

    #[tokio::test]
    async fn one_look_up_serves_all_who_ask_at_once() {
        let (believed, looked) = (Believed::<u8>::default(), AtomicUsize::new(0));
        let ask = || {
            believed.get(&[7; 32], async {
                looked.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok(Some(1))
            })
        };
        let answers = tokio::join!(ask(), ask(), ask());
        assert_eq!([answers.0.unwrap(), answers.1.unwrap(), answers.2.unwrap()], [Some(1); 3]);
        assert_eq!(looked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_is_forgotten_is_looked_up_again() {
        let believed = Believed::<u8>::default();
        assert_eq!(believed.get(&[7; 32], async { Ok(Some(1)) }).await.unwrap(), Some(1));
        assert_eq!(believed.get(&[7; 32], async { Ok(None) }).await.unwrap(), Some(1));
        believed.forget(|value| *value == 1);
        assert_eq!(believed.get(&[7; 32], async { Ok(None) }).await.unwrap(), None);
    }

    #[tokio::test]
    async fn made_up_tokens_take_a_bounded_place_and_push_nobody_out() {
        let believed = Believed::<u8>::default();
        assert_eq!(believed.get(&[7; 32], async { Ok(Some(1)) }).await.unwrap(), Some(1));
        for number in 0..UNKNOWN_MAX * 2 {
            assert_eq!(believed.get(&digest(number), async { Ok(None) }).await.unwrap(), None);
        }
        assert_eq!(believed.lock().unknown.len(), UNKNOWN_MAX);
        assert_eq!(believed.get(&[7; 32], async { Err(Error::Busy) }).await.unwrap(), Some(1));
    }
}
