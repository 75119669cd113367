//! A file and the choices about it become a plan: every order with its rows, or why they are rejects. Pure.

use std::collections::BTreeMap;

use caravan_mappings_table::check::Reason;
use caravan_mappings_table::dictionary::{BadDictionary, Dictionary, FieldId};
use caravan_mappings_table::guess::{Guesses, Remembered};
use caravan_mappings_table::table::{Note, letters};
use caravan_mappings_table::{
    Checker, Header, Limits, Record, Refused, Sheet, Table, check, guess,
};
use serde::{Deserialize, Serialize};

use super::rows::Reading;
use super::{BYTES_MAX, Choices};
use crate::create::{self, Draft};
use crate::domain::{Violation, doubts};

/// Examples of a problem that the domain found.
const EXAMPLES: usize = 5;

/// Why there is no plan.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// The file is no table that we read.
    Refused(Refused),
    /// The choices do not fit the file.
    Choices(Vec<Violation>),
    /// A defect: the data of the dictionary.
    Dictionary(BadDictionary),
}

impl From<Refused> for Unusable {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<BadDictionary> for Unusable {
    fn from(error: BadDictionary) -> Self {
        Self::Dictionary(error)
    }
}

/// A file with its header found and its columns known.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) sheet: Sheet,
    pub(crate) header: Header,
    pub(crate) guesses: Guesses,
    pub(crate) mapping: BTreeMap<u16, FieldId>,
    /// All sheets, by name.
    pub(crate) sheets: Vec<String>,
    pub(crate) notes: Vec<Note>,
}

/// Rows that are not taken, each with why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reject {
    pub(crate) row: u32,
    /// A1 positions of the cells at fault.
    pub(crate) at: Vec<String>,
    pub(crate) reasons: Vec<String>,
}

/// One order of the file.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) rows: Vec<u32>,
    pub(crate) outcome: Result<Draft, Vec<Reject>>,
}

/// Something that is wrong in several rows, found when they were made an order.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) rows: u64,
    pub(crate) message: String,
    /// A1 positions of the first ones.
    pub(crate) examples: Vec<String>,
}

/// What is to be done with a file.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) orders: Vec<Planned>,
    pub(crate) rows: u64,
    /// Found in cells.
    pub(crate) problems: Vec<check::Problem>,
    /// Found in orders, by code; doubts, of rows that are taken, among them.
    pub(crate) violations: BTreeMap<&'static str, Group>,
}

/// Reads a file; `pasted` are cells copied out of a spreadsheet.
pub(crate) fn read(bytes: &[u8], pasted: bool) -> Result<Table, Refused> {
    let limits = Limits { bytes_max: BYTES_MAX, ..Limits::default() };
    if pasted {
        return caravan_mappings_table::read_pasted(&String::from_utf8_lossy(bytes), &limits);
    }
    caravan_mappings_table::read(bytes, &limits)
}

/// Finds sheet, header and columns.
pub(crate) fn prepare(
    table: Table,
    choices: &Choices,
    remembered: &Remembered,
) -> Result<Prepared, Unusable> {
    let dictionary = Dictionary::orders()?;
    let sheets: Vec<String> = table.sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let sheet = chosen_sheet(table.sheets, choices, dictionary)?;
    let header = header(&sheet, choices, dictionary)?;
    let guesses = guess(&sheet, &header, dictionary, remembered);
    let mut mapping = guesses.mapping();
    let mut wrong = Vec::new();
    for (letter, field) in &choices.columns {
        let column = header.columns.iter().find(|own| letters(own.column) == *letter);
        let Some(column) = column else {
            let message = format!("The header has no column {letter}.");
            wrong.push(Violation::new(format!("/columns/{letter}"), "column-unknown", message));
            continue;
        };
        match field.as_deref().map(|field| dictionary.find(field)) {
            None => {
                mapping.remove(&column.column);
            }
            Some(Some(id)) => {
                mapping.retain(|other, field| *other == column.column || *field != id);
                mapping.insert(column.column, id);
            }
            // Said by the check of the choices already.
            Some(None) => {}
        }
    }
    if !wrong.is_empty() {
        return Err(Unusable::Choices(wrong));
    }
    Ok(Prepared { sheet, header, guesses, mapping, sheets, notes: table.notes })
}

fn chosen_sheet(
    sheets: Vec<Sheet>,
    choices: &Choices,
    dictionary: &Dictionary,
) -> Result<Sheet, Refused> {
    if let Some(name) = &choices.sheet {
        let found = sheets.into_iter().find(|sheet| sheet.name == *name);
        return found.ok_or_else(|| Refused::NoSuchSheet { name: name.chars().take(80).collect() });
    }
    let visible = |sheet: &&Sheet| !sheet.hidden;
    let named = |sheet: &&Sheet| Header::find(sheet, dictionary).is_some();
    let index = sheets
        .iter()
        .position(|sheet| visible(&sheet) && named(&sheet))
        .or_else(|| sheets.iter().position(|sheet| visible(&sheet)))
        .unwrap_or(0);
    sheets.into_iter().nth(index).ok_or(Refused::Empty)
}

fn header(sheet: &Sheet, choices: &Choices, dictionary: &Dictionary) -> Result<Header, Refused> {
    let found = match choices.header_row {
        Some(number) => sheet
            .rows
            .iter()
            .position(|row| row.number() == number)
            .and_then(|index| Header::at(sheet, index, dictionary)),
        None => Header::find(sheet, dictionary),
    };
    found.ok_or_else(|| Refused::WrongTemplate {
        sheet: sheet.name.clone(),
        missing: dictionary.missing(&[]).join(", "),
        found: sheet
            .rows
            .first()
            .map(|row| {
                row.cells().map(|cell| cell.text.chars().take(40).collect()).take(40).collect()
            })
            .unwrap_or_default(),
    })
}

impl Prepared {
    /// Fields that no column gives and that are needed, in words.
    pub(crate) fn missing(&self, choices: &Choices) -> Result<Vec<String>, BadDictionary> {
        let dictionary = Dictionary::orders()?;
        let mut given: Vec<FieldId> = self.mapping.values().copied().collect();
        given.extend(choices.values.keys().filter_map(|name| dictionary.find(name)));
        Ok(dictionary.missing(&given))
    }

    /// Reads and judges every row below the header.
    pub(crate) fn judge(&self, choices: &Choices) -> Result<Plan, BadDictionary> {
        let dictionary = Dictionary::orders()?;
        let (defaults, chosen) = (choices.defaults(), choices.chosen());
        let mut checker =
            Checker::new(&self.sheet, &self.header, &self.mapping, dictionary, &defaults, &chosen);
        let reading = Reading::new(dictionary, choices);
        let mut groups: Vec<Vec<Record>> = Vec::new();
        let mut by_number: BTreeMap<String, usize> = BTreeMap::new();
        let mut rows = 0_u64;
        for row in self.sheet.rows.iter().skip(self.header.index.saturating_add(1)) {
            if row.is_empty() {
                continue;
            }
            rows = rows.saturating_add(1);
            let record = checker.row(row);
            let number = reading.number(&record);
            let known = number.as_ref().and_then(|number| by_number.get(number)).copied();
            match known.and_then(|index| groups.get_mut(index)) {
                Some(group) => group.push(record),
                None => {
                    if let Some(number) = number {
                        by_number.insert(number, groups.len());
                    }
                    groups.push(vec![record]);
                }
            }
        }
        let mut plan = Plan {
            orders: Vec::new(),
            rows,
            problems: checker.problems(),
            violations: BTreeMap::new(),
        };
        plan.orders.reserve_exact(groups.len());
        for records in groups {
            let planned = self.planned(&records, &reading, &mut plan.violations);
            plan.orders.push(planned);
        }
        Ok(plan)
    }

    fn planned(
        &self,
        records: &[Record],
        reading: &Reading<'_>,
        violations: &mut BTreeMap<&'static str, Group>,
    ) -> Planned {
        let rows: Vec<u32> = records.iter().map(|record| record.number).collect();
        if records.iter().any(|record| !record.reasons.is_empty()) {
            let rejects = records.iter().map(|record| rejected(record, &rows)).collect();
            return Planned { rows, outcome: Err(rejects) };
        }
        let outcome = create::validate(reading.order(records))
            .map_err(|wrong| self.unfit(&wrong, &rows, violations));
        if let Ok(draft) = &outcome {
            // The stops are the first row's; its order is made all the same.
            let first = rows.first().copied().unwrap_or_default();
            doubts(&draft.content).iter().for_each(|doubt| count(violations, doubt, first));
        }
        Planned { rows, outcome }
    }

    /// Rows whose order has mistakes that no single cell has.
    fn unfit(
        &self,
        wrong: &[Violation],
        rows: &[u32],
        violations: &mut BTreeMap<&'static str, Group>,
    ) -> Vec<Reject> {
        let first = rows.first().copied().unwrap_or_default();
        let mut rejects: Vec<Reject> = rows
            .iter()
            .map(|row| Reject { row: *row, at: Vec::new(), reasons: Vec::new() })
            .collect();
        for violation in wrong {
            let mut parts = violation.pointer.trim_start_matches('/').split('/');
            let index = match (parts.next(), parts.next()) {
                (Some("lines"), Some(index)) => index.parse().unwrap_or(0),
                _ => 0,
            };
            let row = rows.get(index).copied().unwrap_or(first);
            count(violations, violation, row);
            if let Some(reject) = rejects.iter_mut().find(|reject| reject.row == row) {
                reject.reasons.push(violation.message.clone());
            }
        }
        for reject in rejects.iter_mut().filter(|reject| reject.reasons.is_empty()) {
            reject.reasons.push(beside(first));
        }
        rejects
    }
}

/// Adds what was found in `row` to the others of its kind.
fn count(violations: &mut BTreeMap<&'static str, Group>, violation: &Violation, row: u32) {
    let group = violations.entry(violation.code).or_default();
    group.rows = group.rows.saturating_add(1);
    if group.message.is_empty() {
        group.message.clone_from(&violation.message);
    }
    if group.examples.len() < EXAMPLES {
        group.examples.push(format!("row {row}{}", violation.pointer.replace('/', " ")));
    }
}

fn beside(row: u32) -> String {
    format!("row {row} of the same order was not taken")
}

fn rejected(record: &Record, rows: &[u32]) -> Reject {
    let Record { number, reasons, .. } = record;
    let mut reject = Reject { row: *number, at: Vec::new(), reasons: Vec::new() };
    for Reason { at, text, .. } in reasons {
        reject.at.push(at.clone());
        reject.reasons.push(text.clone());
    }
    if reject.reasons.is_empty() {
        let other = rows.iter().find(|row| *row != number).copied().unwrap_or(*number);
        reject.reasons.push(beside(other));
    }
    reject
}
