//! The statements, by noun. Every one names the tenant wherever it is known, although row-level security does too.

pub(crate) mod attempts;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod sessions;
pub(crate) mod users;
