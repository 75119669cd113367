//! The session cookie.
//!
//! `__Host-` in a name makes browsers take the cookie from a secure origin only, for this host alone and for every path
//! (RFC 6265bis §4.1.3.2), so that no other host of the domain can plant one. Browsers take `http://localhost` for secure here,
//! Safari excepted; for plain http elsewhere, and for Safari on a developer's machine, there is [`Cookie::Plain`], which the
//! operator must ask for.

use axum::http::HeaderMap;
use axum::http::header;

use crate::store::sessions::ABSOLUTE;

/// Which cookie holds the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cookie {
    /// `__Host-caravan`, over https or on localhost.
    #[default]
    Host,
    /// `caravan`, also over plain http: for development only, as everybody on the way can read it.
    Plain,
}

impl Cookie {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "__Host-caravan",
            Self::Plain => "caravan",
        }
    }

    /// The name of the cookie that binds a login by a provider to its browser.
    pub(crate) fn trip_name(self) -> &'static str {
        match self {
            Self::Host => "__Host-caravan-login",
            Self::Plain => "caravan-login",
        }
    }

    /// The value of a `set-cookie` that keeps such a login for `max_age_s`, or, for 0, ends it. `Lax` lets it come along when the
    /// provider sends the browser back, which is a navigation from another site.
    pub(crate) fn set_trip(self, value: &str, max_age_s: u64) -> String {
        self.named(self.trip_name(), value, max_age_s)
    }

    /// Such a login in a request's cookies.
    pub(crate) fn read_trip(self, headers: &HeaderMap) -> Option<&str> {
        one(headers, self.trip_name())
    }

    /// The value of a `set-cookie` that gives out `token`.
    pub(crate) fn set(self, token: &str) -> String {
        self.line(token, ABSOLUTE.as_secs())
    }

    /// The value of a `set-cookie` that takes the cookie away.
    pub(crate) fn clear(self) -> String {
        self.line("", 0)
    }

    /// `Lax` and not `Strict`: a link in a mail leads a signed-in user to the page and not to a login. What changes anything is
    /// held to more than the cookie (`caravan-csrf` and the origin, at the gateway).
    fn line(self, value: &str, max_age_s: u64) -> String {
        self.named(self.name(), value, max_age_s)
    }

    fn named(self, name: &str, value: &str, max_age_s: u64) -> String {
        let secure = match self {
            Self::Host => " Secure;",
            Self::Plain => "",
        };
        format!("{name}={value}; Path=/; HttpOnly;{secure} SameSite=Lax; Max-Age={max_age_s}")
    }

    /// The token in a request's cookies. Two of the name are none: nobody knows which of them is ours.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<&str> {
        one(headers, self.name())
    }
}

/// The value of the only cookie of that name.
fn one<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut ours = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == wanted)
        .map(|(_, value)| value);
    ours.next().filter(|_| ours.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_cannot_be_read_by_scripts_or_sent_by_others() {
        let line = Cookie::Host.set("abc");
        assert_eq!(
            line,
            "__Host-caravan=abc; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=43200"
        );
        assert!(!Cookie::Plain.set("abc").contains("Secure"));
        assert!(
            Cookie::Host.clear().contains("__Host-caravan=; ")
                && Cookie::Host.clear().ends_with("Max-Age=0")
        );
    }

    #[test]
    fn one_cookie_of_the_name_counts_and_two_do_not() {
        let read = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, header::HeaderValue::from_static(line));
            }
            Cookie::Host.read(&headers).map(str::to_owned)
        };
        assert_eq!(read(&["a=b; __Host-caravan=x; c=d"]), Some("x".to_owned()));
        assert_eq!(read(&["a=b", "__Host-caravan=x"]), Some("x".to_owned()));
        for none in [
            &["__Host-caravan=x; __Host-caravan=y"][..],
            &["__Host-caravan=x", "__Host-caravan=x"],
            &["caravan=x"],
            &[],
        ] {
            assert_eq!(read(none), None, "{none:?}");
        }
    }
}
