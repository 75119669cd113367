//! Where the bytes come from: a document that is read by windows.

/// A window of the document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading the document at byte {offset} failed: {message}")]
pub struct ReadError {
    /// First byte of the window.
    pub offset: u64,
    /// What the host said.
    pub message: String,
}

/// A document of known size that can be read anywhere.
pub trait Source {
    /// Size in bytes.
    fn size(&self) -> u64;

    /// Appends at most `len` bytes from `offset` to `out` and answers how many; 0 only at the end.
    ///
    /// # Errors
    /// When the host cannot read the window.
    fn read(&mut self, offset: u64, len: u32, out: &mut Vec<u8>) -> Result<usize, ReadError>;
}

impl Source for &[u8] {
    fn size(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read(&mut self, offset: u64, len: u32, out: &mut Vec<u8>) -> Result<usize, ReadError> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let end = start.saturating_add(usize::try_from(len).unwrap_or(usize::MAX)).min(self.len());
        let window = self.get(start..end).unwrap_or_default();
        out.extend_from_slice(window);
        Ok(window.len())
    }
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read(&mut self, offset: u64, len: u32, out: &mut Vec<u8>) -> Result<usize, ReadError> {
        (**self).read(offset, len, out)
    }
}
