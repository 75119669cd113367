//! Aramex's profile: what its codes mean. The data is `mappings/profiles/aramex/profile.json`.

use caravan_connector_sdk::codes::Table;
use caravan_connector_sdk::meaning::Meaning;
use caravan_connector_sdk::text::Text;
use serde::Deserialize;

/// The part of the profile that this connector reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Profile<'a> {
    /// Zone of Aramex's times, when the profile names one.
    #[serde(borrow)]
    pub(crate) zone: Text<'a>,
    #[serde(borrow)]
    pub(crate) tables: Tables<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tables<'a> {
    /// `UpdateCode`.
    #[serde(borrow, rename = "updateCode")]
    pub(crate) update_code: Table<'a, Meaning<'a>>,
    /// `ProblemCode`: why an update is a problem.
    #[serde(borrow, rename = "problemCode")]
    pub(crate) problem_code: Table<'a, Problem<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem<'a> {
    #[serde(borrow)]
    pub(crate) reason: Text<'a>,
}
