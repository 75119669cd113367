//! One file per command.

pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod documents;
pub(crate) mod parties;
pub(crate) mod tail;
pub(crate) mod translate;
