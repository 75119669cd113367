//! Ids and partition keys made from a record's content, so that a redelivery is the same event.

use caravan_model::{ConnectionId, Record, RecordId, Reference};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{BadRecord, Kind, wire};

/// Kinds of reference, best first, by which a shipment's events are kept together and in order.
const KEY_KINDS: [&str; 6] = ["shipment", "pro", "bol", "awb", "lr", "tracking"];

/// The id of `record` when it came through `connection`: UUID version 8 of SHA-256 over the connection, the kind, and the
/// source's own key if it has one, else the canonical JSON without `source` (the place in the file is not part of the fact).
///
/// # Errors
/// [`BadRecord`] when the record cannot be written as JSON.
pub fn record_id(connection: ConnectionId, record: &Record) -> Result<RecordId, BadRecord> {
    let key = match record {
        Record::Milestone(milestone) => milestone.key.as_deref(),
        Record::Order(order) => order.key.as_deref(),
        Record::FreightInvoice(invoice) => invoice.key.as_deref(),
    };
    let mut hash = Sha256::new();
    hash.update(connection.0.as_bytes());
    hash.update(Kind::of(record).as_str().as_bytes());
    // A byte that no text holds, and a different one for each form, so that no key can look like content.
    match key {
        Some(key) => {
            hash.update([0xff]);
            hash.update(key.as_bytes());
        }
        None => {
            hash.update([0xfe]);
            hash.update(wire::to_json_without_source(record)?.as_bytes());
        }
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    Ok(RecordId(Uuid::new_v8(bytes)))
}

/// The reference that keeps a shipment's events together: kind `shipment`, else `pro`, `bol`, `awb`, `lr`, `tracking`, else the
/// first one; an order or bill without references goes by its own number.
#[must_use]
pub fn partition_key(record: &Record) -> String {
    let (references, number) = match record {
        Record::Milestone(milestone) => (&milestone.references, ""),
        Record::Order(order) => (&order.references, order.number.as_str()),
        Record::FreightInvoice(invoice) => (&invoice.references, invoice.number.as_str()),
    };
    preferred(references).map_or_else(|| number.to_owned(), |reference| reference.value.clone())
}

fn preferred(references: &[Reference]) -> Option<&Reference> {
    KEY_KINDS
        .iter()
        .find_map(|kind| references.iter().find(|reference| reference.kind == *kind))
        .or_else(|| references.first())
}

#[cfg(test)]
mod tests {
    use caravan_model::{ConnectionId, Record, Reference, Span};
    use uuid::Uuid;

    use super::{partition_key, record_id};
    use crate::wire::examples;

    const A: ConnectionId = ConnectionId(Uuid::from_u128(1));
    const B: ConnectionId = ConnectionId(Uuid::from_u128(2));

    fn with(change: impl FnOnce(&mut caravan_model::Milestone)) -> Record {
        let mut milestone = examples::milestone();
        change(&mut milestone);
        Record::Milestone(Box::new(milestone))
    }

    #[test]
    fn the_same_fact_has_the_same_id_wherever_it_stood_in_the_file() {
        let here = with(|m| m.source = Span { document: 0, start: 1, end: 2 });
        let there = with(|m| m.source = Span { document: 3, start: 8, end: 9 });
        assert_eq!(record_id(A, &here).unwrap(), record_id(A, &there).unwrap());
        assert_ne!(record_id(A, &here).unwrap(), record_id(B, &here).unwrap());
        let later = with(|m| m.at.instant_ms += 1000);
        assert_ne!(record_id(A, &here).unwrap(), record_id(A, &later).unwrap());
    }

    #[test]
    fn the_sources_own_key_decides_when_there_is_one() {
        let one = with(|m| m.key = Some("4711".into()));
        let corrected = with(|m| {
            m.key = Some("4711".into());
            m.at.instant_ms += 1;
        });
        assert_eq!(record_id(A, &one).unwrap(), record_id(A, &corrected).unwrap());
        assert_ne!(record_id(A, &one).unwrap(), record_id(A, &with(|_| {})).unwrap());
    }

    #[test]
    fn ids_never_change_between_versions() {
        // Recorded once: a change here makes every stored fact look new.
        let id = record_id(A, &with(|_| {})).unwrap();
        assert_eq!(id.0.get_version_num(), 8);
        assert_eq!(id.to_string(), "977a9c67-1c6f-89c0-8141-b9d2a03db42c");
    }

    #[test]
    fn the_best_reference_is_the_key() {
        let of = |kinds: &[&str]| {
            partition_key(&with(|m| {
                m.references = kinds.iter().map(|kind| Reference::new(*kind, kind)).collect();
            }))
        };
        assert_eq!(of(&["container", "tracking", "bol"]), "bol");
        assert_eq!(of(&["pro", "shipment"]), "shipment");
        assert_eq!(of(&["container", "equipment"]), "container");
        assert_eq!(of(&[]), "");
        assert_eq!(partition_key(&Record::Order(Box::new(examples::order()))), "80000123");
    }
}
