//! Header texts as words: one spelling for what people write in many ways, in Latin and Devanagari letters.

/// The ASCII form of a full-width character, and the ASCII digit of a Devanagari or Arabic-Indic one.
pub(crate) fn plain(character: char) -> char {
    let shifted = |from: u32, to: u32| {
        u32::from(character)
            .checked_sub(from)
            .and_then(|offset| offset.checked_add(to))
            .and_then(char::from_u32)
            .unwrap_or(character)
    };
    match character {
        '\u{FF01}'..='\u{FF5E}' => shifted(0xFF01, 0x21),
        '\u{0966}'..='\u{096F}' => shifted(0x0966, 0x30),
        '\u{0660}'..='\u{0669}' => shifted(0x0660, 0x30),
        '\u{06F0}'..='\u{06F9}' => shifted(0x06F0, 0x30),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{00A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// The words of a header, lower case, one spelling each.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut previous = ' ';
    for character in text.chars().map(plain) {
        match character {
            // Nukta and joiners are written or left out at will: वज़न and वजन are one word.
            '\u{093C}' | '\u{200B}'..='\u{200D}' | '\u{FEFF}' => continue,
            '#' => {
                flush(&mut word, &mut words);
                words.push("number".to_owned());
            }
            _ if is_letter(character) => {
                // OrderNo and Col2 are two words each.
                let joint = previous.is_lowercase() && character.is_uppercase()
                    || previous.is_ascii_digit() != character.is_ascii_digit()
                        && is_letter(previous);
                if joint {
                    flush(&mut word, &mut words);
                }
                word.extend(base(character).to_lowercase());
            }
            _ => flush(&mut word, &mut words),
        }
        previous = character;
    }
    flush(&mut word, &mut words);
    words
}

fn flush(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(core::mem::take(word));
    }
}

/// A letter, digit or sign that belongs to a word; the virama joins consonants and is not alphabetic by Unicode.
fn is_letter(character: char) -> bool {
    character.is_alphanumeric() || character == '\u{094D}'
}

/// Letters that are written with a nukta as one character, without it; chandrabindu as anusvara.
fn base(character: char) -> char {
    match character {
        '\u{0958}' => '\u{0915}',
        '\u{0959}' => '\u{0916}',
        '\u{095A}' => '\u{0917}',
        '\u{095B}' => '\u{091C}',
        '\u{095C}' => '\u{0921}',
        '\u{095D}' => '\u{0922}',
        '\u{095E}' => '\u{092B}',
        '\u{095F}' => '\u{092F}',
        '\u{0901}' => '\u{0902}',
        other => other,
    }
}

/// Whether two words differ by one typing slip: a letter more, less or other, in words long enough to tell.
pub(crate) fn nearly_equal(a: &str, b: &str) -> bool {
    // Bytes tell most pairs apart before anything is taken apart.
    if a.len().abs_diff(b.len()) > 3 || a.len() < 5 || b.len() < 5 {
        return false;
    }
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    if short.len() < 5 || long.len().saturating_sub(short.len()) > 1 {
        return false;
    }
    let same = short.iter().zip(long.iter()).take_while(|(a, b)| a == b).count();
    let short_rest = short.get(same..).unwrap_or_default();
    let long_rest = long.get(same..).unwrap_or_default();
    if short.len() == long.len() {
        // One letter other, or two neighbours swapped.
        let swapped = matches!((short_rest, long_rest), ([a, b, rest @ ..], [c, d, other @ ..])
            if a == d && b == c && rest == other);
        return swapped || short_rest.get(1..) == long_rest.get(1..);
    }
    long_rest.get(1..) == Some(short_rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_become_one() {
        assert_eq!(split("Order_No."), ["order", "no"]);
        assert_eq!(split("OrderNo"), ["order", "no"]);
        assert_eq!(split("Ｗｅｉｇｈｔ（ｋｇ）"), ["weight", "kg"]);
        assert_eq!(split("Invoice #"), ["invoice", "number"]);
        assert_eq!(split("वज़न"), split("वजन"));
        assert_eq!(split("पिन कोड"), ["पिन", "कोड"]);
        assert_eq!(split("Address2"), ["address", "2"]);
        assert_eq!(split("प्राप्तकर्ता"), ["प्राप्तकर्ता"]);
    }

    #[test]
    fn one_slip_is_forgiven_in_long_words_only() {
        assert!(nearly_equal("consignee", "consigne"));
        assert!(nearly_equal("consignee", "consginee"));
        assert!(nearly_equal("weight", "weigth"));
        assert!(nearly_equal("vehicle", "vehycle"));
        assert!(!nearly_equal("pin", "bin"));
        assert!(!nearly_equal("origin", "order"));
    }
}
