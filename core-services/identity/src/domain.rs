//! The rules, pure: no database, no clock, no network.

pub(crate) mod attempts;
pub(crate) mod email;
pub(crate) mod password;
pub(crate) mod token;
