//! Where an event lies: its partition, and a position that only its log can read.

use core::fmt;

use caravan_model::TenantId;

/// How many partitions the log has. Fixed: a key's partition must never change.
pub const PARTITIONS: u16 = 16;

/// One of the log's ordered strands; all events of a tenant and key are in the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(pub u16);

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in one partition. Opaque: stored and handed back, compared for equality, never for order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Position(String);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(String::new());

    /// The position with this text, as a log wrote it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text, for storing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How far a reader has come in a partition: everything up to and including `position` is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The partition.
    pub partition: Partition,
    /// The last position passed.
    pub position: Position,
}

/// The partition of a tenant's key: FNV-1a over both, folded. Stable for all time.
#[must_use]
pub fn partition_of(tenant: TenantId, key: &str) -> Partition {
    let hash = fnv1a(tenant.0.as_bytes().iter().copied().chain(key.bytes()));
    let folded = hash ^ (hash >> 32);
    // A remainder of 16 fits in any integer.
    Partition(u16::try_from(folded % u64::from(PARTITIONS)).unwrap_or_default())
}

/// FNV-1a, 64 bits: small, stable, and good enough to spread keys.
pub(crate) fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn keys_spread_evenly_and_stay_where_they_are() {
        let tenant = TenantId(Uuid::from_u128(1));
        let mut counts = [0_u32; PARTITIONS as usize];
        for number in 0..16_000 {
            counts[usize::from(partition_of(tenant, &format!("PRO{number}")).0)] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        // Recorded once: a change here would tear keys from their partitions.
        assert_eq!(partition_of(tenant, "1234567"), Partition(10));
    }
}
