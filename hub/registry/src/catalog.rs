//! The catalogue: every party that Caravan knows, as data.

use caravan_manifest::Verification;
use serde::Deserialize;

/// A carrier, ERP or government body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Our key, lower-case kebab.
    pub id: String,
    /// Name as the party writes it.
    pub name: String,
    /// Modes: `express`, `road-ltl`, `air`, `ocean`, `erp`, …
    #[serde(default)]
    pub modes: Vec<String>,
    /// Component that speaks its dialect.
    pub component: String,
    /// Profile with its code tables.
    pub profile: String,
    /// How far it is verified.
    pub verification: Verification,
    /// Message kinds that it exchanges.
    #[serde(default)]
    pub messages: Vec<String>,
    /// Standard Carrier Alpha Code, where it has one.
    #[serde(default)]
    pub scac: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogFile {
    party: Vec<Party>,
}

/// All parties, sorted by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    parties: Vec<Party>,
}

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Not TOML, or not of the catalogue's form; the text has the line.
    #[error("connectors/catalog.toml cannot be read")]
    Parse(#[from] toml::de::Error),
    /// Two entries share an id.
    #[error("connectors/catalog.toml names the party {0:?} twice")]
    Twice(String),
}

impl Catalog {
    /// Reads `connectors/catalog.toml`.
    ///
    /// # Errors
    /// When it is not of the catalogue's form or names a party twice.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        let CatalogFile { mut party } = toml::from_str(text)?;
        party.sort_by(|a, b| a.id.cmp(&b.id));
        let twice = party.iter().zip(party.iter().skip(1)).find(|(a, b)| a.id == b.id);
        if let Some((first, _)) = twice {
            return Err(CatalogError::Twice(first.id.clone()));
        }
        Ok(Self { parties: party })
    }

    /// Every party, sorted by id.
    #[must_use]
    pub fn parties(&self) -> &[Party] {
        &self.parties
    }

    /// The party with this id.
    #[must_use]
    pub fn party(&self, id: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_named_twice_is_refused() {
        let one =
            "[[party]]\nid='a'\nname='A'\ncomponent='x12'\nprofile='a'\nverification='spec'\n";
        assert_eq!(Catalog::parse(one).unwrap().parties().len(), 1);
        let error = Catalog::parse(&one.repeat(2)).unwrap_err();
        assert_eq!(error.to_string(), "connectors/catalog.toml names the party \"a\" twice");
    }
}
