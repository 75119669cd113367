//! The document that the host holds, read window by window so that memory stays flat.

/// The largest window that a host gives in one read: 1 MiB (`blobs.read` in the contract).
pub const WINDOW_BYTES_MAX: u32 = 1024 * 1024;

/// A document kept by the host.
///
/// ```
/// use caravan_connector_sdk::{Document, testing::BytesDocument};
/// let document = BytesDocument::new("ISA*00*");
/// assert_eq!(document.size(), 7);
/// assert_eq!(document.read(4, 100), b"00*");
/// assert!(document.read(7, 100).is_empty());
/// ```
pub trait Document {
    /// Size in bytes.
    fn size(&self) -> u64;

    /// At most `len` bytes from `offset`: fewer at the end or over [`WINDOW_BYTES_MAX`], none at or past the end.
    fn read(&self, offset: u64, len: u32) -> Vec<u8>;
}
