//! Ids and partition keys made from a record's content, so that a redelivery is the same event.

use caravan_model::{ConnectionId, Milestone, Record, RecordId, Reference};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{BadRecord, Kind, wire};

/// Kinds of reference, best first, by which a shipment's events are kept together and in order.
const KEY_KINDS: [&str; 6] = ["shipment", "pro", "bol", "awb", "lr", "tracking"];

/// The id of `record` when it came through `connection`: UUID version 8 of SHA-256 over the connection, the kind, and the
/// source's own key if it has one, else the canonical JSON without `source` (the place in the file is not part of the fact).
///
/// A milestone's key names the happening, and a party may correct what it says of it: so what was said (status, classifier, time,
/// raw codes) is part of the id too. An order's or bill's number names the document: it is taken once, whatever comes later.
///
/// # Errors
/// [`BadRecord`] when the record cannot be written as JSON.
pub fn record_id(connection: ConnectionId, record: &Record) -> Result<RecordId, BadRecord> {
    let key = match record {
        Record::Milestone(milestone) => milestone.key.as_deref(),
        Record::Order(order) => order.key.as_deref(),
        Record::FreightInvoice(invoice) => invoice.key.as_deref(),
        Record::TenderResponse(response) => response.key.as_deref(),
    };
    let mut hash = Sha256::new();
    hash.update(connection.0.as_bytes());
    hash.update(Kind::of(record).as_str().as_bytes());
    // A byte that no text holds, and a different one for each form, so that no key can look like content.
    match key {
        Some(key) => {
            hash.update([0xff]);
            hash.update(key.as_bytes());
            if let Record::Milestone(milestone) = record {
                said(&mut hash, milestone);
            }
        }
        None => {
            hash.update([0xfe]);
            hash.update(wire::to_json_without_source(record)?.as_bytes());
        }
    }
    Ok(id_of(hash))
}

/// The id of a service's own event: what happened and what caused it, with a byte between them that no text holds.
pub(crate) fn service_id(kind: &Kind, cause: &str) -> RecordId {
    let mut hash = Sha256::new();
    hash.update(kind.as_str());
    hash.update([0xfd]);
    hash.update(cause);
    id_of(hash)
}

fn id_of(hash: Sha256) -> RecordId {
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    RecordId(Uuid::new_v8(bytes))
}

/// What a party says of a happening and may take back.
fn said(hash: &mut Sha256, milestone: &Milestone) {
    let reason = milestone.raw_reason.as_ref().map_or("", |reason| reason.code.as_str());
    for text in
        [milestone.status.as_str(), milestone.classifier.as_str(), &milestone.raw.code, reason]
    {
        hash.update([0xff]);
        hash.update(text.as_bytes());
    }
    hash.update(milestone.at.instant_ms.to_be_bytes());
}

/// The reference that keeps a shipment's events together: kind `shipment`, else `pro`, `bol`, `awb`, `lr`, `tracking`, else the
/// first one; an order or bill without references goes by its own number.
#[must_use]
pub fn partition_key(record: &Record) -> String {
    let (references, number) = match record {
        // The tendered load's own number, behind the events of its order.
        Record::TenderResponse(response) => return response.number.clone(),
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
    use caravan_model::{ConnectionId, Milestone, Record, Reference, Span};
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
    fn a_keyed_happening_is_one_fact_until_the_party_corrects_it() {
        let keyed = |change: fn(&mut Milestone)| {
            let record = with(|m| {
                m.key = Some("4711".into());
                change(m);
            });
            record_id(A, &record).unwrap()
        };
        let one = keyed(|_| {});
        assert_eq!(one, keyed(|m| m.attributes.clear()), "the same happening by poll and by push");
        assert_ne!(one, keyed(|m| m.at.instant_ms += 1), "a corrected time was lost");
        assert_ne!(
            one,
            keyed(|m| m.status = caravan_model::Status::Exception),
            "a corrected status was lost"
        );
        assert_ne!(one, record_id(A, &with(|_| {})).unwrap());
    }

    #[test]
    fn a_numbered_document_is_taken_once_whatever_it_says() {
        let order = |change: fn(&mut caravan_model::Order)| {
            let mut order = examples::order();
            order.key = Some("800/4711".into());
            change(&mut order);
            record_id(A, &Record::Order(Box::new(order))).unwrap()
        };
        assert_eq!(order(|_| {}), order(|order| order.lines.clear()));
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
