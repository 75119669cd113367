//! An order as callers see it: whole, as a row of the list, and with its history.

use std::collections::BTreeMap;

use caravan_model::Place;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::content::{OrderIn, OrderMeasure, OrderPlace, rfc3339};
use super::progress::{OrderQuote, OrderTender, Stored, kilograms};
use super::utc;
use crate::domain::{
    Content, Entry, Order, Quote, Stop, Unpriced, Violation, allowed, check, doubts,
};

/// From where to where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OrderLane {
    /// The first pickup.
    pub(crate) origin: OrderPlace,
    /// The last delivery.
    pub(crate) destination: OrderPlace,
}

impl From<&Content> for OrderLane {
    fn from(content: &Content) -> Self {
        let place = |stop: Option<&Stop>| {
            stop.map_or_else(Place::default, |stop| stop.place.clone()).into()
        };
        Self { origin: place(content.first_pickup()), destination: place(content.last_delivery()) }
    }
}

/// A window of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OrderWindow {
    /// Not before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) earliest: Option<String>,
    /// Not after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latest: Option<String>,
}

impl OrderWindow {
    /// None when the stop has neither time.
    pub(crate) fn of(stop: Option<&Stop>) -> Option<Self> {
        let stop = stop?;
        let known = stop.earliest.is_some() || stop.latest.is_some();
        known.then(|| Self {
            earliest: stop.earliest.map(rfc3339),
            latest: stop.latest.map(rfc3339),
        })
    }
}

/// Something of an order that keeps it from being approved, or is doubtful.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OrderIssue {
    /// JSON pointer into `content`.
    pub(crate) pointer: String,
    /// Stable code.
    #[schema(value_type = String)]
    pub(crate) code: &'static str,
    /// What is wrong and what would be right.
    pub(crate) message: String,
}

impl From<Violation> for OrderIssue {
    fn from(violation: Violation) -> Self {
        Self { pointer: violation.pointer, code: violation.code, message: violation.message }
    }
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct HistoryOut {
    /// The order's version after it.
    pub(crate) version: i32,
    /// What was done.
    #[schema(value_type = String, example = "approve")]
    pub(crate) action: &'static str,
    /// The status before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) from: Option<&'static str>,
    /// The status after.
    #[schema(value_type = String)]
    pub(crate) to: &'static str,
    /// Who: a principal, or `system`.
    pub(crate) actor: String,
    /// Why: the words of whoever did it, or a sentence in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// Stable kebab-case word for what `reason` says, where it is Caravan's own sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "imported")]
    pub(crate) reason_kind: Option<String>,
    /// What `reason` names, for whoever says it in another language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) reason_values: BTreeMap<String, String>,
    /// The party's document that brought it: its SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<String>,
    /// When.
    pub(crate) at: String,
}

impl From<&Entry> for HistoryOut {
    fn from(entry: &Entry) -> Self {
        Self {
            version: entry.version,
            action: entry.action.as_str(),
            from: entry.from.map(crate::domain::State::as_str),
            to: entry.to.as_str(),
            actor: entry.by.actor.clone(),
            reason: entry.by.why().map(str::to_owned),
            reason_kind: entry.by.reason.as_ref().and_then(|reason| reason.kind.clone()),
            reason_values: entry
                .by
                .reason
                .as_ref()
                .map(|reason| reason.values.clone())
                .unwrap_or_default(),
            document: entry.by.document.map(|document| document.to_string()),
            at: utc(entry.by.at_ms),
        }
    }
}

/// What could not be done to an order, and whether somebody has looked at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ConflictOut {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    /// `changed-after-dispatch`, `cancelled-after-dispatch`, `changed-after-cancellation`, `source-clash`, `answer-late`,
    /// `answer-unclear`, `tender-undeliverable`, `moved-early`, `moved-after-cancellation` or `delivery-doubted`.
    pub(crate) kind: String,
    /// What happened, in a sentence.
    pub(crate) detail: String,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) wanted: Option<serde_json::Value>,
    /// When.
    pub(crate) at: String,
    /// When somebody resolved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_at: Option<String>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_by: Option<String>,
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<String>,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OrderOut {
    /// Our id.
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    /// Its number.
    pub(crate) number: String,
    /// Goes up by one with each line of the history; also the `etag`.
    pub(crate) version: i32,
    /// Where it stands.
    #[schema(value_type = String, example = "approved")]
    pub(crate) status: &'static str,
    /// Where it goes back to when it is released.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) held_from: Option<&'static str>,
    /// What may be done now.
    #[schema(value_type = Vec<String>)]
    pub(crate) allowed: Vec<&'static str>,
    /// The carrier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) carrier: Option<String>,
    /// From where to where.
    pub(crate) lane: OrderLane,
    /// What is to be moved: send this form to change it.
    pub(crate) content: OrderIn,
    /// How far it has come.
    #[serde(flatten)]
    pub(crate) progress: Stored,
    /// Gaps that keep it from being approved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) issues: Vec<OrderIssue>,
    /// What may be right although a list says otherwise; whoever approves the order gives a reason then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) doubts: Vec<OrderIssue>,
    /// The ERP's connection that speaks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connection: Option<String>,
    /// When it was made.
    pub(crate) created_at: String,
    /// When it last changed.
    pub(crate) updated_at: String,
    /// What could not be done to it; only where one order is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conflicts: Option<Vec<ConflictOut>>,
    /// Every tender; only where one order is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenders: Option<Vec<OrderTender>>,
    /// Everything that was done to it; only where one order is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) history: Option<Vec<HistoryOut>>,
}

impl From<&Order> for OrderOut {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id.0,
            number: order.content.number.clone(),
            version: order.version,
            status: order.state.as_str(),
            held_from: order.held_from.map(crate::domain::State::as_str),
            allowed: allowed(order.state).into_iter().map(crate::domain::Action::as_str).collect(),
            carrier: order.carrier().map(str::to_owned),
            lane: OrderLane::from(&order.content),
            content: OrderIn::from(&order.content),
            progress: Stored::from(&order.progress),
            issues: check(&order.content).into_iter().map(OrderIssue::from).collect(),
            doubts: doubts(&order.content).into_iter().map(OrderIssue::from).collect(),
            connection: order.connection.map(|connection| connection.to_string()),
            created_at: utc(order.created_ms),
            updated_at: utc(order.updated_ms),
            conflicts: None,
            tenders: None,
            history: None,
        }
    }
}

/// An order in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OrderRowOut {
    /// Our id.
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    /// Its number.
    pub(crate) number: String,
    /// Its version.
    pub(crate) version: i32,
    /// Where it stands.
    #[schema(value_type = String)]
    pub(crate) status: &'static str,
    /// How urgent it is.
    #[schema(value_type = String)]
    pub(crate) priority: &'static str,
    /// The carrier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) carrier: Option<String>,
    /// Lorry receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lr_number: Option<String>,
    /// From where to where.
    pub(crate) lane: OrderLane,
    /// Total gross weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gross_weight: Option<OrderMeasure>,
    /// The same in kilograms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weight_kg: Option<String>,
    /// Number of packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) packages: Option<u32>,
    /// When it is to be picked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) planned_pickup: Option<OrderWindow>,
    /// When it is to be delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) planned_delivery: Option<OrderWindow>,
    /// Conflicts that nobody has resolved.
    pub(crate) conflicts: i32,
    /// When it was made.
    pub(crate) created_at: String,
    /// When it last changed.
    pub(crate) updated_at: String,
}

impl OrderRowOut {
    pub(crate) fn new(order: &Order, conflicts: i32) -> Self {
        let content = &order.content;
        Self {
            id: order.id.0,
            number: content.number.clone(),
            version: order.version,
            status: order.state.as_str(),
            priority: content.priority.as_str(),
            carrier: order.carrier().map(str::to_owned),
            lr_number: order.progress.dispatch.as_ref().map(|dispatch| dispatch.lr_number.clone()),
            lane: OrderLane::from(content),
            gross_weight: content.gross_weight.clone().map(OrderMeasure::from),
            weight_kg: content.gross_weight.as_ref().and_then(kilograms),
            packages: content.packages,
            planned_pickup: OrderWindow::of(content.first_pickup()),
            planned_delivery: OrderWindow::of(content.last_delivery()),
            conflicts,
            created_at: utc(order.created_ms),
            updated_at: utc(order.updated_ms),
        }
    }
}

/// How many orders stand in a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct StateCount {
    /// The status.
    #[schema(value_type = String)]
    pub(crate) status: &'static str,
    /// How many, of all the tenant's orders.
    pub(crate) orders: i64,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OrderListOut {
    /// The orders.
    pub(crate) items: Vec<OrderRowOut>,
    /// Give it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// All the tenant's orders by status, whatever the filters; on the first page only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) counts: Option<Vec<StateCount>>,
}

/// A contract that fits and cannot be priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OrderUnpriced {
    /// The carrier.
    pub(crate) carrier: String,
    /// Its contract.
    #[schema(value_type = String, format = "uuid")]
    pub(crate) contract_id: Uuid,
    /// The line of the lane.
    pub(crate) lane: i32,
    /// What the order does not say.
    #[schema(value_type = String)]
    pub(crate) missing: &'static str,
}

/// What the known rate contracts give for an order, cheapest first within each currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct QuotesOut {
    /// The prices.
    pub(crate) quotes: Vec<OrderQuote>,
    /// Contracts that fit and cannot be priced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unpriced: Vec<OrderUnpriced>,
}

impl QuotesOut {
    pub(crate) fn new(quotes: &[Quote], unpriced: &[Unpriced]) -> Self {
        let missing = |each: &Unpriced| OrderUnpriced {
            carrier: each.carrier.clone(),
            contract_id: each.contract,
            lane: each.lane,
            missing: each.missing,
        };
        Self {
            quotes: quotes.iter().map(OrderQuote::from).collect(),
            unpriced: unpriced.iter().map(missing).collect(),
        }
    }
}
