//! Secrets at rest: AES-256-GCM under one key that never enters the database.
//!
//! The additional data names the row, so that a sealed value moved to another tenant, table or row does not open. Key rotation and per-tenant keys are a later issue (docs/gaps.md).
//!
//! [`note`] signs what is to be shown to others, with the same cryptography.
#![forbid(unsafe_code)]

pub mod note;

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use caravan_model::TenantId;
use secrecy::SecretString;

/// Why sealing or opening failed. Never says anything about the value.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file cannot be read or made.
    #[error("the key file {path} cannot be used")]
    KeyFile {
        /// Its path.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The key file does not hold 32 bytes.
    #[error("the key file {0} does not hold 32 bytes")]
    KeySize(String),
    /// The system gave no randomness or refused the key.
    #[error("the cipher refused the key")]
    Cipher,
    /// The sealed value was made by another key, or for another row.
    #[error("a stored secret does not open with this key")]
    DoesNotOpen,
}

/// Seals and opens secrets.
pub struct Vault {
    key: RandomizedNonceKey,
}

impl core::fmt::Debug for Vault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// Opens the key file, or makes one (mode 0600) when there is none.
    ///
    /// # Errors
    /// When the file can be neither read nor made, or holds no key.
    pub fn open(path: &Path) -> Result<Self, VaultError> {
        let file_error = |source| VaultError::KeyFile { path: path.display().to_string(), source };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut bytes = vec![0_u8; 32];
                SystemRandom::new().fill(&mut bytes).map_err(|_| VaultError::Cipher)?;
                let mut options = std::fs::OpenOptions::new();
                let mut file = options
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(path)
                    .map_err(file_error)?;
                file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(file_error)?;
                bytes
            }
            Err(error) => return Err(file_error(error)),
        };
        if bytes.len() != 32 {
            return Err(VaultError::KeySize(path.display().to_string()));
        }
        Self::of_key(&bytes)
    }

    /// With a key of 32 bytes that is kept elsewhere.
    ///
    /// # Errors
    /// When the cipher refuses the key.
    pub fn of_key(bytes: &[u8]) -> Result<Self, VaultError> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes).map_err(|_| VaultError::Cipher)?;
        Ok(Self { key })
    }

    /// Seals the secret of a place.
    ///
    /// # Errors
    /// When the cipher fails, which it does for no value below gigabytes.
    pub fn seal(&self, place: &Place<'_>, secret: &str) -> Result<Vec<u8>, VaultError> {
        let mut text = secret.as_bytes().to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(place.text()), &mut text)
            .map_err(|_| VaultError::Cipher)?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut text);
        Ok(sealed)
    }

    /// Opens the secret of a place.
    ///
    /// # Errors
    /// When it was sealed with another key or for another place.
    pub fn unseal(&self, place: &Place<'_>, sealed: &[u8]) -> Result<SecretString, VaultError> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or(VaultError::DoesNotOpen)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::DoesNotOpen)?;
        let mut text = text.to_vec();
        let open = self
            .key
            .open_in_place(nonce, Aad::from(place.text()), &mut text)
            .map_err(|_| VaultError::DoesNotOpen)?;
        let secret = core::str::from_utf8(open).map_err(|_| VaultError::DoesNotOpen)?;
        Ok(SecretString::from(secret))
    }
}

/// Where a secret belongs.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Table, as its owner calls it.
    pub table: &'a str,
    /// Tenant.
    pub tenant: TenantId,
    /// The row below the tenant: its key's other parts, in their order.
    pub row: &'a [&'a str],
}

impl Place<'_> {
    /// WHEN CHANGING THIS: what is sealed opens by this text only.
    fn text(&self) -> Vec<u8> {
        let Self { table, tenant, row } = self;
        let mut text = format!("{table}\u{0}{tenant}");
        for part in *row {
            text.push('\u{0}');
            text.push_str(part);
        }
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;
    use uuid::Uuid;

    #[test]
    fn a_secret_opens_only_where_it_was_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&folder.path().join("key")).unwrap();
        let place = Place {
            table: "connection_secrets",
            tenant: TenantId(Uuid::from_u128(1)),
            row: &["2", "key", "value"],
        };
        let sealed = vault.seal(&place, "s3cret").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"s3cret"));
        assert_eq!(vault.unseal(&place, &sealed).unwrap().expose_secret(), "s3cret");
        for elsewhere in [
            Place { tenant: TenantId(Uuid::from_u128(3)), ..place },
            Place { table: "webhooks", ..place },
            Place { row: &["2", "key", "other"], ..place },
        ] {
            assert!(matches!(vault.unseal(&elsewhere, &sealed), Err(VaultError::DoesNotOpen)));
        }
        let again = Vault::open(&folder.path().join("key")).unwrap();
        assert_eq!(again.unseal(&place, &sealed).unwrap().expose_secret(), "s3cret");
    }
}
