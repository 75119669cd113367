//! One id type per noun, in alphabetical order; numbers that belong to a party are `Reference`s instead.

use core::fmt;
use core::str::FromStr;

use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id! {
    /// A tenant's account with one party.
    ConnectionId
}
impl ConnectionId {
    /// In the place of a connection: what a service of ours made itself, not from a party's document.
    pub const OURS: Self = Self(Uuid::nil());
}

uuid_id! {
    /// A canonical record's deterministic id: the same fact from the same connection has the same id.
    RecordId
}
uuid_id! {
    /// A shipper (or its logistics provider) whose data no other tenant may see.
    TenantId
}

/// SHA-256 of a document's raw bytes; its text form is 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentHash(pub [u8; 32]);

impl DocumentHash {
    /// In the place of a document: what no document is behind.
    pub const NONE: Self = Self([0; 32]);
}

impl fmt::Display for DocumentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DocumentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentHash({self})")
    }
}

/// A text that is not 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a document id is 64 hex digits (SHA-256 of its bytes)")]
pub struct BadDocumentHash;

impl FromStr for DocumentHash {
    type Err = BadDocumentHash;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(BadDocumentHash);
        }
        let mut bytes = [0_u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = core::str::from_utf8(pair).map_err(|_| BadDocumentHash)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadDocumentHash)?;
        }
        Ok(Self(bytes))
    }
}

/// W3C trace id: 16 bytes, 32 lower-case hex digits, never all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(pub [u8; 16]);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As one number: the formatter is asked once and not for each byte, as every request has its trace written.
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for TraceId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(|id| Self(*id.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_is_written_as_it_is_read() {
        for (bytes, text) in [
            ([0; 16], "00000000000000000000000000000000"),
            ([0xff; 16], "ffffffffffffffffffffffffffffffff"),
            (
                0x0102_0304_0506_0708_090a_0b0c_0d0e_0f00_u128.to_be_bytes(),
                "0102030405060708090a0b0c0d0e0f00",
            ),
        ] {
            assert_eq!(TraceId(bytes).to_string(), text);
            assert_eq!(text.parse(), Ok(TraceId(bytes)));
        }
    }
}
