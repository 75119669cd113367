//! Rating: a shipment's facts and the contracts as of a moment give lines, their sum and the reasons.
//!
//! Deterministic: neither the order of contracts, lanes or facts shows, nor the moment of asking; what was published after
//! `as_of_ms` does not exist.

mod accessorial;
mod fuel;
mod linehaul;
mod tariff;

#[cfg(test)]
mod tests;

use caravan_model::Words;
use uuid::Uuid;

use super::currency::Currency;
use super::explanation::{Node, Source};
use super::facts::Facts;

pub(crate) use tariff::Tariff;

/// The code of the carriage itself.
pub(crate) const LINEHAUL: &str = "linehaul";
/// The code of the fuel surcharge.
pub(crate) const FUEL: &str = "fuel";

/// What a shipment costs by contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rated {
    pub(crate) contract: Uuid,
    pub(crate) version: u32,
    pub(crate) currency: Currency,
    pub(crate) lines: Vec<Line>,
    /// Sum of the lines, in smallest units.
    pub(crate) total: i64,
    /// What was asked for and has no price in the contract.
    pub(crate) unpriced: Vec<String>,
    pub(crate) explanation: Node,
}

/// One charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// [`LINEHAUL`], [`FUEL`] or an accessorial's code.
    pub(crate) code: String,
    /// In smallest units; negative for a discount.
    pub(crate) amount: i64,
    /// Codes by which the carrier may bill it.
    pub(crate) bill_codes: Vec<String>,
}

/// Why a shipment cannot be rated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unrated {
    #[error("no contract with {carrier} holds for {ship_date}")]
    NoContract { carrier: String, ship_date: String },
    #[error("no lane of the contracts with {carrier} leads from {origin} to {destination}")]
    NoLane { carrier: String, origin: String, destination: String },
    #[error("line {line} of the contract asks for the shipment's {fact}, which is not known")]
    MissingFact { line: u32, fact: &'static str },
    #[error("line {line} of the contract has no slab for {weight} kg")]
    NoSlab { line: u32, weight: String },
    #[error("the fuel index {index} has no value on {date}")]
    NoIndex { index: String, date: String },
    #[error("an amount is larger than can be reckoned")]
    Overflow,
}

impl Unrated {
    /// Its stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NoContract { .. } => "no-contract",
            Self::NoLane { .. } => "no-lane",
            Self::MissingFact { .. } => "fact-missing",
            Self::NoSlab { .. } => "no-slab",
            Self::NoIndex { .. } => "no-fuel-index",
            Self::Overflow => "amount-too-large",
        }
    }

    /// What to do about it.
    pub(crate) const fn next(&self) -> &'static str {
        match self {
            Self::NoContract { .. } => {
                "publish a rate contract with this carrier that holds for that day"
            }
            Self::NoLane { .. } => "add the lane in a new version of the contract",
            Self::MissingFact { .. } => "complete the order with the missing fact",
            Self::NoSlab { .. } => {
                "give the lane an open-ended slab in a new version of the contract"
            }
            Self::NoIndex { .. } => "record the index's value for that day",
            Self::Overflow => "check the contract's rates and the order's quantities",
        }
    }
}

/// Rates a shipment by what was known at `as_of_ms`.
pub(crate) fn rate(facts: &Facts, tariff: &Tariff, as_of_ms: i64) -> Result<Rated, Unrated> {
    let (contract, lane) = tariff.choose(facts, as_of_ms)?;
    let source = |line| Source::Contract { id: contract.id, version: contract.version, line };
    let mut lines = Vec::new();
    let mut children = Vec::new();
    let mut add = |code: &str, bill_codes: &[String], node: Node| {
        let amount = node.amount.unwrap_or_default();
        lines.push(Line { code: code.to_owned(), amount, bill_codes: bill_codes.to_vec() });
        children.push(Node { code: Some(code.to_owned()), ..node });
    };
    let linehaul = linehaul::linehaul(facts, contract, lane, source(Some(lane.line)))?;
    let carriage = linehaul.amount.unwrap_or_default();
    add(LINEHAUL, &[], linehaul);
    if let Some(terms) = &contract.fuel {
        let index = tariff.index(&terms.index, facts.ship_date, as_of_ms);
        add(FUEL, &[], fuel::fuel(facts, contract, terms, index, carriage)?);
    }
    for terms in &contract.accessorials {
        let from = source(Some(terms.line));
        if let Some(node) = accessorial::accessorial(facts, contract, terms, carriage, from)? {
            add(&terms.code, &terms.bill_codes, node);
        }
    }
    let unpriced = accessorial::unpriced(facts, contract);
    children.extend(unpriced.iter().map(|code| {
        let code = [("code", code.clone())];
        let words =
            Words::new("unpriced", "{code} was asked for and has no price in the contract", code);
        Node::note(words, None)
    }));
    let total = sum(lines.iter().map(|line| line.amount)).ok_or(Unrated::Overflow)?;
    let explanation = Node {
        code: None,
        rule: Words::new(
            "contract",
            "{name} version {version}, shipped {date}",
            [
                ("name", contract.name.clone()),
                ("version", contract.version.to_string()),
                ("date", facts.ship_date.to_string()),
            ],
        ),
        source: Some(source(None)),
        arithmetic: None,
        amount: Some(total),
        children,
    };
    let (id, version, currency) = (contract.id, contract.version, contract.currency);
    Ok(Rated { contract: id, version, currency, lines, total, unpriced, explanation })
}

/// The sum, if an `i64` holds it.
pub(crate) fn sum(amounts: impl IntoIterator<Item = i64>) -> Option<i64> {
    amounts.into_iter().try_fold(0_i64, i64::checked_add)
}
