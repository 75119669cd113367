//! The canonical order as an ERP hands it over: an order, or a delivery to be moved.

use crate::text_enum::text_enum;
use crate::{Moment, Money, Place, Reference, Span};

text_enum! {
    /// Which business document it is.
    DocumentKind, "order document kind" {
        /// A purchase or sales order (IDoc ORDERS05).
        Order = "order",
        /// A delivery to be transported (IDoc DELVRY07).
        Delivery = "delivery",
    }
}

text_enum! {
    /// What the message does to the document.
    Purpose, "purpose" {
        Original = "original",
        Change = "change",
        Cancel = "cancel",
    }
}

text_enum! {
    /// A party's role.
    PartyRole, "party role" {
        Shipper = "shipper",
        ShipFrom = "ship-from",
        Consignee = "consignee",
        ShipTo = "ship-to",
        SoldTo = "sold-to",
        BillTo = "bill-to",
        Payer = "payer",
        Vendor = "vendor",
        Carrier = "carrier",
        RemitTo = "remit-to",
        Other = "other",
    }
}

/// A party named in a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Party {
    /// Its role.
    pub role: PartyRole,
    /// The role's code as sent (`WE`, `SH`, …).
    pub raw_role: String,
    /// Its number in the sender's system.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Street lines, in order.
    pub street: Vec<String>,
    /// City, region, postal code, country.
    pub place: Place,
}

/// A quantity with its unit as sent; the value is decimal text so that nothing is rounded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Measure {
    /// Decimal text without thousands separators, for example `1340` or `12.500`.
    pub value: String,
    /// Unit: UN/ECE Rec 20 code when known (`KGM`, `LBR`, `MTQ`), else as sent.
    pub unit: String,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderLine {
    /// Line number as sent, leading zeros kept.
    pub number: String,
    /// Material or product number.
    pub material: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Quantity.
    pub quantity: Option<Measure>,
    /// Gross weight.
    pub gross_weight: Option<Measure>,
    /// Volume.
    pub volume: Option<Measure>,
    /// Net value.
    pub net_value: Option<Money>,
    /// Numbers that this line refers to.
    pub references: Vec<Reference>,
}

/// An order or delivery handed over by an ERP.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Order {
    /// The source's document number, unique within the connection (for an IDoc `client/DOCNUM`).
    pub key: Option<String>,
    /// Order or delivery.
    pub kind: DocumentKind,
    /// Original, change or cancellation.
    pub purpose: Purpose,
    /// The order's or delivery's own number (BELNR, VBELN).
    pub number: String,
    /// Other numbers.
    pub references: Vec<Reference>,
    /// Parties.
    pub parties: Vec<Party>,
    /// Dates by name: `document`, `requested-delivery`, `planned-goods-issue`, …
    pub dates: Vec<(String, Moment)>,
    /// Total gross weight.
    pub gross_weight: Option<Measure>,
    /// Total volume.
    pub volume: Option<Measure>,
    /// Number of packages.
    pub packages: Option<u32>,
    /// Incoterms code and place as sent.
    pub incoterms: Option<String>,
    /// Lines.
    pub lines: Vec<OrderLine>,
    /// The bytes it came from.
    pub source: Span,
    /// Everything else worth keeping.
    pub attributes: Vec<(String, String)>,
}
