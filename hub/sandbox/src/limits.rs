//! What one call may use, per class.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const MIB: usize = 1024 * 1024;

/// A class of limits, named in the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A tracking question or a webhook.
    S,
    /// Several calls out, a larger reply.
    M,
    /// A whole document.
    L,
}

/// A text that is no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a class is S, M or L")]
pub struct UnknownClass;

impl FromStr for Class {
    type Err = UnknownClass;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "S" => Ok(Self::S),
            "M" => Ok(Self::M),
            "L" => Ok(Self::L),
            _ => Err(UnknownClass),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S => "S",
            Self::M => "M",
            Self::L => "L",
        })
    }
}

/// The limits of one call (for a reader: of one portion, unless it says document).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time on a guest thread for one call or portion.
    pub cpu: Duration,
    /// Time on a guest thread for a whole document, before the allowance for its size.
    pub cpu_document: Duration,
    /// Added to `cpu_document` for every MiB of the document.
    pub cpu_per_mib: Duration,
    /// Time by the clock for one call, or for all portions of a document together.
    pub wall: Duration,
    /// Linear memory in bytes.
    pub memory_bytes_max: usize,
    /// Bytes that one call into the host or one result may carry.
    pub transfer_bytes_max: usize,
    /// Calls out over HTTP.
    pub requests_max: u32,
    /// Questions to state and crypto together.
    pub questions_max: u32,
    /// Log lines.
    pub log_lines_max: u32,
    /// Bytes of one log line, fields included; the rest is cut.
    pub log_line_bytes_max: usize,
}

impl Limits {
    /// The limits of a class (research/wasm.md §4.4).
    #[must_use]
    pub const fn of(class: Class) -> Self {
        let small = Self {
            cpu: Duration::from_millis(50),
            cpu_document: Duration::from_millis(500),
            // A MiB of nothing but the shortest milestones takes 130 ms of a quiet core, and a busy one counts against the guest.
            cpu_per_mib: Duration::from_millis(400),
            wall: Duration::from_secs(15),
            memory_bytes_max: 16 * MIB,
            transfer_bytes_max: 4 * MIB,
            requests_max: 8,
            questions_max: 200,
            log_lines_max: 100,
            log_line_bytes_max: 1024,
        };
        match class {
            Class::S => small,
            Class::M => Self {
                cpu: Duration::from_millis(200),
                cpu_document: Duration::from_secs(2),
                wall: Duration::from_secs(60),
                memory_bytes_max: 32 * MIB,
                requests_max: 16,
                questions_max: 500,
                ..small
            },
            Class::L => Self {
                cpu: Duration::from_secs(2),
                cpu_document: Duration::from_secs(5),
                wall: Duration::from_secs(600),
                memory_bytes_max: 128 * MIB,
                transfer_bytes_max: 8 * MIB,
                requests_max: 64,
                questions_max: 1000,
                log_lines_max: 1000,
                ..small
            },
        }
    }
}
