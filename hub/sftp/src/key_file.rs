//! A private key in its file: read from there, or made once and kept with mode 0600.
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand::TryRngCore;
use rand::rngs::OsRng;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::ssh_key::{self, LineEnding};
use russh::keys::{Algorithm, PrivateKey};
use thiserror::Error;

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The file could not be read or written.
    #[error("could not access the key {}", path.display())]
    Access {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others may read it, so it may be known to them.
    #[error("the key {} has mode {mode:o}; run chmod 600 on it", path.display())]
    TooOpen {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The content is not a private key in OpenSSH format, or is protected by a passphrase.
    #[error("the key {} is not an OpenSSH ed25519 private key without passphrase", path.display())]
    Format {
        /// The key file.
        path: PathBuf,
        /// What the parser said.
        source: Option<ssh_key::Error>,
    },
    /// The system gave no random bytes.
    #[error("could not make a key")]
    Random(#[source] rand::rand_core::OsError),
}

/// The public half, as a line of `authorized_keys`, of the ed25519 key in `path`, which is made if there is none.
///
/// What `ssh-keygen -t ed25519 -N ''` does, for who has no OpenSSH at hand. Blocking.
///
/// # Errors
/// When the file cannot be read or written, is open to others or is no such key.
pub fn client_key(path: &Path) -> Result<String, KeyFileError> {
    let key = load_or_create(path)?;
    let format = |source| KeyFileError::Format { path: path.to_owned(), source: Some(source) };
    key.public_key().to_openssh().map_err(format)
}

/// Reads the key, or makes it. Blocking; called once at start.
pub(crate) fn load_or_create(path: &Path) -> Result<PrivateKey, KeyFileError> {
    let access = |source| KeyFileError::Access { path: path.to_owned(), source };
    match fs::read_to_string(path) {
        Ok(text) => {
            let mode = fs::metadata(path).map_err(access)?.permissions().mode() & 0o7777;
            if mode & 0o077 != 0 {
                return Err(KeyFileError::TooOpen { path: path.to_owned(), mode });
            }
            parse(path, &text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(path),
        Err(error) => Err(access(error)),
    }
}

fn parse(path: &Path, text: &str) -> Result<PrivateKey, KeyFileError> {
    let format = |source| KeyFileError::Format { path: path.to_owned(), source };
    let key = PrivateKey::from_openssh(text).map_err(|source| format(Some(source)))?;
    if key.is_encrypted() || key.algorithm() != Algorithm::Ed25519 {
        return Err(format(None));
    }
    Ok(key)
}

fn create(path: &Path) -> Result<PrivateKey, KeyFileError> {
    let access = |source| KeyFileError::Access { path: path.to_owned(), source };
    let mut seed = [0_u8; 32];
    OsRng.try_fill_bytes(&mut seed).map_err(KeyFileError::Random)?;
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
    let text = key
        .to_openssh(LineEnding::LF)
        .map_err(|source| KeyFileError::Format { path: path.to_owned(), source: Some(source) })?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(access)?;
    }
    // A crash in the middle must not leave half a key: write beside it, sync, then rename.
    let draft = path.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .map_err(access)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(access)?;
    fs::rename(&draft, path).map_err(access)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_made_once_privately_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/host");
        let made = load_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = load_or_create(&path).unwrap();
        assert_eq!(made.public_key(), read.public_key());
    }

    #[test]
    fn a_clients_line_names_the_key_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client");
        let line = client_key(&path).unwrap();
        let kept = load_or_create(&path).unwrap();
        assert_eq!(line.parse::<russh::keys::PublicKey>().unwrap(), *kept.public_key());
    }

    #[test]
    fn refuses_a_key_that_others_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host");
        load_or_create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(load_or_create(&path), Err(KeyFileError::TooOpen { mode: 0o644, .. })));
    }

    #[test]
    fn refuses_what_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host");
        fs::write(&path, "hello").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(load_or_create(&path), Err(KeyFileError::Format { .. })));
    }
}
