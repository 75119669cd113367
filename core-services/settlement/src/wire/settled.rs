//! What a hand-over tells of a bill: by which numbers it is known, what is paid for, and which taxes there are.
//!
//! WHEN CHANGING THIS: it is part of a written event, and taxes are stored; add fields, never rename them.

use serde::{Deserialize, Serialize};

use super::amount;
use super::invoice::ReferenceIn;
use crate::bill::Bill;
use crate::domain::charge::{self, TAX};
use crate::domain::rate::LINEHAUL;
use crate::store::approvals::Decided;

/// Most numbers that are told of one bill.
const REFERENCES_MAX: usize = 50;

/// On whose side a tax is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Side {
    /// On the carrier's bill.
    Billed,
    /// Owed by us under reverse charge.
    ReverseCharge,
    /// Kept back from the carrier.
    Withheld,
}

/// A tax of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaxShare {
    pub(crate) side: Side,
    /// `CGST`, `SGST`, `UTGST`, `IGST`, the section of what is withheld, or `tax` when the bill does not say which one.
    pub(crate) kind: String,
    /// Per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rate: Option<String>,
    pub(crate) amount: String,
}

/// What is paid for one thing, without tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct SettledLine {
    line: String,
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    amount: String,
}

/// A bill's content in `caravan.freight-invoice.settled`; amounts are in the bill's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Settled {
    references: Vec<ReferenceIn>,
    lines: Vec<SettledLine>,
    taxes: Vec<TaxShare>,
}

impl Settled {
    /// The bill as it was decided on; `shipments` are the numbers by which we know what was carried.
    ///
    /// # Errors
    /// When stored taxes no longer read.
    pub(crate) fn new(
        bill: &Bill,
        decided: &Decided,
        shipments: &[(String, String)],
    ) -> Result<Self, serde_json::Error> {
        let currency = bill.amounts.currency;
        let mut references: Vec<ReferenceIn> = Vec::new();
        for (kind, value) in bill.references.iter().chain(shipments) {
            let reference = ReferenceIn { kind: kind.clone(), value: value.clone() };
            if references.len() < REFERENCES_MAX && !references.contains(&reference) {
                references.push(reference);
            }
        }
        let mut lines: Vec<SettledLine> = bill
            .amounts
            .lines
            .iter()
            .zip(&bill.descriptions)
            .map(|(line, description)| SettledLine {
                line: line.number.clone(),
                code: charge::meaning(line.code.as_deref()),
                description: description.clone(),
                amount: currency.text(line.amount),
            })
            .filter(|line| line.code != TAX)
            .collect();
        if lines.is_empty() {
            // A bill that is only a total is for the carriage.
            let amount = currency.text(decided.freight);
            let (line, code) = ("1".to_owned(), LINEHAUL.to_owned());
            lines.push(SettledLine { line, code, description: None, amount });
        }
        Ok(Self { references, lines, taxes: serde_json::from_str(&decided.taxes)? })
    }
}

/// What was decided of a settled bill: sums, and who is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SettledApproval {
    carrier: String,
    freight: String,
    tax_forward: String,
    tax_reverse: String,
    deducted: String,
    /// What the carrier gets.
    payable: String,
}

impl SettledApproval {
    pub(crate) fn new(currency: &str, decided: &Decided) -> Self {
        let text = |minor| amount(currency, minor);
        Self {
            carrier: decided.carrier.clone(),
            freight: text(decided.freight),
            tax_forward: text(decided.tax_forward),
            tax_reverse: text(decided.tax_reverse),
            deducted: text(decided.deducted),
            payable: text(decided.payable()),
        }
    }
}
