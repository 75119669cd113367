//! The data folder: what lies where, and the note by which other commands find a running Caravan.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Paths inside a data folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

/// How to reach the running Caravan; readable by its owner only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) url: String,
    pub(crate) api_key: Option<String>,
    pub(crate) sftp_address: String,
}

impl Folder {
    /// The folder at `path`, made if need be.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error| {
            Failure::of(&format!("the data folder {} cannot be used", path.display()), &error)
        };
        let root = std::path::absolute(path).map_err(failed)?;
        // Others may pass through, for PostgreSQL's own user; every folder with content is closed by itself.
        fs::create_dir_all(&root).map_err(failed)?;
        let folder = Self { root };
        for private in [folder.keys(), folder.documents(), folder.staging()] {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&private);
            made.map_err(failed)?;
        }
        Ok(folder)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
    pub(crate) fn postgres(&self) -> PathBuf {
        self.root.join("postgres")
    }
    pub(crate) fn documents(&self) -> PathBuf {
        self.root.join("documents")
    }
    pub(crate) fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }
    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }
    fn note_path(&self) -> PathBuf {
        self.keys().join("running.json")
    }

    /// Leaves the note of a running Caravan.
    pub(crate) fn write_note(&self, note: &Note) -> Result<(), Failure> {
        let path = self.note_path();
        let failed = |error| Failure::of(&format!("{} cannot be written", path.display()), &error);
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let text = serde_json::to_string_pretty(note).map_err(|error| failed(error.into()))?;
        file.write_all(text.as_bytes()).map_err(failed)
    }

    /// Takes the note away when Caravan stops.
    pub(crate) fn remove_note(&self) {
        if let Err(error) = fs::remove_file(self.note_path()) {
            tracing::debug!(%error, "There was no note to remove.");
        }
    }

    /// The note of the Caravan that runs on the folder at `path`.
    pub(crate) fn read_note(path: &Path) -> Result<Note, Failure> {
        let path = path.join("keys").join("running.json");
        let none = || {
            Failure::new(format!(
                "no Caravan runs on this data folder ({} is not there)",
                path.display()
            ))
            .hint("start it with `caravan up`, or name its folder with --data-dir")
        };
        let text = fs::read_to_string(&path).map_err(|_| none())?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::of(&format!("{} cannot be read", path.display()), &error))
    }

    /// 32 random bytes that stay the same over restarts, in a file of mode 0600.
    pub(crate) fn secret(&self, name: &str) -> Result<[u8; 32], Failure> {
        let path = self.keys().join(name);
        let failed =
            |error| Failure::of(&format!("the key file {} cannot be used", path.display()), &error);
        if let Ok(bytes) = fs::read(&path) {
            return of_size(bytes, &path);
        }
        let bytes: [u8; 32] = rand::random();
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(bytes)
    }

    /// The key that is believed beside the one of this name while it is changed, if there is one.
    pub(crate) fn other_secret(&self, name: &str) -> Result<Option<[u8; 32]>, Failure> {
        let path = self.keys().join(format!("{name}{}", caravan_vault::OTHER));
        match fs::read(&path) {
            Ok(bytes) => of_size(bytes, &path).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let what = format!("the key file {} cannot be used", path.display());
                Err(Failure::of(&what, &error))
            }
        }
    }
}

fn of_size(bytes: Vec<u8>, path: &Path) -> Result<[u8; 32], Failure> {
    let size = bytes.len();
    bytes.try_into().map_err(|_| {
        Failure::new(format!("the key file {} holds {size} bytes, not 32", path.display()))
    })
}
