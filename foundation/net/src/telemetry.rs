//! What the layers tell: one struct per event, one place for metric names.

use metrics::counter;

use crate::call::Key;

/// A breaker changed its state.
pub(crate) struct BreakerMoved<'a> {
    pub(crate) key: &'a Key,
    pub(crate) to: &'static str,
    pub(crate) penalty_ms: u128,
}

impl BreakerMoved<'_> {
    pub(crate) fn emit(&self) {
        counter!("caravan_breaker_transitions_total", "to" => self.to).increment(1);
        tracing::warn!(
            connection = %self.key.connection,
            endpoint = %self.key.endpoint,
            to = self.to,
            penalty_ms = self.penalty_ms,
            "circuit breaker moved"
        );
    }
}

/// A failed attempt is made again.
pub(crate) struct AttemptRepeated<'a> {
    pub(crate) key: &'a Key,
    pub(crate) class: &'static str,
    pub(crate) wait_ms: u128,
}

impl AttemptRepeated<'_> {
    pub(crate) fn emit(&self) {
        counter!("caravan_fast_retries_total", "class" => self.class).increment(1);
        tracing::debug!(
            connection = %self.key.connection,
            endpoint = %self.key.endpoint,
            class = self.class,
            wait_ms = self.wait_ms,
            "attempt is repeated"
        );
    }
}

/// The retry budget had nothing left.
pub(crate) fn budget_empty(key: &Key) {
    counter!("caravan_retry_budget_empty_total").increment(1);
    tracing::info!(connection = %key.connection, endpoint = %key.endpoint, "retry budget is empty");
}

/// The egress guard refused an address.
pub(crate) fn address_denied(host: &str, reason: &str) {
    counter!("caravan_egress_denied_total").increment(1);
    tracing::warn!(host, reason, "egress guard refused the destination");
}
