//! Cleaning that changes no meaning: spaces at the ends, doubled spaces, digits of other scripts, Excel's text mark.

use crate::words;

/// A text with the cleaning that it needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// The cleaned text.
    pub text: String,
    /// Spaces were trimmed, or several made one.
    pub spaces: bool,
    /// Full-width characters or digits of another script were made plain.
    pub digits: bool,
    /// A leading apostrophe, which Excel users type to keep a number a text, was taken away.
    pub mark: bool,
}

/// Cleans a cell's text; `plain` also makes characters plain, for fields that are numbers, codes or dates.
#[must_use]
pub fn clean(text: &str, plain: bool) -> Cleaned {
    let mut mark = false;
    let mut digits = false;
    let mut cleaned = String::with_capacity(text.len());
    let mut pending = false;
    for character in text.chars() {
        let own = if plain || is_space(character) { words::plain(character) } else { character };
        digits |= own != character && !is_space(character);
        match own {
            // What cannot be seen has no meaning in a name or a number.
            '\u{200B}' | '\u{FEFF}' | '\u{2060}' => {}
            '\'' if cleaned.is_empty() && !mark && plain => mark = true,
            own if is_space(own) => pending = !cleaned.is_empty(),
            own => {
                if core::mem::take(&mut pending) {
                    cleaned.push(' ');
                }
                cleaned.push(own);
            }
        }
    }
    let length = cleaned.chars().count().saturating_add(usize::from(mark));
    let spaces = length != text.chars().count() || text.chars().any(|c| is_space(c) && c != ' ');
    Cleaned { text: cleaned, spaces, digits, mark }
}

fn is_space(character: char) -> bool {
    character.is_whitespace() || character == '\u{00A0}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_no_meaning_is_cleaned_and_told() {
        let cleaned = |text: &str, plain| {
            let Cleaned { text, spaces, digits, mark } = clean(text, plain);
            (text, spaces, digits, mark)
        };
        assert_eq!(cleaned(" Pune\u{A0} Road ", false), ("Pune Road".into(), true, false, false));
        assert_eq!(cleaned("Pune Road", false), ("Pune Road".into(), false, false, false));
        assert_eq!(cleaned("４１１００１", true), ("411001".into(), false, true, false));
        assert_eq!(cleaned("४११००१", true), ("411001".into(), false, true, false));
        assert_eq!(cleaned("'00123", true), ("00123".into(), false, false, true));
        assert_eq!(cleaned("'tis", false), ("'tis".into(), false, false, false));
        assert_eq!(cleaned(" \u{200B} ", true), (String::new(), true, false, false));
    }
}
