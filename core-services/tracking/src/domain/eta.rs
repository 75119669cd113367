//! When a delivery is expected, by whom, and how far from it deliveries were. Pure.
//!
//! # Method
//! - The carrier's announcement is taken as it is. Its interval is where eight in ten deliveries came, measured from the time that
//!   this carrier had announced for them about as long before: [`lead`].
//! - Ours is the pickup and the median time that this carrier's deliveries took on the lane, its interval where eight in ten came.
//! - Both go by the last [`SAMPLE_MAX`] deliveries, and say nothing on less than [`SAMPLE_MIN`].
//! - What was said stays as it was said: a change is another record.

use caravan_model::{Direction, RecordId, Status};

use super::Fact;

/// Deliveries that a lane or a carrier must have had.
pub(crate) const SAMPLE_MIN: i64 = 20;
/// Most deliveries that are looked at, the last ones.
pub(crate) const SAMPLE_MAX: i64 = 500;

const HOUR_MS: i64 = 3_600_000;

/// Who expects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Carrier,
    History,
}

impl Source {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Carrier => "carrier",
            Self::History => "history",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Carrier, Self::History].into_iter().find(|source| source.as_str() == text)
    }
}

/// Where the tenth, the half and nine tenths of a sample lie, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spread {
    pub(crate) sample: i64,
    pub(crate) tenth_ms: i64,
    pub(crate) half_ms: i64,
    pub(crate) nine_tenths_ms: i64,
}

/// Where eight in ten deliveries come, by so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) earliest_ms: i64,
    pub(crate) latest_ms: i64,
    pub(crate) sample: i64,
}

impl Spread {
    fn around(self, at_ms: i64) -> Interval {
        Interval {
            earliest_ms: at_ms.saturating_add(self.tenth_ms),
            latest_ms: at_ms.saturating_add(self.nine_tenths_ms),
            sample: self.sample,
        }
    }
}

/// What a source expects since when, and why it says so now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Eta {
    pub(crate) source: Source,
    /// None when it expects nothing any more.
    pub(crate) at_ms: Option<i64>,
    pub(crate) interval: Option<Interval>,
    /// `announced`, `computed`, `withdrawn` or `over`.
    pub(crate) why: &'static str,
    /// What it was computed from.
    pub(crate) basis: Option<String>,
    pub(crate) milestone: Option<RecordId>,
    pub(crate) told_ms: i64,
}

/// A class of announcements: how long before the announced time they were made.
pub(crate) fn lead(at_ms: i64, told_ms: i64) -> &'static str {
    match at_ms.saturating_sub(told_ms) / HOUR_MS {
        ..6 => "6h",
        6..24 => "24h",
        24..72 => "72h",
        72.. => "more",
    }
}

/// What the carrier announces; `spread` is that of its errors at this lead.
pub(crate) fn announced(at_ms: i64, told: (i64, RecordId), spread: Option<Spread>) -> Eta {
    Eta {
        source: Source::Carrier,
        at_ms: Some(at_ms),
        interval: spread.map(|spread| spread.around(at_ms)),
        why: "announced",
        basis: None,
        milestone: Some(told.1),
        told_ms: told.0,
    }
}

/// What the lane's history makes of a pickup; `spread` is that of the times of its deliveries.
pub(crate) fn computed(picked_up_ms: i64, told_ms: i64, basis: String, spread: Spread) -> Eta {
    Eta {
        source: Source::History,
        at_ms: Some(picked_up_ms.saturating_add(spread.half_ms)),
        interval: Some(spread.around(picked_up_ms)),
        why: "computed",
        basis: Some(basis),
        milestone: None,
        told_ms,
    }
}

/// That a source expects nothing any more.
pub(crate) fn ended(source: Source, is_over: bool, told_ms: i64) -> Eta {
    let why = if is_over { "over" } else { "withdrawn" };
    Eta { source, at_ms: None, interval: None, why, basis: None, milestone: None, told_ms }
}

/// When the goods left the shipper, by the facts that count, given in the order of happening.
pub(crate) fn picked_up_ms(effective: &[&Fact]) -> Option<i64> {
    let is_on_its_way =
        |status| matches!(status, Status::PickedUp | Status::Departed | Status::InTransit);
    let mut forward = effective.iter().filter(|fact| fact.direction == Direction::Forward);
    let first = forward.find(|fact| fact.moves() && is_on_its_way(fact.status));
    first.map(|fact| fact.at.instant_ms)
}

/// What each source expects now, of everything that they ever said, given in the order of telling; the carrier's word comes first.
pub(crate) fn standing(told: &[Eta]) -> impl Iterator<Item = &Eta> {
    let last = |source| told.iter().rfind(|eta| eta.source == source);
    let all = [Source::Carrier, Source::History].into_iter().filter_map(last);
    all.filter(|eta| eta.at_ms.is_some())
}

/// By how much the announcements of a delivered shipment were wrong: of each lead the last one.
pub(crate) fn errors(told: &[Eta], delivered_ms: i64) -> Vec<(&'static str, i64)> {
    let mut errors: Vec<(&'static str, i64)> = Vec::new();
    for eta in told.iter().filter(|eta| eta.source == Source::Carrier) {
        let Some(at_ms) = eta.at_ms else { continue };
        let lead = lead(at_ms, eta.told_ms);
        errors.retain(|(of, _)| *of != lead);
        errors.push((lead, delivered_ms.saturating_sub(at_ms)));
    }
    errors
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::Timeline;
    use crate::domain::testing::fact;

    const SPREAD: Spread =
        Spread { sample: 20, tenth_ms: -HOUR_MS, half_ms: HOUR_MS, nine_tenths_ms: 5 * HOUR_MS };

    #[test]
    fn an_announcement_keeps_its_time_and_gets_the_interval_of_earlier_errors() {
        let id = RecordId(Uuid::from_u128(1));
        let eta = announced(100 * HOUR_MS, (90 * HOUR_MS, id), Some(SPREAD));
        assert_eq!(eta.at_ms, Some(100 * HOUR_MS));
        let (earliest_ms, latest_ms) = (99 * HOUR_MS, 105 * HOUR_MS);
        assert_eq!(eta.interval, Some(Interval { earliest_ms, latest_ms, sample: 20 }));
        assert_eq!(announced(1, (0, id), None).interval, None, "nothing is known of its errors");
    }

    #[test]
    fn ours_is_the_pickup_and_the_usual_time() {
        let way = Spread { tenth_ms: 20 * HOUR_MS, half_ms: 30 * HOUR_MS, ..SPREAD };
        let eta = computed(HOUR_MS, 7, "basis".into(), way);
        assert_eq!(eta.at_ms, Some(31 * HOUR_MS));
        assert_eq!(eta.interval.map(|interval| interval.earliest_ms), Some(21 * HOUR_MS));
        let facts = [
            fact(Status::Booked, 1),
            fact(Status::InTransit, 90).back(),
            fact(Status::PickedUp, 60).expected(),
            fact(Status::Departed, 80),
            fact(Status::PickedUp, 70),
        ];
        let timeline: Timeline = facts.into_iter().collect();
        assert_eq!(picked_up_ms(&timeline.effective()), Some(70 * 60_000));
    }

    #[test]
    fn of_each_lead_the_last_announcement_counts() {
        let told = |at_h: i64, told_h: i64| {
            announced(at_h * HOUR_MS, (told_h * HOUR_MS, RecordId(Uuid::nil())), None)
        };
        assert_eq!(lead(HOUR_MS, 2 * HOUR_MS), "6h", "it was late when it was announced");
        let all = [told(100, 10), told(110, 20), told(104, 95), ended(Source::Carrier, true, 9)];
        let delivered_ms = 105 * HOUR_MS;
        assert_eq!(errors(&all, delivered_ms), [("more", -5 * HOUR_MS), ("24h", HOUR_MS)]);
    }
}
