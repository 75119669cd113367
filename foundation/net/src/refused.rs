//! Why a layer answered instead of the other side.

use core::time::Duration;

use caravan_fault::Class;

use crate::call::Outcome;

/// A layer's own refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The deadline passed.
    #[error("the deadline passed")]
    Deadline {
        /// The request may have arrived: its outcome is not known.
        sent: bool,
    },
    /// The breaker is open, or another call is its probe.
    #[error("the circuit breaker is open")]
    BreakerOpen {
        /// When it lets a probe through.
        retry_after: Duration,
    },
    /// Too many calls of this connection are waiting.
    #[error("too many calls are waiting")]
    QueueFull,
    /// The rate limit does not allow the call before its deadline.
    #[error("the rate limit is reached")]
    RateLimited {
        /// When it would.
        retry_after: Duration,
    },
}

impl Outcome for Refused {
    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::Deadline { sent: true } => Class::Unknown,
            Self::Deadline { sent: false } | Self::BreakerOpen { .. } | Self::QueueFull => {
                Class::Transient
            }
            Self::RateLimited { .. } => Class::RateLimited,
        })
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::BreakerOpen { retry_after } | Self::RateLimited { retry_after } => {
                Some(*retry_after)
            }
            Self::Deadline { .. } | Self::QueueFull => None,
        }
    }

    fn had_no_effect(&self) -> bool {
        !matches!(self, Self::Deadline { sent: true })
    }

    fn is_local(&self) -> bool {
        true
    }
}
