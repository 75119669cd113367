//! The token of a link: random, shown once, stored as a hash only.

use rand::Rng as _;
use rand::distr::Alphanumeric;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

/// Of 62 letters and digits: log2(62^32) = 190 bits.
const LEN: usize = 32;

/// A fresh token, and the hash under which it is stored.
pub(crate) fn new() -> (SecretString, [u8; 32]) {
    // ThreadRng is a cryptographic generator, seeded by the system.
    let text: String = rand::rng().sample_iter(Alphanumeric).take(LEN).map(char::from).collect();
    let digest = hash(&text);
    (text.into(), digest)
}

/// The hash under which a token is stored; none for what has not a token's form.
pub(crate) fn digest(text: &str) -> Option<[u8; 32]> {
    let is_token = text.len() == LEN && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_token.then(|| hash(text))
}

/// Without a key: nobody finds 190 random bits by their hash.
fn hash(text: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"caravan.link/").chain_update(text).finalize().into()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn each_token_is_another_and_only_a_tokens_form_has_a_hash() {
        let ((one, hash), (other, other_hash)) = (new(), new());
        let token = one.expose_secret();
        assert_ne!(token, other.expose_secret());
        assert_ne!(hash, other_hash);
        assert_eq!(digest(token), Some(hash));
        let mut short = token.to_owned();
        short.pop();
        for bad in ["", "page", &short, &format!("{token}x"), &format!("{short}/")] {
            assert_eq!(digest(bad), None, "{bad}");
        }
    }
}
