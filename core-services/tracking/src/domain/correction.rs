//! When a timeline that was already told has to be told again.

use caravan_model::{Direction, RecordId, Status};

use super::{Fact, Standing, Timeline};

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Something happened before what was already told.
    Late,
    /// The source reports the same happening differently.
    Corrected {
        /// The report that counted until now.
        corrects: RecordId,
    },
    /// Two shipments turned out to be one.
    Merged,
    /// What happened later shows that the delivery that was told was none.
    Revoked,
}

/// A fact that changed what was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trigger {
    pub(crate) milestone: RecordId,
    pub(crate) cause: Cause,
}

/// What changed, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Correction {
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) before: Standing,
    pub(crate) after: Standing,
}

/// What `new` facts changed in the past that `before` told; `after` has them all. None when they only went on with it.
/// `merged` is the fact by which another told shipment came in.
pub(crate) fn correction(
    before: &Timeline,
    after: &Timeline,
    new: &[RecordId],
    merged: Option<RecordId>,
) -> Option<Correction> {
    let told_until = before.effective().into_iter().rfind(|fact| fact.moves())?.at.instant_ms;
    let cause = |fact: &Fact| match before.newest(fact.key) {
        Some(told) => Some(Cause::Corrected { corrects: told.id }),
        None if fact.moves() && fact.at.instant_ms < told_until => Some(Cause::Late),
        None => None,
    };
    let mut triggers: Vec<Trigger> = after
        .effective()
        .into_iter()
        .filter(|fact| new.contains(&fact.id))
        .filter_map(|fact| cause(fact).map(|cause| Trigger { milestone: fact.id, cause }))
        .collect();
    triggers.extend(merged.map(|milestone| Trigger { milestone, cause: Cause::Merged }));
    let (told, now) = (before.standing(), after.standing());
    // Goods that go back after their delivery were delivered.
    let is_revoked = told.status == Status::Delivered
        && now.status != Status::Delivered
        && now.direction == Direction::Forward;
    let decisive = after.decisive().filter(|_| is_revoked && triggers.is_empty());
    triggers.extend(decisive.map(|fact| Trigger { milestone: fact.id, cause: Cause::Revoked }));
    triggers.sort_by_key(|trigger| trigger.milestone);
    (!triggers.is_empty()).then_some(Correction { triggers, before: told, after: now })
}
