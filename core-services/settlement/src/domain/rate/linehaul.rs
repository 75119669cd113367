//! The carriage itself: the lane's slab times the quantity, and at least the minimum.

use caravan_model::Words;

use super::Unrated;
use crate::domain::contract::{Contract, Lane, Per, Rate, Slab};
use crate::domain::explanation::{Node, Source};
use crate::domain::facts::Facts;
use crate::domain::ratio::Ratio;

pub(super) fn linehaul(
    facts: &Facts,
    contract: &Contract,
    lane: &Lane,
    source: Source,
) -> Result<Node, Unrated> {
    let slab = slab(facts, lane)?;
    let quantity = quantity(facts, slab.rate.per, lane.line)?;
    let exact = exact(contract, &slab.rate, quantity)?;
    let reckoned = exact.round().ok_or(Unrated::Overflow)?;
    let amount = lane.minimum.map_or(reckoned, |minimum| minimum.max(reckoned));
    let values = [
        ("line", lane.line.to_string()),
        ("origin", lane.origin.to_string()),
        ("destination", lane.destination.to_string()),
    ];
    let rule = Words::new("lane", "lane {line} from {origin} to {destination}", values);
    let mut node = Node::note(rule, Some(source));
    node.amount = Some(amount);
    node.arithmetic = Some(arithmetic(contract, &slab.rate, quantity, reckoned));
    if let Some(service) = &lane.service {
        let service = [("service", service.clone())];
        node.children.push(Node::note(Words::new("service", "service {service}", service), None));
    }
    if let Some(upper) = slab.up_to_kg {
        let weight = [("weight", upper.to_string())];
        node.children.push(Node::note(Words::new("slab", "up to {weight} kg", weight), None));
    }
    if amount != reckoned {
        node.children.push(limit("at-least", "at least {amount}", contract, amount));
    }
    Ok(node)
}

/// The first slab that holds the weight. A lane with one open slab needs no weight for that.
fn slab<'a>(facts: &Facts, lane: &'a Lane) -> Result<&'a Slab, Unrated> {
    if let [only] = lane.slabs.as_slice()
        && only.up_to_kg.is_none()
    {
        return Ok(only);
    }
    let missing = Unrated::MissingFact { line: lane.line, fact: "weight" };
    let weight = facts.weight_kg.ok_or(missing)?;
    let holds = |slab: &&Slab| slab.up_to_kg.is_none_or(|upper| weight <= upper);
    let none = || Unrated::NoSlab { line: lane.line, weight: weight.to_string() };
    lane.slabs.iter().find(holds).ok_or_else(none)
}

/// How much there is of what a rate is per; time and per cent are reckoned elsewhere and count once here.
pub(super) fn quantity(facts: &Facts, per: Per, line: u32) -> Result<Ratio, Unrated> {
    let missing = |fact| Unrated::MissingFact { line, fact };
    let of = |value: Option<Ratio>, fact, numerator, denominator| {
        let unit = Ratio::new(numerator, denominator).ok_or(Unrated::Overflow)?;
        value.ok_or_else(|| missing(fact))?.div(unit).ok_or(Unrated::Overflow)
    };
    match per {
        Per::Shipment | Per::Hour | Per::Percent => Ok(Ratio::whole(1)),
        Per::Kilogram => facts.weight_kg.ok_or_else(|| missing("weight")),
        // International yard and pound agreement of 1959: 0.45359237 kg and 1.609344 km.
        Per::Hundredweight => of(facts.weight_kg, "weight", 45_359_237, 1_000_000),
        Per::Tonne => of(facts.weight_kg, "weight", 1_000, 1),
        Per::Kilometre => facts.distance_km.ok_or_else(|| missing("distance")),
        Per::Mile => of(facts.distance_km, "distance", 1_609_344, 1_000_000),
        Per::Package => facts
            .packages
            .map(|n| Ratio::whole(n.into()))
            .ok_or_else(|| missing("number of packages")),
    }
}

/// Says that the contract's limit is the amount.
pub(super) fn limit(
    kind: &'static str,
    template: &'static str,
    contract: &Contract,
    amount: i64,
) -> Node {
    Node::note(Words::new(kind, template, [("amount", contract.currency.text(amount))]), None)
}

/// Rate times quantity in smallest units, not rounded.
pub(super) fn exact(contract: &Contract, rate: &Rate, quantity: Ratio) -> Result<Ratio, Unrated> {
    rate.amount
        .mul(quantity)
        .and_then(|amount| amount.mul(contract.currency.scale()))
        .ok_or(Unrated::Overflow)
}

pub(super) fn arithmetic(contract: &Contract, rate: &Rate, quantity: Ratio, amount: i64) -> String {
    let unit = rate.per.as_str();
    format!("{quantity} {unit} × {} = {}", rate.amount, contract.currency.text(amount))
}
