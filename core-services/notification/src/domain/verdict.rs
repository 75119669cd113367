//! What became of a try: whether the message was taken, and if not, in which word that is kept and shown.

use core::time::Duration;

use caravan_net::{Outcome as _, Refused};

use crate::sender::{Reply, SendError};

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Taken: any 2xx.
    Delivered,
    /// 410: the receiver wants no more.
    Gone,
    /// Not taken; not before this wait, when the receiver said so.
    Failed(Option<Duration>),
    /// A layer of ours held it back before anything was sent: no try at all.
    NotTried(Duration),
}

/// When a try that was held back is made, if the layer that did so names no time.
const LATER: Duration = Duration::from_secs(1);

impl Verdict {
    pub(crate) fn of(result: &Result<Reply, SendError>) -> Self {
        match result {
            Ok(reply) if (200..300).contains(&reply.status) => Self::Delivered,
            Ok(reply) if reply.status == 410 => Self::Gone,
            Ok(reply) => Self::Failed(reply.retry_after),
            Err(SendError::Refused(refused)) if refused.had_no_effect() => {
                Self::NotTried(refused.retry_after().unwrap_or(LATER))
            }
            Err(_) => Self::Failed(None),
        }
    }

    /// The word for it: what the database keeps, and people read.
    pub(crate) fn word(result: &Result<Reply, SendError>) -> &'static str {
        match result {
            Ok(reply) if (200..300).contains(&reply.status) => "delivered",
            Ok(reply) if reply.status == 410 => "gone",
            Ok(_) => "refused",
            Err(SendError::Refused(Refused::Deadline { .. }) | SendError::Timeout) => "timeout",
            Err(SendError::Refused(_)) => "held-back",
            Err(SendError::Denied(_)) => "denied",
            Err(SendError::Unreachable { .. }) => "unreachable",
            Err(SendError::Broken { .. }) => "broken",
        }
    }

    /// What the receiver answered, or a sentence that tells nothing of our network.
    pub(crate) fn told(result: &Result<Reply, SendError>) -> String {
        match result {
            Ok(reply) => reply.start.clone(),
            Err(SendError::Refused(Refused::Deadline { .. }) | SendError::Timeout) => {
                "no answer in time".to_owned()
            }
            Err(SendError::Refused(_)) => "calls to it pause, as it failed repeatedly".to_owned(),
            Err(SendError::Denied(_)) => "the address is not allowed".to_owned(),
            Err(SendError::Unreachable { .. }) => "cannot be reached".to_owned(),
            Err(SendError::Broken { .. }) => "the connection broke".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_means_what_the_standard_says() {
        let wait = Some(Duration::from_secs(7));
        let answered = |status| Ok(Reply { status, retry_after: wait, start: String::new() });
        for (status, verdict, word) in [
            (200, Verdict::Delivered, "delivered"),
            (204, Verdict::Delivered, "delivered"),
            (302, Verdict::Failed(wait), "refused"),
            (304, Verdict::Failed(wait), "refused"),
            (404, Verdict::Failed(wait), "refused"),
            (410, Verdict::Gone, "gone"),
            (429, Verdict::Failed(wait), "refused"),
            (503, Verdict::Failed(wait), "refused"),
        ] {
            let result = answered(status);
            assert_eq!((Verdict::of(&result), Verdict::word(&result)), (verdict, word), "{status}");
        }
    }

    #[test]
    fn what_was_never_sent_is_no_try_and_what_may_have_arrived_is() {
        let open = Refused::BreakerOpen { retry_after: Duration::from_secs(5) };
        let of = |refused| Verdict::of(&Err(SendError::Refused(refused)));
        assert_eq!(of(open), Verdict::NotTried(Duration::from_secs(5)));
        assert_eq!(of(Refused::QueueFull), Verdict::NotTried(LATER));
        assert_eq!(of(Refused::Deadline { sent: true }), Verdict::Failed(None));
    }
}
