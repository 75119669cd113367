//! What is to be moved, from where to where, and when: the part of an order that people and ERPs edit.

use caravan_model::{DocumentKind, Measure, Moment, OrderLine, Party, Place, Reference};

use super::text::text_enum;

text_enum! {
    /// How urgent it is.
    Priority {
        Low = "low",
        Normal = "normal",
        High = "high",
        Urgent = "urgent",
    }
}

text_enum! {
    /// By what it travels.
    Mode {
        /// A vehicle of its own.
        Ftl = "ftl",
        /// A part of a vehicle.
        Ltl = "ltl",
        Parcel = "parcel",
        Air = "air",
        Ocean = "ocean",
        Rail = "rail",
    }
}

text_enum! {
    /// Who pays the freight (X12 B2-06: PP, CC, TP).
    Payment {
        Prepaid = "prepaid",
        Collect = "collect",
        ThirdParty = "third-party",
    }
}

text_enum! {
    /// What happens at a stop.
    StopKind {
        Pickup = "pickup",
        Delivery = "delivery",
    }
}

/// A place where goods get on or off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) kind: StopKind,
    /// The site's number in the shipper's system.
    pub(crate) site: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) street: Vec<String>,
    pub(crate) place: Place,
    /// The window in which it is to happen.
    pub(crate) earliest: Option<Moment>,
    pub(crate) latest: Option<Moment>,
    pub(crate) instructions: Option<String>,
    pub(crate) references: Vec<Reference>,
}

/// An order's content. It may have gaps while it is an indent from an ERP; [`super::check`] names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    /// Unique within the tenant.
    pub(crate) number: String,
    pub(crate) kind: DocumentKind,
    pub(crate) priority: Priority,
    pub(crate) mode: Option<Mode>,
    /// The carrier's service, as its rate contract names it.
    pub(crate) service: Option<String>,
    pub(crate) equipment: Option<String>,
    pub(crate) payment: Option<Payment>,
    pub(crate) incoterms: Option<String>,
    pub(crate) references: Vec<Reference>,
    /// Parties that are at no stop: bill-to, sold-to, …
    pub(crate) parties: Vec<Party>,
    /// In the order of the journey.
    pub(crate) stops: Vec<Stop>,
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) gross_weight: Option<Measure>,
    pub(crate) volume: Option<Measure>,
    pub(crate) packages: Option<u32>,
    /// Decimal text.
    pub(crate) distance_km: Option<String>,
    pub(crate) notes: Option<String>,
}

impl Content {
    /// Where the journey begins.
    pub(crate) fn first_pickup(&self) -> Option<&Stop> {
        self.stops.iter().find(|stop| stop.kind == StopKind::Pickup)
    }

    /// Where it ends.
    pub(crate) fn last_delivery(&self) -> Option<&Stop> {
        self.stops.iter().rfind(|stop| stop.kind == StopKind::Delivery)
    }

    /// When the goods are to be picked up.
    pub(crate) fn pickup_at(&self) -> Option<Moment> {
        self.first_pickup().and_then(|stop| stop.earliest.or(stop.latest))
    }

    /// Whether what a carrier was offered would no longer be true: everything but numbers, notes and priority is its business.
    pub(crate) fn is_another_offer(&self, other: &Self) -> bool {
        let offer = |content: &Self| Self {
            priority: Priority::Normal,
            references: Vec::new(),
            notes: None,
            ..content.clone()
        };
        offer(self) != offer(other)
    }
}
