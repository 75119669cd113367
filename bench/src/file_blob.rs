//! A file as the sandbox's blob and as a connector's document: read window by window, never whole.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use caravan_connector_sdk::Document;
use caravan_hub_sandbox::Blob;

/// An open file.
pub(crate) struct FileBlob {
    file: File,
    size: u64,
}

impl FileBlob {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { file, size })
    }

    fn window(&self, offset: u64, len: u32) -> io::Result<Vec<u8>> {
        let left = self.size.saturating_sub(offset).min(u64::from(len));
        let mut bytes = vec![0_u8; usize::try_from(left).unwrap_or_default()];
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }
}

#[async_trait]
impl Blob for FileBlob {
    fn size(&self) -> u64 {
        self.size
    }

    async fn read(&self, offset: u64, len: u32) -> io::Result<Bytes> {
        self.window(offset, len).map(Bytes::from)
    }
}

impl Document for FileBlob {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, offset: u64, len: u32) -> Vec<u8> {
        // A connector takes an early end for a truncated document, and the benchmark's counts then do not come out.
        self.window(offset, len).unwrap_or_default()
    }
}
