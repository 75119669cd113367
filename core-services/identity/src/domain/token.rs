//! The texts that open something: API keys, session tokens, invitations, resets. Random, and stored as keyed hashes only.

use hmac::{Hmac, Mac as _};
use rand::Rng as _;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::Sha256;

const KEY_PREFIX: &str = "crv_live_";
const KEY_ID_LEN: usize = 8;
/// Of the alphabet's 62 letters: log2(62^43) = 256 bits.
const SECRET_LEN: usize = 43;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What tells a session's token from an invitation's: the one must not open what the other does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Key,
    Session,
    Invitation,
    /// A new password for who forgot the old one.
    Reset,
    /// A login by a provider that is under way: its cookie, and what is derived from it.
    Trip,
    State,
    Nonce,
    Verifier,
}

/// Makes the hashes under which tokens are stored: HMAC-SHA256 under a key that is not in the database, so that a copy of the
/// database opens nothing and lets nobody plant a token.
pub(crate) struct Pepper(SecretBox<[u8; 32]>);

impl Pepper {
    pub(crate) fn new(key: SecretBox<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The hash of a token.
    pub(crate) fn digest(&self, purpose: Purpose, token: &str) -> [u8; 32] {
        self.mac(purpose, token).map(|mac| mac.finalize().into_bytes().into()).unwrap_or_default()
    }

    /// Whether `digest` is the token's; takes the same time wherever they differ.
    pub(crate) fn matches(&self, purpose: Purpose, token: &str, digest: &[u8]) -> bool {
        self.mac(purpose, token).is_some_and(|mac| mac.verify_slice(digest).is_ok())
    }

    fn mac(&self, purpose: Purpose, token: &str) -> Option<Hmac<Sha256>> {
        // HMAC takes keys of every length.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).ok()?;
        // A key's hash is over the key alone: so it has been since keys are stored.
        match purpose {
            Purpose::Key => {}
            Purpose::Session => mac.update(b"session/"),
            Purpose::Invitation => mac.update(b"invitation/"),
            Purpose::Reset => mac.update(b"reset/"),
            Purpose::Trip => mac.update(b"trip/"),
            Purpose::State => mac.update(b"state/"),
            Purpose::Nonce => mac.update(b"nonce/"),
            Purpose::Verifier => mac.update(b"verifier/"),
        }
        mac.update(token.as_bytes());
        Some(mac)
    }
}

/// A fresh API key: `crv_live_<8 characters>_<43 characters>`.
pub(crate) fn new_key() -> SecretString {
    format!("{KEY_PREFIX}{}_{}", random(KEY_ID_LEN), random(SECRET_LEN)).into()
}

/// A fresh session token, invitation or reset: 43 characters.
pub(crate) fn new_token() -> SecretString {
    random(SECRET_LEN).into()
}

/// The public part of a text that has a key's form.
pub(crate) fn key_id(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    (id.len() == KEY_ID_LEN && secret.len() == SECRET_LEN && in_alphabet(id) && in_alphabet(secret))
        .then_some(id)
}

/// Whether a text has the form of a session token, an invitation or a reset.
pub(crate) fn is_token(text: &str) -> bool {
    text.len() == SECRET_LEN && in_alphabet(text)
}

fn in_alphabet(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn random(len: usize) -> String {
    // ThreadRng is a cryptographic generator, seeded by the system.
    let mut rng = rand::rng();
    (0..len)
        .map(|_| ALPHABET.get(rng.random_range(0..ALPHABET.len())).copied().map_or('0', char::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_form() {
        let key = new_key().expose_secret().to_owned();
        assert_eq!(key_id(&key).map(str::len), Some(KEY_ID_LEN));
        for bad in [
            "",
            KEY_PREFIX,
            "crv_live_abcdefgh_short",
            &key.replace("live", "test"),
            &format!("{key}x"),
        ] {
            assert_eq!(key_id(bad), None, "{bad}");
        }
        assert!(!is_token(&key) && is_token(new_token().expose_secret()));
    }

    #[test]
    fn a_hash_is_for_one_purpose_and_one_pepper() {
        let pepper = Pepper::new(SecretBox::new(Box::new([7; 32])));
        let other = Pepper::new(SecretBox::new(Box::new([8; 32])));
        let token = new_token();
        let token = token.expose_secret();
        let digest = pepper.digest(Purpose::Session, token);
        assert!(pepper.matches(Purpose::Session, token, &digest));
        assert!(!pepper.matches(Purpose::Invitation, token, &digest));
        assert!(!pepper.matches(Purpose::Key, token, &digest));
        assert!(!other.matches(Purpose::Session, token, &digest));
        assert!(!pepper.matches(Purpose::Session, &format!("{token}x"), &digest));
    }
}
