//! What the sandbox counts and says: one function per event, metric names nowhere else.

use std::time::Duration;

use crate::{CallError, LogLevel, LogLine, Pool};

const CALLS: &str = "caravan_sandbox_calls_total";
const CALL_SECONDS: &str = "caravan_sandbox_call_seconds";
const GUEST_SECONDS: &str = "caravan_sandbox_guest_seconds_total";
const CACHE: &str = "caravan_sandbox_compiled_cache_total";
const INSTANCES: &str = "caravan_sandbox_instances";
const RESIDENT: &str = "caravan_sandbox_resident_unused_bytes";

/// A call or a portion has ended.
pub(crate) fn call_ended<T>(
    operation: &'static str,
    wall: Duration,
    guest: Duration,
    result: &Result<T, CallError>,
) {
    let end = match result {
        Ok(_) => "ok",
        Err(CallError::Failed(_)) => "failed",
        Err(CallError::Trap { .. }) => "trap",
        Err(CallError::Budget(budget)) => budget.as_str(),
        Err(CallError::Busy) => "busy",
        Err(_) => "host",
    };
    metrics::counter!(CALLS, "operation" => operation, "end" => end).increment(1);
    metrics::histogram!(CALL_SECONDS, "operation" => operation).record(wall);
    metrics::gauge!(GUEST_SECONDS, "operation" => operation).increment(guest.as_secs_f64());
    if let Err(error @ (CallError::Trap { .. } | CallError::Budget(_) | CallError::Host { .. })) =
        result
    {
        let backtrace =
            if let CallError::Trap { backtrace, .. } = error { backtrace.as_str() } else { "" };
        tracing::warn!(
            operation,
            error = caravan_fault::error_chain(error),
            backtrace,
            "a connector was stopped"
        );
    }
}

/// A compiled component was found, or not.
pub(crate) fn cache(outcome: &'static str) {
    metrics::counter!(CACHE, "outcome" => outcome).increment(1);
}

/// How full the pool is.
pub(crate) fn pool(pool: &Pool) {
    metrics::gauge!(INSTANCES).set(f64::from(pool.instances));
    metrics::gauge!(RESIDENT).set(f64::from(pool.resident_unused_kib) * 1024.0);
}

/// A connector wrote more lines than it may.
pub(crate) fn lines_dropped(connection: &str, dropped: u32) {
    tracing::warn!(
        connection,
        dropped,
        "a connector wrote more log lines than it may; the rest was dropped"
    );
}

/// A connector wrote a line.
pub(crate) fn connector_said(line: &LogLine) {
    let LogLine { connection, trace_id, message, fields, .. } = line;
    match line.level {
        LogLevel::Debug => {
            tracing::debug!(connection, trace_id, said = message, ?fields, "connector")
        }
        LogLevel::Info => {
            tracing::info!(connection, trace_id, said = message, ?fields, "connector")
        }
        LogLevel::Warn => {
            tracing::warn!(connection, trace_id, said = message, ?fields, "connector")
        }
        LogLevel::Error => {
            tracing::error!(connection, trace_id, said = message, ?fields, "connector")
        }
    }
}
