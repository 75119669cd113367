//! What is decided without a database, a clock or a network.

mod health;
mod kinds;
mod schedule;
mod signature;
mod target;
mod verdict;

pub(crate) use health::{FAILING_MS_MAX, streak};
pub(crate) use kinds::{all_readable, known, lacking};
pub(crate) use schedule::wait;
pub(crate) use signature::{Signer, Unsound, new_secret};
pub(crate) use target::{Words, shown, target};
pub(crate) use verdict::Verdict;
