//! What is wrong with an order's content: every violation at once, each with the JSON pointer of its place.
//!
//! The same check decides over HTTP, in an import's dry run and its commit. An ERP's order is taken with its gaps, which are shown
//! beside it, and cannot be approved until they are filled. What is only doubtful stands in [`doubts`].

mod countries;
mod doubts;
mod lines;
mod listed;
mod locations;
mod pins;
mod states;
mod stops;

pub(crate) use doubts::doubts;
pub(crate) use stops::is_phone;

use super::content::Content;
use super::measure;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// JSON pointer (RFC 6901) into the order as it is given.
    pub(crate) pointer: String,
    /// Stable kebab-case code.
    pub(crate) code: &'static str,
    /// One sentence: what is wrong and what would be right.
    pub(crate) message: String,
}

impl Violation {
    pub(crate) fn new(
        pointer: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), code, message: message.into() }
    }
}

/// Most characters of an order's number: SAP's BELNR has 35.
pub(crate) const NUMBER_MAX: usize = 35;
/// Most characters of a short text: a name, a reference, a city.
pub(crate) const TEXT_MAX: usize = 100;
/// Most characters of notes and instructions.
pub(crate) const NOTES_MAX: usize = 2_000;
const REFERENCES_MAX: usize = 50;
const PARTIES_MAX: usize = 20;
const PACKAGES_MAX: u32 = 1_000_000;

/// Collects violations.
#[derive(Default)]
pub(super) struct Found(Vec<Violation>);

impl Found {
    pub(super) fn add(&mut self, pointer: impl Into<String>, code: &'static str, text: &str) {
        self.0.push(Violation::new(pointer, code, text));
    }

    /// A text that may be left out, and otherwise has something to say within `max` characters.
    pub(super) fn text(&mut self, pointer: String, text: Option<&str>, max: usize) {
        let Some(text) = text else { return };
        if text.trim().is_empty() {
            self.add(pointer, "text-empty", "This text is empty; leave it out.");
        } else if text.chars().count() > max {
            self.0.push(Violation::new(
                pointer,
                "text-too-long",
                format!("This text is longer than {max} characters."),
            ));
        } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.add(pointer, "text-control", "This text has a control character in it.");
        }
    }
}

/// Everything that is wrong with `content`, in the order of its fields; empty when it can be approved.
pub(crate) fn check(content: &Content) -> Vec<Violation> {
    let mut found = Found::default();
    number(&mut found, &content.number);
    found.text("/service".into(), content.service.as_deref(), TEXT_MAX);
    found.text("/equipment".into(), content.equipment.as_deref(), TEXT_MAX);
    found.text("/incoterms".into(), content.incoterms.as_deref(), TEXT_MAX);
    found.text("/notes".into(), content.notes.as_deref(), NOTES_MAX);
    references(&mut found, "", &content.references);
    if content.parties.len() > PARTIES_MAX {
        found.add("/parties", "too-many", "An order names at most 20 parties beside its stops.");
    }
    for (index, party) in content.parties.iter().enumerate().take(PARTIES_MAX) {
        found.text(format!("/parties/{index}/id"), party.id.as_deref(), TEXT_MAX);
        found.text(format!("/parties/{index}/name"), party.name.as_deref(), TEXT_MAX);
        stops::street(&mut found, &format!("/parties/{index}"), &party.street);
    }
    stops::check(&mut found, content);
    lines::check(&mut found, content);
    if content.packages.is_some_and(|count| count == 0 || count > PACKAGES_MAX) {
        found.add("/packages", "packages-range", "Packages are counted from 1 to 1,000,000.");
    }
    if let Some(distance) = content.distance_km.as_deref()
        && measure::micro(distance).is_none()
    {
        found.add(
            "/distance_km",
            "number-invalid",
            "A distance is a decimal number such as \"1180\" or \"12.5\".",
        );
    }
    found.0
}

/// An order's number.
fn number(found: &mut Found, number: &str) {
    let readable = number.chars().all(|c| c.is_alphanumeric() || " -_/.#:".contains(c));
    if number.is_empty() || number.trim() != number || !readable {
        found.add(
            "/number",
            "number-invalid",
            "An order's number is made of letters, digits and - _ / . # : without spaces at its ends.",
        );
    } else if number.chars().count() > NUMBER_MAX {
        found.add("/number", "text-too-long", "An order's number has at most 35 characters.");
    }
}

pub(super) fn references(found: &mut Found, at: &str, references: &[caravan_model::Reference]) {
    if references.len() > REFERENCES_MAX {
        found.add(
            format!("{at}/references"),
            "too-many",
            "At most 50 references can be given here.",
        );
    }
    for (index, reference) in references.iter().enumerate().take(REFERENCES_MAX) {
        let here = format!("{at}/references/{index}");
        let kind = &reference.kind;
        let word = |c: char| c.is_ascii_alphanumeric() || "-/_.".contains(c);
        if kind.is_empty() || kind.len() > 40 || !kind.chars().all(word) {
            found.add(
                format!("{here}/kind"),
                "reference-kind",
                "A reference's kind is a word such as \"purchase-order\" or \"lr\".",
            );
        }
        found.text(format!("{here}/value"), Some(&reference.value), TEXT_MAX);
    }
}

#[cfg(test)]
mod tests;
