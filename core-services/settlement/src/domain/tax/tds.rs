//! Tax deducted at source from payments to a carrier (section 194C, from 1 April 2026 section 393).

use caravan_model::Words;
use jiff::civil::Date;

use super::gst::{law, percent};
use super::rules::{TdsRule, holds};
use super::{Error, Profile, Rules};
use crate::domain::currency::Currency;
use crate::domain::explanation::Node;
use crate::domain::ratio::Ratio;

/// What was already approved for the carrier in the financial year, in smallest units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Year {
    /// Freight without GST.
    pub(crate) base: i64,
    /// Of it, that on which tax was deducted.
    pub(crate) deducted_on: i64,
}

/// What is to be deducted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tds {
    /// On which amount; more than this payment when the year's limit is passed by it.
    pub(crate) on: i64,
    /// In smallest units; zero when nothing is due.
    pub(crate) amount: i64,
    /// The section by which it is deducted.
    pub(crate) section: String,
    /// Per cent, when something is due.
    pub(crate) rate: Option<Ratio>,
    pub(crate) explanation: Node,
}

/// The deduction from a payment of `base` smallest units of freight (without GST shown by itself) approved on `date`.
pub(crate) fn tds(
    rules: &Rules,
    profile: &Profile,
    date: Date,
    currency: Currency,
    base: i64,
    year: Year,
) -> Result<Tds, Error> {
    let rule = rules.tds.iter().find(|rule| holds(rule.from, rule.to, date)).ok_or_else(|| {
        Error::NoRule { what: "for tax deducted at source".to_owned(), date: date.to_string() }
    })?;
    let source = law(&rule.rule, &rule.source, rule.verified);
    let text = |minor| currency.text(minor);
    let none = |why: Words| Tds {
        on: 0,
        amount: 0,
        section: rule.section.clone(),
        rate: None,
        explanation: Node { amount: Some(0), ..Node::note(why, Some(source.clone())) },
    };
    if profile.small_operator && profile.pan.is_some() {
        let vehicles = rule.small_operator_vehicles;
        return Ok(none(Words::new(
            "tds-small-operator",
            "no deduction by {section}: the carrier declared at most {vehicles} vehicles and gave its PAN",
            [("section", rule.section.clone()), ("vehicles", vehicles.to_string())],
        )));
    }
    let whole = year.base.checked_add(base).ok_or(Error::Overflow)?;
    let above = |minor: i64, limit: Ratio| {
        let limit = limit.mul(currency.scale());
        limit.is_some_and(|limit| Ratio::whole(minor.into()) > limit)
    };
    let on = if above(whole, rule.year_over) {
        // The year's limit is passed: what was spared before is made up for now.
        whole.checked_sub(year.deducted_on).ok_or(Error::Overflow)?
    } else if above(base, rule.single_over) {
        base
    } else {
        return Ok(none(Words::new(
            "tds-below-limits",
            "no deduction by {section}: neither over {single} at once nor over {year} in the year",
            [
                ("section", rule.section.clone()),
                ("single", rule.single_over.to_string()),
                ("year", rule.year_over.to_string()),
            ],
        )));
    };
    let (rate, kind, template) = rate(rule, profile);
    let amount = percent(rate, on)?;
    let values = [("section", rule.section.clone()), ("rate", rate.to_string())];
    let mut explanation = Node::note(Words::new(kind, template, values), Some(source));
    explanation.amount = Some(amount);
    explanation.arithmetic = Some(format!("{rate} % × {} = {}", text(on), text(amount)));
    let base_source = law("tds-base", &rules.tds_base.source, rules.tds_base.verified);
    let words = Words::new("tds-base", "on the freight without GST shown by itself", []);
    explanation.children.push(Node::note(words, Some(base_source)));
    Ok(Tds { on, amount, section: rule.section.clone(), rate: Some(rate), explanation })
}

/// Per cent, and what is said of it: the kind of the sentence and the sentence.
fn rate(rule: &TdsRule, profile: &Profile) -> (Ratio, &'static str, &'static str) {
    match profile.pan.as_deref().and_then(|pan| pan.chars().nth(3)) {
        None => (
            rule.rate_without_pan,
            "tds-without-pan",
            "tax deducted by {section}: {rate} %, without PAN",
        ),
        Some('P' | 'H') => (
            rule.rate_person,
            "tds-person",
            "tax deducted by {section}: {rate} %, an individual or undivided family",
        ),
        Some(_) => (
            rule.rate_other,
            "tds-other",
            "tax deducted by {section}: {rate} %, neither individual nor undivided family",
        ),
    }
}
