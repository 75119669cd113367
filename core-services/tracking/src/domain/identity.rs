//! Which shipment a set of references means.
//!
//! # Rules
//! - Shipper's numbers and waybills identify: `shipment`, `pro`, `bol`, `awb`, `lr`, `tracking`. Purchase orders, containers and
//!   the like may be shared by many shipments, so they are kept to search by and never join two.
//! - A text without a digit from 1 to 9 (`NA`, `0000`) identifies nothing: it would join everything.
//! - A milestone with no identifying reference goes by the best one that it has.
//! - Sets of references that share one mean one shipment. Which one survives depends on nothing but their ids.

use std::collections::{BTreeMap, BTreeSet};

use caravan_model::{Reference, TenantId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Kinds that identify, best first: the order of the event log's partition key.
const IDENTIFYING: [&str; 6] = ["shipment", "pro", "bol", "awb", "lr", "tracking"];

/// Ours, inside this service only: outside, a shipment is known by its references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ShipmentId(pub(crate) Uuid);

impl ShipmentId {
    /// The id of a shipment first known by `reference`.
    fn of(tenant: TenantId, reference: &Reference) -> Self {
        let mut hash = Sha256::new();
        hash.update(tenant.0.as_bytes());
        hash.update(reference.kind.as_bytes());
        hash.update([0xff]);
        hash.update(reference.value.as_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let mut bytes = [0_u8; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
        Self(Uuid::new_v8(bytes))
    }
}

/// How good a reference is to call a shipment by; the least is the best.
pub(crate) fn worth(reference: &Reference) -> (bool, usize, &str, &str) {
    let rank = IDENTIFYING.iter().position(|kind| *kind == reference.kind);
    let rank = rank.unwrap_or(IDENTIFYING.len());
    (is_placeholder(&reference.value), rank, &reference.kind, &reference.value)
}

fn is_placeholder(value: &str) -> bool {
    !value.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

/// Those of `references` that say which shipment it is; empty only when all are blank.
pub(crate) fn identifying(references: &[Reference]) -> Vec<&Reference> {
    let named = || references.iter().filter(|reference| !reference.value.is_empty());
    let of_kind = |reference: &&Reference| {
        IDENTIFYING.contains(&reference.kind.as_str()) && !is_placeholder(&reference.value)
    };
    let found: Vec<&Reference> = named().filter(of_kind).collect();
    if found.is_empty() { named().min_by_key(|r| worth(r)).into_iter().collect() } else { found }
}

/// One stored shipment that turned out to be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merge {
    pub(crate) loser: ShipmentId,
    pub(crate) survivor: ShipmentId,
}

/// Which shipment each set means.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Resolution {
    /// In the order of the sets.
    pub(crate) shipments: Vec<Option<ShipmentId>>,
    /// What has to be merged first.
    pub(crate) merges: Vec<Merge>,
}

/// Resolves sets of identifying references, given which shipment the stored ones belong to. A set without references has none.
pub(crate) fn resolve(
    tenant: TenantId,
    sets: &[Vec<&Reference>],
    known: &BTreeMap<Reference, ShipmentId>,
) -> Resolution {
    let mut groups = Groups::default();
    for set in sets {
        let mut nodes = set.iter().copied().map(Node::Reference);
        let Some(first) = nodes.next() else { continue };
        groups.root(first);
        nodes.for_each(|node| groups.join(first, node));
        for reference in set {
            if let Some(id) = known.get(*reference) {
                groups.join(first, Node::Shipment(*id));
            }
        }
    }
    let mut stored: BTreeMap<Node<'_>, BTreeSet<ShipmentId>> = BTreeMap::new();
    let mut best: BTreeMap<Node<'_>, &Reference> = BTreeMap::new();
    for node in groups.nodes() {
        let root = groups.root(node);
        match node {
            Node::Shipment(id) => {
                stored.entry(root).or_default().insert(id);
            }
            Node::Reference(reference) => {
                let slot = best.entry(root).or_insert(reference);
                if worth(reference) < worth(slot) {
                    *slot = reference;
                }
            }
        }
    }
    let merges = stored.values().flat_map(|ids| {
        let survivor = ids.first().copied();
        ids.iter()
            .skip(1)
            .filter_map(move |loser| Some(Merge { loser: *loser, survivor: survivor? }))
    });
    let merges = merges.collect();
    let shipments = sets.iter().map(|set| {
        let root = groups.root(Node::Reference(set.first().copied()?));
        let survivor = stored.get(&root).and_then(|ids| ids.first()).copied();
        survivor.or_else(|| best.get(&root).map(|reference| ShipmentId::of(tenant, reference)))
    });
    Resolution { shipments: shipments.collect(), merges }
}

/// What can mean the same shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node<'a> {
    Shipment(ShipmentId),
    Reference(&'a Reference),
}

/// Union and find.
#[derive(Default)]
struct Groups<'a> {
    parents: BTreeMap<Node<'a>, Node<'a>>,
}

impl<'a> Groups<'a> {
    fn nodes(&self) -> Vec<Node<'a>> {
        self.parents.keys().copied().collect()
    }

    fn root(&mut self, node: Node<'a>) -> Node<'a> {
        let mut root = node;
        while let Some(parent) = self.parents.get(&root).copied().filter(|parent| *parent != root) {
            root = parent;
        }
        // Point straight at it, so that a long chain is walked once.
        self.parents.insert(node, root);
        root
    }

    fn join(&mut self, a: Node<'a>, b: Node<'a>) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.parents.insert(b, a);
        }
    }
}

#[cfg(test)]
mod tests;
