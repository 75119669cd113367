//! Secrets at rest: AES-256-GCM under one key that never enters the database.
//!
//! The additional data names the row, so that a sealed value moved to another tenant, table or row does not open.
//!
//! # Another key
//! Beside the key that seals lies another one, while it is changed: it opens too. First it is the next key, until every process
//! opens what it seals; then both change places, what is stored is sealed anew ([`Vault::reseal`]), and the old key goes.
//! docs/operations.md has the steps.
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
use secrecy::{ExposeSecret as _, SecretString};

/// How the name of the file with the other key ends: `vault` seals, `vault.other` opens too.
pub const OTHER: &str = ".other";

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
    /// What opens besides, while the key is changed.
    other: Option<RandomizedNonceKey>,
}

impl core::fmt::Debug for Vault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// Opens the key file, or makes one (mode 0600) when there is none. The file beside it that ends with [`OTHER`], where there is
    /// one, holds the other key.
    ///
    /// # Errors
    /// When a file can be neither read nor made, or holds no key.
    pub fn open(path: &Path) -> Result<Self, VaultError> {
        let vault = Self::of_key(&Self::own_key(path)?)?;
        let mut other = path.as_os_str().to_owned();
        other.push(OTHER);
        let other = Path::new(&other);
        match std::fs::read(other) {
            Ok(bytes) => vault.also_opening(&of_size(bytes, other)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(vault),
            Err(source) => Err(VaultError::KeyFile { path: other.display().to_string(), source }),
        }
    }

    fn own_key(path: &Path) -> Result<Vec<u8>, VaultError> {
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
        of_size(bytes, path)
    }

    /// With a key of 32 bytes that is kept elsewhere.
    ///
    /// # Errors
    /// When the cipher refuses the key.
    pub fn of_key(bytes: &[u8]) -> Result<Self, VaultError> {
        Ok(Self { key: aead_key(bytes)?, other: None })
    }

    /// The same vault, which also opens what was sealed under another key. It seals under its own as before.
    ///
    /// # Errors
    /// When the cipher refuses the key.
    pub fn also_opening(self, bytes: &[u8]) -> Result<Self, VaultError> {
        Ok(Self { other: Some(aead_key(bytes)?), ..self })
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
    /// When it was sealed with a key that is not here, or for another place.
    pub fn unseal(&self, place: &Place<'_>, sealed: &[u8]) -> Result<SecretString, VaultError> {
        let opened = unseal(&self.key, place, sealed);
        match &self.other {
            Some(other) => opened.or_else(|_| unseal(other, place, sealed)),
            None => opened,
        }
    }

    /// The secret of a place, sealed anew under the own key; none when it is under that already.
    ///
    /// # Errors
    /// When it opens by neither key.
    pub fn reseal(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Option<Vec<u8>>, VaultError> {
        if unseal(&self.key, place, sealed).is_ok() {
            return Ok(None);
        }
        let other = self.other.as_ref().ok_or(VaultError::DoesNotOpen)?;
        self.seal(place, unseal(other, place, sealed)?.expose_secret()).map(Some)
    }
}

/// What became of stored secrets that were to be sealed anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    /// They are under the own key now.
    pub anew: u64,
    /// They were so before.
    pub already: u64,
    /// They open by neither key, and were left as they are.
    pub unreadable: u64,
}

impl Resealed {
    /// Counts what [`Vault::reseal`] said of one secret; answers the one to be stored, if there is one.
    pub fn count(&mut self, outcome: Result<Option<Vec<u8>>, VaultError>) -> Option<Vec<u8>> {
        let (number, sealed) = match outcome {
            Ok(Some(sealed)) => (&mut self.anew, Some(sealed)),
            Ok(None) => (&mut self.already, None),
            Err(_) => (&mut self.unreadable, None),
        };
        *number += 1;
        sealed
    }
}

impl core::ops::AddAssign for Resealed {
    fn add_assign(&mut self, other: Self) {
        self.anew += other.anew;
        self.already += other.already;
        self.unreadable += other.unreadable;
    }
}

fn of_size(bytes: Vec<u8>, path: &Path) -> Result<Vec<u8>, VaultError> {
    match bytes.len() {
        32 => Ok(bytes),
        _ => Err(VaultError::KeySize(path.display().to_string())),
    }
}

fn aead_key(bytes: &[u8]) -> Result<RandomizedNonceKey, VaultError> {
    RandomizedNonceKey::new(&AES_256_GCM, bytes).map_err(|_| VaultError::Cipher)
}

fn unseal(
    key: &RandomizedNonceKey,
    place: &Place<'_>,
    sealed: &[u8],
) -> Result<SecretString, VaultError> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or(VaultError::DoesNotOpen)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::DoesNotOpen)?;
    let mut text = text.to_vec();
    let open = key
        .open_in_place(nonce, Aad::from(place.text()), &mut text)
        .map_err(|_| VaultError::DoesNotOpen)?;
    let secret = core::str::from_utf8(open).map_err(|_| VaultError::DoesNotOpen)?;
    Ok(SecretString::from(secret))
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

    #[test]
    fn a_key_is_changed_without_a_moment_in_which_something_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, byte: u8| std::fs::write(folder.path().join(name), [byte; 32]);
        let open = || Vault::open(&folder.path().join("key")).unwrap();
        let place = Place { table: "webhooks", tenant: TenantId(Uuid::from_u128(1)), row: &["2"] };
        let opens = |vault: &Vault, sealed: &[u8]| vault.unseal(&place, sealed).is_ok();

        write("key", 1).unwrap();
        let before = open();
        let old = before.seal(&place, "s3cret").unwrap();
        write("key.other", 2).unwrap();
        let ready = open();
        write("key", 2).unwrap();
        write("key.other", 1).unwrap();
        let between = open();
        let new = between.seal(&place, "s3cret").unwrap();
        assert!(opens(&ready, &old) && opens(&ready, &new) && opens(&between, &old));
        assert!(!opens(&before, &new), "that is why all are made ready first");

        assert_eq!(between.reseal(&place, &new).unwrap(), None, "it is under the new key already");
        let anew = between.reseal(&place, &old).unwrap().unwrap();
        let elsewhere = Place { row: &["3"], ..place };
        assert!(between.reseal(&elsewhere, &old).is_err(), "it is no way from one row to another");
        std::fs::remove_file(folder.path().join("key.other")).unwrap();
        let after = open();
        assert_eq!(after.unseal(&place, &anew).unwrap().expose_secret(), "s3cret");
        assert!(!opens(&after, &old) && after.reseal(&place, &old).is_err());
    }

    #[test]
    fn another_key_that_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key.other"), "short").unwrap();
        let refused = Vault::open(&folder.path().join("key")).unwrap_err();
        assert!(matches!(&refused, VaultError::KeySize(path) if path.ends_with("key.other")));
    }
}
