//! Goods and services tax on a goods transport agency's freight: which rate, who pays it, and as which taxes.

use caravan_model::Words;
use jiff::civil::Date;

use super::rules::{GstRule, PayableBy, RoundingRule, Verified, holds};
use super::{Error, Profile, Rules};
use crate::domain::charge::TAX;
use crate::domain::currency::Currency;
use crate::domain::explanation::{Node, Source};
use crate::domain::ratio::Ratio;

/// The tax on an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gst {
    /// `CGST` and `SGST` (or `UTGST`), or `IGST`, in smallest units.
    pub(crate) parts: Vec<(&'static str, i64)>,
    /// Per cent of each part.
    pub(crate) part_rate: Ratio,
    pub(crate) total: i64,
    pub(crate) payable_by: PayableBy,
    /// Whether the recipient may credit it.
    pub(crate) input_credit: bool,
    pub(crate) explanation: Node,
}

impl Gst {
    /// What the carrier may put on its bill.
    pub(crate) fn on_the_bill(&self) -> i64 {
        if self.payable_by == PayableBy::Supplier { self.total } else { 0 }
    }
}

/// The tax on `base` smallest units of freight billed on `date`, as the carrier rounds it where the tax on its bill, `billed`,
/// tells; else as the law does.
pub(crate) fn gst(
    rules: &Rules,
    profile: &Profile,
    date: Date,
    currency: Currency,
    base: i64,
    billed: Option<i64>,
) -> Result<Gst, Error> {
    let rounding = rules
        .gst_rounding
        .iter()
        .find(|rule| rule.currency == currency.as_str() && holds(rule.from, rule.to, date));
    let rounded = reckon(rules, profile, date, (currency, rounding), base)?;
    if rounding.is_none() || billed == Some(rounded.on_the_bill()) {
        return Ok(rounded);
    }
    let exact = reckon(rules, profile, date, (currency, None), base)?;
    Ok(if billed == Some(exact.on_the_bill()) { exact } else { rounded })
}

fn reckon(
    rules: &Rules,
    profile: &Profile,
    date: Date,
    (currency, rounding): (Currency, Option<&RoundingRule>),
    base: i64,
) -> Result<Gst, Error> {
    let option = profile.gst.as_str();
    let found =
        rules.gst.iter().find(|rule| rule.option == option && holds(rule.from, rule.to, date));
    let rule = found.ok_or_else(|| Error::NoRule {
        what: format!("for GST by the option {option}"),
        date: date.to_string(),
    })?;
    let intra_state = profile.supplier_state == profile.recipient_state;
    let local = if rules.union_territories.states.contains(&profile.supplier_state) {
        "UTGST"
    } else {
        "SGST"
    };
    let names: &[&'static str] = if intra_state { &["CGST", local] } else { &["IGST"] };
    let share = Ratio::whole(i128::try_from(names.len()).unwrap_or(1));
    let rate = rule.rate.div(share).ok_or(Error::Overflow)?;
    let unit = rounding.and_then(|rule| rule.unit.mul(currency.scale()));
    let amount = part(rate, base, unit.unwrap_or(Ratio::whole(1)))?;
    let text = |minor| currency.text(minor);
    let mut parts = Vec::new();
    let mut children = Vec::new();
    let mut total = 0_i64;
    for name in names {
        total = total.checked_add(amount).ok_or(Error::Overflow)?;
        parts.push((*name, amount));
        let mut node =
            Node::note(Words::new("tax", "{name}", [("name", (*name).to_owned())]), None);
        node.amount = Some(amount);
        node.arithmetic = Some(format!("{rate} % × {} = {}", text(base), text(amount)));
        children.push(node);
    }
    children.push(Node::note(
        Words::new(
            "place-of-supply",
            "carrier in state {supplier}, place of supply in state {recipient}",
            [
                ("supplier", profile.supplier_state.clone()),
                ("recipient", profile.recipient_state.clone()),
            ],
        ),
        Some(law("place-of-supply", &rules.place_of_supply.source, rules.place_of_supply.verified)),
    ));
    if local == "UTGST" && intra_state {
        let source = law(
            "union-territories",
            &rules.union_territories.source,
            rules.union_territories.verified,
        );
        let words = Words::new("union-territory", "a union territory without a legislature", []);
        children.push(Node::note(words, Some(source)));
    }
    if let Some(rule) = rounding {
        let source = law(&rule.rule, &rule.source, rule.verified);
        let words = Words::new(
            "tax-rounded",
            "each tax rounded to {unit} {currency}, half and more upwards",
            [("unit", rule.unit.to_string()), ("currency", currency.to_string())],
        );
        children.push(Node::note(words, Some(source)));
    }
    let explanation = Node {
        code: Some(TAX.to_owned()),
        rule: said(rule),
        source: Some(law(&rule.rule, &rule.source, rule.verified)),
        arithmetic: None,
        amount: Some(total),
        children,
    };
    let (payable_by, input_credit) = (rule.payable_by, rule.input_credit);
    Ok(Gst { parts, part_rate: rate, total, payable_by, input_credit, explanation })
}

/// Who pays, and whether it may be credited.
fn said(rule: &GstRule) -> Words {
    let (kind, template) = match (rule.payable_by, rule.input_credit) {
        (PayableBy::Recipient, _) => {
            ("gst-reverse", "GST {rate} %: payable by us (reverse charge), not on the bill")
        }
        (PayableBy::Supplier, false) => (
            "gst-forward-without-credit",
            "GST {rate} %: charged by the carrier (forward charge), without input credit",
        ),
        (PayableBy::Supplier, true) => (
            "gst-forward-with-credit",
            "GST {rate} %: charged by the carrier (forward charge), with input credit",
        ),
    };
    Words::new(kind, template, [("rate", rule.rate.to_string())])
}

/// A rule's source, and how far it was followed.
pub(super) fn law(rule: &str, source: &str, verified: Verified) -> Source {
    let source = format!("{source} ({})", verified.as_str());
    Source::Law { rule: rule.to_owned(), source }
}

pub(super) fn percent(rate: Ratio, base: i64) -> Result<i64, Error> {
    part(rate, base, Ratio::whole(1))
}

/// So many per cent of `base`, rounded once, to the nearest multiple of `unit` smallest units.
fn part(rate: Ratio, base: i64, unit: Ratio) -> Result<i64, Error> {
    rate.mul(Ratio::whole(base.into()))
        .and_then(|exact| exact.div(Ratio::whole(100)))
        .and_then(|exact| exact.div(unit))
        .and_then(Ratio::round)
        .and_then(|units| unit.mul(Ratio::whole(units.into())))
        .and_then(Ratio::round)
        .ok_or(Error::Overflow)
}
