//! Where a shipment stands: the fold over what happened, in the order of happening.
//!
//! # Rules
//! - Only what happened moves the status; estimates, unmapped codes and facts about documents never do.
//! - The latest happening decides, whatever came before: a delivery can be revoked by a later fact, since false delivery scans
//!   are common. What cannot contradict a delivery (a late announcement, a cleared customs entry) does not move it.
//! - "Delivered" on the reverse leg is a return: the consignee has nothing.
//! - A delivered piece is a part, until every piece that was ever named is delivered.

use std::collections::BTreeSet;

use caravan_model::{Direction, Moment, Scope, ScopeKind, Status};

use super::Fact;

/// What a shipment's facts amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// [`Status::Unmapped`] while nothing is known that could say more.
    pub(crate) status: Status,
    /// Towards the consignee, or back.
    pub(crate) direction: Direction,
    /// Since when it stands like that.
    pub(crate) since: Option<Moment>,
    /// When the consignee got it, while nothing revokes that.
    pub(crate) delivered_at: Option<Moment>,
}

impl Standing {
    /// Nothing is known.
    pub(crate) const UNKNOWN: Self = Self {
        status: Status::Unmapped,
        direction: Direction::Forward,
        since: None,
        delivered_at: None,
    };

    fn after(self, fact: &Fact, status: Status) -> Self {
        // A return that its source calls forward is a return.
        let direction = if status == Status::Returned { Direction::Return } else { fact.direction };
        if (status, direction) == (self.status, self.direction) {
            return self;
        }
        let delivered_at = (status == Status::Delivered).then_some(fact.at);
        Self { status, direction, since: Some(fact.at), delivered_at }
    }
}

/// Folds the facts that count, given in the order of happening.
pub(crate) fn of(effective: &[&Fact]) -> Standing {
    walk(effective, |_, _| {})
}

/// The same, and shows each fact that decided, with where the shipment then stood.
pub(crate) fn walk<'a>(
    effective: &[&'a Fact],
    mut seen: impl FnMut(&'a Fact, &Standing),
) -> Standing {
    let happened = || effective.iter().copied().filter(|fact| fact.moves());
    let parts: BTreeSet<_> = happened().filter_map(|fact| part(&fact.scope)).collect();
    let mut delivered = BTreeSet::new();
    let mut standing = Standing::UNKNOWN;
    for fact in happened() {
        if standing.status == Status::Delivered && !revokes_delivery(fact) {
            continue;
        }
        let mut status = fact.status;
        if let Some(part) = part(&fact.scope) {
            if status == Status::Delivered {
                delivered.insert(part);
                if parts
                    .iter()
                    .any(|(kind, id)| *kind == part.0 && !delivered.contains(&(*kind, id)))
                {
                    status = Status::PartiallyDelivered;
                }
            } else if revokes_delivery(fact) {
                delivered.remove(&part);
            }
        }
        if status == Status::Delivered && fact.direction == Direction::Return {
            status = Status::Returned;
        }
        standing = standing.after(fact, status);
        seen(fact, &standing);
    }
    standing
}

/// A piece or container by its number.
fn part(scope: &Scope) -> Option<(ScopeKind, &str)> {
    let is_part = matches!(scope.kind, ScopeKind::Piece | ScopeKind::Container);
    scope.id.as_deref().filter(|_| is_part).map(|id| (scope.kind, id))
}

/// Whether the goods cannot be with the consignee if this happened after their delivery.
fn revokes_delivery(fact: &Fact) -> bool {
    fact.direction == Direction::Return
        || !matches!(
            fact.status,
            Status::Tendered
                | Status::Booked
                | Status::BookingRejected
                | Status::LabelCreated
                | Status::PickupScheduled
                | Status::CustomsInProgress
                | Status::CustomsCleared
                | Status::DeliveryScheduled
                | Status::Delayed
        )
}
