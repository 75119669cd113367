//! The fuel surcharge: the index of the day of shipment gives the percentage of the linehaul.

use caravan_model::Words;

use super::Unrated;
use crate::domain::contract::{Contract, Fuel, IndexValue};
use crate::domain::explanation::{Node, Source};
use crate::domain::facts::Facts;
use crate::domain::ratio::Ratio;

pub(super) fn fuel(
    facts: &Facts,
    contract: &Contract,
    terms: &Fuel,
    index: Option<&IndexValue>,
    carriage: i64,
) -> Result<Node, Unrated> {
    let none =
        || Unrated::NoIndex { index: terms.index.clone(), date: facts.ship_date.to_string() };
    let index = index.ok_or_else(none)?;
    let reached = terms.steps.iter().filter(|(at_least, _)| *at_least <= index.value);
    let percent = reached.max_by_key(|(at_least, _)| *at_least).map_or(Ratio::ZERO, |step| step.1);
    let amount = percent_of(percent, carriage)?;
    let (id, version) = (contract.id, contract.version);
    let mut node = Node::note(
        Words::new(
            "fuel",
            "fuel by the index {index} on the day of shipment",
            [("index", terms.index.clone())],
        ),
        Some(Source::Contract { id, version, line: None }),
    );
    node.amount = Some(amount);
    let text = |minor| contract.currency.text(minor);
    node.arithmetic = Some(format!("{percent} % × {} = {}", text(carriage), text(amount)));
    node.children.push(Node::note(
        Words::new(
            "index-value",
            "{index} is {value} from {from}",
            [
                ("index", index.index.clone()),
                ("value", index.value.to_string()),
                ("from", index.from.to_string()),
            ],
        ),
        Some(Source::Index { name: index.index.clone(), from: index.from.to_string() }),
    ));
    Ok(node)
}

/// `percent` of an amount, rounded.
pub(super) fn percent_of(percent: Ratio, amount: i64) -> Result<i64, Unrated> {
    percent
        .mul(Ratio::whole(amount.into()))
        .and_then(|exact| exact.div(Ratio::whole(100)))
        .and_then(Ratio::round)
        .ok_or(Unrated::Overflow)
}
