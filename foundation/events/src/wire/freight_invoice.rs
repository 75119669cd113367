//! A freight bill as JSON: the data of `caravan.freight-invoice.received`.

use caravan_model as model;
use serde::{Deserialize, Serialize};

use super::Error;
use super::parts::{Measure, Moment, Money, Named, Party, Reference, Span, all, try_all};

/// One charge line; meanings as in [`model::Charge`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Line number as sent.
    pub line: String,
    /// Special charge code as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Wording as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Amount.
    pub amount: Money,
    /// Rate as decimal text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// What the rate is per.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_qualifier: Option<String>,
    /// Billed weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Measure>,
    /// Billed quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Measure>,
    /// The bytes it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Span>,
}

/// A freight bill; meanings as in [`model::FreightInvoice`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreightInvoice {
    /// The source's own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Invoice number.
    pub number: String,
    /// Standard Carrier Alpha Code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scac: Option<String>,
    /// Correction indicator as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<String>,
    /// Method of payment as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// Numbers of the shipments billed.
    pub references: Vec<Reference>,
    /// Parties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Party>,
    /// Invoice date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_at: Option<Moment>,
    /// Delivery date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Moment>,
    /// Net amount due.
    pub total: Money,
    /// Charge lines.
    pub charges: Vec<Charge>,
    /// The bytes it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Span>,
    /// Everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Named>,
}

impl From<model::Charge> for Charge {
    fn from(charge: model::Charge) -> Self {
        Self {
            line: charge.line,
            code: charge.code,
            description: charge.description,
            amount: charge.amount.into(),
            rate: charge.rate,
            rate_qualifier: charge.rate_qualifier,
            weight: charge.weight.map(Measure::from),
            quantity: charge.quantity.map(Measure::from),
            source: Some(charge.source.into()),
        }
    }
}

impl TryFrom<Charge> for model::Charge {
    type Error = Error;
    fn try_from(wire: Charge) -> Result<Self, Error> {
        Ok(Self {
            line: wire.line,
            code: wire.code,
            description: wire.description,
            amount: wire.amount.try_into()?,
            rate: wire.rate,
            rate_qualifier: wire.rate_qualifier,
            weight: wire.weight.map(model::Measure::from),
            quantity: wire.quantity.map(model::Measure::from),
            source: wire.source.map(model::Span::from).unwrap_or_default(),
        })
    }
}

impl From<&model::FreightInvoice> for FreightInvoice {
    fn from(invoice: &model::FreightInvoice) -> Self {
        let invoice = invoice.clone();
        Self {
            key: invoice.key,
            number: invoice.number,
            scac: invoice.scac,
            correction: invoice.correction,
            payment_method: invoice.payment_method,
            references: all(invoice.references),
            parties: all(invoice.parties),
            billed_at: invoice.billed_at.map(Moment::from),
            delivered_at: invoice.delivered_at.map(Moment::from),
            total: invoice.total.into(),
            charges: all(invoice.charges),
            source: Some(invoice.source.into()),
            attributes: all(invoice.attributes),
        }
    }
}

impl TryFrom<FreightInvoice> for model::FreightInvoice {
    type Error = Error;
    fn try_from(wire: FreightInvoice) -> Result<Self, Error> {
        Ok(Self {
            key: wire.key,
            number: wire.number,
            scac: wire.scac,
            correction: wire.correction,
            payment_method: wire.payment_method,
            references: all(wire.references),
            parties: try_all(wire.parties)?,
            billed_at: wire.billed_at.map(model::Moment::try_from).transpose()?,
            delivered_at: wire.delivered_at.map(model::Moment::try_from).transpose()?,
            total: wire.total.try_into()?,
            charges: try_all(wire.charges)?,
            source: wire.source.map(model::Span::from).unwrap_or_default(),
            attributes: all(wire.attributes),
        })
    }
}
