//! Delhivery's profile: what its statuses mean. The data is `mappings/profiles/delhivery/profile.json`.

use caravan_connector_sdk::codes::Table;
use caravan_connector_sdk::date::Zone;
use caravan_connector_sdk::meaning::Meaning;
use caravan_connector_sdk::model::ZoneSource;
use caravan_connector_sdk::text::Text;
use serde::Deserialize;

/// The part of the profile that this connector reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Profile<'a> {
    #[serde(borrow)]
    zone: Text<'a>,
    #[serde(borrow)]
    pub(crate) tables: Tables<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tables<'a> {
    /// `StatusType/Status`: the same word means different things under different types.
    #[serde(borrow)]
    pub(crate) status: Table<'a, Meaning<'a>>,
    /// `StatusType/Status/NSL code`: finer, where the code is documented.
    #[serde(borrow)]
    pub(crate) nsl: Table<'a, Meaning<'a>>,
}

impl Profile<'_> {
    /// The zone of Delhivery's times, which never carry one; assumed UTC when the profile does not say.
    pub(crate) fn zone(&self) -> Zone {
        Zone::named(self.zone.as_str(), ZoneSource::Profile).unwrap_or_else(Zone::assumed)
    }
}
