//! The chain's arithmetic: what is hashed, in which order. Pure; the SQL function `audit.record` says the same.

use core::fmt;
use core::str::FromStr;

use caravan_model::TenantId;
use sha2::{Digest as _, Sha256};

/// SHA-256.
pub(crate) type Hash = [u8; 32];

/// The end of a chain at some moment: its last entry's number and hash. Its text form is `<seq>:<64 hex digits>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of the last entry; 0 before the first.
    pub seq: i64,
    /// Its hash; zeros before the first.
    pub hash: [u8; 32],
}

impl Head {
    /// The end of an empty chain.
    pub const EMPTY: Self = Self { seq: 0, hash: [0; 32] };
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.seq)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that is not a [`Head`]'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a chain's head is written as its number, a colon and 64 hex digits")]
pub struct BadHead;

impl FromStr for Head {
    type Err = BadHead;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seq, digits) = text.trim().split_once(':').ok_or(BadHead)?;
        let seq = seq.parse().ok().filter(|seq| *seq >= 0).ok_or(BadHead)?;
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadHead);
        }
        let mut hash = [0_u8; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let pair = core::str::from_utf8(pair).map_err(|_| BadHead)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadHead)?;
        }
        Ok(Self { seq, hash })
    }
}

/// What an entry's hash covers besides the hash before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Covered<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) seq: i64,
    pub(crate) at_ms: i64,
    /// Actor, action, subject and detail.
    pub(crate) texts: [&'a str; 4],
}

/// The hash of the entry that follows `previous`.
pub(crate) fn hash(previous: &Hash, covered: &Covered<'_>) -> Hash {
    let mut sha = Sha256::new();
    sha.update(previous);
    sha.update(covered.seq.to_be_bytes());
    sha.update(covered.tenant.0.as_bytes());
    sha.update(covered.at_ms.to_be_bytes());
    for text in covered.texts {
        // The table takes no text of 4 GiB.
        sha.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        sha.update(text.as_bytes());
    }
    sha.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered<'a>(texts: [&'a str; 4]) -> Covered<'a> {
        Covered {
            tenant: TenantId("00000000-0000-0000-0000-00000000000a".parse().unwrap()),
            seq: 1,
            at_ms: 2,
            texts,
        }
    }

    #[test]
    fn where_one_text_ends_and_the_next_begins_is_hashed_too() {
        let one = hash(&[0; 32], &covered(["a", "bc", "d", "{}"]));
        let other = hash(&[0; 32], &covered(["ab", "c", "d", "{}"]));
        assert_ne!(one, other);
    }

    #[test]
    fn a_head_reads_what_it_writes() {
        let head = Head { seq: 12, hash: [0xab; 32] };
        assert_eq!(head.to_string().parse(), Ok(head));
        for bad in [
            "",
            "12",
            "12:ab",
            "-1:ab",
            &format!("12:{}", "é".repeat(32)),
            &format!("-1:{}", "ab".repeat(32)),
        ] {
            assert_eq!(bad.parse::<Head>(), Err(BadHead), "{bad}");
        }
    }
}
