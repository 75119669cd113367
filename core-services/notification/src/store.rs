//! The statements.

pub(crate) mod claim;
pub(crate) mod deliveries;
pub(crate) mod outcome;
pub(crate) mod plan;
pub(crate) mod sweep;
pub(crate) mod webhooks;
