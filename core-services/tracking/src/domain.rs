//! What a shipment's facts amount to. Pure: values in, values out.

mod correction;
mod estimate;
mod fact;
mod identity;
mod standing;
mod timeline;

#[cfg(test)]
pub(crate) mod testing;

pub(crate) use correction::{Cause, Correction, correction};
pub(crate) use fact::{Fact, FactKey};
pub(crate) use identity::{Merge, Resolution, ShipmentId, identifying, resolve, worth};
pub(crate) use standing::Standing;
pub(crate) use timeline::{Entry, Timeline};
