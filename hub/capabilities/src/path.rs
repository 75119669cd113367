//! Which paths are plain: what we compare with the manifest must be what the party's server will see.

/// Why `path` is not plain; none when it is.
///
/// Servers differ in when they decode and normalise, so whatever one of them could take for a separator or a dot segment is
/// refused, also when it is encoded more than once.
pub(crate) fn objection(path: &str) -> Option<&'static str> {
    if !path.starts_with('/') {
        return Some("does not start with /");
    }
    let mut decoded = path.as_bytes().to_vec();
    for depth in 0..4 {
        if let Some(objection) = plain(&decoded, depth > 0, path) {
            return Some(objection);
        }
        let next = decode(&decoded);
        if next == decoded {
            return None;
        }
        decoded = next;
    }
    Some("is percent-encoded too often")
}

fn plain(path: &[u8], was_encoded: bool, sent: &str) -> Option<&'static str> {
    if path.iter().any(|&byte| byte < 0x20 || byte == 0x7f || byte == b'\\') {
        return Some("holds a control character or a backslash");
    }
    if !was_encoded && path.iter().any(|&byte| matches!(byte, b'?' | b'#' | b' ') || byte >= 0x80) {
        return Some("holds ?, #, a space or an unencoded character");
    }
    let slashes = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'/').count();
    if slashes(path) != slashes(sent.as_bytes()) {
        return Some("holds an encoded slash");
    }
    let mut segments = path.split(|&byte| byte == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        // `;` begins parameters that some servers cut off before they look at the segment.
        let name = segment.split(|&byte| byte == b';').next().unwrap_or_default();
        if matches!(name, b"." | b"..") {
            return Some("holds a dot segment");
        }
        if segment.is_empty() && segments.peek().is_some() {
            return Some("holds an empty segment");
        }
    }
    None
}

fn decode(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&byte, after)) = rest.split_first() {
        let pair =
            after.get(..2).filter(|_| byte == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        let value = pair
            .filter(|pair| !pair.starts_with('+'))
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        decoded.push(value.unwrap_or(byte));
        rest = value.and_then(|_| after.get(2..)).unwrap_or(after);
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_pass() {
        for path in [
            "/",
            "/track/shipments",
            "/a/b/",
            "/a%20b",
            "/a;v=1/b",
            "/v1/x.y/..z",
            "/%C3%A9",
            "/100%25",
        ] {
            assert_eq!(objection(path), None, "{path}");
        }
    }

    #[test]
    fn traversal_is_refused_however_it_is_written() {
        let traversals = [
            "",
            "track",
            "//evil.example",
            "/a//b",
            "/a/../b",
            "/..",
            "/a/.",
            "/a/%2e%2e/b",
            "/a/%2E./b",
            "/a/.%2e/b",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\..\\b",
            "/a/%252e%252e/b",
            "/a%252fb",
            "/a/%25252e%25252e/b",
            "/a/..;x=1/b",
            "/a?b",
            "/a#b",
            "/a b",
            "/a\r\nb",
            "/a%00b",
            "/é",
            "/%2525252525",
        ];
        for path in traversals {
            assert!(objection(path).is_some(), "{path:?}");
        }
    }
}
