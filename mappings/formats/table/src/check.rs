//! Rows to records: every mapped cell is read by its field's kind, and what is wrong is gathered into repairs.
//!
//! Two passes. [`Checker::new`] looks at each mapped column as a whole: what its commas are, whether day or month comes
//! first, which unit its header names. [`Checker::row`] then reads row by row, and a dry run and a commit call it alike.
//!
//! A cell that is only readable after a change is not changed in silence. The change is a [`Rule`]; the same rule in
//! the same column is one [`Problem`] however many rows it has, with examples from before and after. Rules that change
//! no meaning are recommended, and applied unless the caller chooses otherwise; the others wait to be chosen. A row
//! with a problem that was not repaired is a reject, with the reasons in words.

use std::collections::{BTreeMap, BTreeSet};

use crate::dictionary::{Dictionary, FieldId, FieldKind};
use crate::header::Header;
use crate::table::{Cell, DateSystem, Row, Sheet, a1};
use crate::values::date::{Evidence, Order};
use crate::values::number::Separators;
use crate::values::unit::{self, Measures, Unit};

mod cell;
mod postal;
mod problem;
mod rule;

pub use problem::{Example, Problem};
pub use rule::Rule;

use problem::Ledger;

/// What is taken for granted where the table is silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// Country of places without one: ISO 3166-1 alpha-2.
    pub country: String,
    /// How 03/04/2026 is read when no cell of the column decides it.
    pub date_order: Order,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { country: "IN".to_owned(), date_order: Order::DayFirst }
    }
}

/// Which repairs are applied: the recommended ones and those accepted, without those declined. All by problem id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// Repairs to apply although they are not recommended.
    pub accepted: BTreeSet<String>,
    /// Repairs not to apply although they are recommended.
    pub declined: BTreeSet<String>,
}

/// One row, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The row's number as a spreadsheet shows it.
    pub number: u32,
    /// Values by field; fields without one are left out.
    pub values: BTreeMap<FieldId, String>,
    /// Why the row is a reject; empty when it is not.
    pub reasons: Vec<Reason>,
}

/// One reason why a row is a reject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// A1 position of the cell; of the row's first cell when a value is missing.
    pub at: String,
    /// Id of the problem that it belongs to.
    pub problem: String,
    /// What is wrong, in words.
    pub text: String,
}

/// What one column is and how its cells are read.
#[derive(Debug, Clone)]
struct Column {
    column: u16,
    field: FieldId,
    kind: FieldKind,
    label: String,
    name: String,
    reading: Reading,
}

/// The decisions that a column's cells took together.
#[derive(Debug, Clone, Default)]
struct Reading {
    comma_is_decimal: bool,
    dates: Evidence,
    unit: Option<Unit>,
    /// Full postal codes of the column, for those that lost a digit.
    codes: postal::Codes,
}

/// Reads the rows of one sheet.
#[derive(Debug)]
pub struct Checker<'a> {
    columns: Vec<Column>,
    dictionary: &'a Dictionary,
    defaults: &'a Defaults,
    chosen: &'a Chosen,
    date_system: DateSystem,
    ledger: Ledger,
}

impl<'a> Checker<'a> {
    /// Looks at the mapped columns of a sheet below its header.
    #[must_use]
    pub fn new(
        sheet: &Sheet,
        header: &Header,
        mapping: &BTreeMap<u16, FieldId>,
        dictionary: &'a Dictionary,
        defaults: &'a Defaults,
        chosen: &'a Chosen,
    ) -> Self {
        let columns = mapping.iter().filter_map(|(column, id)| {
            let field = dictionary.field(*id)?;
            let text = header.columns.iter().find(|own| own.column == *column);
            let text = text.map_or("", |own| own.text.as_str());
            Some(Column {
                column: *column,
                field: *id,
                kind: field.kind,
                label: field.label.clone(),
                name: field.name.clone(),
                reading: Reading {
                    unit: match field.kind {
                        FieldKind::Weight => unit::in_header(text, Measures::Weight),
                        FieldKind::Volume => unit::in_header(text, Measures::Volume),
                        _ => None,
                    },
                    ..Reading::default()
                },
            })
        });
        let mut columns: Vec<Column> = columns.collect();
        let cities: BTreeMap<String, u16> =
            columns.iter().map(|column| (column.name.clone(), column.column)).collect();
        for column in &mut columns {
            let city = column.name.replace("postal_code", "city");
            look(column, cities.get(&city).copied(), sheet, header);
        }
        Self {
            columns,
            dictionary,
            defaults,
            chosen,
            date_system: sheet.date_system,
            ledger: Ledger::default(),
        }
    }

    /// Reads one row.
    pub fn row(&mut self, row: &Row) -> Record {
        let mut record =
            Record { number: row.number(), values: BTreeMap::new(), reasons: Vec::new() };
        let read: Vec<cell::Read> = {
            let context = self.context(row);
            let cell = |column: &Column| row.cell(column.column);
            let columns = self.columns.iter();
            columns
                .map(|column| {
                    cell(column).map_or_else(cell::Read::default, |cell| {
                        cell::read(&cell, column, &context)
                    })
                })
                .collect()
        };
        for (column, read) in self.columns.iter().zip(read) {
            let Some(cell) = row.cell(column.column) else { continue };
            let at = a1(row.number(), column.column);
            let mut unrepaired = false;
            for rule in &read.rules {
                let fixed = read.value.as_deref();
                let chosen = self.chosen.has(&rule.id(&column.name), *rule, fixed.is_some());
                let entry = problem::Entry {
                    column,
                    rule: *rule,
                    number: row.number(),
                    before: cell.text,
                    after: fixed,
                    chosen,
                };
                self.ledger.saw(entry);
                if !chosen {
                    unrepaired = true;
                    record.reasons.push(Reason {
                        at: at.clone(),
                        problem: rule.id(&column.name),
                        text: rule.sentence(&column.label, cell.text),
                    });
                }
            }
            if !unrepaired && let Some(value) = read.value.filter(|value| !value.is_empty()) {
                // Of two columns for one field the left one with a value counts.
                record.values.entry(column.field).or_insert(value);
            }
        }
        self.missing(row, &mut record);
        record
    }

    /// What was wrong in the rows so far, the most frequent first.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.ledger.problems()
    }

    /// What other cells of the row say about how a cell is read.
    fn context(&self, row: &Row) -> cell::Context<'_> {
        let text_of = |name: &str| {
            let column = self.columns.iter().find(|column| column.name == name)?;
            row.cell(column.column).map(|cell: Cell<'_>| cell.text.trim().to_owned())
        };
        let country = |side: &str| {
            text_of(&format!("{side}_country"))
                .and_then(|text| postal::country(&text))
                .unwrap_or_else(|| self.defaults.country.clone())
        };
        cell::Context {
            pickup: cell::Side { country: country("pickup"), city: text_of("pickup_city") },
            delivery: cell::Side { country: country("delivery"), city: text_of("delivery_city") },
            weight_unit: text_of("weight_unit").as_deref().and_then(unit::named),
            volume_unit: text_of("volume_unit").as_deref().and_then(unit::named),
            date_system: self.date_system,
            defaults: self.defaults,
        }
    }

    /// Needs that neither a value nor an unrepaired cell of this row stands for.
    fn missing(&mut self, row: &Row, record: &mut Record) {
        let mut present: Vec<FieldId> = record.values.keys().copied().collect();
        let failed = self.columns.iter().filter(|column| {
            record.reasons.iter().any(|reason| reason.at == a1(row.number(), column.column))
        });
        present.extend(failed.map(|column| column.field));
        for labels in self.dictionary.missing(&present) {
            let Some(column) = self.columns.iter().find(|column| labels.contains(&column.label))
            else {
                continue;
            };
            let rule = Rule::Missing;
            let entry = problem::Entry {
                column,
                rule,
                number: row.number(),
                before: "",
                after: None,
                chosen: false,
            };
            self.ledger.saw(entry);
            record.reasons.push(Reason {
                at: a1(row.number(), column.column),
                problem: rule.id(&column.name),
                text: rule.sentence(&labels, ""),
            });
        }
    }
}

impl Chosen {
    fn has(&self, id: &str, rule: Rule, fixable: bool) -> bool {
        fixable && !self.declined.contains(id) && (rule.recommended() || self.accepted.contains(id))
    }
}

/// The evidence of a whole column.
///
/// `city` is the column with the cities of a postal code's side.
fn look(column: &mut Column, city: Option<u16>, sheet: &Sheet, header: &Header) {
    let mut separators = Separators::default();
    for row in sheet.rows.iter().skip(header.index.saturating_add(1)) {
        let Some(cell) = row.cell(column.column) else { continue };
        if column.kind == FieldKind::PostalCode {
            let city = city.and_then(|city| row.cell(city)).map_or("", |city| city.text);
            column.reading.codes.saw(cell.text, city);
            continue;
        }
        // Numbers and dates of a workbook are typed; only text has to be understood.
        if cell.kind != crate::table::Kind::Text {
            continue;
        }
        let cleaned = crate::values::text::clean(cell.text, true);
        match column.kind {
            FieldKind::Date => column.reading.dates.saw(&cleaned.text),
            FieldKind::Count
            | FieldKind::Number
            | FieldKind::Weight
            | FieldKind::Volume
            | FieldKind::Money => separators.saw(&cleaned.text),
            _ => {}
        }
    }
    column.reading.comma_is_decimal = separators.comma_is_decimal();
}
