//! What a person may call an endpoint, and where it may be.

use url::Url;

/// Longest name, description and URL, in characters.
const NAME_CHARS_MAX: usize = 100;
const DESCRIPTION_CHARS_MAX: usize = 1_000;
const URL_CHARS_MAX: usize = 2_000;

/// The texts of an endpoint.
pub(crate) struct Words<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: Option<&'a str>,
}

impl Words<'_> {
    /// What is wrong with them: the JSON pointer, and a sentence.
    pub(crate) fn wrong(&self) -> Option<(&'static str, String)> {
        let fits = |text: &str, most: usize| {
            text.chars().count() <= most && !text.chars().any(char::is_control)
        };
        if self.name.is_empty() || !fits(self.name, NAME_CHARS_MAX) {
            return Some(("/name", format!("A name has 1 to {NAME_CHARS_MAX} characters.")));
        }
        let description = self.description.unwrap_or_default();
        if !fits(description, DESCRIPTION_CHARS_MAX) {
            let detail = format!("A description has at most {DESCRIPTION_CHARS_MAX} characters.");
            return Some(("/description", detail));
        }
        None
    }
}

/// The URL, if it is one; a fragment is nothing that can be sent.
pub(crate) fn target(text: &str) -> Option<Url> {
    if text.chars().count() > URL_CHARS_MAX {
        return None;
    }
    Url::parse(text).ok().filter(|url| url.has_host() && url.fragment().is_none())
}

/// What everybody may see of an address: the rest may be a secret.
pub(crate) fn shown(url: &Url) -> String {
    format!("{}/…", url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_no_fragment_and_is_shown_without_its_secret() {
        let url = target("https://erp.example.com:8443/hooks/s3cret?token=s3cret").unwrap();
        assert_eq!(shown(&url), "https://erp.example.com:8443/…");
        let long = format!("https://erp.example.com/{}", "x".repeat(URL_CHARS_MAX));
        for bad in ["", "erp.example.com", "mailto:a@b.example", "https://e.example/#x", &long] {
            assert!(target(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn words_have_their_lengths_and_no_control_characters() {
        let wrong = |name: &str, description: Option<&str>| {
            Words { name, description }.wrong().map(|(at, _)| at)
        };
        assert_eq!(wrong("ERP", Some("ours")), None);
        assert_eq!(wrong("ERP", None), None);
        for name in ["", "a\nb", &"x".repeat(NAME_CHARS_MAX + 1)] {
            assert_eq!(wrong(name, None), Some("/name"));
        }
        let long = "x".repeat(DESCRIPTION_CHARS_MAX + 1);
        assert_eq!(wrong("ERP", Some(&long)), Some("/description"));
    }
}
