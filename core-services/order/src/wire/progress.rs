//! How far an order has come, as JSON: stored in this form, and shown and told in it.

use caravan_model::Moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::content::{OrderMoney, rfc3339};
use super::{instant_ms, moment, utc};
use crate::domain::{
    Answer, Assignment, Delivery, Dispatch, Progress, Quote, Revocation, Tender, decimal, micro,
};

/// A price by a rate contract, for choosing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrderQuote {
    /// The carrier.
    pub(crate) carrier: String,
    /// Its rate contract.
    #[schema(value_type = String, format = "uuid")]
    pub(crate) contract_id: Uuid,
    /// The contract's version.
    pub(crate) contract_version: i32,
    /// The line of its lane.
    pub(crate) lane: i32,
    /// Linehaul without fuel and accessorials, decimal text.
    #[schema(example = "3895.00")]
    pub(crate) amount: String,
    /// ISO 4217.
    pub(crate) currency: String,
}

/// Who is to carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrderAssignment {
    /// SCAC or party code.
    #[schema(example = "DEMO")]
    pub(crate) carrier: String,
    /// `hand` or `rate`.
    pub(crate) by: String,
    /// The price that the rates give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quote: Option<OrderQuote>,
    /// Its amount: what a tender offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<OrderMoney>,
}

/// An offer to a carrier and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrderTender {
    /// 1 for the order's first.
    pub(crate) number: i32,
    /// Whom it was offered to.
    pub(crate) carrier: String,
    /// When.
    pub(crate) tendered_at: String,
    /// Until when an answer was asked for.
    pub(crate) respond_by: String,
    /// `open`, `accepted`, `declined`, `silent` or `withdrawn`.
    pub(crate) answer: String,
    /// When it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answered_at: Option<String>,
    /// Why it was declined or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The carrier's own number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) carrier_reference: Option<String>,
}

/// A driver.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderDriver {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
}

/// The vehicle and its papers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrderDispatch {
    /// Lorry receipt (consignment note).
    pub(crate) lr_number: String,
    /// Vehicle number, upper case without spaces.
    pub(crate) vehicle: String,
    /// Driver.
    pub(crate) driver: OrderDriver,
    /// The carrier's PRO number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pro: Option<String>,
    /// Air waybill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) awb: Option<String>,
    /// When it left.
    pub(crate) at: String,
}

/// That it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrderDelivery {
    /// When.
    pub(crate) at: String,
    /// Number of the proof of delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pod: Option<String>,
    /// `milestone` or `manual`.
    pub(crate) source: String,
    /// When the milestone that says so was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recorded_at: Option<String>,
}

/// That the carrier's timeline, corrected, no longer says that it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrderRevocation {
    /// When what corrected it was recorded.
    pub(crate) recorded_at: String,
    /// Deliveries until then are taken back.
    pub(crate) until: String,
}

/// All of it; absent is what has not happened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct Stored {
    /// Who is to carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) assignment: Option<OrderAssignment>,
    /// The last tender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tender: Option<OrderTender>,
    /// The vehicle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dispatch: Option<OrderDispatch>,
    /// When the goods were first seen to move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) picked_up_at: Option<String>,
    /// The delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delivery: Option<OrderDelivery>,
    /// What milestones said of the delivery and took back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delivery_revoked: Option<OrderRevocation>,
}

/// A stored text that this version cannot read.
#[derive(Debug, thiserror::Error)]
#[error("the stored {field} cannot be read")]
pub(crate) struct Damaged {
    pub(crate) field: &'static str,
}

impl From<&Quote> for OrderQuote {
    fn from(quote: &Quote) -> Self {
        Self {
            carrier: quote.carrier.clone(),
            contract_id: quote.contract,
            contract_version: quote.contract_version,
            lane: quote.lane,
            amount: price(quote.price_micro),
            currency: quote.currency.clone(),
        }
    }
}

/// At least two decimals, as most currencies have.
fn price(micro: i64) -> String {
    let text = decimal(micro.into());
    match text.split_once('.') {
        None => format!("{text}.00"),
        Some((_, fraction)) if fraction.len() == 1 => format!("{text}0"),
        Some(_) => text,
    }
}

impl From<&Tender> for OrderTender {
    fn from(tender: &Tender) -> Self {
        Self {
            number: tender.number,
            carrier: tender.carrier.clone(),
            tendered_at: utc(tender.tendered_ms),
            respond_by: utc(tender.respond_by_ms),
            answer: tender.answer.as_str().to_owned(),
            answered_at: tender.answered_ms.map(utc),
            reason: tender.reason.clone(),
            carrier_reference: tender.carrier_reference.clone(),
        }
    }
}

impl From<&Delivery> for OrderDelivery {
    fn from(delivery: &Delivery) -> Self {
        let source = if delivery.recorded_ms.is_some() { "milestone" } else { "manual" };
        Self {
            at: rfc3339(delivery.at),
            pod: delivery.pod.clone(),
            source: source.to_owned(),
            recorded_at: delivery.recorded_ms.map(utc),
        }
    }
}

impl From<Revocation> for OrderRevocation {
    fn from(revoked: Revocation) -> Self {
        Self { recorded_at: utc(revoked.recorded_ms), until: utc(revoked.until_ms) }
    }
}

impl From<&Progress> for Stored {
    fn from(progress: &Progress) -> Self {
        let assignment = progress.assignment.as_ref().map(|assignment| OrderAssignment {
            carrier: assignment.carrier.clone(),
            by: if assignment.by_rate { "rate" } else { "hand" }.to_owned(),
            quote: assignment.quote.as_ref().map(OrderQuote::from),
            price: assignment.quote.as_ref().map(|quote| OrderMoney {
                amount: price(quote.price_micro),
                currency: quote.currency.clone(),
            }),
        });
        let dispatch = progress.dispatch.clone().map(|dispatch| OrderDispatch {
            lr_number: dispatch.lr_number,
            vehicle: dispatch.vehicle,
            driver: OrderDriver { name: dispatch.driver_name, phone: dispatch.driver_phone },
            pro: dispatch.pro,
            awb: dispatch.awb,
            at: rfc3339(dispatch.at),
        });
        Self {
            assignment,
            tender: progress.tender.as_ref().map(OrderTender::from),
            dispatch,
            picked_up_at: progress.picked_up.map(rfc3339),
            delivery: progress.delivery.as_ref().map(OrderDelivery::from),
            delivery_revoked: progress.revoked.map(OrderRevocation::from),
        }
    }
}

fn time(field: &'static str, text: &str) -> Result<Moment, Damaged> {
    moment(text).ok_or(Damaged { field })
}

fn ms(field: &'static str, text: &str) -> Result<i64, Damaged> {
    instant_ms(text).ok_or(Damaged { field })
}

impl TryFrom<OrderQuote> for Quote {
    type Error = Damaged;
    fn try_from(quote: OrderQuote) -> Result<Self, Damaged> {
        let amount = micro(&quote.amount).and_then(|micro| i64::try_from(micro).ok());
        Ok(Self {
            carrier: quote.carrier,
            contract: quote.contract_id,
            contract_version: quote.contract_version,
            lane: quote.lane,
            currency: quote.currency,
            price_micro: amount.ok_or(Damaged { field: "quote" })?,
        })
    }
}

impl TryFrom<OrderTender> for Tender {
    type Error = Damaged;
    fn try_from(tender: OrderTender) -> Result<Self, Damaged> {
        Ok(Self {
            number: tender.number,
            carrier: tender.carrier,
            tendered_ms: ms("tender time", &tender.tendered_at)?,
            respond_by_ms: ms("tender time", &tender.respond_by)?,
            answer: Answer::parse(&tender.answer).ok_or(Damaged { field: "answer" })?,
            answered_ms: tender.answered_at.map(|at| ms("answer time", &at)).transpose()?,
            reason: tender.reason,
            carrier_reference: tender.carrier_reference,
        })
    }
}

impl TryFrom<OrderDelivery> for Delivery {
    type Error = Damaged;
    fn try_from(delivery: OrderDelivery) -> Result<Self, Damaged> {
        Ok(Self {
            at: time("delivery time", &delivery.at)?,
            pod: delivery.pod,
            recorded_ms: delivery.recorded_at.map(|at| ms("recording time", &at)).transpose()?,
        })
    }
}

impl TryFrom<OrderRevocation> for Revocation {
    type Error = Damaged;
    fn try_from(revoked: OrderRevocation) -> Result<Self, Damaged> {
        Ok(Self {
            recorded_ms: ms("revocation time", &revoked.recorded_at)?,
            until_ms: ms("revocation time", &revoked.until)?,
        })
    }
}

impl TryFrom<Stored> for Progress {
    type Error = Damaged;
    fn try_from(stored: Stored) -> Result<Self, Damaged> {
        let assignment = stored.assignment.map(|assignment| {
            Ok::<_, Damaged>(Assignment {
                carrier: assignment.carrier,
                quote: assignment.quote.map(Quote::try_from).transpose()?,
                by_rate: assignment.by == "rate",
            })
        });
        let dispatch = stored.dispatch.map(|dispatch| {
            Ok::<_, Damaged>(Dispatch {
                at: time("dispatch time", &dispatch.at)?,
                lr_number: dispatch.lr_number,
                vehicle: dispatch.vehicle,
                driver_name: dispatch.driver.name,
                driver_phone: dispatch.driver.phone,
                pro: dispatch.pro,
                awb: dispatch.awb,
            })
        });
        Ok(Self {
            assignment: assignment.transpose()?,
            tender: stored.tender.map(Tender::try_from).transpose()?,
            dispatch: dispatch.transpose()?,
            picked_up: stored.picked_up_at.map(|at| time("pickup time", &at)).transpose()?,
            delivery: stored.delivery.map(Delivery::try_from).transpose()?,
            revoked: stored.delivery_revoked.map(Revocation::try_from).transpose()?,
        })
    }
}

/// A weight of an order in kilograms, decimal text.
pub(crate) fn kilograms(measure: &caravan_model::Measure) -> Option<String> {
    crate::domain::kilograms(measure).map(decimal)
}
