//! What is moved: lines, weights, volumes.

use caravan_model::Measure;

use super::{Found, TEXT_MAX, references};
use crate::domain::content::Content;
use crate::domain::measure;

const LINES_MAX: usize = 999;

pub(super) fn check(found: &mut Found, content: &Content) {
    if content.lines.len() > LINES_MAX {
        found.add("/lines", "too-many", "An order has at most 999 lines; split it.");
    }
    for (index, line) in content.lines.iter().enumerate().take(LINES_MAX) {
        let at = format!("/lines/{index}");
        found.text(format!("{at}/number"), Some(&line.number), TEXT_MAX);
        found.text(format!("{at}/material"), line.material.as_deref(), TEXT_MAX);
        found.text(format!("{at}/description"), line.description.as_deref(), 500);
        quantity(found, &format!("{at}/quantity"), line.quantity.as_ref());
        weight(found, &format!("{at}/gross_weight"), line.gross_weight.as_ref());
        volume(found, &format!("{at}/volume"), line.volume.as_ref());
        if let Some(money) = &line.net_value
            && !(money.currency.len() == 3
                && money.currency.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            found.add(
                format!("{at}/net_value/currency"),
                "currency-invalid",
                "A currency is three capital letters of ISO 4217, for example \"INR\".",
            );
        }
        references(found, &at, &line.references);
    }
    weight(found, "/gross_weight", content.gross_weight.as_ref());
    volume(found, "/volume", content.volume.as_ref());
}

/// Whether the value is a decimal number above zero, told as a violation when not.
fn quantity(found: &mut Found, at: &str, given: Option<&Measure>) -> bool {
    let Some(given) = given else { return false };
    found.text(format!("{at}/unit"), Some(&given.unit), 20);
    let value = measure::micro(&given.value);
    if value.is_none_or(|value| value == 0) {
        found.add(
            format!("{at}/value"),
            "number-invalid",
            "A quantity is a decimal number above zero such as \"820\" or \"12.500\", with at most six decimals.",
        );
    }
    true
}

fn weight(found: &mut Found, at: &str, given: Option<&Measure>) {
    if quantity(found, at, given) && given.is_some_and(|given| !measure::is_weight(&given.unit)) {
        found.add(
            format!("{at}/unit"),
            "weight-unit",
            "Weights are in KGM, GRM, TNE, DTN, LBR or ONZ (UN/ECE Recommendation 20), or kg, g, t, qtl, lb, oz.",
        );
    }
}

fn volume(found: &mut Found, at: &str, given: Option<&Measure>) {
    if quantity(found, at, given) && given.is_some_and(|given| !measure::is_volume(&given.unit)) {
        found.add(
            format!("{at}/unit"),
            "volume-unit",
            "Volumes are in MTQ, DMQ, CMQ, LTR, FTQ or INQ (UN/ECE Recommendation 20), or m3, l, ft3.",
        );
    }
}
