//! What a shipment's facts amount to. Pure: values in, values out.

mod correction;
mod course;
mod detention;
mod estimate;
pub(crate) mod eta;
mod exception;
mod fact;
mod identity;
mod standing;
pub(crate) mod thresholds;
mod timeline;
pub(crate) mod words;

#[cfg(test)]
pub(crate) mod testing;

pub(crate) use correction::{Cause, Correction, correction};
pub(crate) use course::{Course, Incident};
pub(crate) use detention::{Stay, stays};
pub(crate) use exception::{Case, Found, Sight, Trouble, is_over, news, next_look, over, troubles};
pub(crate) use fact::{Fact, FactKey, apart, spot};
pub(crate) use identity::{Merge, Resolution, ShipmentId, identifying, resolve, worth};
pub(crate) use standing::Standing;
pub(crate) use timeline::{Entry, Timeline};
