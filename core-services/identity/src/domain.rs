//! The rules, pure: no database, no clock, no network.

pub(crate) mod attempts;
pub(crate) mod email;
pub(crate) mod networks;
pub(crate) mod password;
pub(crate) mod short_name;
pub(crate) mod token;
