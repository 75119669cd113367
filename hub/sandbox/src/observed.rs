//! What the host saw of a call's requests, and why a guest's word never makes the outcome laxer than that.
//!
//! Classes are ordered by what they cost: a transient failure is asked again soon, a refused credential rests the whole
//! connection. A guest knows more than the host (an error in a 200, a quota code), so it may name a stricter class; a laxer one
//! would have us hammer a party that said no. What the host saw of the *connection* holds for the whole call; that a single
//! request made no sense to the party (404, 422) holds only until another one was answered.
//!
//! What is not decided here: a guest that had one request answered and keeps silent about another's failure is believed.

use std::time::Duration;

use caravan_fault::Class;

use crate::Failure;

/// What the host saw so far of one call's requests; the answer of [`Services::observed`](crate::Services::observed).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    connection: Option<Seen>,
    request: Option<Seen>,
    wait: Option<Duration>,
    asked: bool,
    answered: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    class: Class,
    what: String,
}

impl Observed {
    /// A request got an answer that is no failure.
    pub fn answered(&mut self) {
        self.asked = true;
        self.answered = true;
        self.request = None;
    }

    /// A request ended so. `what` is one clause without secrets or addresses; `wait` is what the other side asked for.
    pub fn failed(&mut self, class: Class, what: impl Into<String>, wait: Option<Duration>) {
        self.asked = true;
        self.wait = self.wait.max(wait);
        let seen = Seen { class, what: what.into() };
        if class == Class::Permanent {
            self.request = Some(seen);
            return;
        }
        self.request = None;
        if self.connection.as_ref().is_none_or(|known| strictness(known.class) < strictness(class))
        {
            self.connection = Some(seen);
        }
    }

    /// The strictest thing that still holds.
    fn ruling(&self) -> Option<&Seen> {
        self.connection.iter().chain(&self.request).max_by_key(|seen| strictness(seen.class))
    }

    /// `said`, or what the host saw where that is stricter.
    pub(crate) fn judge(&self, said: Failure) -> Failure {
        if let Some(ruling) = self.ruling()
            && strictness(ruling.class) > strictness(said.class())
        {
            return Failure::Observed {
                class: ruling.class,
                message: format!("{} (the connector says: {said})", ruling.what),
                retry_after: self.wait.max(said.retry_after()),
            };
        }
        match said {
            Failure::RateLimited(wait) => Failure::RateLimited(wait.max(self.wait)),
            other => other,
        }
    }

    /// A result of the guest. A success of which no request was answered is none: who got no answer cannot know that there is
    /// nothing to tell. A 404 is an answer.
    pub(crate) fn weigh<T>(&self, result: Result<T, Failure>) -> Result<T, Failure> {
        match (result, &self.connection) {
            (Err(said), _) => Err(self.judge(said)),
            (Ok(_), Some(seen)) if self.asked && !self.answered => Err(Failure::Observed {
                class: seen.class,
                message: seen.what.clone(),
                retry_after: self.wait,
            }),
            (Ok(value), _) => Ok(value),
        }
    }
}

/// The higher, the more it takes until the same is tried again. A failure of ours says nothing of the party or the guest, so
/// it is above all: what the call would have come to is seen when it is made again.
const fn strictness(class: Class) -> u8 {
    match class {
        Class::Transient => 0,
        Class::RateLimited => 1,
        Class::Unknown => 2,
        Class::Permanent => 3,
        Class::Auth => 4,
        Class::Config => 5,
        Class::Poison => 6,
        Class::HostFault => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UpstreamError;

    fn upstream(retryable: bool) -> Failure {
        Failure::Upstream(UpstreamError {
            status: None,
            code: None,
            message: "later".into(),
            retryable,
        })
    }

    fn after(seen: &[Class]) -> Observed {
        let mut observed = Observed::default();
        for class in seen {
            observed.failed(*class, format!("saw {class}"), None);
        }
        observed
    }

    /// One failure of each class that a guest can name.
    fn sayable() -> Vec<Failure> {
        vec![
            upstream(true),
            Failure::RateLimited(None),
            upstream(false),
            Failure::NotFound("x".into()),
            Failure::Auth("x".into()),
            Failure::Denied("x".into()),
            Failure::Budget(crate::Budget::Cpu),
            Failure::Other("x".into(), "x".into()),
        ]
    }

    #[test]
    fn whatever_a_guest_says_the_outcome_is_never_laxer_than_what_was_seen() {
        for seen in Class::ALL {
            for said in sayable() {
                let before = strictness(said.class());
                let text = said.to_string();
                let judged = after(&[seen]).judge(said);
                assert_eq!(
                    strictness(judged.class()),
                    before.max(strictness(seen)),
                    "{seen}: {text}"
                );
                assert!(
                    judged.to_string().contains(&text),
                    "the connector's words are kept: {judged}"
                );
            }
        }
    }

    #[test]
    fn what_was_seen_of_the_connection_stays_and_of_one_request_does_not() {
        let mut observed = after(&[Class::Permanent]);
        observed.answered();
        assert_eq!(observed.judge(upstream(true)).class(), Class::Transient);
        let mut observed = after(&[Class::Auth, Class::Transient]);
        observed.answered();
        assert_eq!(observed.judge(upstream(true)).class(), Class::Auth);
        assert_eq!(
            after(&[Class::Permanent, Class::Transient]).judge(upstream(true)).class(),
            Class::Transient
        );
    }

    #[test]
    fn the_longer_wait_holds() {
        let mut observed = Observed::default();
        observed.failed(Class::RateLimited, "HTTP 429", Some(Duration::from_secs(60)));
        let wait = |said| observed.judge(said).retry_after();
        assert_eq!(wait(Failure::RateLimited(None)), Some(Duration::from_secs(60)));
        assert_eq!(
            wait(Failure::RateLimited(Some(Duration::from_secs(90)))),
            Some(Duration::from_secs(90))
        );
        assert_eq!(wait(upstream(true)), Some(Duration::from_secs(60)));
    }

    #[test]
    fn no_answer_is_no_success_and_a_404_is_an_answer() {
        assert_eq!(Observed::default().weigh(Ok(1)), Ok(1));
        assert_eq!(after(&[Class::Permanent]).weigh(Ok(1)), Ok(1));
        let refused = after(&[Class::Auth]).weigh(Ok(1));
        assert_eq!(refused.map_err(|failure| failure.class()), Err(Class::Auth));
        let mut observed = after(&[Class::Transient]);
        observed.answered();
        assert_eq!(observed.weigh(Ok(1)), Ok(1));
    }
}
