//! What identity counts and logs. Never an address, a name or a token.

use metrics::counter;

/// Somebody came in.
pub(crate) fn entered() {
    counter!("caravan_logins_total", "outcome" => "entered").increment(1);
}

/// A login failed.
pub(crate) fn failed(failures_in_a_row: u32) {
    counter!("caravan_logins_total", "outcome" => "failed").increment(1);
    tracing::info!(failures_in_a_row, "A login failed.");
}

/// A login was not tried.
pub(crate) fn blocked() {
    counter!("caravan_logins_total", "outcome" => "blocked").increment(1);
    tracing::warn!("A login was not tried: too many failed before.");
}

/// A password was set by a token for that.
pub(crate) fn reset() {
    counter!("caravan_passwords_reset_total").increment(1);
    tracing::info!("A password was reset.");
}

/// A login by an identity provider ended without a session. `why` is of the provider and of us, never of a token.
pub(crate) fn refused(code: &'static str, why: &str) {
    counter!("caravan_provider_logins_refused_total", "code" => code).increment(1);
    tracing::info!(code, why, "A login by an identity provider was refused.");
}

/// Cleaning failed.
pub(crate) fn not_cleaned(error: &dyn std::error::Error) {
    tracing::warn!(error = caravan_fault::error_chain(error), "Old sessions could not be deleted.");
}
