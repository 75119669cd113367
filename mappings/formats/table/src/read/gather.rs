//! Rows as they arrive from a reader: caps are checked here, once for all formats.

use super::too_much;
use crate::limits::Limits;
use crate::refused::Refused;
use crate::table::{Cell, Row, a1};

/// What all sheets of a file may still take.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    pub(super) limits: &'a Limits,
    cells_left: usize,
}

impl<'a> Budget<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, cells_left: limits.cells_max }
    }

    /// Takes `cells` from the budget.
    pub(super) fn take(&mut self, cells: usize) -> Result<(), Refused> {
        self.cells_left = self
            .cells_left
            .checked_sub(cells)
            .ok_or_else(|| too_much("cells with content", "in the file", self.limits.cells_max))?;
        Ok(())
    }
}

/// The rows of one sheet under construction.
#[derive(Debug)]
pub(super) struct Gather<'a, 'b> {
    budget: &'b mut Budget<'a>,
    place: String,
    rows: Vec<Row>,
}

impl<'a, 'b> Gather<'a, 'b> {
    /// `place` is named in refusals: `in sheet "Orders"`.
    pub(super) fn new(budget: &'b mut Budget<'a>, place: String) -> Self {
        Self { budget, place, rows: Vec::new() }
    }

    /// Adds a cell; cells come row by row from the left. `number` counts from 1.
    pub(super) fn push(&mut self, number: u32, cell: Cell<'_>) -> Result<(), Refused> {
        if cell.text.is_empty() {
            return Ok(());
        }
        let limits = self.budget.limits;
        if cell.column >= limits.columns_max {
            return Err(too_much("columns", self.place.as_str(), limits.columns_max.into()));
        }
        // Counting characters is only needed where the bytes alone could exceed the cap.
        if cell.text.len() > limits.cell_chars_max
            && cell.text.chars().nth(limits.cell_chars_max).is_some()
        {
            let at = format!(
                "in the cell {} {} (a quotation mark that is never closed makes such cells)",
                a1(number, cell.column),
                self.place
            );
            return Err(too_much("characters", at, limits.cell_chars_max));
        }
        self.budget.take(1)?;
        let out_of_order =
            |at: &str| Refused::Damaged { what: format!("the cell {at} is out of order") };
        match self.rows.last_mut() {
            Some(row) if row.number() == number => {
                row.push(cell).map_err(|error| out_of_order(&error.at))
            }
            Some(row) if row.number() > number => Err(out_of_order(&a1(number, cell.column))),
            _ => {
                if self.rows.len() >= limits.rows_max {
                    return Err(too_much("rows", self.place.as_str(), limits.rows_max));
                }
                let mut row = Row::new(number);
                row.push(cell).map_err(|error| out_of_order(&error.at))?;
                self.rows.push(row);
                Ok(())
            }
        }
    }

    pub(super) fn rows(self) -> Vec<Row> {
        self.rows
    }
}
