//! What the streams tell about themselves.

use metrics::{counter, gauge};

/// A stream that is open; it counts itself out when it is dropped.
#[derive(Debug)]
pub(crate) struct Open(());

impl Open {
    pub(crate) fn new() -> Self {
        gauge!("caravan_streams_open").increment(1.0);
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!("caravan_streams_open").decrement(1.0);
    }
}

/// An event was given to so many streams.
pub(crate) fn fanned_out(receivers: usize) {
    counter!("caravan_stream_frames_total").increment(u64::try_from(receivers).unwrap_or(u64::MAX));
}

/// A stream was ended by us, for this reason.
pub(crate) fn ended(code: &'static str) {
    counter!("caravan_streams_ended_total", "code" => code).increment(1);
}
