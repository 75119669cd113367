//! The rules of an order's life. Pure: values in, values out; no clock, no database.

mod apply;
mod check;
mod content;
pub(crate) mod measure;
mod order;
mod progress;
mod rates;
mod received;
mod state;
mod terms;
mod text;

#[cfg(test)]
pub(crate) mod testing;

pub(crate) use apply::{Command, Movement, Refusal, apply, doubted, take_in};
pub(crate) use check::{NUMBER_MAX, TEXT_MAX, Violation, check, doubts, is_phone};
pub(crate) use content::{Content, Mode, Payment, Priority, Stop, StopKind};
pub(crate) use measure::{decimal, kilograms, micro, unit};
pub(crate) use order::{By, Entry, Order, OrderId, Progress, identifies, may_identify};
pub(crate) use progress::{Answer, Assignment, Delivery, Dispatch, Quote, Revocation, Tender};
pub(crate) use rates::{Area, Candidate, Load, Per, Slab, Unpriced, quotes};
pub(crate) use received::{content as received, keeping};
pub(crate) use state::{Action, State, allowed, target};
pub(crate) use terms::{Marked, search_words, terms};
