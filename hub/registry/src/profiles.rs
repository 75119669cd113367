//! Party profiles as data: parsed, put over what they extend, kept as the JSON that a guest reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_manifest::{Profile, Violations};

/// Longest chain of `extends`.
const EXTENDS_MAX: usize = 8;

/// Why profiles cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// A profile breaks its schema.
    #[error("the profile {party:?} is not valid")]
    Invalid {
        /// Its folder's name.
        party: String,
        /// What is wrong, each with its path.
        #[source]
        violations: Violations,
    },
    /// A profile extends one that is not there, itself, or too long a chain.
    #[error(
        "the profile {party:?} cannot extend {base:?}: it is missing, or the chain is a circle or longer than {EXTENDS_MAX}"
    )]
    Extends {
        /// The profile.
        party: String,
        /// What it extends.
        base: String,
    },
}

/// All profiles by party.
#[derive(Debug, Clone, Default)]
pub struct Profiles {
    json: BTreeMap<String, Arc<[u8]>>,
}

impl Profiles {
    /// Parses `(party, json)` pairs and puts each over what it extends.
    ///
    /// # Errors
    /// At the first profile that is not valid or extends what is not there.
    pub fn load<'a>(
        sources: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ProfileError> {
        let mut parsed = BTreeMap::new();
        for (party, json) in sources {
            let profile = Profile::parse(json).map_err(|violations| ProfileError::Invalid {
                party: party.to_owned(),
                violations: violations.into(),
            })?;
            parsed.insert(party.to_owned(), profile);
        }
        let mut json = BTreeMap::new();
        for (party, profile) in &parsed {
            json.insert(party.clone(), Arc::from(flattened(party, profile, &parsed)?.to_json()));
        }
        Ok(Self { json })
    }

    /// The profile as JSON, with everything that it extends.
    #[must_use]
    pub fn json(&self, party: &str) -> Option<Arc<[u8]>> {
        self.json.get(party).cloned()
    }
}

fn flattened(
    party: &str,
    profile: &Profile,
    all: &BTreeMap<String, Profile>,
) -> Result<Profile, ProfileError> {
    let mut whole = profile.clone();
    for _ in 0..EXTENDS_MAX {
        let Some(base) = whole.extends.clone() else { return Ok(whole) };
        let broken = || ProfileError::Extends { party: party.to_owned(), base: base.clone() };
        let below = all.get(&base).ok_or_else(broken)?;
        whole = whole.over(below).map_err(|violations| ProfileError::Invalid {
            party: party.to_owned(),
            violations: violations.into(),
        })?;
    }
    Err(ProfileError::Extends { party: party.to_owned(), base: whole.extends.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_put_over_what_it_extends() {
        let base = r#"{"party": "base", "tables": {"t": {"A": "1", "B": "2"}}}"#;
        let over = r#"{"party": "over", "extends": "base", "tables": {"t": {"B": "3"}}}"#;
        let profiles = Profiles::load([("base", base), ("over", over)]).unwrap();
        let json: serde_json::Value =
            serde_json::from_slice(&profiles.json("over").unwrap()).unwrap();
        assert_eq!(json["tables"]["t"], serde_json::json!({"A": "1", "B": "3"}));
    }

    #[test]
    fn a_circle_and_a_missing_base_are_refused() {
        let circle = r#"{"party": "a", "extends": "a"}"#;
        assert!(matches!(Profiles::load([("a", circle)]), Err(ProfileError::Extends { .. })));
        let missing = r#"{"party": "a", "extends": "b"}"#;
        assert!(matches!(Profiles::load([("a", missing)]), Err(ProfileError::Extends { .. })));
    }
}
