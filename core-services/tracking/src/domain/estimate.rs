//! What is still expected: kept apart from what happened.

use std::collections::BTreeMap;

use caravan_model::{Classifier, Direction, Status};

use super::{Fact, Standing};

/// Of `effective`, what is announced and has not come: of each expectation the newest, earliest first.
pub(crate) fn open<'a>(effective: &[&'a Fact], standing: &Standing) -> Vec<&'a Fact> {
    let over = |fact: &Fact| match standing.status {
        Status::Delivered | Status::Cancelled => true,
        Status::Returned => fact.direction == Direction::Forward,
        _ => false,
    };
    // What happened and was recorded after the announcement fulfils it; an older happening of the same kind does not, since
    // there are many departures.
    let fulfilled = |expected: &Fact| {
        effective.iter().any(|fact| {
            fact.moves()
                && subject(fact) == subject(expected)
                && fact.recorded_ms >= expected.recorded_ms
        })
    };
    let mut newest: BTreeMap<_, &Fact> = BTreeMap::new();
    for fact in effective {
        let expected = fact.classifier != Classifier::Actual && fact.status != Status::Unmapped;
        if !expected || over(fact) || fulfilled(fact) {
            continue;
        }
        let slot = newest.entry((subject(fact), fact.classifier)).or_insert(fact);
        if fact.newness() > slot.newness() {
            *slot = fact;
        }
    }
    let mut open: Vec<&Fact> = newest.into_values().collect();
    open.sort_by_key(|fact| fact.order());
    open
}

/// What an expectation is about.
fn subject(fact: &Fact) -> (Status, Direction, &'static str, Option<&str>) {
    (fact.status, fact.direction, fact.scope.kind.as_str(), fact.scope.id.as_deref())
}
