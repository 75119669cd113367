//! What is true of every timeline; the properties and the debug builds ask.

use caravan_model::{Direction, Status};

use crate::domain::Timeline;

/// The first rule that `timeline` breaks.
pub(crate) fn broken(timeline: &Timeline) -> Option<&'static str> {
    let standing = timeline.standing();
    let entries = timeline.entries();
    let counting = entries.iter().filter(|entry| !entry.superseded).map(|entry| entry.fact.id);
    let effective = timeline.effective().into_iter().map(|fact| fact.id);
    let rules = [
        (
            (standing.status == Status::Delivered) == standing.delivered_at.is_some(),
            "delivered means a time of delivery, and nothing else does",
        ),
        (
            standing.status != Status::Delivered || standing.direction == Direction::Forward,
            "a return is never a delivery",
        ),
        (
            standing.since.is_some() == (standing.status != Status::Unmapped),
            "a status has a beginning, and no status has none",
        ),
        (
            standing.since.is_some() == timeline.effective().iter().any(|fact| fact.moves()),
            "the status moves exactly when something happened",
        ),
        (entries.len() == timeline.len(), "no fact is ever hidden"),
        (
            entries.is_sorted_by_key(|entry| entry.fact.at.instant_ms),
            "the timeline is in the order of happening",
        ),
        (counting.eq(effective), "of one happening's reports exactly one counts"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
}
