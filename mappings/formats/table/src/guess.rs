//! Which field each column is: by its header's words, held against what its cells look like.

use std::collections::BTreeMap;

use crate::dictionary::{Alias, Dictionary, FieldId, FieldKind};
use crate::header::{self, Header};
use crate::table::{Cell, Kind, Sheet};
use crate::values::{date, number, unit};
use crate::words;

/// Below this a column is left to the user.
const SCORE_MIN: u8 = 70;
/// What a left-out side costs: any header that names its side goes before it.
const SIDE_LEFT_OUT: u8 = 15;
/// What cells that do not look like the field cost.
const CELLS_DIFFER: u8 = 31;
/// Cells of a column that are looked at.
const SAMPLE: usize = 50;

/// Columns to fields, remembered from an earlier import of the same tenant: header key to field name; an empty name
/// means that the column was left out.
pub type Remembered = BTreeMap<String, String>;

/// What was guessed for a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guesses {
    /// One for each column of the header.
    pub columns: Vec<Guess>,
    /// Fields that several columns claim equally; none of them has it until somebody chooses.
    pub contested: Vec<Contest>,
}

/// The guess for one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// Column from 0.
    pub column: u16,
    /// Its header.
    pub header: String,
    /// The field; `None` leaves the column out.
    pub field: Option<FieldId>,
    /// How sure, of 100; of the best candidate when `field` is `None`.
    pub score: u8,
    /// Why.
    pub reason: Reason,
    /// Other fields that it could be, best first.
    pub rivals: Vec<(FieldId, u8)>,
}

/// Why a guess is what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The header is known.
    Known,
    /// The header shares most of its words with a known one.
    Similar {
        /// That one.
        to: String,
    },
    /// The header is known and does not say whether the pickup or the delivery is meant.
    SideAssumed,
    /// The tenant mapped a column with this header before.
    Remembered,
    /// The header speaks for the field; the cells do not look like it.
    CellsDiffer,
    /// Another column with the same claim has the field, or must be chosen against.
    Taken,
    /// No field has such a header.
    Unknown,
}

/// A field that several columns claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// The field.
    pub field: FieldId,
    /// The columns, from the left.
    pub columns: Vec<u16>,
}

struct Candidate {
    field: FieldId,
    score: u8,
    reason: Reason,
}

/// Guesses the field of each column.
#[must_use]
pub fn guess(
    sheet: &Sheet,
    header: &Header,
    dictionary: &Dictionary,
    remembered: &Remembered,
) -> Guesses {
    let mut left: Vec<(u16, &str, Vec<Candidate>)> = header
        .columns
        .iter()
        .map(|column| {
            let mut found = match recall(&column.text, dictionary, remembered) {
                Some(known) => known,
                None => candidates(&column.text, dictionary),
            };
            for candidate in &mut found {
                weigh(candidate, sheet, header, column.column, dictionary);
            }
            found.sort_by_key(|candidate| (core::cmp::Reverse(candidate.score), candidate.field));
            (column.column, column.text.as_str(), found)
        })
        .collect();
    let mut taken: BTreeMap<FieldId, u16> = BTreeMap::new();
    let mut contested: BTreeMap<FieldId, Vec<u16>> = BTreeMap::new();
    let mut decided: BTreeMap<u16, Option<(FieldId, u8)>> = BTreeMap::new();
    // Round by round the strongest open claim is settled; a column that loses one goes on with its next candidate.
    loop {
        let open = left.iter().filter(|(column, ..)| !decided.contains_key(column));
        let claims = open.filter_map(|(column, _, found)| {
            let free = |candidate: &&Candidate| {
                candidate.score >= SCORE_MIN
                    && !taken.contains_key(&candidate.field)
                    && !contested.contains_key(&candidate.field)
            };
            found.iter().find(free).map(|candidate| (candidate.score, candidate.field, *column))
        });
        let claims: Vec<(u8, FieldId, u16)> = claims.collect();
        let strongest =
            claims.iter().max_by_key(|(score, field, _)| (*score, core::cmp::Reverse(*field)));
        let Some((score, field, _)) = strongest.copied() else { break };
        let equal: Vec<u16> = claims
            .iter()
            .filter(|(own, claimed, _)| *own == score && *claimed == field)
            .map(|(_, _, column)| *column)
            .collect();
        if let [column] = equal.as_slice() {
            taken.insert(field, *column);
            decided.insert(*column, Some((field, score)));
        } else {
            decided.extend(equal.iter().map(|column| (*column, None)));
            contested.insert(field, equal);
        }
    }
    let columns = left.drain(..).map(|(column, text, found)| {
        finish(column, text, found, decided.get(&column).copied().flatten())
    });
    Guesses {
        columns: columns.collect(),
        contested: contested
            .into_iter()
            .map(|(field, columns)| Contest { field, columns })
            .collect(),
    }
}

fn finish(
    column: u16,
    header: &str,
    found: Vec<Candidate>,
    decided: Option<(FieldId, u8)>,
) -> Guess {
    let field = decided.map(|(field, _)| field);
    let rivals = found
        .iter()
        .filter(|candidate| Some(candidate.field) != field && candidate.score > 0)
        .map(|candidate| (candidate.field, candidate.score))
        .take(3)
        .collect();
    let own = found.iter().find(|candidate| Some(candidate.field) == field);
    let (score, reason) = match (own, found.first()) {
        (Some(own), _) => (own.score, own.reason.clone()),
        (None, Some(best)) if best.score >= SCORE_MIN => (best.score, Reason::Taken),
        (None, Some(best)) if best.reason == Reason::CellsDiffer => {
            (best.score, Reason::CellsDiffer)
        }
        (None, best) => (best.map_or(0, |best| best.score), Reason::Unknown),
    };
    Guess { column, header: header.to_owned(), field, score, reason, rivals }
}

/// What the tenant chose for this header before; an empty list means "leave it out".
fn recall(text: &str, dictionary: &Dictionary, remembered: &Remembered) -> Option<Vec<Candidate>> {
    let name = remembered.get(&header::key(text))?;
    if name.is_empty() {
        return Some(Vec::new());
    }
    // A field that the dictionary lost since is guessed anew.
    let field = dictionary.find(name)?;
    Some(vec![Candidate { field, score: 100, reason: Reason::Remembered }])
}

/// The score of the best candidate for a header, when it is good enough to be taken.
pub(crate) fn best_score(text: &str, dictionary: &Dictionary) -> Option<u8> {
    let best = candidates(text, dictionary).into_iter().map(|candidate| candidate.score).max();
    best.filter(|score| *score >= SCORE_MIN)
}

fn candidates(text: &str, dictionary: &Dictionary) -> Vec<Candidate> {
    let words = dictionary.words_of(text);
    // A header of many words is a sentence; it is compared by its first ones.
    let words = words.get(..12).unwrap_or(&words);
    let without_units: Vec<String> =
        words.iter().filter(|word| !unit::is_unit(word)).cloned().collect();
    let forms = [(words.concat(), words), (without_units.concat(), without_units.as_slice())];
    let mut best: BTreeMap<FieldId, Candidate> = BTreeMap::new();
    for alias in &dictionary.aliases {
        let similarities = forms.iter().map(|(joined, words)| similarity(joined, words, alias));
        let score = similarities.max().unwrap_or(0);
        let cost = if alias.side_left_out { SIDE_LEFT_OUT } else { 0 };
        let score = score.saturating_sub(cost);
        if score < 40 || best.get(&alias.field).is_some_and(|own| own.score >= score) {
            continue;
        }
        let reason = reason(score, alias);
        best.insert(alias.field, Candidate { field: alias.field, score, reason });
    }
    best.into_values().collect()
}

fn reason(score: u8, alias: &Alias) -> Reason {
    match score {
        100 => Reason::Known,
        85 if alias.side_left_out => Reason::SideAssumed,
        _ => Reason::Similar { to: alias.words.join(" ") },
    }
}

/// Twice the shared words over all words, of 100; 100 only for the same letters.
fn similarity(joined: &str, a: &[String], alias: &Alias) -> u8 {
    let b = &alias.words;
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    // "Pincode" and "Pin code" are the same letters.
    if joined == alias.joined {
        return 100;
    }
    let mut left: Vec<&String> = b.iter().collect();
    let mut shared = 0_usize;
    for word in a {
        let same = |own: &&String| *own == word || words::nearly_equal(own, word);
        if let Some(at) = left.iter().position(same) {
            left.remove(at);
            shared = shared.saturating_add(1);
        }
    }
    let all = a.len().saturating_add(b.len());
    let percent = shared.saturating_mul(200).checked_div(all).unwrap_or(0);
    u8::try_from(Ord::min(percent, 94)).unwrap_or(0)
}

/// Holds a candidate against the column's cells.
fn weigh(
    candidate: &mut Candidate,
    sheet: &Sheet,
    header: &Header,
    column: u16,
    dictionary: &Dictionary,
) {
    let Some(field) = dictionary.field(candidate.field) else { return };
    let data = sheet.rows.iter().skip(header.index.saturating_add(1));
    let cells: Vec<Cell<'_>> = data.filter_map(|row| row.cell(column)).take(SAMPLE).collect();
    let fitting = cells.iter().filter(|cell| looks_like(field.kind, cell)).count();
    if !cells.is_empty() && fitting.saturating_mul(2) < cells.len() {
        candidate.score = candidate.score.saturating_sub(CELLS_DIFFER);
        candidate.reason = Reason::CellsDiffer;
    }
}

fn looks_like(kind: FieldKind, cell: &Cell<'_>) -> bool {
    let digits = || cell.text.chars().map(words::plain).filter(char::is_ascii_digit).count();
    match kind {
        FieldKind::Text | FieldKind::Country | FieldKind::Identifier | FieldKind::Unit => {
            cell.kind != Kind::Bool
        }
        FieldKind::Date => {
            cell.kind == Kind::Date || cell.kind == Kind::Number || date::looks_like(cell.text)
        }
        FieldKind::PostalCode => (3..=9).contains(&digits()) && cell.kind != Kind::Date,
        FieldKind::Count
        | FieldKind::Number
        | FieldKind::Weight
        | FieldKind::Volume
        | FieldKind::Money => {
            cell.kind == Kind::Number || cell.kind == Kind::Text && number::looks_like(cell.text)
        }
    }
}

impl Guesses {
    /// The mapping that the guesses amount to.
    #[must_use]
    pub fn mapping(&self) -> BTreeMap<u16, FieldId> {
        self.columns.iter().filter_map(|guess| Some((guess.column, guess.field?))).collect()
    }
}
