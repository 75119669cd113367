//! The raw bytes: stored once, under their hash, before anything else happens.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use caravan_hub_sandbox::Blob;
use caravan_model::DocumentHash;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

/// How much of a staged file is read at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The folder of the local store cannot be used.
    #[error("the document folder {path} cannot be used")]
    Folder {
        /// Its path.
        path: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The store failed.
    #[error("the object store failed")]
    Store(#[from] object_store::Error),
    /// A staged upload cannot be read.
    #[error("the staged upload cannot be read")]
    Staged(#[source] io::Error),
    /// What was stored under a hash has another hash: the disk lies.
    #[error("the stored bytes of document {0} are not the bytes that were received")]
    Corrupt(DocumentHash),
}

/// The bytes of a document before they are stored.
#[derive(Debug)]
pub enum Body {
    /// In memory: what came over HTTP under a cap.
    Memory(Bytes),
    /// In a staged file: what came over SFTP.
    File(std::path::PathBuf),
}

/// The object store, keyed by content.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    folder: PathBuf,
}

/// The disk that documents lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Its size in bytes.
    pub bytes: u64,
    /// What is free for us.
    pub free_bytes: u64,
}

impl Objects {
    /// A store in a local folder; a write is on the disk before it is confirmed.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn local(folder: &Path) -> Result<Self, ObjectError> {
        std::fs::create_dir_all(folder)
            .map_err(|source| ObjectError::Folder { path: folder.display().to_string(), source })?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), folder: folder.to_owned() })
    }

    /// How full the disk is.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn space(&self) -> io::Result<Space> {
        let disk = rustix::fs::statvfs(&self.folder)?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        Ok(Space { bytes: bytes(disk.f_blocks), free_bytes: bytes(disk.f_bavail) })
    }

    /// Stores a document's bytes once and says what they are.
    ///
    /// # Errors
    /// When the store fails; then nothing is stored.
    pub async fn put(&self, body: &Body) -> Result<Stored, ObjectError> {
        match body {
            Body::Memory(bytes) => self.put_bytes(bytes.clone()).await,
            Body::File(path) => self.put_file(path).await,
        }
    }

    async fn put_bytes(&self, bytes: Bytes) -> Result<Stored, ObjectError> {
        let stored = Stored {
            hash: DocumentHash(Sha256::digest(&bytes).into()),
            size_bytes: length(bytes.len()),
        };
        if !self.has(stored).await? {
            self.store.put(&key(stored.hash), PutPayload::from_bytes(bytes)).await?;
        }
        Ok(stored)
    }

    async fn put_file(&self, path: &Path) -> Result<Stored, ObjectError> {
        let stored = hash_file(path).await.map_err(ObjectError::Staged)?;
        if self.has(stored).await? {
            return Ok(stored);
        }
        let mut file = tokio::fs::File::open(path).await.map_err(ObjectError::Staged)?;
        let mut writer = WriteMultipart::new(self.store.put_multipart(&key(stored.hash)).await?);
        let mut chunk = vec![0_u8; CHUNK_BYTES];
        loop {
            let count = file.read(&mut chunk).await.map_err(ObjectError::Staged)?;
            if count == 0 {
                break;
            }
            writer.wait_for_capacity(2).await?;
            writer.write(chunk.get(..count).unwrap_or_default());
        }
        writer.finish().await?;
        Ok(stored)
    }

    async fn has(&self, stored: Stored) -> Result<bool, ObjectError> {
        match self.store.head(&key(stored.hash)).await {
            Ok(meta) => Ok(meta.size == stored.size_bytes),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// All bytes of a document, checked against its hash.
    ///
    /// # Errors
    /// When the store fails or the bytes are not what was received.
    pub async fn get(&self, hash: DocumentHash) -> Result<Bytes, ObjectError> {
        let bytes = self.store.get_opts(&key(hash), GetOptions::default()).await?.bytes().await?;
        if DocumentHash(Sha256::digest(&bytes).into()) != hash {
            return Err(ObjectError::Corrupt(hash));
        }
        Ok(bytes)
    }

    /// The bytes as a stream, for the wire.
    ///
    /// # Errors
    /// When the store has no such document.
    pub async fn stream(
        &self,
        hash: DocumentHash,
    ) -> Result<
        impl futures_util::Stream<Item = Result<Bytes, object_store::Error>> + use<>,
        ObjectError,
    > {
        Ok(self.store.get_opts(&key(hash), GetOptions::default()).await?.into_stream())
    }

    /// A document that a guest reads window by window.
    #[must_use]
    pub fn blob(&self, stored: Stored) -> Arc<dyn Blob> {
        Arc::new(ObjectBlob { store: Arc::clone(&self.store), stored })
    }
}

/// What was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256 of the bytes.
    pub hash: DocumentHash,
    /// How many they are.
    pub size_bytes: u64,
}

#[derive(Debug)]
struct ObjectBlob {
    store: Arc<dyn ObjectStore>,
    stored: Stored,
}

#[async_trait]
impl Blob for ObjectBlob {
    fn size(&self) -> u64 {
        self.stored.size_bytes
    }

    async fn read(&self, offset: u64, len: u32) -> io::Result<Bytes> {
        let end = offset.saturating_add(u64::from(len)).min(self.stored.size_bytes);
        if offset >= end {
            return Ok(Bytes::new());
        }
        self.store.get_range(&key(self.stored.hash), offset..end).await.map_err(io::Error::other)
    }
}

/// Hash and size of a staged file.
async fn hash_file(path: &Path) -> io::Result<Stored> {
    let mut file = tokio::fs::File::open(path).await?;
    let mut hasher = Sha256::new();
    let mut size_bytes = 0_u64;
    let mut chunk = vec![0_u8; CHUNK_BYTES];
    loop {
        let count = file.read(&mut chunk).await?;
        if count == 0 {
            break;
        }
        hasher.update(chunk.get(..count).unwrap_or_default());
        size_bytes = size_bytes.saturating_add(length(count));
    }
    Ok(Stored { hash: DocumentHash(hasher.finalize().into()), size_bytes })
}

/// Two levels of folders, so that no folder holds millions of files.
fn key(hash: DocumentHash) -> Key {
    let text = hash.to_string();
    let part = |range: core::ops::Range<usize>| text.get(range).unwrap_or_default().to_owned();
    Key::from_iter([part(0..2), part(2..4), text.clone()])
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
