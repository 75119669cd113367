//! Tenders: a load offered to a carrier, and the carrier's answer (X12 204 and 990).
//!
//! Facts: research/formats.md §1.3 (sets 204 and 990, reservation action codes).

use crate::text_enum::text_enum;
use crate::{Measure, Moment, Money, OrderLine, Party, Purpose, RawCode, Reference, Span};

text_enum! {
    /// What happens at a stop.
    StopKind, "stop kind" {
        /// Goods get on.
        Pickup = "pickup",
        /// Goods get off.
        Delivery = "delivery",
    }
}

text_enum! {
    /// Who pays the freight.
    Payment, "payment" {
        Prepaid = "prepaid",
        Collect = "collect",
        ThirdParty = "third-party",
    }
}

/// A place of the journey, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TenderStop {
    /// Place in the journey, from 1.
    pub sequence: u32,
    /// What happens there.
    pub kind: StopKind,
    /// Who is there, and where that is.
    pub party: Party,
    /// Whom to call there.
    pub phone: Option<String>,
    /// Not before.
    pub earliest: Option<Moment>,
    /// Not after.
    pub latest: Option<Moment>,
    /// Gross weight that gets on or off, when it is known for the stop.
    pub gross_weight: Option<Measure>,
    /// Volume that gets on or off.
    pub volume: Option<Measure>,
    /// Packages that get on or off.
    pub packages: Option<u32>,
    /// For the driver.
    pub instructions: Option<String>,
    /// Numbers of this stop.
    pub references: Vec<Reference>,
}

/// A load offered to one carrier, or an offer taken back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tender {
    /// The shipper's number of the load; the answer names it.
    pub number: String,
    /// Our control number for the outgoing interchange; unique for the connection, at most 999,999,999.
    pub control_number: u32,
    /// Offered (`original`), offered anew with other content (`change`), or taken back (`cancel`).
    pub purpose: Purpose,
    /// Standard Carrier Alpha Code, or the party's code where it has none.
    pub carrier: String,
    /// Who pays the freight, when it was said.
    pub payment: Option<Payment>,
    /// The carrier's service, as agreed.
    pub service: Option<String>,
    /// Vehicle or container that is needed.
    pub equipment: Option<String>,
    /// Until when an answer is asked for.
    pub respond_by: Option<Moment>,
    /// What was agreed to be paid for it.
    pub price: Option<Money>,
    /// Other numbers.
    pub references: Vec<Reference>,
    /// Parties that are at no stop.
    pub parties: Vec<Party>,
    /// Stops in the order of the journey.
    pub stops: Vec<TenderStop>,
    /// What is moved.
    pub lines: Vec<OrderLine>,
    /// Total gross weight.
    pub gross_weight: Option<Measure>,
    /// Total volume.
    pub volume: Option<Measure>,
    /// Number of packages.
    pub packages: Option<u32>,
    /// For people.
    pub notes: Option<String>,
    /// Everything else worth telling; names are kebab-case.
    pub attributes: Vec<(String, String)>,
}

text_enum! {
    /// What a carrier says to a tender.
    TenderAnswer, "tender answer" {
        /// It takes the load.
        Accepted = "accepted",
        /// It does not.
        Declined = "declined",
        /// It takes the load if something changes: nothing is agreed yet.
        Conditional = "conditional",
        /// It offers something else instead: nothing is agreed yet.
        Countered = "countered",
        /// It takes its acceptance back.
        Withdrawn = "withdrawn",
        /// The code has no mapping; the raw code says what it was.
        Unmapped = "unmapped",
    }
}

/// A carrier's answer to a tender.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TenderResponse {
    /// The source's own number of this answer, unique within the connection, when it has one.
    pub key: Option<String>,
    /// The load's number as the tender gave it.
    pub number: String,
    /// Who answers: its SCAC as sent, until the hub puts whom it knows behind the connection.
    pub carrier: Option<String>,
    /// What it says.
    pub answer: TenderAnswer,
    /// Why, as our kebab-case reason (`equipment-unavailable`), when the source gave one that is mapped.
    pub reason: Option<String>,
    /// The carrier's own number for the load.
    pub carrier_reference: Option<String>,
    /// When it answered.
    pub answered_at: Option<Moment>,
    /// Other numbers.
    pub references: Vec<Reference>,
    /// The answer's code as sent.
    pub raw: RawCode,
    /// The reason's code as sent.
    pub raw_reason: Option<RawCode>,
    /// The bytes it came from.
    pub source: Span,
    /// Everything else worth keeping; names are kebab-case.
    pub attributes: Vec<(String, String)>,
}
