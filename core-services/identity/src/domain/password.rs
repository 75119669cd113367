//! What a password must be like.
//!
//! Length is what counts; rules about its letters only make people predictable (NIST SP 800-63B §3.1.1.2). A list of leaked
//! passwords is not carried: docs/gaps.md.

use super::email::Email;

/// Fewest characters.
const CHARS_MIN: usize = 12;
/// Longest that is looked at, in bytes: hashing must stay bounded.
const BYTES_MAX: usize = 256;
/// Fewest different characters.
const DISTINCT_MIN: usize = 5;

/// Whether a password is so long that nobody has it.
pub(crate) fn is_too_long(password: &str) -> bool {
    password.len() > BYTES_MAX
}

/// Why `password` is refused for the user of `email`, if it is.
pub(crate) fn weakness(password: &str, email: &Email) -> Option<&'static str> {
    let lower = password.to_lowercase();
    let mut letters: Vec<char> = lower.chars().collect();
    let count = letters.len();
    letters.sort_unstable();
    letters.dedup();
    let local = email.as_str().split('@').next().unwrap_or_default();
    if is_too_long(password) {
        Some("it has more than 256 bytes")
    } else if count < CHARS_MIN {
        Some("it has fewer than 12 characters")
    } else if letters.len() < DISTINCT_MIN {
        Some("it repeats a few characters")
    } else if lower.contains(email.as_str()) || (local.len() * 2 > count && lower.contains(local)) {
        Some("it is made of the e-mail address")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_and_the_obvious_is_refused() {
        let email = Email::parse("asha.rao@example.in").unwrap();
        for good in ["correct horse battery", "नमस्ते दुनिया कैसे", "asha drives at night"]
        {
            assert_eq!(weakness(good, &email), None, "{good}");
        }
        for bad in [
            "short",
            "elevenchars",
            "aaaaaaaaaaaaaaaa",
            "abababababab",
            "asha.rao@example.in",
            "Asha.Rao2026",
            &"ab cd efgh ".repeat(30),
        ] {
            assert!(weakness(bad, &email).is_some(), "{bad}");
        }
    }
}
