//! How long a vehicle was kept at a stop: from its arrival to its departure, minus the free time. Pure.
//!
//! Motor carriers charge detention once loading or unloading takes longer than the free time that the contract gives; two hours
//! are usual. What is owed is the contract's affair (settlement); here is only the clock.

use caravan_model::{Direction, Moment, Status};

use super::Fact;

/// A stay at a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stay {
    /// `pickup` or `delivery`.
    pub(crate) stop: &'static str,
    pub(crate) arrived: Moment,
    /// None while it stands there.
    pub(crate) departed: Option<Moment>,
}

impl Stay {
    /// Minutes there, until `now_ms` while it stands.
    pub(crate) fn minutes(&self, now_ms: i64) -> i64 {
        let end_ms = self.departed.map_or(now_ms, |at| at.instant_ms);
        end_ms.saturating_sub(self.arrived.instant_ms).max(0) / 60_000
    }

    /// Minutes over the free time.
    pub(crate) fn detained_min(&self, now_ms: i64, free_min: i64) -> i64 {
        self.minutes(now_ms).saturating_sub(free_min).max(0)
    }
}

/// The stays that the facts which count tell of, given in the order of happening. Forward only: returns are not detained.
pub(crate) fn stays(effective: &[&Fact]) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    for fact in effective.iter().filter(|fact| fact.moves() && fact.direction == Direction::Forward)
    {
        let stop = match fact.status {
            Status::ArrivedPickup => Some("pickup"),
            Status::ArrivedDelivery => Some("delivery"),
            _ => None,
        };
        match (stop, stays.last_mut()) {
            // Reported twice in one stay: the first arrival counts.
            (Some(stop), Some(open)) if open.departed.is_none() && open.stop == stop => {}
            (Some(stop), _) => stays.push(Stay { stop, arrived: fact.at, departed: None }),
            (None, Some(open)) if open.departed.is_none() && leaves(open.stop, fact.status) => {
                open.departed = Some(fact.at);
            }
            (None, _) => {}
        }
    }
    stays
}

/// Whether a happening ends the stay at a stop.
fn leaves(stop: &str, status: Status) -> bool {
    match status {
        Status::PickedUp => stop == "pickup",
        Status::Delivered | Status::PartiallyDelivered | Status::DeliveryAttempted => {
            stop == "delivery"
        }
        Status::Departed | Status::InTransit | Status::OutForDelivery => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timeline;
    use crate::domain::testing::fact;

    fn told(facts: &[(Status, i64)]) -> Vec<(&'static str, i64, bool)> {
        let timeline: Timeline =
            facts.iter().map(|(status, minute)| fact(*status, *minute)).collect();
        stays(&timeline.effective())
            .iter()
            .map(|stay| (stay.stop, stay.minutes(1_000 * 60_000), stay.departed.is_some()))
            .collect()
    }

    #[test]
    fn the_clock_runs_from_arrival_to_departure() {
        use Status::{ArrivedDelivery, ArrivedPickup, Delivered, InTransit, PickedUp};
        let whole = [
            (ArrivedPickup, 10),
            (PickedUp, 200),
            (InTransit, 210),
            (ArrivedDelivery, 500),
            (Delivered, 530),
        ];
        assert_eq!(told(&whole), [("pickup", 190, true), ("delivery", 30, true)]);
        let mut turned = whole;
        turned.reverse();
        assert_eq!(told(&turned), told(&whole), "in whatever order it was told");
        assert_eq!(
            told(&[(ArrivedDelivery, 500), (ArrivedDelivery, 600)]),
            [("delivery", 500, false)]
        );
        assert_eq!(told(&[(PickedUp, 5)]), []);
        let timeline: Timeline =
            [fact(ArrivedPickup, 10), fact(PickedUp, 200)].into_iter().collect();
        assert_eq!(stays(&timeline.effective())[0].detained_min(0, 120), 70);
    }
}
