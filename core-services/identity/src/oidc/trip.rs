//! The way to the provider and back: what binds a login to the browser that began it.
//!
//! The browser keeps one random text in a cookie, signed together with the provider, the end and the path to return to; `state`,
//! `nonce` and the PKCE verifier are keyed hashes of that text. So an unfinished login costs us no row, a copy of the database
//! finishes none, and who has only the URL (a log, a referrer) has neither the nonce nor the verifier. (§15.5.2 suggests the like.)

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::token::{self, Pepper, Purpose};

/// How long somebody may take at the provider, seconds.
pub(crate) const LASTS_S: i64 = 600;
/// Longest path to return to, in bytes.
const PATH_BYTES_MAX: usize = 500;

/// A login under way.
#[derive(Debug)]
pub(crate) struct Trip {
    pub(crate) provider: Uuid,
    pub(crate) return_to: String,
    pub(crate) expires_s: i64,
    random: SecretString,
}

impl Trip {
    /// Begins one.
    pub(crate) fn begin(provider: Uuid, return_to: &str, now_s: i64) -> Self {
        let expires_s = now_s.saturating_add(LASTS_S);
        Self { provider, return_to: return_to.to_owned(), expires_s, random: token::new_token() }
    }

    /// The cookie's value.
    pub(crate) fn to_cookie(&self, pepper: &Pepper) -> String {
        let path = URL_SAFE_NO_PAD.encode(&self.return_to);
        let random = self.random.expose_secret();
        let said = format!("{random}.{}.{}.{path}", self.provider.simple(), self.expires_s);
        let mac = URL_SAFE_NO_PAD.encode(pepper.digest(Purpose::Trip, &said));
        format!("{said}.{mac}")
    }

    /// What a cookie holds, if we made it and it is not over.
    pub(crate) fn from_cookie(pepper: &Pepper, cookie: &str, now_s: i64) -> Option<Self> {
        let (said, mac) = cookie.rsplit_once('.')?;
        if !pepper.matches(Purpose::Trip, said, &URL_SAFE_NO_PAD.decode(mac).ok()?) {
            return None;
        }
        let mut parts = said.split('.');
        let random = parts.next().filter(|random| token::is_token(random))?;
        let provider = parts.next()?.parse().ok()?;
        let expires_s = parts.next()?.parse().ok().filter(|expires| now_s < *expires)?;
        let path = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        let return_to = String::from_utf8(path).ok()?;
        let random = SecretString::from(random);
        parts.next().is_none().then_some(Self { provider, return_to, expires_s, random })
    }

    /// What the provider hands back with the code (RFC 6749 §10.12).
    pub(crate) fn state(&self, pepper: &Pepper) -> String {
        self.derived(pepper, Purpose::State)
    }

    /// Whether a `state` is this login's; takes the same time wherever they differ.
    pub(crate) fn is_state(&self, pepper: &Pepper, state: &str) -> bool {
        let bytes = URL_SAFE_NO_PAD.decode(state).unwrap_or_default();
        pepper.matches(Purpose::State, self.random.expose_secret(), &bytes)
    }

    /// What the token must repeat (§3.1.2.1).
    pub(crate) fn nonce(&self, pepper: &Pepper) -> String {
        self.derived(pepper, Purpose::Nonce)
    }

    /// The PKCE verifier: 43 characters of the unreserved set (RFC 7636 §4.1).
    pub(crate) fn verifier(&self, pepper: &Pepper) -> SecretString {
        self.derived(pepper, Purpose::Verifier).into()
    }

    /// The PKCE challenge, S256 (RFC 7636 §4.2).
    pub(crate) fn challenge(&self, pepper: &Pepper) -> String {
        challenge(self.verifier(pepper).expose_secret())
    }

    /// What is noted once it was completed.
    pub(crate) fn digest(&self, pepper: &Pepper) -> [u8; 32] {
        pepper.digest(Purpose::Trip, self.random.expose_secret())
    }

    fn derived(&self, pepper: &Pepper, purpose: Purpose) -> String {
        URL_SAFE_NO_PAD.encode(pepper.digest(purpose, self.random.expose_secret()))
    }
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Whether a text is a path of ours and can lead nowhere else. Browsers take `//host`, `/\host`, and both with a tab in between,
/// for another site.
pub(crate) fn is_local_path(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= PATH_BYTES_MAX
        && bytes.next() == Some(b'/')
        && bytes.next() != Some(b'/')
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use secrecy::SecretBox;

    use super::*;

    fn pepper(byte: u8) -> Pepper {
        Pepper::new(SecretBox::new(Box::new([byte; 32])))
    }

    #[test]
    fn a_cookie_is_read_as_it_was_made_until_it_is_over() {
        let pepper = pepper(7);
        let trip = Trip::begin(Uuid::from_u128(5), "/orders?x=1.2", 1_000);
        let cookie = trip.to_cookie(&pepper);
        let read = Trip::from_cookie(&pepper, &cookie, 1_599).unwrap();
        assert_eq!((read.provider, read.return_to.as_str()), (trip.provider, "/orders?x=1.2"));
        assert!(read.is_state(&pepper, &trip.state(&pepper)));
        assert_eq!(read.nonce(&pepper), trip.nonce(&pepper));
        assert!(Trip::from_cookie(&pepper, &cookie, 1_600).is_none(), "it is over");
    }

    #[test]
    fn a_cookie_that_is_not_ours_or_was_touched_is_none() {
        let mine = pepper(7);
        let trip = Trip::begin(Uuid::from_u128(5), "/", 1_000);
        let cookie = trip.to_cookie(&mine);
        assert!(Trip::from_cookie(&pepper(8), &cookie, 1_000).is_none());
        let parts: Vec<&str> = cookie.split('.').collect();
        for place in 0..parts.len() {
            let mut touched: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            let first = if touched[place].starts_with('1') { "2" } else { "1" };
            touched[place].replace_range(..1, first);
            assert!(Trip::from_cookie(&mine, &touched.join("."), 1_000).is_none(), "{place}");
        }
        for bad in ["", ".", "a.b.c.d.e", &parts[..4].join(".")] {
            assert!(Trip::from_cookie(&mine, bad, 1_000).is_none(), "{bad}");
        }
    }

    #[test]
    fn state_nonce_and_verifier_do_not_give_each_other_away() {
        let pepper = pepper(7);
        let (trip, other) = (Trip::begin(Uuid::nil(), "/", 0), Trip::begin(Uuid::nil(), "/", 0));
        let verifier = trip.verifier(&pepper);
        let texts = [trip.state(&pepper), trip.nonce(&pepper), verifier.expose_secret().to_owned()];
        assert!(
            texts.iter().all(|text| text.len() == 43 && !trip.to_cookie(&pepper).contains(text))
        );
        assert!(texts[0] != texts[1] && texts[1] != texts[2] && texts[0] != texts[2]);
        assert!(!other.is_state(&pepper, &texts[0]) && !trip.is_state(&pepper, ""));
    }

    /// The example of RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_standards() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn only_paths_of_ours_are_returned_to() {
        for good in ["/", "/orders", "/orders?status=late&x=%2F", "/a//b", "/docs#orders"] {
            assert!(is_local_path(good), "{good}");
        }
        let long = format!("/{}", "a".repeat(500));
        for bad in [
            "",
            "orders",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\r\nset-cookie: x",
            "/ä",
            "javascript:alert(1)",
            "/a b",
            &long,
        ] {
            assert!(!is_local_path(bad), "{bad:?}");
        }
    }
}
