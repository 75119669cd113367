//! The statements, by noun. Every one names the tenant wherever it is known, although row-level security does too.

pub(crate) mod attempts;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod providers;
pub(crate) mod resets;
pub(crate) mod sessions;
pub(crate) mod subjects;
pub(crate) mod tenants;
pub(crate) mod users;
