//! Merged areas: the value of the first cell is given to every other cell of the area that lies in a row with content.
//!
//! A consignor merged over five rows is the consignor of five orders. A title merged over a header's columns is the
//! title of each of them.

use std::collections::BTreeMap;

use super::gather::Budget;
use super::too_much;
use crate::refused::Refused;
use crate::table::{Cell, Row};

/// A merged area: rows from 1, columns from 0, both ends inside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) first_row: u32,
    pub(super) last_row: u32,
    pub(super) first_column: u16,
    pub(super) last_column: u16,
}

/// Repeats the values of merged areas; returns the rows and how many areas had a value.
pub(super) fn fill(
    rows: Vec<Row>,
    areas: &[Area],
    sheet: &str,
    budget: &mut Budget<'_>,
) -> Result<(Vec<Row>, u64), Refused> {
    if areas.len() > budget.limits.merges_max {
        let at = format!("in sheet {sheet:?}");
        return Err(too_much("merged areas", at, budget.limits.merges_max));
    }
    // The rightmost column with content bounds an area that is merged to the end of the sheet.
    let width = rows.iter().filter_map(|row| row.cells().last()).map(|cell| cell.column).max();
    let width = width.unwrap_or(0);
    let mut wanted: BTreeMap<usize, BTreeMap<u16, usize>> = BTreeMap::new();
    let mut sources: Vec<(String, crate::table::Kind, bool)> = Vec::new();
    for area in areas {
        let at = rows.binary_search_by_key(&area.first_row, Row::number);
        let Some(source) = at.ok().and_then(|at| rows.get(at)?.cell(area.first_column)) else {
            continue;
        };
        let source_index = sources.len();
        sources.push((source.text.to_owned(), source.kind, source.formula));
        let from = rows.partition_point(|row| row.number() < area.first_row);
        let to = rows.partition_point(|row| row.number() <= area.last_row);
        let columns =
            area.first_column..=Ord::min(area.last_column, Ord::max(width, area.first_column));
        budget.take(to.saturating_sub(from).saturating_mul(columns.len()))?;
        for index in from..to {
            let row = wanted.entry(index).or_default();
            row.extend(columns.clone().map(|column| (column, source_index)));
        }
    }
    let areas = u64::try_from(sources.len()).unwrap_or(u64::MAX);
    let filled = rows.into_iter().enumerate().map(|(index, row)| match wanted.get(&index) {
        Some(wanted) => rebuilt(&row, wanted, &sources),
        None => row,
    });
    Ok((filled.collect(), areas))
}

fn rebuilt(
    row: &Row,
    wanted: &BTreeMap<u16, usize>,
    sources: &[(String, crate::table::Kind, bool)],
) -> Row {
    let mut cells: BTreeMap<u16, Cell<'_>> = BTreeMap::new();
    for (column, source) in wanted {
        if let Some((text, kind, formula)) = sources.get(*source) {
            let cell = Cell { column: *column, text, kind: *kind, formula: *formula, merged: true };
            cells.insert(*column, cell);
        }
    }
    // What a cell holds itself stands before what an area would give it.
    cells.extend(row.cells().map(|cell| (cell.column, cell)));
    let mut new = Row::new(row.number());
    for cell in cells.into_values() {
        // Columns of a map ascend, so no cell is out of order.
        if new.push(cell).is_err() {
            return row.clone();
        }
    }
    new
}
