//! Lists in the binary, looked up where they lie.
//!
//! A list has a header of `#` lines, then a record of `N` bytes for each entry, its line's end included, sorted by what it begins with.

/// The records of a list.
pub(super) fn records<const N: usize>(list: &'static [u8]) -> &'static [[u8; N]] {
    let lines = list.split_inclusive(|byte| *byte == b'\n');
    let header = lines.take_while(|line| line.starts_with(b"#")).map(<[u8]>::len).sum();
    list.get(header..).unwrap_or_default().as_chunks().0
}

/// The record that begins with `key`.
pub(super) fn find<const N: usize>(
    records: &'static [[u8; N]],
    key: &[u8],
) -> Option<&'static [u8; N]> {
    let at = records.binary_search_by(|record| record.get(..key.len()).cmp(&Some(key))).ok()?;
    records.get(at)
}
