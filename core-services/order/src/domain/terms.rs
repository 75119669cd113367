//! The words by which an order is found: numbers, names and places, in one form for what is stored and what is asked.
//!
//! Words and not fragments: the rows stand under row-level security, which lets an index be used for equality and ranges only
//! (operators like `LIKE` and `@@` are not leakproof: PostgreSQL manual, "Rules and Privileges").

use std::collections::BTreeSet;

use caravan_model::Place;

use super::order::Order;

/// Most words of one order.
const TERMS_MAX: usize = 120;
/// Longest word that is kept, in characters.
const TERM_MAX: usize = 60;
/// Most words of one search.
const WORDS_MAX: usize = 6;

/// Where a word stands: anywhere, or as the place of origin or destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marked {
    Plain,
    Origin,
    Destination,
}

impl Marked {
    /// What stands before the stored word.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Origin => "<",
            Self::Destination => ">",
        }
    }
}

/// A word in the form in which it is stored: lower case, letters and digits only.
fn normalized(word: &str) -> String {
    let letters = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    letters.take(TERM_MAX).collect()
}

/// The words of a search, without repetition; empty when there is nothing to search by.
pub(crate) fn search_words(text: &str) -> Vec<String> {
    let words = text.split_whitespace().map(normalized).filter(|word| !word.is_empty());
    let words: BTreeSet<String> = words.take(WORDS_MAX).collect();
    words.into_iter().collect()
}

/// Every word by which `order` is found.
pub(crate) fn terms(order: &Order) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let content = &order.content;
    // A number is one word, whatever stands between its digits, and each of its parts is one too.
    let mut number = |text: &str| {
        all.insert(normalized(text));
        all.extend(text.split(|c: char| c.is_whitespace() || "/-_.#:".contains(c)).map(normalized));
    };
    for reference in order.references() {
        number(&reference.value);
    }
    if let Some(dispatch) = &order.progress.dispatch {
        number(&dispatch.vehicle);
    }
    if let Some(carrier) = order.carrier() {
        number(carrier);
    }
    let mut words = |text: Option<&str>| {
        all.extend(text.unwrap_or_default().split_whitespace().map(normalized));
    };
    for stop in &content.stops {
        words(stop.name.as_deref());
        words(stop.place.name.as_deref());
        words(stop.place.postal_code.as_deref());
        words(stop.site.as_deref());
    }
    for party in &content.parties {
        words(party.name.as_deref());
    }
    let mut place = |marked: Marked, place: Option<&Place>| {
        let Some(place) = place else { return };
        let parts =
            [&place.name, &place.region, &place.postal_code, &place.country, &place.unlocode];
        for part in parts.into_iter().flatten() {
            let words = part.split_whitespace().map(normalized).filter(|word| !word.is_empty());
            all.extend(words.map(|word| format!("{}{word}", marked.mark())));
        }
    };
    place(Marked::Origin, content.first_pickup().map(|stop| &stop.place));
    place(Marked::Destination, content.last_delivery().map(|stop| &stop.place));
    all.remove("");
    while all.len() > TERMS_MAX {
        all.pop_last();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing;

    #[test]
    fn an_order_is_found_by_numbers_names_and_lane() {
        let (order, _) = testing::order("PO-77/2026");
        let terms = terms(&order);
        for word in ["po772026", "77", "2026", "pune", "chennai", "<pune", "<in", ">600002", ">tn"]
        {
            assert!(terms.contains(word), "{word} is not among {terms:?}");
        }
        assert!(!terms.contains("in"), "a country alone finds everything");
    }

    #[test]
    fn what_is_asked_has_the_form_of_what_is_stored() {
        assert_eq!(search_words(" PO-77/2026  Pune pune"), ["po772026", "pune"]);
        assert_eq!(search_words(" -- "), Vec::<String>::new());
    }
}
