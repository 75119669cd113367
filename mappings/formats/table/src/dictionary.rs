//! The fields that a table may have and the words that people head their columns with: data, read once.
//!
//! Three small CSV files make a dictionary. `fields` names each field with its kind, the need that it fills and its
//! labels; `aliases` gives headers per field, where `*_city` stands for the city of both sides; `words` gives the words
//! that name a side (`consignee` is the delivery) and the one spelling of an abbreviation (`wt` is `weight`).
//! The dictionary of orders is in `dictionaries/order/`; other imports bring files of their own.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::words;

/// A field's place in its dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldId(pub(crate) u16);

/// What a field holds, and so how its cells are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// Any text.
    Text,
    /// A number that is a name: leading zeros count, decimals do not exist.
    Identifier,
    /// A postal code, checked by the country's length.
    PostalCode,
    /// A country: ISO 3166-1 alpha-2 code or a common name.
    Country,
    /// A count of things.
    Count,
    /// Any number.
    Number,
    /// A weight; becomes kilograms.
    Weight,
    /// A volume; becomes cubic metres.
    Volume,
    /// An amount of money, as decimal text.
    Money,
    /// A date.
    Date,
    /// A unit of the table's weights or volumes.
    Unit,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in records: `delivery_postal_code`.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// The need that it fills; one field of each need has to be there.
    pub need: Option<String>,
    /// What people call it in English.
    pub label: String,
    /// What people call it in Hindi.
    pub label_hi: String,
}

/// A header that a dictionary knows, as words.
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    pub(crate) field: FieldId,
    pub(crate) words: Vec<String>,
    /// The words without the spaces between them.
    pub(crate) joined: String,
    /// The header does not say which side it is; the delivery is meant as a rule.
    pub(crate) side_left_out: bool,
}

/// Fields and their words.
#[derive(Debug)]
pub struct Dictionary {
    fields: Vec<Field>,
    pub(crate) aliases: Vec<Alias>,
    /// One spelling for each abbreviation; nothing for words that say nothing.
    spellings: BTreeMap<String, Option<String>>,
}

/// A dictionary's data that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} line {line}: {what}")]
pub struct BadDictionary {
    /// `fields`, `aliases` or `words`.
    pub file: &'static str,
    /// Line from 1.
    pub line: u64,
    /// What is wrong.
    pub what: String,
}

const SIDES: [&str; 2] = ["delivery", "pickup"];

impl Alias {
    fn new(field: FieldId, words: Vec<String>, side_left_out: bool) -> Self {
        Self { field, joined: words.concat(), words, side_left_out }
    }
}

impl Dictionary {
    /// The dictionary of order imports.
    ///
    /// # Errors
    /// [`BadDictionary`] when the data built into this crate is broken, which a test would have shown.
    pub fn orders() -> Result<&'static Self, BadDictionary> {
        static ORDERS: OnceLock<Result<Dictionary, BadDictionary>> = OnceLock::new();
        let parsed = ORDERS.get_or_init(|| {
            Self::parse(
                include_str!("../dictionaries/order/fields.csv"),
                include_str!("../dictionaries/order/aliases.csv"),
                include_str!("../dictionaries/order/words.csv"),
            )
        });
        parsed.as_ref().map_err(Clone::clone)
    }

    /// Reads a dictionary from its three files.
    ///
    /// # Errors
    /// [`BadDictionary`] with file and line.
    pub fn parse(fields: &str, aliases: &str, words: &str) -> Result<Self, BadDictionary> {
        let mut own = Self { fields: Vec::new(), aliases: Vec::new(), spellings: BTreeMap::new() };
        for (line, record) in records("fields", fields)? {
            own.fields.push(field(line, &record)?);
        }
        let mut sides: Vec<(String, String)> = Vec::new();
        for (line, record) in records("words", words)? {
            let bad = |what: &str| BadDictionary { file: "words", line, what: what.to_owned() };
            let (Some(kind), Some(word)) = (record.get(0), record.get(1)) else {
                return Err(bad("`kind,word,means` is needed"));
            };
            let means = record.get(2).unwrap_or_default();
            let word = words::split(word).concat();
            match kind {
                "side" if SIDES.contains(&means) => sides.push((means.to_owned(), word)),
                "spelling" => {
                    own.spellings.insert(word, (!means.is_empty()).then(|| means.to_owned()));
                }
                _ => return Err(bad("a `side` of pickup or delivery, or a `spelling`")),
            }
        }
        for (line, record) in records("aliases", aliases)? {
            own.alias(line, &record, &sides)?;
        }
        Ok(own)
    }

    fn alias(
        &mut self,
        line: u64,
        record: &csv::StringRecord,
        sides: &[(String, String)],
    ) -> Result<(), BadDictionary> {
        let (Some(name), Some(header)) = (record.get(0), record.get(1)) else {
            let what = "`field,header` is needed".to_owned();
            return Err(BadDictionary { file: "aliases", line, what });
        };
        let unknown = |name: &str| BadDictionary {
            file: "aliases",
            line,
            what: format!("no field {name:?}"),
        };
        let words = self.words_of(header);
        let Some(attribute) = name.strip_prefix('*') else {
            let field = self.find(name).ok_or_else(|| unknown(name))?;
            self.aliases.push(Alias::new(field, words, false));
            return Ok(());
        };
        for side in SIDES {
            let name = format!("{side}{attribute}");
            let field = self.find(&name).ok_or_else(|| unknown(&name))?;
            for (_, word) in sides.iter().filter(|(own, _)| own == side) {
                let mut sided = vec![self.spelled(word.clone()).unwrap_or_else(|| word.clone())];
                sided.extend(words.iter().cloned());
                self.aliases.push(Alias::new(field, sided, false));
            }
            if side == "delivery" {
                self.aliases.push(Alias::new(field, words.clone(), true));
            }
        }
        Ok(())
    }

    /// The words of a header in this dictionary's spelling, without those that say nothing.
    pub(crate) fn words_of(&self, header: &str) -> Vec<String> {
        words::split(header).into_iter().filter_map(|word| self.spelled(word)).collect()
    }

    fn spelled(&self, word: String) -> Option<String> {
        match self.spellings.get(&word) {
            Some(means) => means.clone(),
            None => Some(word),
        }
    }

    /// The fields with their ids.
    pub fn fields(&self) -> impl Iterator<Item = (FieldId, &Field)> {
        let id = |index: usize| FieldId(u16::try_from(index).unwrap_or(u16::MAX));
        self.fields.iter().enumerate().map(move |(index, field)| (id(index), field))
    }

    /// A field by id.
    #[must_use]
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.fields.get(usize::from(id.0))
    }

    /// A field's id by name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<FieldId> {
        self.fields().find(|(_, field)| field.name == name).map(|(id, _)| id)
    }

    /// The needs that no field of `mapped` fills, each by the labels of the fields that could.
    #[must_use]
    pub fn missing(&self, mapped: &[FieldId]) -> Vec<String> {
        let mut needs: BTreeMap<&str, (bool, Vec<&str>)> = BTreeMap::new();
        for (id, field) in self.fields() {
            if let Some(need) = &field.need {
                let (filled, labels) = needs.entry(need).or_default();
                *filled |= mapped.contains(&id);
                labels.push(&field.label);
            }
        }
        let unfilled = needs.into_values().filter(|(filled, _)| !filled);
        unfilled.map(|(_, labels)| labels.join(" or ")).collect()
    }
}

fn records(file: &'static str, text: &str) -> Result<Vec<(u64, csv::StringRecord)>, BadDictionary> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).comment(Some(b'#')).from_reader(text.as_bytes());
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| BadDictionary {
            file,
            line: error.position().map_or(0, csv::Position::line),
            what: error.to_string(),
        })?;
        records.push((record.position().map_or(0, csv::Position::line), record));
    }
    Ok(records)
}

fn field(line: u64, record: &csv::StringRecord) -> Result<Field, BadDictionary> {
    let bad = |what: String| BadDictionary { file: "fields", line, what };
    let text = |index: usize| {
        let found = record.get(index).map(str::to_owned);
        found.ok_or_else(|| bad("`field,kind,need,label,label_hi` is needed".to_owned()))
    };
    let kind = match text(1)?.as_str() {
        "text" => FieldKind::Text,
        "identifier" => FieldKind::Identifier,
        "postal-code" => FieldKind::PostalCode,
        "country" => FieldKind::Country,
        "count" => FieldKind::Count,
        "number" => FieldKind::Number,
        "weight" => FieldKind::Weight,
        "volume" => FieldKind::Volume,
        "money" => FieldKind::Money,
        "date" => FieldKind::Date,
        "unit" => FieldKind::Unit,
        other => return Err(bad(format!("no kind {other:?}"))),
    };
    let need = Some(text(2)?).filter(|need| !need.is_empty());
    Ok(Field { name: text(0)?, kind, need, label: text(3)?, label_hi: text(4)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_of_orders_is_sound() {
        let orders = Dictionary::orders().unwrap();
        assert!(orders.fields().count() > 25);
        for (id, field) in orders.fields() {
            assert!(
                orders.aliases.iter().any(|alias| alias.field == id && !alias.words.is_empty()),
                "{} has no header",
                field.name
            );
            let devanagari =
                |text: &str| text.chars().any(|c| ('\u{0900}'..='\u{097F}').contains(&c));
            assert!(devanagari(&field.label_hi), "{} has no Hindi label", field.name);
        }
    }

    #[test]
    fn what_is_missing_is_named_by_its_labels() {
        let orders = Dictionary::orders().unwrap();
        let city = orders.find("delivery_city").unwrap();
        assert_eq!(orders.missing(&[city]), ["Order number"]);
    }

    #[test]
    fn a_broken_line_is_named() {
        let bad = Dictionary::parse("field,kind,need,label,label_hi\nx,colour,,X,X\n", "", "")
            .unwrap_err();
        assert_eq!((bad.file, bad.line), ("fields", 2));
    }
}
