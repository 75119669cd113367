//! One file per command.

pub(crate) mod audit;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod documents;
pub(crate) mod group;
pub(crate) mod operations;
pub(crate) mod parked;
pub(crate) mod parties;
pub(crate) mod tail;
pub(crate) mod tenant;
pub(crate) mod translate;
pub(crate) mod user;
pub(crate) mod vault;
