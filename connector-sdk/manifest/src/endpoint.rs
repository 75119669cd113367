//! Which paths an endpoint's patterns allow.

use crate::manifest::{Endpoint, StatusMeaning};

impl Endpoint {
    /// Whether `method` (upper case) is declared.
    #[must_use]
    pub fn allows_method(&self, method: &str) -> bool {
        self.methods.iter().any(|declared| declared == method)
    }

    /// What the party means by `status`, when the manifest says so.
    #[must_use]
    pub fn meaning_of(&self, status: u16) -> Option<StatusMeaning> {
        if self.means.is_empty() { None } else { self.means.get(&status.to_string()).copied() }
    }

    /// Whether a pattern allows `path`: segment by segment as a prefix, `*` for anything within one segment.
    /// The caller has already refused dot segments, empty segments and encoded separators.
    #[must_use]
    pub fn allows_path(&self, path: &str) -> bool {
        self.paths.iter().any(|pattern| path_matches(pattern, path))
    }
}

fn path_matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    let pattern = pattern.trim_end_matches('/');
    pattern
        .split('/')
        .skip(1)
        .all(|wanted| segments.next().is_some_and(|segment| segment_matches(wanted, segment)))
}

/// A `*` stands for any run of characters, at least one when it is the whole segment.
fn segment_matches(pattern: &str, segment: &str) -> bool {
    if pattern == "*" {
        return !segment.is_empty();
    }
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = segment.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::path_matches;

    #[test]
    fn a_pattern_is_a_prefix_by_segment() {
        let cases = [
            ("/track/shipments", "/track/shipments", true),
            ("/track/shipments", "/track/shipments/42", true),
            ("/track/shipments/", "/track/shipments", true),
            ("/track/shipments", "/track/shipments-admin", false),
            ("/track/shipments", "/track", false),
            ("/", "/anything/at/all", true),
            ("/api/*/track", "/api/v1/track", true),
            ("/api/*/track", "/api//track", false),
            ("/api/v*/track", "/api/v2/track/x", true),
            ("/api/v*/track", "/api/2/track", false),
            ("/a*b*c", "/aXbYc", true),
            ("/a*b*c", "/aXcYb", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(path_matches(pattern, path), expected, "{pattern} on {path}");
        }
    }
}
