//! What egress tells: one struct per event, one place for metric names.

use core::time::Duration;

use caravan_net::{Key, Outcome as _};
use http::Method;
use metrics::{counter, histogram};

use crate::error::EgressError;
use crate::response::EgressResponse;

/// A call came to its end.
pub(crate) struct CallEnded<'a> {
    pub(crate) key: &'a Key,
    pub(crate) method: &'a Method,
    pub(crate) result: &'a Result<EgressResponse, EgressError>,
    pub(crate) took: Duration,
}

impl CallEnded<'_> {
    pub(crate) fn emit(&self) {
        let class = self.result.class().map_or("ok", caravan_fault::Class::as_str);
        counter!("caravan_egress_calls_total", "class" => class).increment(1);
        histogram!("caravan_egress_seconds").record(self.took.as_secs_f64());
        let (status, attempts) =
            self.result.as_ref().map_or((0, 0), |one| (one.status, one.attempts));
        let error = self.result.as_ref().err().map(|error| caravan_fault::error_chain(error));
        tracing::debug!(
            connection = %self.key.connection,
            endpoint = %self.key.endpoint,
            method = %self.method,
            status,
            attempts,
            class,
            error,
            took_ms = self.took.as_millis(),
            "call out ended"
        );
    }
}

/// A token was fetched.
pub(crate) fn token_fetched(key: &Key) {
    counter!("caravan_egress_tokens_total").increment(1);
    tracing::debug!(connection = %key.connection, endpoint = %key.endpoint, "access token fetched");
}

/// A party sent a secret of ours back.
pub(crate) fn secret_echoed(key: &Key, echoes: usize) {
    counter!("caravan_egress_secret_echoes_total").increment(1);
    tracing::warn!(connection = %key.connection, endpoint = %key.endpoint, echoes, "party echoed a secret; masked");
}
