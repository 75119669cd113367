//! Paths as clients write them, turned into the few places that exist: the root, four folders, files in them.
use thiserror::Error;

use crate::mailbox::Folder;

const PATH_BYTES_MAX: usize = 1024;
const NAME_BYTES_MAX: usize = 255;
const DEPTH_MAX: usize = 32;

/// Names that a client uses while a file is not complete; only a RENAME away from them makes it real.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemporaryNames {
    /// Endings such as `.tmp`, compared without regard to ASCII case.
    pub suffixes: Vec<String>,
    /// Whether a leading dot marks a temporary name.
    pub leading_dot: bool,
}

impl Default for TemporaryNames {
    /// `.tmp`, `.part`, `.filepart` (WinSCP), `.partial`, and a leading dot.
    fn default() -> Self {
        let suffixes = [".tmp", ".part", ".filepart", ".partial"].map(str::to_owned).to_vec();
        Self { suffixes, leading_dot: true }
    }
}

impl TemporaryNames {
    /// Whether a file of this name is still incomplete.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        (self.leading_dot && name.starts_with('.'))
            || self.suffixes.iter().any(|suffix| ends_with_ignoring_case(name, suffix))
    }
}

fn ends_with_ignoring_case(name: &str, suffix: &str) -> bool {
    let (name, suffix) = (name.as_bytes(), suffix.as_bytes());
    name.len()
        .checked_sub(suffix.len())
        .and_then(|start| name.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

/// What a path names. A file directly under the root is an inbox file: clients that never change directory drop there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Root,
    Folder(Folder),
    File(Folder, String),
    /// Below something that is not one of our folders; nothing is ever there.
    Nowhere,
}

/// Why a path is not accepted at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum BadPath {
    #[error("the path is longer than 1024 bytes")]
    TooLong,
    #[error("a name in the path is longer than 255 bytes")]
    NameTooLong,
    #[error("the path has more than 32 levels")]
    TooDeep,
    #[error("the path contains a control character")]
    Control,
    #[error("the path is not UTF-8")]
    NotUtf8,
    #[error("the path contains a backslash; folders are separated by /")]
    Backslash,
    #[error("a name in the path ends with a space or a dot")]
    Trailing,
}

/// The path from the root with `.`, `..` and empty components resolved; `..` at the root stays there.
pub(crate) fn normalise(path: &str) -> Result<Vec<&str>, BadPath> {
    if path.len() > PATH_BYTES_MAX {
        return Err(BadPath::TooLong);
    }
    if path.chars().any(char::is_control) {
        return Err(BadPath::Control);
    }
    // The codec puts this character in the place of bytes that are not UTF-8.
    if path.contains(char::REPLACEMENT_CHARACTER) {
        return Err(BadPath::NotUtf8);
    }
    if path.contains('\\') {
        return Err(BadPath::Backslash);
    }
    let mut components = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => drop(components.pop()),
            name if name.len() > NAME_BYTES_MAX => return Err(BadPath::NameTooLong),
            name if name.ends_with([' ', '.']) => return Err(BadPath::Trailing),
            name => components.push(name),
        }
        if components.len() > DEPTH_MAX {
            return Err(BadPath::TooDeep);
        }
    }
    Ok(components)
}

/// The path as REALPATH answers it.
pub(crate) fn canonical(path: &str) -> Result<String, BadPath> {
    Ok(format!("/{}", normalise(path)?.join("/")))
}

/// The place that a path names.
pub(crate) fn resolve(path: &str) -> Result<Target, BadPath> {
    let folder = |name: &str| Folder::ALL.into_iter().find(|folder| folder.as_str() == name);
    Ok(match normalise(path)?.as_slice() {
        [] => Target::Root,
        [name] => folder(name)
            .map_or_else(|| Target::File(Folder::Inbox, (*name).to_owned()), Target::Folder),
        [first, name] => {
            folder(first).map_or(Target::Nowhere, |folder| Target::File(folder, (*name).to_owned()))
        }
        _ => Target::Nowhere,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox(name: &str) -> Target {
        Target::File(Folder::Inbox, name.to_owned())
    }

    #[track_caller]
    fn check(path: &str, expected: Result<Target, BadPath>) {
        assert_eq!(resolve(path), expected, "{path:?}");
    }

    #[test]
    fn places() {
        check("", Ok(Target::Root));
        check(".", Ok(Target::Root));
        check("/", Ok(Target::Root));
        check("/inbox/", Ok(Target::Folder(Folder::Inbox)));
        check("outbox/./", Ok(Target::Folder(Folder::Outbox)));
        check("/inbox/a.edi", Ok(inbox("a.edi")));
        check("a.edi", Ok(inbox("a.edi")));
        check("/inbox/sub/a.edi", Ok(Target::Nowhere));
        check("/etc/passwd", Ok(Target::Nowhere));
        check("/Inbox", Ok(inbox("Inbox")));
    }

    #[test]
    fn dots_never_leave_the_root() {
        check("/../../..", Ok(Target::Root));
        check("/inbox/../../outbox/x", Ok(Target::File(Folder::Outbox, "x".to_owned())));
        check("../../../../etc/passwd", Ok(Target::Nowhere));
        check("/inbox/../../../a", Ok(inbox("a")));
    }

    #[test]
    fn refused_spellings() {
        check("/inbox/a\0b", Err(BadPath::Control));
        check("/inbox/a\nb", Err(BadPath::Control));
        check("/inbox/a\u{85}b", Err(BadPath::Control));
        check("/inbox/a\u{fffd}", Err(BadPath::NotUtf8));
        check("..\\..\\x", Err(BadPath::Backslash));
        check("/inbox/a.", Err(BadPath::Trailing));
        check("/inbox/a ", Err(BadPath::Trailing));
        check(&format!("/inbox/{}", "a".repeat(256)), Err(BadPath::NameTooLong));
        check(&format!("/inbox/{}", "a".repeat(255)), Ok(inbox(&"a".repeat(255))));
        check(&"/a".repeat(33), Err(BadPath::TooDeep));
        check(&"a".repeat(1025), Err(BadPath::TooLong));
    }

    #[test]
    fn temporary_names() {
        let names = TemporaryNames::default();
        for name in ["a.tmp", "a.TMP", "a.edi.part", "a.filepart", ".a.edi", ".tmp"] {
            assert!(names.matches(name), "{name}");
        }
        for name in ["a.edi", "tmp", "a.tmp.edi", "é", ""] {
            assert!(!names.matches(name), "{name}");
        }
    }
}
