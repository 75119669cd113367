//! The three-way match: what is billed, what was agreed, and whether it was delivered.
//!
//! Lines are compared by our code, several of one code together, so that neither their order nor how the carrier cut them shows.

use std::collections::{BTreeMap, BTreeSet};

use super::charge::{self, TAX};
use super::contract::Tolerance;
use super::currency::Currency;
use super::explanation::Node;
use super::rate::{FUEL, LINEHAUL, Line, sum};
use super::ratio::Ratio;

/// A bill, in its currency's smallest units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bill {
    pub(crate) currency: Currency,
    pub(crate) total: i64,
    pub(crate) lines: Vec<BilledLine>,
    /// The weight on the bill, if there is one.
    pub(crate) weight_kg: Option<Ratio>,
}

/// A charge as billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BilledLine {
    /// The carrier's line number.
    pub(crate) number: String,
    /// The carrier's code.
    pub(crate) code: Option<String>,
    pub(crate) amount: i64,
}

/// What may be billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) currency: Currency,
    pub(crate) lines: Vec<Line>,
    /// Tax that the carrier may put on the bill; none when nobody said how it is taxed.
    pub(crate) tax: Option<i64>,
    pub(crate) tolerance: Tolerance,
    pub(crate) weight_kg: Option<Ratio>,
    pub(crate) explanation: Node,
}

/// How the bill compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Outcome {
    Matched,
    WithinTolerance,
    MissingDelivery,
    Disputed,
    /// Something keeps it from being compared; the exceptions say what.
    Exception,
    Duplicate,
}

impl Outcome {
    pub(crate) const ALL: [Self; 6] = [
        Self::Matched,
        Self::WithinTolerance,
        Self::MissingDelivery,
        Self::Disputed,
        Self::Exception,
        Self::Duplicate,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::WithinTolerance => "within-tolerance",
            Self::MissingDelivery => "missing-delivery",
            Self::Disputed => "disputed",
            Self::Exception => "exception",
            Self::Duplicate => "duplicate",
        }
    }

    /// Whether it may be approved as it is.
    pub(crate) const fn is_clean(self) -> bool {
        matches!(self, Self::Matched | Self::WithinTolerance)
    }
}

/// Billed against expected, for one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) code: String,
    /// The carrier's line numbers.
    pub(crate) billed_lines: Vec<String>,
    pub(crate) expected: i64,
    pub(crate) billed: i64,
    /// Billed less expected.
    pub(crate) variance: i64,
    pub(crate) passes: bool,
    /// Why it is off, where it is: `rate`, `fuel`, `weight`, `accessorial-unlisted`, `not-billed`, `discount`, `tax`, `total`.
    pub(crate) reason: Option<&'static str>,
}

/// What keeps a bill from being settled: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exception {
    pub(crate) code: &'static str,
    pub(crate) what: String,
    /// A path into the bill: `lines`, `references`, `total`.
    pub(crate) at: &'static str,
    pub(crate) next: &'static str,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) outcome: Outcome,
    /// Which of the three there are: the bill is right in itself, it was agreed, it was delivered.
    pub(crate) ways: u8,
    pub(crate) expected_total: Option<i64>,
    /// Billed less expected.
    pub(crate) variance: Option<i64>,
    pub(crate) lines: Vec<Compared>,
    pub(crate) exceptions: Vec<Exception>,
}

/// Compares. `agreed` is what may be billed or why nobody knows; `found` are exceptions that the caller knows of already, among
/// them duplicates (their codes begin with `duplicate`).
pub(crate) fn match_bill(
    bill: &Bill,
    agreed: Result<&Expected, Exception>,
    delivered: bool,
    found: Vec<Exception>,
) -> Match {
    let mut exceptions: BTreeSet<Exception> = found.into_iter().collect();
    exceptions.extend(sums(bill));
    let adds_up = !exceptions.iter().any(|exception| exception.code == "lines-do-not-add-up");
    let mut result = Match {
        outcome: Outcome::Exception,
        ways: u8::from(adds_up).saturating_add(u8::from(delivered)),
        expected_total: None,
        variance: None,
        lines: Vec::new(),
        exceptions: Vec::new(),
    };
    let mut off = false;
    let mut exact = true;
    match agreed {
        Err(exception) => exceptions.extend([exception]),
        Ok(expected) if expected.currency != bill.currency => {
            exceptions.extend([wrong_currency(bill, expected)]);
        }
        Ok(expected) => match compare(bill, expected) {
            Some((lines, total)) => {
                let variance = bill.total.checked_sub(total);
                let total_passes = variance.is_some_and(|v| passes(&expected.tolerance, total, v));
                off = !total_passes || lines.iter().any(|line| !line.passes);
                exact = variance == Some(0) && lines.iter().all(|line| line.variance == 0);
                result.ways = result.ways.saturating_add(u8::from(!off));
                (result.expected_total, result.variance, result.lines) =
                    (Some(total), variance, lines);
            }
            None => exceptions.extend([too_large()]),
        },
    }
    result.outcome = if exceptions.iter().any(|found| found.code.starts_with("duplicate")) {
        Outcome::Duplicate
    } else if !exceptions.is_empty() {
        Outcome::Exception
    } else if off {
        Outcome::Disputed
    } else if !delivered {
        Outcome::MissingDelivery
    } else if exact {
        Outcome::Matched
    } else {
        Outcome::WithinTolerance
    };
    result.exceptions = exceptions.into_iter().collect();
    result
}

/// The exception of a bill whose lines do not make its total. It is reported, never mended.
fn sums(bill: &Bill) -> Option<Exception> {
    let lines = sum(bill.lines.iter().map(|line| line.amount));
    if bill.lines.is_empty() || lines == Some(bill.total) {
        return None;
    }
    let text =
        |minor: Option<i64>| minor.map_or("too much".to_owned(), |minor| bill.currency.text(minor));
    let (lines, total) = (text(lines), text(Some(bill.total)));
    Some(Exception {
        code: "lines-do-not-add-up",
        what: format!("the lines come to {lines} {}, the total says {total}", bill.currency),
        at: "total",
        next: "dispute it and ask the carrier for a corrected bill",
    })
}

fn wrong_currency(bill: &Bill, expected: &Expected) -> Exception {
    Exception {
        code: "wrong-currency",
        what: format!("billed in {}, agreed in {}", bill.currency, expected.currency),
        at: "total",
        next: "dispute it and ask for a bill in the contract's currency; amounts are never converted here",
    }
}

fn too_large() -> Exception {
    Exception {
        code: "amount-too-large",
        what: "the amounts are larger than can be reckoned".to_owned(),
        at: "lines",
        next: "ask the carrier for a corrected bill",
    }
}

/// What is expected and billed under a code, and the carrier's line numbers.
type Row = (i64, i64, Vec<String>);

/// The code under which a bill without lines is compared.
const TOTAL: &str = "total";

/// Every code that is billed or expected, in the codes' order, and the sum expected.
fn compare(bill: &Bill, expected: &Expected) -> Option<(Vec<Compared>, i64)> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let own: BTreeMap<String, &str> = expected
        .lines
        .iter()
        .flat_map(|line| {
            line.bill_codes.iter().map(|code| (code.to_uppercase(), line.code.as_str()))
        })
        .collect();
    for line in &expected.lines {
        let row = rows.entry(line.code.clone()).or_default();
        row.0 = row.0.checked_add(line.amount)?;
    }
    if let Some(tax) = expected.tax.filter(|tax| *tax != 0) {
        let row = rows.entry(TAX.to_owned()).or_default();
        row.0 = row.0.checked_add(tax)?;
    }
    for line in &bill.lines {
        let theirs = line.code.as_deref().map(|code| code.trim().to_uppercase());
        let ours = theirs.and_then(|code| own.get(&code).map(|code| (*code).to_owned()));
        let row =
            rows.entry(ours.unwrap_or_else(|| charge::meaning(line.code.as_deref()))).or_default();
        row.1 = row.1.checked_add(line.amount)?;
        row.2.push(line.number.clone());
    }
    let total = sum(rows.values().map(|row| row.0))?;
    if bill.lines.is_empty() {
        // A bill without lines is compared by its total alone.
        rows = BTreeMap::from([(TOTAL.to_owned(), (total, bill.total, Vec::new()))]);
    }
    let compared = |(code, (expected_amount, billed, mut billed_lines)): (String, Row)| {
        billed_lines.sort();
        let variance = billed.checked_sub(expected_amount)?;
        let passes = passes(&expected.tolerance, expected_amount, variance);
        let reason = (!passes).then(|| reason(&code, expected_amount, billed, bill, expected));
        let expected = expected_amount;
        Some(Compared { code, billed_lines, expected, billed, variance, passes, reason })
    };
    let lines = rows.into_iter().map(compared).collect::<Option<Vec<_>>>()?;
    Some((lines, total))
}

/// Whether a variance is within the absolute or the relative tolerance.
fn passes(tolerance: &Tolerance, expected: i64, variance: i64) -> bool {
    let off = i128::from(variance).abs();
    let relative = tolerance
        .percent
        .mul(Ratio::whole(i128::from(expected).abs()))
        .and_then(|allowed| allowed.div(Ratio::whole(100)));
    off <= i128::from(tolerance.absolute)
        || relative.is_some_and(|allowed| Ratio::whole(off) <= allowed)
}

fn reason(code: &str, expected: i64, billed: i64, bill: &Bill, agreed: &Expected) -> &'static str {
    match code {
        _ if billed == 0 => "not-billed",
        TOTAL => "total",
        TAX => "tax",
        FUEL => "fuel",
        LINEHAUL => match (bill.weight_kg, agreed.weight_kg) {
            (Some(theirs), Some(ours)) if theirs != ours => "weight",
            _ => "rate",
        },
        "discount" => "discount",
        _ if expected == 0 => "accessorial-unlisted",
        _ => "accessorial",
    }
}

#[cfg(test)]
mod tests;
