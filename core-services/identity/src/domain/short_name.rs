//! How people name their tenant where they sign in.

/// Longest, in bytes: a label of a host name (RFC 1035 §2.3.4), as it may become one.
const BYTES_MAX: usize = 63;
/// Longest that is made of a name.
const MADE_BYTES_MAX: usize = 40;

/// The short name that `text` spells: letters of a to z, digits, and hyphens between them.
pub(crate) fn parse(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let ends = !text.starts_with('-') && !text.ends_with('-');
    ((1..=BYTES_MAX).contains(&text.len()) && letters && ends).then_some(text)
}

/// One made of a tenant's name; none where it has no letter of a to z and no digit.
pub(crate) fn of(name: &str) -> Option<String> {
    let mut made = String::new();
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            made.push(c);
        } else if !made.is_empty() && !made.ends_with('-') {
            made.push('-');
        }
        if made.len() >= MADE_BYTES_MAX {
            break;
        }
    }
    parse(made.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_a_short_one_that_is_one() {
        for (name, short) in [
            ("Acme Traders Pvt. Ltd.", Some("acme-traders-pvt-ltd")),
            (" -- Demo -- ", Some("demo")),
            ("3PL", Some("3pl")),
            ("नमस्ते", None),
            ("नमस्ते 24", Some("24")),
            (&"ab ".repeat(30), Some("ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-a")),
        ] {
            assert_eq!(of(name).as_deref(), short, "{name}");
            assert_eq!(short.and_then(parse).as_deref(), short);
        }
    }

    #[test]
    fn what_is_given_is_taken_or_refused_and_never_bent() {
        assert_eq!(parse(" Acme-2 ").as_deref(), Some("acme-2"));
        for bad in ["", "-a", "a-", "a b", "a.b", "é", &"a".repeat(64)] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
