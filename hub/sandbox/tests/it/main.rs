//! The sandbox against components that mean harm, and against the ones that do not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail by panicking")]

mod calls;
mod guests;
mod hostile;
mod loading;
mod support;
