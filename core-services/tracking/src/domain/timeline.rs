//! A shipment's facts as one timeline: a function of their set.

use std::collections::BTreeMap;

use caravan_model::RecordId;

use super::{Course, Fact, FactKey, Standing, course, estimate, standing};

/// Every fact known about a shipment, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Timeline {
    facts: BTreeMap<RecordId, Fact>,
}

/// A fact in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) fact: &'a Fact,
    /// The report of the same happening that came before this one.
    pub(crate) corrects: Option<RecordId>,
    /// A later report of the same happening counts instead.
    pub(crate) superseded: bool,
}

impl Timeline {
    /// Adds a fact; says whether it was new. The same fact again changes nothing, save that the earliest recording counts.
    pub(crate) fn insert(&mut self, fact: Fact) -> bool {
        match self.facts.entry(fact.id) {
            std::collections::btree_map::Entry::Vacant(vacant) => {
                vacant.insert(fact);
                true
            }
            std::collections::btree_map::Entry::Occupied(mut known) => {
                if fact.recorded_ms < known.get().recorded_ms {
                    known.insert(fact);
                }
                false
            }
        }
    }

    /// How many facts, superseded ones too.
    pub(crate) fn len(&self) -> usize {
        self.facts.len()
    }

    /// Every fact, in no order that means anything.
    pub(crate) fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.values()
    }

    /// When the newest fact was recorded.
    pub(crate) fn updated_ms(&self) -> Option<i64> {
        self.facts.values().map(|fact| fact.recorded_ms).max()
    }

    /// When the oldest fact was recorded.
    pub(crate) fn first_heard_ms(&self) -> Option<i64> {
        self.facts.values().map(|fact| fact.recorded_ms).min()
    }

    /// The facts in the order of happening.
    pub(crate) fn entries(&self) -> Vec<Entry<'_>> {
        let mut entries = Vec::with_capacity(self.facts.len());
        for mut reports in self.by_key().into_values() {
            reports.sort_by_key(|fact| fact.newness());
            let mut before = None;
            let newest = reports.len().saturating_sub(1);
            for (nth, fact) in reports.into_iter().enumerate() {
                entries.push(Entry { fact, corrects: before, superseded: nth < newest });
                before = Some(fact.id);
            }
        }
        entries.sort_by_key(|entry| entry.fact.order());
        entries
    }

    /// The facts that count, in the order of happening: of several reports of one happening, the newest.
    pub(crate) fn effective(&self) -> Vec<&Fact> {
        let newest = self.by_key().into_values();
        let newest =
            newest.filter_map(|reports| reports.into_iter().max_by_key(|fact| fact.newness()));
        let mut facts: Vec<&Fact> = newest.collect();
        facts.sort_by_key(|fact| fact.order());
        facts
    }

    /// The report that counts for a happening.
    pub(crate) fn newest(&self, key: FactKey) -> Option<&Fact> {
        self.facts.values().filter(|fact| fact.key == key).max_by_key(|fact| fact.newness())
    }

    /// Where the shipment stands.
    pub(crate) fn standing(&self) -> Standing {
        standing::of(&self.effective())
    }

    /// The fact that decided where it stands: the first of those since when it stands like that.
    pub(crate) fn decisive(&self) -> Option<&Fact> {
        let since = self.standing().since?;
        let effective = self.effective();
        effective.into_iter().rev().find(|fact| fact.moves() && fact.at == since)
    }

    /// What went wrong on the way.
    pub(crate) fn course(&self) -> Course {
        let mut heard: BTreeMap<FactKey, i64> = BTreeMap::new();
        for fact in self.facts.values() {
            let first = heard.entry(fact.key).or_insert(fact.recorded_ms);
            *first = fact.recorded_ms.min(*first);
        }
        course::of(&self.effective(), &heard)
    }

    /// What is still expected, earliest first.
    pub(crate) fn estimates(&self) -> Vec<&Fact> {
        estimate::open(&self.effective(), &self.standing())
    }

    fn by_key(&self) -> BTreeMap<FactKey, Vec<&Fact>> {
        let mut by_key: BTreeMap<FactKey, Vec<&Fact>> = BTreeMap::new();
        for fact in self.facts.values() {
            by_key.entry(fact.key).or_default().push(fact);
        }
        by_key
    }
}

impl FromIterator<Fact> for Timeline {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let mut timeline = Self::default();
        for fact in facts {
            timeline.insert(fact);
        }
        timeline
    }
}

#[cfg(test)]
mod tests;
