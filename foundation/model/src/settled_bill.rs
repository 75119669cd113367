//! A freight bill as it was settled: what is to be booked and paid, for the books of an ERP.

use crate::{Money, Reference};

/// What is paid for one thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SettledLine {
    /// The carrier's line number, or a count from 1.
    pub line: String,
    /// Our code: `linehaul`, `fuel`, `detention`, …; a carrier's code that has no meaning here stands behind `x12:`.
    pub code: String,
    /// Wording as sent.
    pub description: Option<String>,
    /// Amount without tax; negative for an allowance.
    pub amount: Money,
}

/// A tax of a settled bill.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SettledTax {
    /// `CGST`, `SGST`, `UTGST`, `IGST`, a section for what is withheld, or `tax` when nobody knows which one.
    pub kind: String,
    /// Per cent as decimal text, when it is known.
    pub rate: Option<String>,
    /// Amount.
    pub amount: Money,
}

/// A settled bill.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SettledBill {
    /// Our id of the bill.
    pub id: String,
    /// Our control number for the outgoing message; unique for the connection, at most 999,999,999.
    pub control_number: u32,
    /// Our id of the hand-over that it was part of.
    pub hand_over: String,
    /// Who is paid: SCAC, or the party's code where it has none.
    pub carrier: String,
    /// The carrier's number of the bill.
    pub number: String,
    /// The bill's day, `YYYY-MM-DD`.
    pub billed_on: Option<String>,
    /// The day of the hand-over, `YYYY-MM-DD`.
    pub settled_on: String,
    /// Numbers of what was carried.
    pub references: Vec<Reference>,
    /// What is paid for, without tax.
    pub lines: Vec<SettledLine>,
    /// Taxes on the bill; with the lines they make `total`.
    pub taxes: Vec<SettledTax>,
    /// Taxes that the payer owes itself; no part of `total`.
    pub reverse_charge: Vec<SettledTax>,
    /// Taxes that the payer keeps back from the carrier; no part of `total`.
    pub withheld: Vec<SettledTax>,
    /// What the bill comes to.
    pub total: Money,
    /// What the carrier gets: `total` less what is withheld.
    pub payable: Money,
    /// Everything else worth telling; names are kebab-case.
    pub attributes: Vec<(String, String)>,
}
