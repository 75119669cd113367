//! Problems as people repair them: one for each rule and column, however many rows it has.

use std::collections::BTreeMap;

use super::{Column, Rule};
use crate::dictionary::FieldId;
use crate::table::{a1, letters};

/// Examples that a problem shows.
const EXAMPLES: usize = 5;

/// The same thing wrong in the same column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable id: the field's name and the rule's, `delivery_postal_code.leading-zero`.
    pub id: String,
    /// The rule.
    pub rule: Rule,
    /// The field.
    pub field: FieldId,
    /// The column's letters.
    pub column: String,
    /// Rows that have it.
    pub rows: u64,
    /// Rows of these that have a fix.
    pub fixable: u64,
    /// Whether the fix is applied without being chosen.
    pub recommended: bool,
    /// Whether the fix was applied.
    pub applied: bool,
    /// What is wrong, in words: `312 rows: Delivery PIN code has one digit too few; …`.
    pub text: String,
    /// The first rows that have it.
    pub examples: Vec<Example>,
}

/// One cell that has the problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// A1 position.
    pub at: String,
    /// As it is in the file.
    pub before: String,
    /// As it would be after the fix; `None` when there is none.
    pub after: Option<String>,
}

/// One finding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) column: &'a Column,
    pub(super) rule: Rule,
    pub(super) number: u32,
    pub(super) before: &'a str,
    pub(super) after: Option<&'a str>,
    pub(super) chosen: bool,
}

/// All findings, grouped.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    groups: BTreeMap<(u16, Rule), Group>,
}

#[derive(Debug)]
struct Group {
    field: FieldId,
    name: String,
    label: String,
    rows: u64,
    fixable: u64,
    applied: bool,
    examples: Vec<Example>,
}

impl Ledger {
    pub(super) fn saw(&mut self, entry: Entry<'_>) {
        let column = entry.column;
        let group = self.groups.entry((column.column, entry.rule)).or_insert_with(|| Group {
            field: column.field,
            name: column.name.clone(),
            label: column.label.clone(),
            rows: 0,
            fixable: 0,
            applied: false,
            examples: Vec::new(),
        });
        group.rows = group.rows.saturating_add(1);
        group.fixable = group.fixable.saturating_add(u64::from(entry.after.is_some()));
        group.applied |= entry.chosen;
        if group.examples.len() < EXAMPLES {
            let cut = |text: &str| text.chars().take(80).collect::<String>();
            group.examples.push(Example {
                at: a1(entry.number, column.column),
                before: cut(entry.before),
                after: entry.after.map(cut),
            });
        }
    }

    /// The problems, the most frequent first, then from the left.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self
            .groups
            .iter()
            .map(|((column, rule), group)| Problem {
                id: rule.id(&group.name),
                rule: *rule,
                field: group.field,
                column: letters(*column),
                rows: group.rows,
                fixable: group.fixable,
                recommended: rule.recommended(),
                applied: group.applied,
                text: text(*rule, group),
                examples: group.examples.clone(),
            })
            .collect();
        problems.sort_by_key(|problem| core::cmp::Reverse(problem.rows));
        problems
    }
}

fn text(rule: Rule, group: &Group) -> String {
    let rows = if group.rows == 1 { "row" } else { "rows" };
    // How many digits there are says more than "too few".
    let digits = match (rule, group.examples.first()) {
        (Rule::LeadingZero | Rule::DigitMissing | Rule::DigitLost, Some(example)) => {
            let count = example.before.chars().filter(char::is_ascii_digit).count();
            let what = rule.what().strip_prefix("has one digit too few").unwrap_or_default();
            format!("has {count} digits{what}")
        }
        _ => rule.what().to_owned(),
    };
    format!("{} {rows}: {} {digits}", group.rows, group.label)
}
