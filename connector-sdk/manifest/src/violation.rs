//! One thing that is wrong in a file, and all of them together.

use core::fmt;

/// One rule that a file breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Where: the dotted path of the value (`endpoints.api.methods.0`); empty for the whole file.
    pub path: String,
    /// What is wrong there, as one clause.
    pub message: String,
}

impl Violation {
    /// A violation at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }

    /// The path as a JSON pointer (RFC 6901), for names without dots.
    #[must_use]
    pub fn pointer(&self) -> String {
        if self.path.is_empty() {
            return String::new();
        }
        format!("/{}", self.path.replace('~', "~0").replace('/', "~1").replace('.', "/"))
    }

    /// From a JSON pointer (`/endpoints/api`).
    pub(crate) fn at_pointer(pointer: &str, message: impl Into<String>) -> Self {
        let path =
            pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
        Self::new(path, message)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for Violation {}

/// Every violation of a file, for those who need one error value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

impl From<Vec<Violation>> for Violations {
    fn from(violations: Vec<Violation>) -> Self {
        Self(violations)
    }
}
