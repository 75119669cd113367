//! An upload under way: a private file that grows without holes and is gone when nobody holds it.
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt, BufWriter, SeekFrom};

use crate::admission::Space;

const WRITE_BUFFER_BYTES: usize = 256 << 10;
/// Staging files start with this; anything else in the folder is not ours to delete.
pub(crate) const PREFIX: &str = "upload-";

/// A complete upload in its private file; the file is deleted when this is dropped.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    size: u64,
    _space: Space,
}

impl Staged {
    pub(crate) fn adopt(path: PathBuf, size: u64, space: Space) -> Self {
        Self { path, size, _space: space }
    }

    /// Where the bytes are; readable for as long as this lives. Not synced to disk: what must survive is copied.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            crate::telemetry::staging_leftover(&self.path, &error);
        }
    }
}

/// The folder of staging files.
#[derive(Debug)]
pub(crate) struct Staging {
    folder: PathBuf,
    next: AtomicU64,
}

/// Limits of one upload, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) upload: u64,
    pub(crate) account: u64,
}

/// Why bytes were not taken. After one of these the upload can only be discarded.
#[derive(Debug, Error)]
pub(crate) enum WriteError {
    #[error("the write leaves a hole; files are sent from the start, in order")]
    Hole,
    #[error("the file is larger than the limit of {0} bytes")]
    TooLarge(u64),
    #[error("the account's uploads under way exceed {0} bytes")]
    AccountFull(u64),
    #[error("the server could not store the bytes")]
    Store(#[source] io::Error),
}

impl Staging {
    /// Makes the folder (mode 0700) if it is absent. Blocking; called once at start.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // Names need only be unique among runs that left files behind.
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let next = AtomicU64::new(u64::try_from(start).unwrap_or_default());
        Ok(Self { folder: folder.to_owned(), next })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) async fn create(&self, space: Space, limits: Limits) -> io::Result<Upload> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("{PREFIX}{number:016x}"));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let file = tokio::fs::OpenOptions::from(options).open(&path).await?;
        let file = BufWriter::with_capacity(WRITE_BUFFER_BYTES, file);
        let staged = Staged { path, size: 0, _space: space };
        Ok(Upload { staged, file, limits })
    }
}

/// A staging file that still grows.
#[derive(Debug)]
pub(crate) struct Upload {
    staged: Staged,
    file: BufWriter<File>,
    limits: Limits,
}

impl Upload {
    pub(crate) fn size(&self) -> u64 {
        self.staged.size
    }

    /// Writes at `offset`: at the end, or over bytes already sent.
    pub(crate) async fn write(&mut self, offset: u64, data: &[u8]) -> Result<(), WriteError> {
        let size = self.staged.size;
        if offset > size {
            return Err(WriteError::Hole);
        }
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        let end = offset.saturating_add(length);
        if end > self.limits.upload {
            return Err(WriteError::TooLarge(self.limits.upload));
        }
        let more = end.saturating_sub(size);
        if !self.staged._space.grow(more, self.limits.account) {
            return Err(WriteError::AccountFull(self.limits.account));
        }
        if offset < size {
            self.file.seek(SeekFrom::Start(offset)).await.map_err(WriteError::Store)?;
        }
        self.file.write_all(data).await.map_err(WriteError::Store)?;
        self.staged.size = size.max(end);
        if offset < size {
            self.file.seek(SeekFrom::Start(self.staged.size)).await.map_err(WriteError::Store)?;
        }
        Ok(())
    }

    /// Hands all bytes to the disk (fsync@openssh.com).
    pub(crate) async fn sync(&mut self) -> io::Result<()> {
        self.file.flush().await?;
        self.file.get_ref().sync_data().await
    }

    /// Hands all bytes to the file system and ends the writing.
    pub(crate) async fn finish(mut self) -> io::Result<Staged> {
        self.file.flush().await?;
        Ok(self.staged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Accounts;
    use crate::mailbox::AccountId;

    async fn upload(folder: &Path) -> Upload {
        let space = Space::new(Accounts::default().usage(&AccountId::new("a")));
        let limits = Limits { upload: 10, account: 20 };
        Staging::open(folder).unwrap().create(space, limits).await.unwrap()
    }

    #[tokio::test]
    async fn rewrites_are_taken_and_holes_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut upload = upload(folder.path()).await;
        upload.write(0, b"abcdef").await.unwrap();
        upload.write(1, b"XY").await.unwrap();
        upload.write(5, b"Zg").await.unwrap();
        upload.write(7, b"h").await.unwrap();
        assert!(matches!(upload.write(9, b"i").await, Err(WriteError::Hole)));
        assert!(matches!(upload.write(8, b"ijk").await, Err(WriteError::TooLarge(10))));
        assert!(matches!(upload.write(u64::MAX, b"i").await, Err(WriteError::Hole)));
        let staged = upload.finish().await.unwrap();
        assert_eq!(fs::read(staged.path()).unwrap(), b"aXYdeZgh");
        assert_eq!(staged.size(), 8);
        let path = staged.path().to_owned();
        drop(staged);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn an_abandoned_upload_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut upload = upload(folder.path()).await;
        upload.write(0, b"abc").await.unwrap();
        drop(upload);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
