//! What went wrong on the way and since when: read off the happenings that decided where the shipment stands. Pure.
//!
//! # Rules
//! - A function of the set of facts, as the timeline is: neither their order of arrival nor how they came in batches shows.
//! - A return lasts from when the direction turned until it turns again, whatever is reported on the way back.
//! - Exceptions that follow one another without anything between them are one run. In it, damage and other problems are two things;
//!   each begins with its first report and has the first reason that was given.
//! - A stay lasts from the first report of standing at a place, when that was heard, until goods are elsewhere or move. To be scanned
//!   again there does not begin it anew. What names no place is taken for the same one.

use std::collections::BTreeMap;

use caravan_model::{Direction, Status};

use super::exception::{Phase, phase};
use super::{Fact, FactKey, Trouble, apart, standing};

/// Something that went wrong. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incident {
    pub(crate) trouble: Trouble,
    pub(crate) since_ms: i64,
    /// The last happening that belongs to it.
    pub(crate) until_ms: i64,
    /// When its beginning was heard.
    pub(crate) heard_ms: i64,
    pub(crate) reason: Option<String>,
    /// Nothing has happened since that ends it.
    pub(crate) lasts: bool,
}

impl Incident {
    fn new(trouble: Trouble, fact: &Fact, heard_ms: i64) -> Self {
        let at_ms = fact.at.instant_ms;
        let reason = fact.reason.clone();
        Self { trouble, since_ms: at_ms, until_ms: at_ms, heard_ms, reason, lasts: true }
    }
}

/// A shipment's way, as far as something can be wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Course {
    /// In the order of their beginnings.
    pub(crate) incidents: Vec<Incident>,
    /// Since when the goods stand at one place, by when that was first heard; none while they do not stand.
    pub(crate) stays_ms: Option<i64>,
}

/// Reads the facts that count, given in the order of happening; `heard` says when each happening was first heard of.
pub(crate) fn of(effective: &[&Fact], heard: &BTreeMap<FactKey, i64>) -> Course {
    let mut course = Course::default();
    let mut place: Option<&str> = None;
    standing::walk(effective, |fact, standing| {
        let heard_ms = heard.get(&fact.key).copied().unwrap_or(fact.recorded_ms);
        let goes_back = standing.direction == Direction::Return;
        course.note(Trouble::Return, goes_back, fact, heard_ms);
        let is_wrong = standing.status == Status::Exception;
        let is_damage = fact.reason.as_deref().is_some_and(|reason| reason.contains("damage"));
        let trouble = if is_damage { Trouble::Damage } else { Trouble::Problem };
        if is_wrong {
            course.note(trouble, true, fact, heard_ms);
        } else {
            course.end(Trouble::Damage);
            course.end(Trouble::Problem);
        }
        if phase(standing.status) == Phase::Standing {
            let moved = place.zip(fact.place.as_deref()).is_some_and(|(a, b)| apart(a, b));
            let stays_ms = course.stays_ms.filter(|_| !moved);
            course.stays_ms = Some(stays_ms.map_or(heard_ms, |first| first.min(heard_ms)));
            place = fact.place.as_deref().or(place.filter(|_| stays_ms.is_some()));
        } else {
            (course.stays_ms, place) = (None, None);
        }
    });
    course
}

impl Course {
    /// `fact` says whether there is this trouble.
    fn note(&mut self, trouble: Trouble, is_so: bool, fact: &Fact, heard_ms: i64) {
        if !is_so {
            return self.end(trouble);
        }
        let mut lasting = self.incidents.iter_mut();
        match lasting.find(|incident| incident.lasts && incident.trouble == trouble) {
            Some(incident) => {
                incident.until_ms = fact.at.instant_ms;
                incident.heard_ms = incident.heard_ms.min(heard_ms);
                if incident.reason.is_none() {
                    incident.reason.clone_from(&fact.reason);
                }
            }
            None => self.incidents.push(Incident::new(trouble, fact, heard_ms)),
        }
    }

    fn end(&mut self, trouble: Trouble) {
        for incident in self.incidents.iter_mut().filter(|incident| incident.trouble == trouble) {
            incident.lasts = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timeline;
    use crate::domain::testing::fact;

    fn course(facts: impl IntoIterator<Item = Fact>) -> Course {
        facts.into_iter().collect::<Timeline>().course()
    }

    /// Each incident's trouble, the minute it began at, and whether it lasts.
    fn told(course: &Course) -> Vec<(Trouble, i64, bool)> {
        let all = course.incidents.iter();
        all.map(|one| (one.trouble, one.since_ms / 60_000, one.lasts)).collect()
    }

    #[test]
    fn damage_is_kept_when_the_goods_go_on_and_each_report_has_its_own_reason() {
        let damaged = fact(Status::Exception, 5).because("goods-damaged");
        let moved = course([damaged.clone(), fact(Status::Departed, 9)]);
        assert_eq!(told(&moved), [(Trouble::Damage, 5, false)]);
        let both = course([fact(Status::Exception, 3).because("customs"), damaged]);
        assert_eq!(told(&both), [(Trouble::Problem, 3, true), (Trouble::Damage, 5, true)]);
        assert_eq!(both.incidents[0].reason.as_deref(), Some("customs"));
    }

    #[test]
    fn a_return_begins_when_the_direction_turned() {
        let back = [fact(Status::InTransit, 5).back(), fact(Status::Arrived, 9).back()];
        let turned = course([fact(Status::Departed, 1)].into_iter().chain(back.clone()));
        assert_eq!(told(&turned), [(Trouble::Return, 5, true)]);
        let again = course(back.into_iter().chain([fact(Status::Departed, 12)]));
        assert_eq!(told(&again), [(Trouble::Return, 5, false)]);
    }

    #[test]
    fn to_be_scanned_again_at_one_place_does_not_begin_the_stay_anew() {
        let arrived = fact(Status::Arrived, 5).at_place("pune");
        let again = fact(Status::AtDeliveryFacility, 50).at_place("pune");
        let stays =
            |facts: &[&Fact]| course(facts.iter().copied().cloned()).stays_ms.map(|ms| ms / 60_000);
        assert_eq!(stays(&[&arrived, &again]), Some(5));
        assert_eq!(stays(&[&arrived, &fact(Status::Arrived, 60)]), Some(5), "no place is the same");
        let elsewhere = fact(Status::Arrived, 70).at_place("nashik");
        assert_eq!(stays(&[&arrived, &again, &elsewhere]), Some(70));
        assert_eq!(stays(&[&arrived, &fact(Status::Departed, 60), &again]), None);
        assert_eq!(stays(&[&arrived.clone().corrected(Status::Arrived, 90), &arrived]), Some(5));
    }
}
