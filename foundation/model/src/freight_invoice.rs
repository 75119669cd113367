//! The canonical freight invoice (freight bill): what a carrier asks to be paid, line by line.

use crate::{Measure, Moment, Money, Party, Reference, Span};

/// One charge line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Charge {
    /// Line number (LX01) as sent.
    pub line: String,
    /// Special charge code as sent (L1-08: `400`, `FUE`, `DSC`…); none for plain linehaul.
    pub code: Option<String>,
    /// Wording as sent.
    pub description: Option<String>,
    /// Amount; negative for an allowance.
    pub amount: Money,
    /// Rate as decimal text.
    pub rate: Option<String>,
    /// What the rate is per (L1-03: `PH`, `CW`, `FR`…).
    pub rate_qualifier: Option<String>,
    /// Billed weight.
    pub weight: Option<Measure>,
    /// Billed quantity.
    pub quantity: Option<Measure>,
    /// The bytes it came from.
    pub source: Span,
}

/// A freight bill.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FreightInvoice {
    /// The source's own key, unique within the connection, when it has one.
    pub key: Option<String>,
    /// Invoice number (B3-02).
    pub number: String,
    /// Standard Carrier Alpha Code.
    pub scac: Option<String>,
    /// Correction indicator as sent (B3-08: `BD`, `CO`, …); none for an original.
    pub correction: Option<String>,
    /// Method of payment as sent (B3-04: `PP`, `CC`, `TP`).
    pub payment_method: Option<String>,
    /// Numbers of the shipments billed.
    pub references: Vec<Reference>,
    /// Parties.
    pub parties: Vec<Party>,
    /// Invoice date.
    pub billed_at: Option<Moment>,
    /// Delivery date.
    pub delivered_at: Option<Moment>,
    /// Net amount due (B3-07). The difference from the sum of the charges is reported, not mended.
    pub total: Money,
    /// Charge lines in document order.
    pub charges: Vec<Charge>,
    /// The bytes it came from.
    pub source: Span,
    /// Everything else worth keeping.
    pub attributes: Vec<(String, String)>,
}
