//! The words by which a shipment is found: numbers and places, in one form for what is stored and what is asked. Pure.
//!
//! Whole words and their beginnings, not fragments: the rows stand under row-level security, which lets an index be used for
//! equality and ranges only (PostgreSQL manual, "Rules and Privileges").

use std::collections::BTreeSet;

use caravan_model::Place;

/// Longest word that is kept, in characters.
const WORD_MAX: usize = 60;
/// Most words of one search.
const WORDS_MAX: usize = 6;
/// Stands before the words of places, so that no number is taken for one.
const PLACE: char = '@';

/// A number as it is stored: lower case, letters and digits only, whatever stands between them. One without any is kept as it is.
pub(crate) fn number(text: &str) -> String {
    let word = word(text);
    if word.is_empty() { text.trim().to_lowercase().chars().take(WORD_MAX).collect() } else { word }
}

/// The words of a place: its name's and its UN/LOCODE.
pub(crate) fn of_place(place: &Place) -> BTreeSet<String> {
    let texts = [&place.name, &place.unlocode].into_iter().flatten();
    let words = texts.flat_map(|text| text.split_whitespace()).map(word);
    words.filter(|word| !word.is_empty()).map(|word| format!("{PLACE}{word}")).collect()
}

/// The words of a place of which [`spot`](super::spot) is known: those of its best name. A facility's code is no word.
pub(crate) fn of_spot(spot: &str) -> BTreeSet<String> {
    let name = |kind: &str| spot.strip_prefix(kind).map(str::to_owned);
    let (unlocode, name) = (name("unlocode "), name("name "));
    of_place(&Place { unlocode, name, ..Place::default() })
}

/// What a search's words may be the beginning of, each as a number and as a place; empty when there is nothing to search by.
pub(crate) fn sought(text: &str) -> Vec<[String; 2]> {
    let words = text.split_whitespace().map(word).filter(|word| !word.is_empty());
    let words: BTreeSet<String> = words.take(WORDS_MAX).collect();
    words.into_iter().map(|word| [format!("{PLACE}{word}"), word]).collect()
}

fn word(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    letters.take(WORD_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_has_the_form_of_what_is_stored() {
        assert_eq!(number(" 1Z 999-AA/10 "), "1z999aa10");
        assert_eq!(number(" -- "), "--", "a number without letters is a number still");
        assert_eq!(sought("PO-77/2026  pune pune"), [["@po772026", "po772026"], ["@pune", "pune"]]);
        assert_eq!(sought(" -- "), Vec::<[String; 2]>::new());
        let place = Place {
            unlocode: Some("INBOM".into()),
            name: Some("Navi Mumbai (N.)".into()),
            ..Place::default()
        };
        let words: Vec<String> = of_place(&place).into_iter().collect();
        assert_eq!(words, ["@inbom", "@mumbai", "@n", "@navi"]);
        let spot = crate::domain::spot(&place).unwrap();
        assert_eq!(of_spot(&spot), BTreeSet::from(["@inbom".to_owned()]), "its best name's");
        assert_eq!(of_spot("name navi mumbai (n.)").len(), 3);
        assert_eq!(of_spot("facility name 12"), BTreeSet::new(), "a facility's code is no word");
    }
}
