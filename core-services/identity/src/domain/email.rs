//! An e-mail address as a name for a user: one spelling, no more checked than that it could be one.

use core::fmt;

/// A trimmed address in lower case.
///
/// RFC 5321 lets the part before the `@` depend on case; no provider of note does, and two users that differ by case only would be
/// one person twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Email(String);

/// RFC 5321 §4.5.3.1.3: a path of 256 octets, with its brackets.
const BYTES_MAX: usize = 254;

impl Email {
    /// The address that `text` spells, if it could be one: something, an `@`, a domain with a dot or `localhost`, and no space
    /// or control character, which would end up in a mail's header one day.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let fits = text.len() <= BYTES_MAX
            && !local.is_empty()
            && !local.contains('@')
            && (domain == "localhost" || domain.split('.').count() > 1)
            && domain.split('.').all(|label| !label.is_empty())
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\\\"[]".contains(c));
        fits.then_some(Self(text))
    }

    /// What stands behind the `@`.
    #[must_use]
    pub(crate) fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The address.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn one_address_has_one_spelling() {
        assert_eq!(
            Email::parse(" Asha.Rao+x@Example.IN ").unwrap().as_str(),
            "asha.rao+x@example.in"
        );
        assert!(Email::parse("root@localhost").is_some());
    }

    #[test]
    fn what_cannot_be_one_is_none() {
        let long = format!("{}@example.in", "a".repeat(250));
        for bad in [
            "",
            "a",
            "@b.c",
            "a@",
            "a@b",
            "a@b..c",
            "a@.c",
            "a b@c.d",
            "a@b.c\r\nbcc: x@y.z",
            "<a@b.c>",
            "a@b@c.d",
            &long,
        ] {
            assert_eq!(Email::parse(bad), None, "{bad:?}");
        }
    }
}
