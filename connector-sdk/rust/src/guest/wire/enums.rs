//! Enumerations, name by name: the compiler finds a value that one side lacks.

use super::types;
use crate::model;

/// Declares a conversion between two enums whose values have the same names.
macro_rules! same_names {
    ($name:ident: $from:path => $to:path { $($value:ident)+ }) => {
        pub(crate) fn $name(from: $from) -> $to {
            use $from as From;
            use $to as To;
            match from { $(From::$value => To::$value,)+ }
        }
    };
}

same_names!(status: model::Status => types::Status {
    Tendered Booked BookingRejected LabelCreated PickupScheduled ArrivedPickup PickupFailed PickedUp Departed InTransit Arrived Transferred CustomsInProgress CustomsHeld CustomsCleared AtDeliveryFacility DeliveryScheduled OutForDelivery ArrivedDelivery DeliveryAttempted AvailableForPickup PartiallyDelivered Delivered Delayed Exception Returned Cancelled Unmapped
});
same_names!(classifier: model::Classifier => types::Classifier {
    Actual Estimated Planned Requested
});
same_names!(leg: model::Leg => types::Leg {
    Pickup Linehaul Customs LastMile Return
});
same_names!(direction: model::Direction => types::Direction {
    Forward Return
});
same_names!(scope_kind: model::ScopeKind => types::ScopeKind {
    Shipment Piece Container Document
});
same_names!(zone_source: model::ZoneSource => types::ZoneSource {
    Sent Profile Place Assumed
});
same_names!(document_kind: model::DocumentKind => types::DocumentKind {
    Order Delivery
});
same_names!(purpose: model::Purpose => types::Purpose {
    Original Change Cancel
});
same_names!(party_role: model::PartyRole => types::PartyRole {
    Shipper ShipFrom Consignee ShipTo SoldTo BillTo Payer Vendor Carrier RemitTo Other
});
same_names!(severity: model::Severity => types::Severity {
    Error Warning
});
same_names!(level: model::Level => types::Level {
    Interchange Group Message
});
same_names!(verdict_outcome: model::VerdictOutcome => types::VerdictOutcome {
    Accepted AcceptedWithErrors Rejected
});
same_names!(level_in: types::Level => model::Level {
    Interchange Group Message
});
same_names!(verdict_outcome_in: types::VerdictOutcome => model::VerdictOutcome {
    Accepted AcceptedWithErrors Rejected
});
same_names!(zone_source_in: types::ZoneSource => model::ZoneSource {
    Sent Profile Place Assumed
});
same_names!(party_role_in: types::PartyRole => model::PartyRole {
    Shipper ShipFrom Consignee ShipTo SoldTo BillTo Payer Vendor Carrier RemitTo Other
});
same_names!(tender_answer: model::TenderAnswer => types::TenderAnswer {
    Accepted Declined Conditional Countered Withdrawn Unmapped
});
same_names!(purpose_in: types::Purpose => model::Purpose {
    Original Change Cancel
});
same_names!(stop_kind_in: types::StopKind => model::StopKind {
    Pickup Delivery
});
same_names!(payment_in: types::Payment => model::Payment {
    Prepaid Collect ThirdParty
});
