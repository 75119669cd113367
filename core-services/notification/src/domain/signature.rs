//! Signatures by Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, base64, marked `v1`.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

/// What a secret begins with, so that it is recognised where it does not belong.
const PREFIX: &str = "whsec_";
/// Length of a secret, in bytes; the standard asks for 24 to 64.
const SECRET_BYTES: usize = 32;

/// A secret that is none, or no randomness to make one of.
#[derive(Debug, thiserror::Error)]
#[error("the signing secret cannot be made or read")]
pub(crate) struct Unsound;

/// A new secret, in the form that receivers know.
pub(crate) fn new_secret() -> Result<SecretString, Unsound> {
    let mut bytes = [0_u8; SECRET_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Unsound)?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)).into())
}

/// Signs with one secret, or with two while a receiver changes over.
pub(crate) struct Signer(Vec<hmac::Key>);

impl Signer {
    pub(crate) fn new(secrets: &[SecretString]) -> Result<Self, Unsound> {
        let key = |secret: &SecretString| {
            let text = secret.expose_secret().strip_prefix(PREFIX).ok_or(Unsound)?;
            let bytes = STANDARD.decode(text).map_err(|_| Unsound)?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
        };
        Ok(Self(secrets.iter().map(key).collect::<Result<_, _>>()?))
    }

    /// The header `webhook-signature`.
    pub(crate) fn sign(&self, id: &str, timestamp_s: i64, body: &str) -> String {
        let text = format!("{id}.{timestamp_s}.{body}");
        let one = |key| format!("v1,{}", STANDARD.encode(hmac::sign(key, text.as_bytes())));
        self.0.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the standard's own libraries (github.com/standard-webhooks/standard-webhooks,
    /// `libraries/go/webhook_test.go`, `TestWebhookSign`).
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn signed(secrets: &[&str]) -> String {
        let secrets: Vec<SecretString> = secrets.iter().map(|text| (*text).into()).collect();
        let signer = Signer::new(&secrets).unwrap();
        signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#)
    }

    #[test]
    fn the_published_vector_is_met() {
        assert_eq!(signed(&[SECRET]), SIGNATURE);
    }

    #[test]
    fn two_secrets_give_two_signatures_and_a_new_one_is_of_the_standards_length() {
        let new = new_secret().unwrap();
        let both = signed(&[new.expose_secret(), SECRET]);
        let (first, second) = both.split_once(' ').unwrap();
        assert_eq!(second, SIGNATURE);
        assert_eq!(first, signed(&[new.expose_secret()]));
        let bytes = STANDARD.decode(new.expose_secret().strip_prefix(PREFIX).unwrap()).unwrap();
        assert_eq!(bytes.len(), SECRET_BYTES);
        assert!(Signer::new(&["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()]).is_err());
    }
}
