//! What callers send to move an order, read and checked at once.

mod read;

use serde::Deserialize;
use utoipa::ToSchema;

use super::progress::OrderDriver;

/// A reason, where one helps.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonIn {
    /// Why; needed to cancel, hold and withdraw.
    #[serde(default)]
    pub(crate) reason: Option<String>,
}

/// Who is to carry it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignIn {
    /// SCAC or party code; leave it out to take the cheapest by rate.
    #[serde(default)]
    #[schema(example = "DEMO")]
    pub(crate) carrier: Option<String>,
    /// `rate` takes the cheapest, `hand` the carrier that you name. Said by `carrier` when it is left out.
    #[serde(default)]
    pub(crate) by: Option<String>,
    /// Why this one.
    #[serde(default)]
    pub(crate) reason: Option<String>,
}

/// An offer to the assigned carrier.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenderIn {
    /// Until when an answer is wanted: RFC 3339 with an offset. Two hours when neither is given.
    #[serde(default)]
    pub(crate) respond_by: Option<String>,
    /// The same in minutes from now.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 43200)]
    pub(crate) respond_within_min: Option<u32>,
}

/// The carrier's answer, told by a person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerIn {
    /// `accepted` or `declined`.
    #[schema(example = "accepted")]
    pub(crate) answer: String,
    /// Why; needed when it is declined.
    #[serde(default)]
    pub(crate) reason: Option<String>,
    /// The carrier's own number for it, usually the PRO.
    #[serde(default)]
    pub(crate) carrier_reference: Option<String>,
}

/// The vehicle and its papers.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DispatchIn {
    /// Lorry receipt (consignment note).
    #[schema(example = "LR-555001")]
    pub(crate) lr_number: String,
    /// Vehicle number.
    #[schema(example = "MH 12 AB 1234")]
    pub(crate) vehicle: String,
    /// Driver.
    #[serde(default)]
    pub(crate) driver: Option<OrderDriver>,
    /// The carrier's PRO number.
    #[serde(default)]
    pub(crate) pro: Option<String>,
    /// Air waybill.
    #[serde(default)]
    pub(crate) awb: Option<String>,
    /// When it left; now when it is left out.
    #[serde(default)]
    pub(crate) at: Option<String>,
}

/// That it arrived.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeliverIn {
    /// When; now when it is left out.
    #[serde(default)]
    pub(crate) at: Option<String>,
    /// Number of the proof of delivery.
    #[serde(default)]
    pub(crate) pod: Option<String>,
    /// How it is known.
    #[serde(default)]
    pub(crate) reason: Option<String>,
}

/// A copy of an order.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DuplicateIn {
    /// The copy's number; made for you when it is left out.
    #[serde(default)]
    pub(crate) number: Option<String>,
    /// Moves the windows of all stops by so many days; without it the copy has none.
    #[serde(default)]
    #[schema(minimum = -3650, maximum = 3650)]
    pub(crate) shift_days: Option<i32>,
}
