//! What a person decided about a file, where the guesses were not enough.

use std::collections::{BTreeMap, BTreeSet};

use caravan_mappings_table::Defaults;
use caravan_mappings_table::check::Chosen;
use caravan_mappings_table::dictionary::Dictionary;
use caravan_mappings_table::values::date::Order as DateOrder;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::Violation;
use crate::wire::instant_ms;

/// Most entries of a list or a map.
const ENTRIES_MAX: usize = 600;
const VALUE_CHARS_MAX: usize = 200;

/// What was decided; everything that is left out is guessed or has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ImportChoices)]
pub(crate) struct Choices {
    /// The sheet's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sheet: Option<String>,
    /// The row that names the columns, as a spreadsheet numbers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) header_row: Option<u32>,
    /// Columns by letter and the field that each is; null leaves a column out. Columns that are not named here are guessed.
    pub(crate) columns: BTreeMap<String, Option<String>>,
    /// Values for fields that a row says nothing about, by field: where everything is picked up, for example.
    pub(crate) values: BTreeMap<String, String>,
    /// Country of places without one: ISO 3166-1 alpha-2.
    #[schema(example = "IN")]
    pub(crate) country: String,
    /// Currency of amounts without one: ISO 4217.
    #[schema(example = "INR")]
    pub(crate) currency: String,
    /// Offset from UTC of dates.
    #[schema(example = "+05:30")]
    pub(crate) utc_offset: String,
    /// Whether 03/04/2026 is in March, where no cell decides it.
    pub(crate) month_first: bool,
    /// Ids of problems whose repair is wanted although it is not recommended.
    pub(crate) accepted: BTreeSet<String>,
    /// Ids of problems whose repair is not wanted although it is recommended.
    pub(crate) declined: BTreeSet<String>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            sheet: None,
            header_row: None,
            columns: BTreeMap::new(),
            values: BTreeMap::new(),
            country: "IN".to_owned(),
            currency: "INR".to_owned(),
            utc_offset: "+05:30".to_owned(),
            month_first: false,
            accepted: BTreeSet::new(),
            declined: BTreeSet::new(),
        }
    }
}

impl Choices {
    /// Everything that is wrong with them, whatever the file.
    pub(crate) fn check(&self, dictionary: &Dictionary) -> Vec<Violation> {
        let mut wrong = Vec::new();
        let mut note = |pointer: &str, code, message: String| {
            wrong.push(Violation::new(pointer, code, message));
        };
        let upper = |text: &str, len: usize| {
            text.len() == len && text.bytes().all(|byte| byte.is_ascii_uppercase())
        };
        if !upper(&self.country, 2) {
            note("/country", "word-unknown", "A country is two capital letters, as IN.".into());
        }
        if !upper(&self.currency, 3) {
            note(
                "/currency",
                "word-unknown",
                "A currency is three capital letters, as INR.".into(),
            );
        }
        if instant_ms(&format!("2026-01-01T00:00:00{}", self.utc_offset)).is_none() {
            note("/utc_offset", "time-invalid", "An offset is written as +05:30.".into());
        }
        let sizes =
            [self.columns.len(), self.values.len(), self.accepted.len(), self.declined.len()];
        if sizes.iter().any(|len| *len > ENTRIES_MAX) {
            note("", "too-many", format!("At most {ENTRIES_MAX} entries can be given."));
        }
        for (column, field) in &self.columns {
            if let Some(field) = field
                && dictionary.find(field).is_none()
            {
                let shown: String = field.chars().take(40).collect();
                let message =
                    format!("{shown:?} is no field; GET the import to see those there are.");
                note(&format!("/columns/{column}"), "field-unknown", message);
            }
        }
        for (field, value) in &self.values {
            if dictionary.find(field).is_none() || value.chars().count() > VALUE_CHARS_MAX {
                let message = "A value belongs to a field and has at most 200 characters.";
                note(&format!("/values/{field}"), "field-unknown", message.into());
            }
        }
        wrong
    }

    pub(crate) fn defaults(&self) -> Defaults {
        let date_order = if self.month_first { DateOrder::MonthFirst } else { DateOrder::DayFirst };
        Defaults { country: self.country.clone(), date_order }
    }

    pub(crate) fn chosen(&self) -> Chosen {
        Chosen { accepted: self.accepted.clone(), declined: self.declined.clone() }
    }
}
