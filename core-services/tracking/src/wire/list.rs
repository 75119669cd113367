//! The list of shipments as callers ask for it and see it.

use caravan_model::{Moment, ZoneSource};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{StandingOut, utc};
use crate::store::list::Listed;

/// The filters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShipmentQuery {
    /// Only those that stand here: one status, or several with commas between.
    #[param(example = "departed,in-transit")]
    pub(crate) status: Option<String>,
    /// Only those with an open exception: of this cause, or of `any`.
    #[param(example = "delay")]
    pub(crate) exception: Option<String>,
    /// Only those of this carrier: its id in the catalogue, its SCAC, or as the order names it.
    #[param(example = "odfl")]
    pub(crate) carrier: Option<String>,
    /// Only those known by one of these numbers, at most 500 with commas between; letters and digits count.
    #[param(example = "1234567,B-1")]
    pub(crate) numbers: Option<String>,
    /// Words that all are found, each the beginning of a number of the shipment or its orders, or of a place where it was.
    #[param(example = "12345 mumbai")]
    pub(crate) q: Option<String>,
    /// Only those of which something was last heard at this time or later.
    #[param(example = "2026-11-26T09:00:00+05:30")]
    pub(crate) heard_from: Option<String>,
    /// Only those of which something was last heard before this time.
    #[param(example = "2026-11-27T09:00:00+05:30")]
    pub(crate) heard_until: Option<String>,
    /// `heard` (when something was last heard), `promised` (what has no promise is left out) or `created` (first heard of), with
    /// `-` before it the latest first; `-heard` unless said.
    #[param(example = "promised")]
    pub(crate) sort: Option<String>,
}

/// A page of shipments.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShipmentListOut {
    pub(crate) items: Vec<ShipmentOut>,
    /// Give it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// Of the numbers asked for those under which no shipment is known, as they were written; on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unknown_numbers: Option<Vec<String>>,
}

/// A shipment in the list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShipmentOut {
    reference: String,
    reference_kind: String,
    #[serde(flatten)]
    standing: StandingOut,
    /// Who carries it: as its order says, or else who reported it first, by the catalogue's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<String>,
    /// `ftl`, `ltl`, `parcel`, `air`, `ocean` or `rail`, as its order says.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    /// How many, superseded ones too.
    milestones: i32,
    /// When it was first heard of.
    created_at: String,
    /// When something was last heard of it, and how many seconds ago that was.
    updated_at: String,
    last_heard_age_s: i64,
    /// Until when the delivery was promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    promised_by: Option<String>,
    /// When the carrier expects the delivery, while it is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_at: Option<String>,
}

impl ShipmentOut {
    pub(crate) fn new(row: Listed, now_ms: i64) -> Self {
        let text = |(instant_ms, offset_min)| {
            Moment { instant_ms, offset_min, zone: ZoneSource::Sent }.to_rfc3339()
        };
        Self {
            reference: row.reference.value,
            reference_kind: row.reference.kind,
            standing: StandingOut {
                status: row.status,
                direction: row.direction,
                status_since: row.since.map(text),
                delivered_at: row.delivered.map(text),
            },
            carrier: row.carrier,
            mode: row.mode,
            milestones: row.facts,
            created_at: utc(row.created_ms),
            updated_at: utc(row.updated_ms),
            last_heard_age_s: now_ms.saturating_sub(row.updated_ms).max(0) / 1_000,
            promised_by: row.promised_ms.map(utc),
            expected_at: row.eta_ms.map(utc),
        }
    }
}
