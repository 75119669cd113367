//! What an order gets on its way: a carrier, tenders and their answers, a vehicle, a delivery.

use caravan_model::Moment;
use uuid::Uuid;

use super::text::text_enum;

/// A price that a rate contract gives, for choosing; what is paid is the settlement's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) carrier: String,
    pub(crate) contract: Uuid,
    pub(crate) contract_version: i32,
    /// Its lane's line.
    pub(crate) lane: i32,
    pub(crate) currency: String,
    /// Millionths of the currency's unit, without fuel and accessorials.
    pub(crate) price_micro: i64,
}

/// Who is to carry it, and how that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) carrier: String,
    /// The rate by which it was chosen; none when somebody chose by hand and no contract fits.
    pub(crate) quote: Option<Quote>,
    /// Whether the cheapest was asked for.
    pub(crate) by_rate: bool,
}

text_enum! {
    /// What became of a tender.
    Answer {
        /// Not answered yet.
        Open = "open",
        Accepted = "accepted",
        Declined = "declined",
        /// The time to answer is over.
        Silent = "silent",
        /// Taken back by us.
        Withdrawn = "withdrawn",
    }
}

/// An offer to the assigned carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tender {
    /// 1 for the order's first.
    pub(crate) number: i32,
    pub(crate) carrier: String,
    pub(crate) tendered_ms: i64,
    pub(crate) respond_by_ms: i64,
    pub(crate) answer: Answer,
    pub(crate) answered_ms: Option<i64>,
    /// Why it was declined.
    pub(crate) reason: Option<String>,
    /// The carrier's number for it, usually the PRO.
    pub(crate) carrier_reference: Option<String>,
}

/// The vehicle and its papers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dispatch {
    /// Lorry receipt (consignment note).
    pub(crate) lr_number: String,
    /// Upper case, without spaces and hyphens.
    pub(crate) vehicle: String,
    pub(crate) driver_name: Option<String>,
    pub(crate) driver_phone: Option<String>,
    pub(crate) pro: Option<String>,
    pub(crate) awb: Option<String>,
    pub(crate) at: Moment,
}

/// That it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) at: Moment,
    /// The proof of delivery's number.
    pub(crate) pod: Option<String>,
    /// When the milestone that says so was recorded; none when a person said so.
    pub(crate) recorded_ms: Option<i64>,
}

/// That the carrier's timeline, corrected, no longer says that it arrived.
///
/// The later one takes back all that an earlier one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Revocation {
    /// When what corrected it was recorded.
    pub(crate) recorded_ms: i64,
    /// Of what was recorded in the same millisecond, deliveries until then are taken back.
    pub(crate) until_ms: i64,
}

impl Revocation {
    /// Whether it takes `delivery` back: what a person said, and what was recorded since, it does not.
    pub(crate) fn covers(self, delivery: &Delivery) -> bool {
        let told = |recorded_ms| (recorded_ms, delivery.at.instant_ms);
        delivery.recorded_ms.is_some_and(|at_ms| told(at_ms) <= (self.recorded_ms, self.until_ms))
    }
}
