//! The rules of the fold, one by one, and the properties that hold for all sets of facts.

use caravan_model::{Classifier, Direction, RecordId, Scope, ScopeKind, Status};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::testing::fact;
use crate::domain::{Cause, correction};
use crate::invariants::broken;

#[track_caller]
fn check(facts: impl IntoIterator<Item = Fact>, status: Status, since_minute: i64) {
    let timeline: Timeline = facts.into_iter().collect();
    let standing = timeline.standing();
    let since = standing.since.map(|at| at.instant_ms / 60_000);
    assert_eq!((standing.status, since), (status, Some(since_minute)));
    assert_eq!(broken(&timeline), None);
}

#[test]
fn the_latest_happening_decides_and_not_the_latest_arrival() {
    check([fact(Status::Arrived, 5), fact(Status::Departed, 3)], Status::Arrived, 5);
}

#[test]
fn a_status_that_is_repeated_began_with_the_first() {
    check([fact(Status::Arrived, 5), fact(Status::Arrived, 7)], Status::Arrived, 5);
}

#[test]
fn at_the_same_instant_the_end_comes_last() {
    check([fact(Status::Delivered, 5), fact(Status::Arrived, 5)], Status::Delivered, 5);
    check([fact(Status::Delayed, 5), fact(Status::Arrived, 5)], Status::Arrived, 5);
}

#[test]
fn a_later_fact_revokes_a_delivery_and_an_announcement_does_not() {
    let delivered = fact(Status::Delivered, 5);
    check([delivered.clone(), fact(Status::OutForDelivery, 9)], Status::OutForDelivery, 9);
    check([delivered.clone(), fact(Status::Delayed, 9)], Status::Delivered, 5);
    check([delivered, fact(Status::Delivered, 9)], Status::Delivered, 5);
}

#[test]
fn delivered_on_the_way_back_is_returned() {
    let facts = [fact(Status::Delivered, 5), fact(Status::Delivered, 9).back()];
    let standing = facts.into_iter().collect::<Timeline>().standing();
    assert_eq!((standing.status, standing.direction), (Status::Returned, Direction::Return));
    assert_eq!(standing.delivered_at, None);
}

#[test]
fn what_is_expected_unmapped_or_about_paper_never_moves_the_status() {
    let paper =
        Fact { scope: Scope { kind: ScopeKind::Document, id: None }, ..fact(Status::Delivered, 8) };
    let others = [fact(Status::Delivered, 9).expected(), fact(Status::Unmapped, 9), paper];
    check(others.into_iter().chain([fact(Status::Departed, 3)]), Status::Departed, 3);
}

#[test]
fn a_piece_is_a_part_until_all_are_delivered() {
    let both = [fact(Status::Departed, 1).piece("a"), fact(Status::Departed, 1).piece("b")];
    let a = fact(Status::Delivered, 5).piece("a");
    let b = fact(Status::Delivered, 6).piece("b");
    check(both.clone().into_iter().chain([a.clone()]), Status::PartiallyDelivered, 5);
    check(both.into_iter().chain([a, b]), Status::Delivered, 6);
}

#[test]
fn the_newest_report_of_a_happening_counts_and_the_older_stay_visible() {
    let first = fact(Status::Delivered, 5);
    let second = first.clone().corrected(Status::DeliveryAttempted, 60);
    let timeline: Timeline = [second.clone(), first.clone()].into_iter().collect();
    assert_eq!(timeline.standing().status, Status::DeliveryAttempted);
    let entries = timeline.entries();
    let of = |id: RecordId| entries.iter().find(|entry| entry.fact.id == id).unwrap();
    assert!(of(first.id).superseded && of(first.id).corrects.is_none());
    assert!(!of(second.id).superseded && of(second.id).corrects == Some(first.id));
}

#[test]
fn an_estimate_stands_until_it_comes_true_or_the_end() {
    let eta = fact(Status::Arrived, 50).expected().recorded(10);
    let open = |facts: &[Fact]| facts.iter().cloned().collect::<Timeline>().estimates().len();
    assert_eq!(open(&[eta.clone(), fact(Status::Arrived, 5)]), 1);
    assert_eq!(open(&[eta.clone(), fact(Status::Arrived, 48)]), 0);
    assert_eq!(open(&[eta.clone(), fact(Status::Delivered, 48)]), 0);
    let newer = fact(Status::Arrived, 70).expected().recorded(20);
    let timeline: Timeline = [newer.clone(), eta].into_iter().collect();
    assert_eq!(timeline.estimates(), vec![&newer]);
}

fn causes(told: &[Fact], new: &[Fact]) -> Vec<Cause> {
    let before: Timeline = told.iter().cloned().collect();
    let after: Timeline = told.iter().chain(new).cloned().collect();
    let ids: Vec<RecordId> = new.iter().map(|fact| fact.id).collect();
    let found = correction(&before, &after, &ids, None);
    found.map(|c| c.triggers.into_iter().map(|t| t.cause).collect()).unwrap_or_default()
}

#[test]
fn a_correction_is_told_when_the_past_changes_and_only_then() {
    let told = [fact(Status::Departed, 3), fact(Status::Arrived, 5)];
    assert_eq!(causes(&told, &[fact(Status::Delivered, 9)]), []);
    assert_eq!(causes(&[], &told), []);
    assert_eq!(causes(&told, &[fact(Status::Exception, 4)]), [Cause::Late]);
    assert_eq!(causes(&told, &[fact(Status::Unmapped, 4)]), []);
    let again = told[1].clone().corrected(Status::Delivered, 1);
    assert_eq!(causes(&told, &[again]), [Cause::Corrected { corrects: told[1].id }]);
    let delivered = [fact(Status::Delivered, 5)];
    assert_eq!(causes(&delivered, &[fact(Status::OutForDelivery, 9)]), [Cause::Revoked]);
    assert_eq!(causes(&delivered, &[fact(Status::InTransit, 9).back()]), [], "it goes back");
    // A report older than the one that was told changes nothing.
    let stale = told[1].clone().corrected(Status::Delivered, -1);
    assert_eq!(causes(&told, &[stale]), []);
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let one = (
        (0..Status::ALL.len(), 0..Classifier::ALL.len(), any::<bool>()),
        (0_u8..4, 0_i64..6, 0_i64..4, 0_u128..12),
    );
    let one = one.prop_map(|((status, classifier, back), (scope, minute, recorded, key))| {
        let kind = [ScopeKind::Shipment, ScopeKind::Piece, ScopeKind::Piece, ScopeKind::Document];
        let scope = Scope {
            kind: kind[usize::from(scope)],
            id: (1..3).contains(&scope).then(|| scope.to_string()),
        };
        Fact {
            classifier: Classifier::ALL[classifier],
            direction: if back { Direction::Return } else { Direction::Forward },
            scope,
            key: FactKey(Uuid::from_u128(key)),
            ..fact(Status::ALL[status], minute).recorded(recorded)
        }
    });
    // Ids follow content, as they do outside: each fact of a set has its own.
    prop::collection::vec(one, 0..14).prop_map(|mut facts| {
        for (number, fact) in (1_u128..).zip(&mut facts) {
            fact.id = RecordId(Uuid::from_u128(number));
        }
        facts
    })
}

proptest! {
    #[test]
    fn neither_order_nor_repetition_shows(
        (facts, shuffled, again) in facts().prop_flat_map(|facts| {
            let again = prop::collection::vec(any::<prop::sample::Index>(), 0..6);
            (Just(facts.clone()), Just(facts).prop_shuffle(), again)
        })
    ) {
        let one: Timeline = facts.iter().cloned().collect();
        let again = again.iter().filter(|_| !facts.is_empty());
        // A redelivery is recorded later; the earliest recording counts.
        let repeated = again.map(|index| {
            let known = facts[index.index(facts.len())].clone();
            Fact { recorded_ms: known.recorded_ms.saturating_add(1), ..known }
        });
        let other: Timeline = repeated.chain(shuffled).collect();
        prop_assert_eq!(one.standing(), other.standing());
        prop_assert_eq!(one.entries(), other.entries());
        prop_assert_eq!(one.estimates(), other.estimates());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn every_timeline_keeps_the_invariants(facts in facts()) {
        prop_assert_eq!(broken(&facts.into_iter().collect()), None);
    }
}
