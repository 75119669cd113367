//! The states and union territories of India, as they are written.

/// ISO 3166-2:IN as Debian's iso-codes 4.15.0 has it: code, name, and what else is written: former names and codes, registration plates.
pub(crate) const STATES: [(&str, &str, &[&str]); 36] = [
    ("AN", "Andaman and Nicobar Islands", &["Andaman & Nicobar", "Andaman & Nicobar Islands"]),
    ("AP", "Andhra Pradesh", &["Andhra", "AD"]),
    ("AR", "Arunachal Pradesh", &[]),
    ("AS", "Assam", &[]),
    ("BR", "Bihar", &[]),
    ("CH", "Chandigarh", &[]),
    ("CT", "Chhattisgarh", &["Chattisgarh", "CG"]),
    (
        "DH",
        "Dadra and Nagar Haveli and Daman and Diu",
        &[
            "The Dadra and Nagar Haveli and Daman and Diu",
            "Dadra and Nagar Haveli",
            "Dadra & Nagar Haveli",
            "Daman and Diu",
            "Daman & Diu",
            "DD",
            "DN",
        ],
    ),
    ("DL", "Delhi", &["New Delhi"]),
    ("GA", "Goa", &[]),
    ("GJ", "Gujarat", &[]),
    ("HP", "Himachal Pradesh", &["Himachal"]),
    ("HR", "Haryana", &[]),
    ("JH", "Jharkhand", &[]),
    ("JK", "Jammu and Kashmir", &["Jammu & Kashmir", "J & K"]),
    ("KA", "Karnataka", &[]),
    ("KL", "Kerala", &[]),
    ("LA", "Ladakh", &[]),
    ("LD", "Lakshadweep", &[]),
    ("MH", "Maharashtra", &[]),
    ("ML", "Meghalaya", &[]),
    ("MN", "Manipur", &[]),
    ("MP", "Madhya Pradesh", &[]),
    ("MZ", "Mizoram", &[]),
    ("NL", "Nagaland", &[]),
    ("OR", "Odisha", &["Orissa", "OD"]),
    ("PB", "Punjab", &[]),
    ("PY", "Puducherry", &["Pondicherry"]),
    ("RJ", "Rajasthan", &[]),
    ("SK", "Sikkim", &[]),
    ("TG", "Telangana", &["TS"]),
    ("TN", "Tamil Nadu", &[]),
    ("TR", "Tripura", &[]),
    ("UP", "Uttar Pradesh", &[]),
    ("UT", "Uttarakhand", &["Uttaranchal", "UK", "UA"]),
    ("WB", "West Bengal", &[]),
];

/// The state that is written as its code (also `IN-MH`) or by name; none when that is not sure.
pub(crate) fn state(written: &str) -> Option<&'static str> {
    let written = written.trim();
    let written = written.strip_prefix("IN-").unwrap_or(written);
    let is = |name: &str| letters(written).eq(letters(name));
    let named = |(code, name, others): &&(&str, &str, &[&str])| {
        is(code) || is(name) || others.iter().any(|other| is(other))
    };
    STATES.iter().find(named).map(|(code, ..)| *code)
}

/// Case, spaces and points say nothing.
fn letters(text: &str) -> impl Iterator<Item = char> {
    let says = |letter: &char| letter.is_alphanumeric() || *letter == '&';
    text.chars().filter(says).map(|letter| letter.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_known_by_its_code_and_by_each_of_its_names() {
        for (code, name, others) in STATES {
            for written in [code, name].into_iter().chain(others.iter().copied()) {
                assert_eq!(state(written), Some(code), "{written}");
                assert_eq!(
                    state(&format!(" {} ", written.to_uppercase())),
                    Some(code),
                    "{written}"
                );
                assert_eq!(state(&format!("IN-{written}")), Some(code), "{written}");
            }
        }
        assert!(STATES.is_sorted_by(|(one, ..), (next, ..)| one < next));
        assert_eq!(
            (state("TamilNadu"), state("J&K"), state("T.N.")),
            (Some("TN"), Some("JK"), Some("TN"))
        );
        for unsure in ["", "27", "NCR", "महाराष्ट्र", "Maharashtra, India", "XX"]
        {
            assert_eq!(state(unsure), None, "{unsure}");
        }
    }
}
