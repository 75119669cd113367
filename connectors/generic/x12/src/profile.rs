//! The party's profile: what its codes mean, and the options with which it speaks X12.
//!
//! The host puts a party's profile over the one that it extends before a call. When it did not, or when there is none,
//! the standard profile stands below: a copy of `mappings/profiles/x12-standard/profile.json` is part of this component.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use caravan_model::{Classifier, Direction, Leg, PartyRole, Status, TenderAnswer};
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::zone::Zone;

const STANDARD: &[u8] = include_bytes!("../../../../mappings/profiles/x12-standard/profile.json");

/// An X12 code of up to four characters, as a key that costs no allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code([u8; 4]);

impl Code {
    /// The code that `bytes` write; `None` when they are none or too many.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut code = [0; 4];
        if bytes.is_empty() || bytes.len() > code.len() {
            return None;
        }
        code.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Some(Self(code))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = self.0.iter().take_while(|byte| **byte != 0).copied();
        written.map(char::from).try_for_each(|character| f.write_char(character))
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Code;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a code of one to four characters")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Code, E> {
                Code::new(text.as_bytes())
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// A code table: sorted once, asked by binary search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<V>(Vec<(Code, V)>);

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Table<V> {
    /// What `code` means.
    #[must_use]
    pub fn get(&self, code: &Code) -> Option<&V> {
        let index = self.0.binary_search_by_key(code, |(known, _)| *known).ok()?;
        self.0.get(index).map(|(_, value)| value)
    }

    /// Every code with its meaning, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Code, &V)> {
        self.0.iter().map(|(code, value)| (code, value))
    }

    /// This table, with what is only in `below` added.
    fn over(mut self, below: Self) -> Self {
        let own = self.0.len();
        for (code, value) in below.0 {
            let is_own = self
                .0
                .get(..own)
                .is_some_and(|own| own.binary_search_by_key(&code, |(known, _)| *known).is_ok());
            if !is_own {
                self.0.push((code, value));
            }
        }
        self.0.sort_unstable_by_key(|(code, _)| *code);
        self
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Table<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(core::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Table<V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of codes")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Table<V>, A::Error> {
                let mut entries: Vec<(Code, V)> =
                    Vec::with_capacity(map.size_hint().unwrap_or(64).min(1_024));
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                entries.sort_by_key(|(code, _)| *code);
                let twice = entries
                    .windows(2)
                    .any(|pair| matches!(pair, [(left, _), (right, _)] if left == right));
                if twice {
                    Err(de::Error::custom("a code stands twice in its table"))
                } else {
                    Ok(Table(entries))
                }
            }
        }
        deserializer.deserialize_map(Entries(core::marker::PhantomData))
    }
}

/// A model enumeration read from its text form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<T>(pub T);

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<T>(core::marker::PhantomData<T>);
        impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Text<T> {
            type Value = Word<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word of the canonical model")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Word<T>, E> {
                text.parse().map(Word).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text(core::marker::PhantomData))
    }
}

/// What a status code (AT7-01) or an appointment code (AT7-03) means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StatusRule {
    /// Status; `unmapped` for a code that is known and has no equivalent.
    pub status: Word<Status>,
    /// Part of the journey.
    pub leg: Option<Word<Leg>>,
    /// Actual unless said otherwise.
    pub classifier: Option<Word<Classifier>>,
    /// Forward unless said otherwise.
    pub direction: Option<Word<Direction>>,
    /// Reason, when the code itself says why.
    pub reason: Option<String>,
}

/// What a reason code (AT7-02, AT7-04) means; none: nothing out of the ordinary.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReasonRule {
    /// Our kebab-case reason.
    pub reason: Option<String>,
}

/// Which kind of reference a qualifier (element 128) means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReferenceRule {
    /// Reference kind of the canonical model.
    pub kind: String,
}

/// What a reservation action code (B1-04) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct AnswerRule {
    /// Answer; what has no equivalent is left out of the table.
    pub answer: Word<TenderAnswer>,
}

/// A vehicle or container that the party has a code for (N7-11).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EquipmentRule {
    /// Our name for it.
    pub name: String,
}

/// Which role a party code (element 98) means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct RoleRule {
    /// Role.
    pub role: Word<PartyRole>,
}

/// Code tables by X12 data element.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Tables {
    /// Status codes (AT7-01).
    #[serde(rename = "1650", default)]
    pub status: Table<StatusRule>,
    /// Appointment codes (AT7-03).
    #[serde(rename = "1652", default)]
    pub appointment: Table<StatusRule>,
    /// Reason codes (AT7-02, AT7-04).
    #[serde(rename = "1651", default)]
    pub reason: Table<ReasonRule>,
    /// Time codes (AT7-07).
    #[serde(rename = "623", default)]
    pub time: Table<Zone>,
    /// Reference qualifiers.
    #[serde(rename = "128", default)]
    pub reference: Table<ReferenceRule>,
    /// States and provinces that lie in one time zone.
    #[serde(rename = "156", default)]
    pub region: Table<Zone>,
    /// Party roles.
    #[serde(rename = "98", default)]
    pub role: Table<RoleRule>,
    /// Answers to a tender (B1-04).
    #[serde(rename = "558", default)]
    pub answer: Table<AnswerRule>,
    /// Why a carrier declines (B1-06).
    #[serde(rename = "decline-reason", default)]
    pub decline: Table<ReasonRule>,
    /// Equipment (N7-11), by the code that the party wants to read.
    #[serde(rename = "40", default)]
    pub equipment: Table<EquipmentRule>,
}

/// What to do with a set whose counts or control numbers are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StructureErrors {
    /// Its records are not taken, and the 997 rejects it.
    Reject,
    /// Its records are taken, and the 997 notes the errors.
    Note,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Options {
    currency: Option<String>,
    structure_errors: Option<StructureErrors>,
    action_element: Option<u8>,
    payment_unsaid: Option<String>,
    application_type: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Document {
    extends: Option<String>,
    zone: Option<String>,
    #[serde(default)]
    options: Options,
    #[serde(default)]
    tables: Tables,
}

/// A party's profile, ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Code tables.
    pub tables: Tables,
    /// Zone of local times whose place does not say; none: UTC is assumed and marked so.
    pub zone: Option<Zone>,
    /// Currency of bills that name none.
    pub currency: String,
    /// What to do with a set whose counts or control numbers are wrong.
    pub structure_errors: StructureErrors,
    /// Where in B1 the reservation action code stands: 4, or 3 for the party that puts it in the date's place.
    pub action_element: usize,
    /// Method of payment (B2-06, mandatory) of a tender whose order says nothing of it: `DE`, as contracted.
    pub payment_unsaid: String,
    /// What kind of tender a 204 is (B2A-02): `LT`, load tender.
    pub application_type: String,
}

impl Profile {
    /// Reads a profile; empty bytes are the standard profile.
    ///
    /// # Errors
    /// One sentence that names the first thing that is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let read = |json: &[u8]| {
            serde_json::from_slice::<Document>(json)
                .map_err(|error| format!("the profile is not usable: {error}"))
        };
        if json.trim_ascii().is_empty() || json.trim_ascii() == b"{}" {
            return Self::of(read(STANDARD)?);
        }
        let own = read(json)?;
        if own.extends.is_none() {
            return Self::of(own);
        }
        let below = read(STANDARD)?;
        Self::of(Document {
            extends: None,
            zone: own.zone.or(below.zone),
            options: Options {
                currency: own.options.currency.or(below.options.currency),
                structure_errors: own.options.structure_errors.or(below.options.structure_errors),
                action_element: own.options.action_element.or(below.options.action_element),
                payment_unsaid: own.options.payment_unsaid.or(below.options.payment_unsaid),
                application_type: own.options.application_type.or(below.options.application_type),
            },
            tables: own.tables.over(below.tables),
        })
    }

    fn of(document: Document) -> Result<Self, String> {
        let zone = match document.zone.as_deref() {
            Some(name) => Some(Zone::named(name).ok_or_else(|| {
                format!("the profile's zone {name:?} is not known here; use +hh:mm")
            })?),
            None => None,
        };
        Ok(Self {
            tables: document.tables,
            zone,
            currency: document.options.currency.unwrap_or_else(|| "USD".to_owned()),
            structure_errors: document.options.structure_errors.unwrap_or(StructureErrors::Reject),
            action_element: match document.options.action_element {
                None | Some(4) => 4,
                Some(3) => 3,
                Some(other) => {
                    return Err(format!(
                        "the profile's option action_element is {other}, not 3 or 4"
                    ));
                }
            },
            payment_unsaid: document.options.payment_unsaid.unwrap_or_else(|| "DE".to_owned()),
            application_type: document.options.application_type.unwrap_or_else(|| "LT".to_owned()),
        })
    }

    /// The qualifier (element 128) of a reference kind: the profile's first, or the one that `x12/<qualifier>` names.
    #[must_use]
    pub fn qualifier(&self, kind: &str) -> Option<String> {
        if let Some(qualifier) = kind.strip_prefix("x12/") {
            return (2..=3).contains(&qualifier.len()).then(|| qualifier.to_owned());
        }
        let found = self.tables.reference.iter().find(|(_, rule)| rule.kind == kind);
        found.map(|(code, _)| code.to_string())
    }

    /// The reference kind of a qualifier: the profile's, else `x12/<qualifier>`.
    #[must_use]
    pub fn reference_kind(&self, qualifier: &str) -> Cow<'_, str> {
        let rule =
            Code::new(qualifier.as_bytes()).and_then(|code| self.tables.reference.get(&code));
        rule.map_or_else(|| format!("x12/{qualifier}").into(), |rule| rule.kind.as_str().into())
    }
}

impl Tables {
    /// These tables, with what is only in `below` added.
    fn over(self, below: Self) -> Self {
        Self {
            status: self.status.over(below.status),
            appointment: self.appointment.over(below.appointment),
            reason: self.reason.over(below.reason),
            time: self.time.over(below.time),
            reference: self.reference.over(below.reference),
            region: self.region.over(below.region),
            role: self.role.over(below.role),
            answer: self.answer.over(below.answer),
            decline: self.decline.over(below.decline),
            equipment: self.equipment.over(below.equipment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(profile: &Profile, code: &str) -> Option<Status> {
        profile.tables.status.get(&Code::new(code.as_bytes())?).map(|rule| rule.status.0)
    }

    #[test]
    fn the_standard_profile_has_the_whole_lists() {
        let standard = Profile::parse(b"").unwrap();
        let Tables { status, appointment, reason, time, .. } = &standard.tables;
        // 70 published codes and CT of later releases; 107 published reasons, NS and NA.
        assert_eq!(
            (status.iter().count(), appointment.iter().count(), reason.iter().count()),
            (71, 9, 109)
        );
        assert_eq!(time.get(&Code::new(b"27").unwrap()).unwrap().offset_min, 330);
        let estimates = status.iter().filter(|(_, rule)| rule.classifier.is_some());
        let codes: Vec<String> =
            estimates.map(|(code, _)| String::from_utf8_lossy(&code.0[..2]).into()).collect();
        assert_eq!(codes, ["A1", "AG", "B6", "C1", "X2"]);
    }

    #[test]
    fn a_party_overrides_code_by_code() {
        let profile = Profile::parse(
            br#"{"party":"p","extends":"x12-standard","zone":"Asia/Kolkata","options":{"structure_errors":"note"},
                "tables":{"1650":{"D1":{"status":"out-for-delivery"},"ZZ":{"status":"delivered"}}}}"#,
        )
        .unwrap();
        assert_eq!(status(&profile, "D1"), Some(Status::OutForDelivery));
        assert_eq!(status(&profile, "ZZ"), Some(Status::Delivered));
        assert_eq!(status(&profile, "AF"), Some(Status::PickedUp));
        assert_eq!(
            (profile.structure_errors, profile.currency.as_str()),
            (StructureErrors::Note, "USD")
        );
        assert_eq!(profile.zone.unwrap().offset_min, 330);
    }

    #[test]
    fn a_profile_that_makes_no_sense_is_refused_in_words() {
        let error = |json: &[u8]| Profile::parse(json).unwrap_err();
        assert!(
            error(br#"{"tables":{"1650":{"D1":{"status":"arrived-on-mars"}}}}"#)
                .contains("arrived-on-mars")
        );
        assert!(error(br#"{"zone":"Mars/Olympus"}"#).contains("Mars/Olympus"));
        assert!(error(b"[").contains("not usable"));
        assert!(
            error(br#"{"tables":{"623":{"ET":{"offset_min":1},"ET":{"offset_min":2}}}}"#)
                .contains("twice")
        );
    }
}
