//! The canonical milestone: one tracked happening of a shipment.
//!
//! Statuses: the 27 of the project's status model (research/carriers.md (b)) plus `unmapped`.
//! An unknown code is `unmapped`, never a guess.

use crate::text_enum::text_enum;
use crate::{Moment, Place, RawCode, Reference, Span};

text_enum! {
    /// What happened. Order is the usual order of a shipment's life: a display hint, not a rule.
    Status, "milestone status" {
        Tendered = "tendered",
        Booked = "booked",
        BookingRejected = "booking-rejected",
        LabelCreated = "label-created",
        PickupScheduled = "pickup-scheduled",
        ArrivedPickup = "arrived-pickup",
        PickupFailed = "pickup-failed",
        PickedUp = "picked-up",
        Departed = "departed",
        InTransit = "in-transit",
        Arrived = "arrived",
        Transferred = "transferred",
        CustomsInProgress = "customs-in-progress",
        CustomsHeld = "customs-held",
        CustomsCleared = "customs-cleared",
        AtDeliveryFacility = "at-delivery-facility",
        DeliveryScheduled = "delivery-scheduled",
        OutForDelivery = "out-for-delivery",
        ArrivedDelivery = "arrived-delivery",
        DeliveryAttempted = "delivery-attempted",
        AvailableForPickup = "available-for-pickup",
        PartiallyDelivered = "partially-delivered",
        Delivered = "delivered",
        Delayed = "delayed",
        Exception = "exception",
        Returned = "returned",
        Cancelled = "cancelled",
        /// The source's code has no mapping; the raw code says what it was.
        Unmapped = "unmapped",
    }
}

text_enum! {
    /// Whether it happened, or is only expected. A status is never derived from anything but `Actual`.
    Classifier, "classifier" {
        Actual = "actual",
        Estimated = "estimated",
        Planned = "planned",
        Requested = "requested",
    }
}

text_enum! {
    /// The part of the journey.
    Leg, "leg" {
        Pickup = "pickup",
        Linehaul = "linehaul",
        Customs = "customs",
        LastMile = "last-mile",
        Return = "return",
    }
}

text_enum! {
    /// Towards the consignee, or back to the shipper (RTO).
    Direction, "direction" {
        Forward = "forward",
        Return = "return",
    }
}

text_enum! {
    /// What the milestone is about.
    ScopeKind, "scope" {
        Shipment = "shipment",
        Piece = "piece",
        Container = "container",
        Document = "document",
    }
}

/// What the milestone is about, and its number where there are many.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Shipment, piece, container or document.
    pub kind: ScopeKind,
    /// The piece's, container's or document's number.
    pub id: Option<String>,
}

impl Scope {
    /// The whole shipment.
    pub const SHIPMENT: Self = Self { kind: ScopeKind::Shipment, id: None };
}

/// One tracked happening.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Milestone {
    /// The source's own number of this event, unique within the connection, when it has one.
    pub key: Option<String>,
    /// What happened.
    pub status: Status,
    /// Why, as our kebab-case reason (`consignee-unavailable`), when the source gave one that is mapped.
    pub reason: Option<String>,
    /// Happened, estimated, planned or requested.
    pub classifier: Classifier,
    /// Part of the journey, when known.
    pub leg: Option<Leg>,
    /// Forward, or return to origin.
    pub direction: Direction,
    /// Shipment, piece, container or document.
    pub scope: Scope,
    /// When it happened (or is expected to).
    pub at: Moment,
    /// Where.
    pub place: Option<Place>,
    /// Every number that identifies the shipment; at least one.
    pub references: Vec<Reference>,
    /// The status code as sent.
    pub raw: RawCode,
    /// The reason code as sent.
    pub raw_reason: Option<RawCode>,
    /// The bytes it came from.
    pub source: Span,
    /// Everything else worth keeping: names are kebab-case.
    pub attributes: Vec<(String, String)>,
}
