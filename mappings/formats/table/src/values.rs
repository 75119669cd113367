//! What the text of a cell means, for each kind of field.
//!
//! Every reader returns the value in one spelling (plain decimals, ISO dates, kilograms) together with the fixes that
//! were needed to get there, or the reason why there is none.

pub mod date;
pub mod decimal;
pub mod number;
pub mod text;
pub mod unit;
