//! A checkpoint: where the chains of all tenants ended at some moment, as text to be signed and kept outside of the database.
//!
//! ```text
//! caravan/audit/v1
//! 2026-11-26T18:00:00Z
//! 0198c7d2-5a10-7c3e-9f6b-2a1d0e4c8b77 12:9f86d081…
//! ```

use core::fmt;
use core::str::FromStr;

use caravan_model::TenantId;

use crate::Head;

/// Says what the text is, and that no other text is one.
const ORIGIN: &str = "caravan/audit/v1";

/// Where chains ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// When, as RFC 3339; for people, it proves nothing.
    pub at: String,
    /// Every tenant's head.
    pub heads: Vec<(TenantId, Head)>,
}

impl Checkpoint {
    /// The head of a tenant; none when it had no entry yet.
    #[must_use]
    pub fn head(&self, tenant: TenantId) -> Option<Head> {
        self.heads.iter().find(|(each, _)| *each == tenant).map(|(_, head)| *head)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{ORIGIN}\n{}", self.at)?;
        self.heads.iter().try_for_each(|(tenant, head)| writeln!(f, "{tenant} {head}"))
    }
}

/// A text that is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not a checkpoint's")]
pub struct BadCheckpoint {
    /// From 1.
    pub line: usize,
}

impl FromStr for Checkpoint {
    type Err = BadCheckpoint;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lines = text.lines();
        if lines.next() != Some(ORIGIN) {
            return Err(BadCheckpoint { line: 1 });
        }
        let at = lines.next().ok_or(BadCheckpoint { line: 2 })?.to_owned();
        let mut heads = Vec::new();
        for (number, line) in lines.enumerate() {
            heads.push(entry(line).ok_or(BadCheckpoint { line: number.saturating_add(3) })?);
        }
        Ok(Self { at, heads })
    }
}

fn entry(line: &str) -> Option<(TenantId, Head)> {
    let (tenant, head) = line.split_once(' ')?;
    Some((TenantId(tenant.parse().ok()?), head.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let tenant = |last: char| {
            TenantId(format!("00000000-0000-0000-0000-00000000000{last}").parse().unwrap())
        };
        let heads = vec![
            (tenant('a'), Head { seq: 12, hash: [0xab; 32] }),
            (tenant('b'), Head { seq: 3, hash: [1; 32] }),
        ];
        Checkpoint { at: "2026-11-26T18:00:00Z".to_owned(), heads }
    }

    #[test]
    fn a_checkpoint_reads_what_it_writes() {
        let text = checkpoint().to_string();
        assert_eq!(text.parse(), Ok(checkpoint()));
        assert_eq!(text.lines().count(), 4, "{text}");
        let (tenant, head) = checkpoint().heads[1];
        assert_eq!(checkpoint().head(tenant), Some(head));
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let text = checkpoint().to_string();
        for (bad, line) in [
            (String::new(), 1),
            (text.replace("v1", "v2"), 1),
            (ORIGIN.to_owned(), 2),
            (text.replace(" 3:", " 3;"), 4),
            (format!("{text}\n"), 5),
        ] {
            assert_eq!(bad.parse::<Checkpoint>(), Err(BadCheckpoint { line }), "{bad}");
        }
    }
}
