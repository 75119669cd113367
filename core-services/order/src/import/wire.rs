//! What callers see of an import, and what is kept of a check.

use std::collections::BTreeMap;

use caravan_mappings_table::dictionary::{BadDictionary, Dictionary};
use caravan_mappings_table::guess::Reason;
use caravan_mappings_table::table::{Note, letters};
use caravan_model::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Choices;
use super::plan::{Plan, Prepared};
use super::store::Import;
use crate::wire::utc;

/// Examples of a column's cells.
const SAMPLES: usize = 3;
const SAMPLE_CHARS: usize = 60;

/// One column and what it is taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportColumn)]
pub(crate) struct ColumnOut {
    /// Its letters.
    #[schema(example = "D")]
    pub(crate) column: String,
    /// Its header.
    pub(crate) header: String,
    /// The field; none when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "delivery_postal_code")]
    pub(crate) field: Option<String>,
    /// How sure the guess is, of 100.
    pub(crate) score: u8,
    /// Why: `known`, `similar`, `side-assumed`, `remembered`, `cells-differ`, `taken`, `unknown`, `chosen`.
    pub(crate) reason: String,
    /// Other fields that it could be, best first.
    pub(crate) rivals: Vec<String>,
    /// Its first cells.
    pub(crate) samples: Vec<String>,
}

/// One cell with a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportExample)]
pub(crate) struct ExampleOut {
    /// Where.
    #[schema(example = "D7")]
    pub(crate) at: String,
    /// As it is in the file.
    pub(crate) before: String,
    /// As it would be after the repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
}

/// The same thing wrong in many rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportProblem)]
pub(crate) struct ProblemOut {
    /// Stable id, for `accepted` and `declined`.
    #[schema(example = "delivery_postal_code.leading-zero")]
    pub(crate) id: String,
    /// The column's letters, when it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<String>,
    /// Rows that have it.
    pub(crate) rows: u64,
    /// Rows of these that can be repaired.
    pub(crate) fixable: u64,
    /// Whether the repair is applied without being asked for.
    pub(crate) recommended: bool,
    /// Whether it was applied.
    pub(crate) applied: bool,
    /// What is wrong and what the repair does.
    #[schema(
        example = "312 rows: Delivery PIN code has 5 digits; Excel ate a zero, which is put back"
    )]
    pub(crate) text: String,
    pub(crate) examples: Vec<ExampleOut>,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportReport)]
pub(crate) struct Report {
    /// Sheets of the file.
    pub(crate) sheets: Vec<String>,
    /// The sheet that is read.
    pub(crate) sheet: String,
    /// The row that names the columns.
    pub(crate) header_row: u32,
    pub(crate) columns: Vec<ColumnOut>,
    /// Fields that no column gives and that are needed.
    pub(crate) missing: Vec<String>,
    /// Rows below the header.
    pub(crate) rows: u64,
    /// The most frequent first.
    pub(crate) problems: Vec<ProblemOut>,
    /// What is no problem and worth knowing: formulas, merged cells, macros.
    pub(crate) notes: Vec<NoteOut>,
}

/// Something about a file that is no problem and worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(from = "StoredNote")]
#[schema(as = ImportNote)]
pub(crate) struct NoteOut {
    /// Stable kebab-case word for what `text` says; none in reports from before there were such words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "formulas")]
    pub(crate) kind: Option<String>,
    /// A sentence in English.
    pub(crate) text: String,
    /// What `text` names, for whoever says it in another language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) values: BTreeMap<String, String>,
}

/// A note as a stored report has it: once it was its text alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredNote {
    Text(String),
    Note {
        kind: Option<String>,
        text: String,
        #[serde(default)]
        values: BTreeMap<String, String>,
    },
}

impl From<StoredNote> for NoteOut {
    fn from(stored: StoredNote) -> Self {
        match stored {
            StoredNote::Text(text) => Self { kind: None, text, values: BTreeMap::new() },
            StoredNote::Note { kind, text, values } => Self { kind, text, values },
        }
    }
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportProgress)]
pub(crate) struct ProgressOut {
    pub(crate) done: i32,
    pub(crate) of: i32,
}

/// A file of orders and how far it has come.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Import)]
pub(crate) struct ImportOut {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    pub(crate) file_name: String,
    /// `checking`, `ready`, `committing`, `done`, `failed` or `cancelled`.
    pub(crate) status: &'static str,
    /// For `if-match`.
    pub(crate) version: i32,
    /// Orders that the job has behind it, of all in the file.
    pub(crate) progress: ProgressOut,
    /// Orders made; after a check, orders that a commit would make.
    pub(crate) orders: i32,
    /// Rows that were not taken, or would not be.
    pub(crate) rejected_rows: i32,
    /// Why the job failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
    /// Stable kebab-case code of it; none of what failed before there were such codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "table-empty")]
    pub(crate) failure_code: Option<String>,
    pub(crate) created_by: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) choices: Option<Choices>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) report: Option<Report>,
    /// The same file was here before: this is what became of it, and nothing was done again.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub(crate) repeated: bool,
}

impl ImportOut {
    pub(crate) fn new(import: Import) -> Self {
        Self {
            id: import.id.to_string(),
            file_name: import.file_name,
            status: import.status.as_str(),
            version: import.version,
            progress: ProgressOut { done: import.done, of: import.orders },
            orders: import.created,
            rejected_rows: import.rejected_rows,
            failure: import.failure,
            failure_code: import.failure_code,
            created_by: import.actor,
            created_at: utc(import.created_ms),
            updated_at: utc(import.updated_ms),
            choices: import.choices,
            report: import.report,
            repeated: false,
        }
    }
}

impl Report {
    /// What there is to say of `prepared` before its rows were looked at.
    pub(crate) fn of(prepared: &Prepared, choices: &Choices) -> Result<Self, BadDictionary> {
        let dictionary = Dictionary::orders()?;
        let name = |id| dictionary.field(id).map(|field| field.name.clone());
        let columns = prepared.guesses.columns.iter().map(|guess| {
            let letter = letters(guess.column);
            let is_chosen = choices.columns.contains_key(&letter);
            let below = prepared.sheet.rows.iter().skip(prepared.header.index.saturating_add(1));
            let cells = below.filter_map(|row| row.cell(guess.column)).take(SAMPLES);
            ColumnOut {
                header: guess.header.chars().take(SAMPLE_CHARS).collect(),
                field: prepared.mapping.get(&guess.column).copied().and_then(name),
                score: guess.score,
                reason: if is_chosen { "chosen" } else { reason(&guess.reason) }.to_owned(),
                rivals: guess.rivals.iter().filter_map(|(id, _)| name(*id)).take(5).collect(),
                samples: cells.map(|cell| cell.text.chars().take(SAMPLE_CHARS).collect()).collect(),
                column: letter,
            }
        });
        Ok(Self {
            sheets: prepared.sheets.clone(),
            sheet: prepared.sheet.name.clone(),
            header_row: prepared.header.row,
            columns: columns.collect(),
            missing: prepared.missing(choices)?,
            notes: prepared.notes.iter().map(note).collect(),
            ..Self::default()
        })
    }

    /// Adds what was found in the rows.
    pub(crate) fn judged(&mut self, plan: &Plan) {
        self.rows = plan.rows;
        let cells = plan.problems.iter().map(|problem| ProblemOut {
            id: problem.id.clone(),
            column: Some(problem.column.clone()),
            rows: problem.rows,
            fixable: problem.fixable,
            recommended: problem.recommended,
            applied: problem.applied,
            text: problem.text.clone(),
            examples: problem
                .examples
                .iter()
                .map(|example| ExampleOut {
                    at: example.at.clone(),
                    before: example.before.clone(),
                    after: example.after.clone(),
                })
                .collect(),
        });
        let orders = plan.violations.iter().map(|(code, group)| ProblemOut {
            id: format!("order.{code}"),
            column: None,
            rows: group.rows,
            fixable: 0,
            recommended: false,
            applied: false,
            text: match group.rows {
                1 => format!("1 row: {}", group.message),
                rows => format!("{rows} rows: {}", group.message),
            },
            examples: group
                .examples
                .iter()
                .map(|at| ExampleOut { at: at.clone(), before: String::new(), after: None })
                .collect(),
        });
        self.problems = cells.chain(orders).collect();
        self.problems.sort_by_key(|problem| core::cmp::Reverse(problem.rows));
    }
}

fn reason(reason: &Reason) -> &'static str {
    match reason {
        Reason::Known => "known",
        Reason::Similar { .. } => "similar",
        Reason::SideAssumed => "side-assumed",
        Reason::Remembered => "remembered",
        Reason::CellsDiffer => "cells-differ",
        Reason::Taken => "taken",
        Reason::Unknown => "unknown",
    }
}

fn note(note: &Note) -> NoteOut {
    let words = match note {
        Note::Macros => Words::new("macros", "The workbook carries macros; they were not run.", []),
        Note::Formulas { sheet, cells, without_value: 0, first } => Words::new(
            "formulas",
            "{cells} cells of \"{sheet}\" hold formulas (first {first}); their stored values were read.",
            [("cells", cells.to_string()), ("sheet", sheet.clone()), ("first", first.clone())],
        ),
        Note::Formulas { sheet, cells, without_value, first } => Words::new(
            "formulas-without-value",
            "{cells} cells of \"{sheet}\" hold formulas (first {first}); their stored values were read; {without_value} have no stored value: open and save the file in Excel.",
            [
                ("cells", cells.to_string()),
                ("sheet", sheet.clone()),
                ("first", first.clone()),
                ("without_value", without_value.to_string()),
            ],
        ),
        Note::Merged { sheet, areas } => Words::new(
            "merged",
            "{areas} merged areas of \"{sheet}\": the value of each was read in all its cells.",
            [("areas", areas.to_string()), ("sheet", sheet.clone())],
        ),
        Note::Replaced { characters } => Words::new(
            "replaced",
            "{characters} characters could not be read in the file's encoding.",
            [("characters", characters.to_string())],
        ),
        _ => Words::new("other", "The file has something else worth knowing.", []),
    };
    NoteOut { kind: Some(words.kind().to_owned()), text: words.text(), values: words.values() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_of_a_stored_report_is_read_with_and_without_its_kind() {
        let known = note(&Note::Merged { sheet: "Rates".to_owned(), areas: 3 });
        assert_eq!((known.kind.as_deref(), known.values["areas"].as_str()), (Some("merged"), "3"));
        let stored = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<NoteOut>(&stored).unwrap(), known);
        let old: NoteOut = serde_json::from_str("\"Once a text.\"").unwrap();
        assert_eq!((old.kind, old.text.as_str()), (None, "Once a text."));
    }
}
