//! Code tables: a party's codes and what they mean to us, as sorted lists read from its profile.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A table from codes to values, read from a JSON object; codes borrow from the profile's bytes.
///
/// Lookups are exact: an unknown code has no value, and the mapping says `unmapped`.
///
/// ```
/// use caravan_connector_sdk::codes::Table;
/// let table: Table<&str> = serde_json::from_str(r#"{"X1":"arrived-delivery","AF":"picked-up"}"#).unwrap();
/// assert_eq!(table.get("AF"), Some(&"picked-up"));
/// assert_eq!(table.get("af"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<'a, V> {
    entries: Vec<(Cow<'a, str>, V)>,
}

impl<V> Default for Table<'_, V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<'a, V> Table<'a, V> {
    /// The value of `code`.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&V> {
        let found = self.entries.binary_search_by(|(key, _)| key.as_ref().cmp(code)).ok()?;
        self.entries.get(found).map(|(_, value)| value)
    }

    /// All entries, by code.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.entries.iter().map(|(code, value)| (code.as_ref(), value))
    }

    /// How many codes it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A table of these entries; of two with the same code the later holds.
    pub fn from_entries(entries: impl IntoIterator<Item = (Cow<'a, str>, V)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.reverse();
        entries.sort_by(|(left, _), (right, _)| left.cmp(right));
        entries.dedup_by(|(left, _), (right, _)| left == right);
        Self { entries }
    }
}

/// A text that borrows when it holds no escapes.
struct Code<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Code<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CodeVisitor;
        impl<'de> Visitor<'de> for CodeVisitor {
            type Value = Code<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a code")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Code(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Code(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(CodeVisitor)
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Table<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableVisitor<'a, V>(PhantomData<Table<'a, V>>);
        impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for TableVisitor<'a, V> {
            type Value = Table<'a, V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from codes to values")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(32));
                while let Some((Code(code), value)) = map.next_entry::<Code<'de>, V>()? {
                    entries.push((code, value));
                }
                let count = entries.len();
                let table = Table::from_entries(entries);
                if table.len() == count {
                    Ok(table)
                } else {
                    Err(A::Error::custom("a code occurs twice in the table"))
                }
            }
        }
        deserializer.deserialize_map(TableVisitor(PhantomData))
    }
}
