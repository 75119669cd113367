//! What is expected, as callers see it.

use serde::Serialize;
use utoipa::ToSchema;

use super::utc;
use crate::domain::eta::{self, Eta};

/// When the delivery is expected, by whom.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Expectation)]
pub(crate) struct ExpectationOut {
    /// `carrier` announces it; `history` is computed from the deliveries of its carrier on its lane.
    source: &'static str,
    /// Left out when the source expects nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// Eight in ten deliveries of the sample came between these two. Left out while there are too few.
    #[serde(skip_serializing_if = "Option::is_none")]
    earliest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<String>,
    /// How many deliveries the interval, and a computed time, were taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<i64>,
    /// `announced`, `computed`, `withdrawn` (the source says it no more) or `over` (the shipment is).
    why: &'static str,
    /// The milestone that brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    milestone: Option<String>,
    /// Since when the source says so.
    told_at: String,
}

impl From<&Eta> for ExpectationOut {
    fn from(eta: &Eta) -> Self {
        Self {
            source: eta.source.as_str(),
            at: eta.at_ms.map(utc),
            earliest: eta.interval.map(|interval| utc(interval.earliest_ms)),
            latest: eta.interval.map(|interval| utc(interval.latest_ms)),
            sample: eta.interval.map(|interval| interval.sample),
            why: eta.why,
            milestone: eta.milestone.map(|id| id.to_string()),
            told_at: utc(eta.told_ms),
        }
    }
}

/// What each source expects now, of everything that it ever said.
pub(crate) fn standing(told: &[Eta]) -> Vec<ExpectationOut> {
    eta::standing(told).map(ExpectationOut::from).collect()
}

/// Everything that was ever expected of a shipment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Expectations)]
pub(crate) struct ExpectationsOut {
    /// The best of its numbers.
    pub(crate) reference: String,
    /// Each change, the first first; of more than a thousand the last ones.
    pub(crate) items: Vec<ExpectationOut>,
}
