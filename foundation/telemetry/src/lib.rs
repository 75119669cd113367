//! caravan-telemetry: to be written.
