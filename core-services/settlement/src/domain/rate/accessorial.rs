//! Charges beside linehaul and fuel: those that are always due, those asked for, and time beyond what is free.

use caravan_model::Words;

use super::{Unrated, fuel, linehaul};
use crate::domain::contract::{Accessorial, Contract, Per};
use crate::domain::explanation::{Node, Source};
use crate::domain::facts::Facts;
use crate::domain::ratio::Ratio;

/// What `terms` come to for the shipment; none when they do not apply.
pub(super) fn accessorial(
    facts: &Facts,
    contract: &Contract,
    terms: &Accessorial,
    carriage: i64,
    source: Source,
) -> Result<Option<Node>, Unrated> {
    let times = facts.requested.iter().filter(|(code, _)| *code == terms.code);
    let times = times
        .map(|(_, times)| *times)
        .try_fold(Ratio::ZERO, Ratio::add)
        .ok_or(Unrated::Overflow)?;
    let mut children = Vec::new();
    let (reckoned, arithmetic) = match terms.rate.per {
        Per::Hour => {
            let (hours, why) = hours(facts, terms, times)?;
            children = why;
            let amount = linehaul::exact(contract, &terms.rate, hours)?;
            let amount = amount.round().ok_or(Unrated::Overflow)?;
            (amount, linehaul::arithmetic(contract, &terms.rate, hours, amount))
        }
        _ if !terms.always && times == Ratio::ZERO => return Ok(None),
        Per::Percent => {
            let amount = fuel::percent_of(terms.rate.amount, carriage)?;
            let text = |minor| contract.currency.text(minor);
            (amount, format!("{} % × {} = {}", terms.rate.amount, text(carriage), text(amount)))
        }
        per => {
            let quantity = linehaul::quantity(facts, per, terms.line)?;
            let times = if times == Ratio::ZERO { Ratio::whole(1) } else { times };
            let quantity = quantity.mul(times).ok_or(Unrated::Overflow)?;
            let amount = linehaul::exact(contract, &terms.rate, quantity)?;
            let amount = amount.round().ok_or(Unrated::Overflow)?;
            (amount, linehaul::arithmetic(contract, &terms.rate, quantity, amount))
        }
    };
    if terms.rate.per == Per::Hour && reckoned == 0 && !terms.always {
        return Ok(None);
    }
    let at_least = terms.minimum.map_or(reckoned, |minimum| minimum.max(reckoned));
    let amount = terms.maximum.map_or(at_least, |maximum| maximum.min(at_least));
    if amount > reckoned {
        children.push(linehaul::limit("at-least", "at least {amount}", contract, amount));
    } else if amount < reckoned {
        children.push(linehaul::limit("at-most", "at most {amount}", contract, amount));
    }
    let values = [("code", terms.code.clone()), ("line", terms.line.to_string())];
    let rule = Words::new("accessorial", "{code} (line {line})", values);
    let arithmetic = Some(arithmetic);
    Ok(Some(Node { amount: Some(amount), arithmetic, children, ..Node::note(rule, Some(source)) }))
}

/// Hours beyond the free time, each end by itself, in started steps, and hours that were asked for as such; and why so many.
fn hours(facts: &Facts, terms: &Accessorial, asked: Ratio) -> Result<(Ratio, Vec<Node>), Unrated> {
    let step = terms.step_min.max(1);
    let mut steps = 0_i128;
    let mut why = Vec::new();
    let stays = facts.stays.iter().filter(|stay| terms.at.is_none_or(|at| at == stay.at));
    let mut stays: Vec<_> = stays.collect();
    stays.sort();
    for stay in stays {
        let over = stay.minutes.saturating_sub(terms.free_min).max(0);
        let begun =
            Ratio::new(over.into(), step.into()).and_then(Ratio::ceil).ok_or(Unrated::Overflow)?;
        let stay = Words::new(
            "stay",
            "a stay of {minutes} min, {free} min free: {begun} × {step} min begun",
            [
                ("minutes", stay.minutes.to_string()),
                ("free", terms.free_min.to_string()),
                ("begun", begun.to_string()),
                ("step", step.to_string()),
            ],
        );
        why.push(Node::note(stay, None));
        steps = steps.checked_add(begun).ok_or(Unrated::Overflow)?;
    }
    if asked != Ratio::ZERO {
        let asked = [("hours", asked.to_string())];
        why.push(Node::note(Words::new("hours-asked", "{hours} h asked for", asked), None));
    }
    let stayed = Ratio::new(steps, 60).and_then(|hours| hours.mul(Ratio::whole(step.into())));
    let hours = stayed.and_then(|hours| hours.add(asked)).ok_or(Unrated::Overflow)?;
    Ok((hours, why))
}

/// What was asked for and the contract does not know.
pub(super) fn unpriced(facts: &Facts, contract: &Contract) -> Vec<String> {
    let known = |code: &str| contract.accessorials.iter().any(|terms| terms.code == code);
    let mut codes: Vec<String> =
        facts.requested.iter().map(|(code, _)| code.clone()).filter(|code| !known(code)).collect();
    codes.sort();
    codes.dedup();
    codes
}
