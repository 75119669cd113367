//! Which characters the bytes of a text file are: a mark decides, else the bytes themselves.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::table::Encoding;

/// How many bytes are looked at to tell UTF-16 without a mark.
const SAMPLE: usize = 4_096;

/// The text, how it was read, and how many of its characters had to be replaced.
pub(super) fn decode(bytes: &[u8]) -> (String, Encoding, u64) {
    let (encoding, body) = detect(bytes);
    let codec = match encoding {
        Encoding::Utf8 => UTF_8,
        Encoding::Utf16Le => UTF_16LE,
        Encoding::Utf16Be => UTF_16BE,
        Encoding::Windows1252 => WINDOWS_1252,
    };
    let (text, had_errors) = codec.decode_without_bom_handling(body);
    let replaced = if had_errors {
        u64::try_from(text.matches('\u{FFFD}').count()).unwrap_or(u64::MAX)
    } else {
        0
    };
    (text.into_owned(), encoding, replaced)
}

fn detect(bytes: &[u8]) -> (Encoding, &[u8]) {
    if let Some(body) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return (Encoding::Utf8, body);
    }
    if let Some(body) = bytes.strip_prefix(b"\xFF\xFE") {
        return (Encoding::Utf16Le, body);
    }
    if let Some(body) = bytes.strip_prefix(b"\xFE\xFF") {
        return (Encoding::Utf16Be, body);
    }
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    // Delimiters, digits and line ends are below U+0100 in any language: their other byte is zero, always on one side.
    let zeros =
        |side: usize| sample.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = sample.len() / 16;
    if odd > many && even == 0 {
        return (Encoding::Utf16Le, bytes);
    }
    if even > many && odd == 0 {
        return (Encoding::Utf16Be, bytes);
    }
    let encoding =
        if core::str::from_utf8(bytes).is_ok() { Encoding::Utf8 } else { Encoding::Windows1252 };
    (encoding, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str, encoding: Encoding) {
        assert_eq!(decode(bytes), (text.to_owned(), encoding, 0));
    }

    #[test]
    fn marks_and_bytes_decide() {
        check(b"\xEF\xBB\xBFa,b", "a,b", Encoding::Utf8);
        check("पिन,कोड".as_bytes(), "पिन,कोड", Encoding::Utf8);
        check(b"\xFF\xFEa\0,\0", "a,", Encoding::Utf16Le);
        check(b"\xFE\xFF\0a\0,", "a,", Encoding::Utf16Be);
        check(b"a\0,\0b\0\n\0", "a,b\n", Encoding::Utf16Le);
        check(b"\0a\0,\0b\0\n", "a,b\n", Encoding::Utf16Be);
        check(b"M\xFCller \x80 12", "Müller € 12", Encoding::Windows1252);
    }

    #[test]
    fn what_had_to_be_replaced_is_counted() {
        let (text, encoding, replaced) = decode(b"\xEF\xBB\xBFa\xFFb");
        assert_eq!((text.as_str(), encoding, replaced), ("a\u{FFFD}b", Encoding::Utf8, 1));
    }
}
