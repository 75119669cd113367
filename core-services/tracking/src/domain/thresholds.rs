//! From when on goods are halted, silent, late or detained: the tenant's word for their mode, else for all, else ours. Pure.

use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
/// How goods may travel, as orders say it.
pub(crate) const MODES: [&str; 6] = ["ftl", "ltl", "parcel", "air", "ocean", "rail"];

/// What holds for one shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// How long goods may stand at one place.
    pub(crate) halted_after_min: i64,
    /// How long nothing may be heard of goods on their way.
    pub(crate) silent_after_min: i64,
    /// How much later than promised a delivery may be without being late.
    pub(crate) delay_tolerance_min: i64,
    /// How long a vehicle may be kept at a stop for nothing, where no contract says otherwise.
    pub(crate) detention_free_min: i64,
}

impl Limits {
    /// What holds unless somebody says otherwise: a day of standing or silence, no tolerance, and the two hours that are usual
    /// with motor carriers.
    pub(crate) const USUAL: Self = Self {
        halted_after_min: 24 * 60,
        silent_after_min: 24 * 60,
        delay_tolerance_min: 0,
        detention_free_min: 120,
    };

    pub(crate) fn halt_ms(self) -> i64 {
        self.halted_after_min.saturating_mul(MINUTE_MS)
    }

    pub(crate) fn silence_ms(self) -> i64 {
        self.silent_after_min.saturating_mul(MINUTE_MS)
    }

    pub(crate) fn tolerance_ms(self) -> i64 {
        self.delay_tolerance_min.saturating_mul(MINUTE_MS)
    }
}

/// What somebody says, and nothing of the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) halted_after_min: Option<i64>,
    pub(crate) silent_after_min: Option<i64>,
    pub(crate) delay_tolerance_min: Option<i64>,
    pub(crate) detention_free_min: Option<i64>,
}

impl Said {
    fn over(self, limits: Limits) -> Limits {
        Limits {
            halted_after_min: self.halted_after_min.unwrap_or(limits.halted_after_min),
            silent_after_min: self.silent_after_min.unwrap_or(limits.silent_after_min),
            delay_tolerance_min: self.delay_tolerance_min.unwrap_or(limits.delay_tolerance_min),
            detention_free_min: self.detention_free_min.unwrap_or(limits.detention_free_min),
        }
    }
}

/// A tenant's thresholds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Thresholds {
    pub(crate) general: Said,
    /// By the order's mode.
    pub(crate) modes: BTreeMap<String, Said>,
}

impl Thresholds {
    /// What holds for a shipment of `mode`; one without an order has none.
    pub(crate) fn of(&self, mode: Option<&str>) -> Limits {
        let general = self.general.over(Limits::USUAL);
        let said = mode.and_then(|mode| self.modes.get(mode));
        said.map_or(general, |said| said.over(general))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modes_word_goes_before_the_general_one_and_that_before_ours() {
        let general = Said { halted_after_min: Some(60), ..Said::default() };
        let ocean = Said { silent_after_min: Some(10_080), ..Said::default() };
        let modes = BTreeMap::from([("ocean".to_owned(), ocean)]);
        let thresholds = Thresholds { general, modes };
        let road = Limits { halted_after_min: 60, ..Limits::USUAL };
        assert_eq!((thresholds.of(None), thresholds.of(Some("ftl"))), (road, road));
        assert_eq!(thresholds.of(Some("ocean")), Limits { silent_after_min: 10_080, ..road });
        assert_eq!(Thresholds::default().of(Some("air")), Limits::USUAL);
    }
}
