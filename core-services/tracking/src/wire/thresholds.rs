//! Thresholds as callers give and see them, and as they are stored.

use std::collections::BTreeMap;

use caravan_web::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::thresholds::{Limits, MODES, Said, Thresholds};

/// A month: more would never be heard of.
const MINUTES_MAX: i64 = 43_200;

/// Some thresholds; what is left out holds as it would without.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThresholdSet {
    /// Minutes that goods may stand at one place before they are halted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 43200, example = 720)]
    halted_after_min: Option<i64>,
    /// Minutes that nothing may be heard of goods on their way before they are silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 43200, example = 1440)]
    silent_after_min: Option<i64>,
    /// Minutes that a delivery may be later than promised before it is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 43200, example = 60)]
    delay_tolerance_min: Option<i64>,
    /// Minutes that a vehicle may be kept at a stop for nothing; a contract may say otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 43200, example = 120)]
    detention_free_min: Option<i64>,
}

/// A tenant's thresholds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Thresholds)]
pub(crate) struct ThresholdsIn {
    /// For all shipments.
    #[serde(default)]
    general: ThresholdSet,
    /// For those whose order has this mode: `ftl`, `ltl`, `parcel`, `air`, `ocean` or `rail`.
    #[serde(default)]
    modes: BTreeMap<String, ThresholdSet>,
}

/// Thresholds in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LimitsOut {
    halted_after_min: i64,
    silent_after_min: i64,
    delay_tolerance_min: i64,
    detention_free_min: i64,
}

/// A tenant's thresholds, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ThresholdsOut {
    /// What was said for all shipments.
    general: ThresholdSet,
    /// What was said for those of a mode.
    modes: BTreeMap<String, ThresholdSet>,
    /// What holds for shipments without a mode.
    in_force: LimitsOut,
    /// What holds for each mode.
    in_force_by_mode: BTreeMap<String, LimitsOut>,
}

impl From<Limits> for LimitsOut {
    fn from(limits: Limits) -> Self {
        Self {
            halted_after_min: limits.halted_after_min,
            silent_after_min: limits.silent_after_min,
            delay_tolerance_min: limits.delay_tolerance_min,
            detention_free_min: limits.detention_free_min,
        }
    }
}

impl From<&ThresholdSet> for Said {
    fn from(set: &ThresholdSet) -> Self {
        Self {
            halted_after_min: set.halted_after_min,
            silent_after_min: set.silent_after_min,
            delay_tolerance_min: set.delay_tolerance_min,
            detention_free_min: set.detention_free_min,
        }
    }
}

impl From<&ThresholdsIn> for Thresholds {
    fn from(said: &ThresholdsIn) -> Self {
        let modes = said.modes.iter().map(|(mode, set)| (mode.clone(), Said::from(set)));
        Self { general: Said::from(&said.general), modes: modes.collect() }
    }
}

impl From<ThresholdsIn> for ThresholdsOut {
    fn from(said: ThresholdsIn) -> Self {
        let thresholds = Thresholds::from(&said);
        let by_mode = MODES.map(|mode| (mode.to_owned(), thresholds.of(Some(mode)).into()));
        Self {
            in_force: thresholds.of(None).into(),
            in_force_by_mode: by_mode.into_iter().collect(),
            general: said.general,
            modes: said.modes,
        }
    }
}

impl ThresholdsIn {
    /// # Errors
    /// 422 `thresholds-invalid`, with the place.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let invalid = |detail: String| Err(Problem::unprocessable("thresholds-invalid", detail));
        if let Some(mode) = self.modes.keys().find(|mode| !MODES.contains(&mode.as_str())) {
            let mode: String = mode.chars().take(40).collect();
            return invalid(format!("{mode:?} is no mode; use some of {}.", MODES.join(", ")));
        }
        let general = core::iter::once(("/general".to_owned(), &self.general));
        let modes = self.modes.iter().map(|(mode, set)| (format!("/modes/{mode}"), set));
        for (at, set) in general.chain(modes) {
            for (name, minutes, least) in [
                ("halted_after_min", set.halted_after_min, 1),
                ("silent_after_min", set.silent_after_min, 1),
                ("delay_tolerance_min", set.delay_tolerance_min, 0),
                ("detention_free_min", set.detention_free_min, 0),
            ] {
                if minutes.is_some_and(|minutes| !(least..=MINUTES_MAX).contains(&minutes)) {
                    let detail = format!(
                        "{at}/{name} is a number of minutes from {least} to {MINUTES_MAX}."
                    );
                    return invalid(detail);
                }
            }
        }
        Ok(())
    }
}
