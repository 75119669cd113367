//! The party's profile: code tables and options as data, laid over the standard ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_mappings_idoc::{Encoding, Layouts};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::values;

const STANDARD: &str = include_str!("../../../../mappings/profiles/idoc-standard/profile.json");
const LAYOUTS: [&str; 3] = [
    include_str!("../../../../mappings/code-lists/idoc-segments/orders05.txt"),
    include_str!("../../../../mappings/code-lists/idoc-segments/delvry07.txt"),
    include_str!("../../../../mappings/code-lists/idoc-segments/systat01.txt"),
];

/// A profile that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadProfile {
    /// It is not the JSON that a profile is.
    #[error("the profile is not valid: {0}")]
    Json(#[from] serde_json::Error),
    /// Its segment layouts are wrong.
    #[error("the profile's {0}")]
    Layouts(#[from] caravan_mappings_idoc::layout::BadLayout),
    /// It names an encoding that we don't read.
    #[error("the encoding {0:?} is not known; utf-8, iso-8859-1 and windows-1252 are")]
    Encoding(String),
    /// It names a zone that no table and no rule explains.
    #[error(
        "the zone {0:?} is not known: use a key of the profile's table zones, an offset (+05:30), or add it there"
    )]
    Zone(String),
}

/// A code table; `null` takes a code out again.
type Table = BTreeMap<String, Option<String>>;

/// `profile.json` as far as this connector reads it. Other keys belong to the registry.
#[derive(Debug, Default, Deserialize)]
struct File {
    zone: Option<String>,
    #[serde(default)]
    options: Options,
    #[serde(default)]
    tables: BTreeMap<String, Option<Table>>,
    /// Layouts of the partner's own segments, in the form of `mappings/code-lists/idoc-segments`.
    #[serde(default)]
    layouts: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Options {
    encoding: Option<String>,
    form: Option<Form>,
    unit: Option<String>,
}

/// The form of an IDoc that is no answer; an answer has the form of what it answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// One line of text without line ends.
    #[default]
    Xml,
    /// Records of fixed width.
    Flat,
}

/// Code tables and options in force.
#[derive(Debug, Clone)]
pub struct Profile {
    tables: BTreeMap<String, Table>,
    layouts: Arc<Layouts>,
    /// Zone of dates and times without one: a key of table `zones`, `+05:30` or `UTC+5:30`.
    pub zone: Option<String>,
    /// Character set of flat files.
    pub encoding: Encoding,
    /// Form of what goes out unasked.
    pub form: Form,
    /// MENEE of an invoice's lines: the unit in which a service counts as one.
    pub unit: String,
}

impl Profile {
    /// The standard profile with `party` (JSON, may be empty) laid over it, key by key, then the connection's settings.
    ///
    /// # Errors
    /// What is wrong with the profile or the settings.
    pub fn load(
        party: &[u8],
        zone: Option<String>,
        encoding: Option<String>,
    ) -> Result<Self, BadProfile> {
        let standard: File = serde_json::from_str(STANDARD)?;
        let party: File = if party.trim_ascii().is_empty() {
            File::default()
        } else {
            serde_json::from_slice(party)?
        };
        let mut layouts = Layouts::default();
        LAYOUTS.iter().try_for_each(|text| layouts.load(text))?;
        party.layouts.iter().try_for_each(|text| layouts.load(text))?;
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        for (name, table) in standard.tables.into_iter().chain(party.tables) {
            tables.entry(name).or_default().extend(table.unwrap_or_default());
        }
        let name =
            encoding.or(party.options.encoding).or(standard.options.encoding).unwrap_or_default();
        let encoding = Encoding::from_name(&name).ok_or(BadProfile::Encoding(name))?;
        let zone = zone.or(party.zone).or(standard.zone);
        let form = party.options.form.or(standard.options.form).unwrap_or_default();
        let unit = party.options.unit.or(standard.options.unit).unwrap_or_default();
        let profile = Self { tables, layouts: Arc::new(layouts), zone, encoding, form, unit };
        // A zone that somebody named and nobody knows must not silently become UTC.
        match &profile.zone {
            Some(name) if profile.zone_named(name).is_none() => Err(BadProfile::Zone(name.clone())),
            _ => Ok(profile),
        }
    }

    /// What `code` means by table `table`.
    #[must_use]
    pub fn lookup(&self, table: &str, code: &str) -> Option<&str> {
        self.tables.get(table)?.get(code)?.as_deref()
    }

    /// The zone of that name: by table `zones`, else a rule or an offset.
    #[must_use]
    pub fn zone_named(&self, name: &str) -> Option<TimeZone> {
        values::zone(self.lookup("zones", name).unwrap_or(name))
    }

    /// The segment layouts.
    #[must_use]
    pub fn layouts(&self) -> Arc<Layouts> {
        Arc::clone(&self.layouts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_adds_to_the_standard_tables_and_settings_win() {
        let party = include_bytes!("../../../../mappings/profiles/demo-erp/profile.json");
        let profile = Profile::load(party, None, None).unwrap();
        assert_eq!(profile.lookup("roles", "FR"), Some("carrier"));
        assert_eq!(profile.lookup("roles", "WE"), Some("ship-to"));
        assert_eq!(profile.zone.as_deref(), Some("Asia/Kolkata"));
        let profile = Profile::load(party, Some("CET".into()), None).unwrap();
        assert_eq!(profile.zone.as_deref(), Some("CET"));
    }

    #[test]
    fn a_zone_that_nobody_knows_is_not_taken_for_utc() {
        let named = |zone: &str| Profile::load(b"", Some(zone.to_owned()), None);
        for zone in ["CET", "Asia/Kolkata", "+05:30", "UTC-3:30", "CET-1CEST,M3.5.0,M10.5.0/3"] {
            assert!(named(zone).is_ok(), "{zone}");
        }
        let error = named("Asia/Thimphu").err().unwrap().to_string();
        assert!(error.contains("Asia/Thimphu") && error.contains("+05:30"), "{error}");
        let profile = br#"{"zone":"MARS"}"#;
        assert!(matches!(Profile::load(profile, None, None), Err(BadProfile::Zone(_))));
        // A setting mends it without touching the profile.
        assert!(Profile::load(profile, Some("CET".into()), None).is_ok());
    }

    #[test]
    fn a_profile_that_cannot_be_used_says_why() {
        assert!(Profile::load(b"[]", None, None).is_err());
        assert!(matches!(
            Profile::load(b"", None, Some("ebcdic".into())),
            Err(BadProfile::Encoding(_))
        ));
    }
}
