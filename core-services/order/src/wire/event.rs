//! The data of `caravan.order.*`, and of the events that this service reads.
//!
//! WHEN CHANGING THIS: a written event is read for years; add fields, never rename them.

use caravan_events::{Envelope, Kind, wire};
use caravan_model::{Reference, TenantId, TraceId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::content::{OrderIn, OrderLine, OrderMeasure, OrderParty, OrderReference, OrderStop};
use super::order::{OrderLane, OrderWindow};
use super::progress::{Stored, kilograms};
use super::{instant_ms, moment, utc};
use crate::domain::{Action, Entry, Movement, Order, Revocation};

/// An order as an event tells it: everything that a carrier's tender (X12 204), a timeline or a settlement needs.
#[derive(Serialize)]
struct OrderData {
    order_id: Uuid,
    number: String,
    version: i32,
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_status: Option<&'static str>,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    actor: String,
    at: String,
    references: Vec<OrderReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<String>,
    lane: OrderLane,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    equipment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    priority: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incoterms: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gross_weight: Option<OrderMeasure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_kg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<OrderMeasure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packages: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_km: Option<String>,
    /// The local day of the first pickup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pickup_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_pickup: Option<OrderWindow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_delivery: Option<OrderWindow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lr_number: Option<String>,
    #[serde(flatten)]
    progress: Stored,
    stops: Vec<OrderStop>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<OrderLine>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parties: Option<Vec<OrderParty>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
}

/// The kind of event that tells of `action`.
fn kind(action: Action) -> Kind {
    match action {
        Action::Create => Kind::ORDER_PLACED,
        Action::Edit | Action::Note | Action::Revoke | Action::Resolve => Kind::ORDER_CHANGED,
        Action::Conflict => Kind::ORDER_CONFLICTED,
        Action::Approve => Kind::ORDER_APPROVED,
        Action::Assign => Kind::ORDER_ASSIGNED,
        Action::Tender => Kind::ORDER_TENDERED,
        Action::Accept | Action::Decline | Action::Expire => Kind::ORDER_TENDER_ANSWERED,
        Action::Withdraw => Kind::ORDER_TENDER_WITHDRAWN,
        Action::Dispatch => Kind::ORDER_DISPATCHED,
        Action::Depart => Kind::ORDER_DEPARTED,
        Action::Deliver => Kind::ORDER_DELIVERED,
        Action::Close => Kind::ORDER_CLOSED,
        Action::Cancel => Kind::ORDER_CANCELLED,
        Action::Hold => Kind::ORDER_HELD,
        Action::Release => Kind::ORDER_RELEASED,
    }
}

/// The event about `entry`, with the order as it is after it.
///
/// # Errors
/// When it cannot be written as JSON, which texts and numbers always can.
pub(crate) fn event(
    tenant: TenantId,
    order: &Order,
    entry: &Entry,
    trace: Option<TraceId>,
) -> Result<Envelope, serde_json::Error> {
    let content = OrderIn::from(&order.content);
    // What a carrier or a forecast needs whole; the others need the journey only.
    let is_whole = matches!(entry.action, Action::Create | Action::Edit | Action::Tender);
    let pickup = order.content.pickup_at();
    let reference = |reference| OrderReference::from(reference);
    let data = OrderData {
        order_id: order.id.0,
        number: order.content.number.clone(),
        version: entry.version,
        kind: order.content.kind.as_str(),
        status: entry.to.as_str(),
        previous_status: entry.from.map(crate::domain::State::as_str),
        action: entry.action.as_str(),
        reason: entry.by.why().map(str::to_owned),
        actor: entry.by.actor.clone(),
        at: utc(entry.by.at_ms),
        references: order.references().into_iter().map(reference).collect(),
        carrier: order.carrier().map(str::to_owned),
        lane: OrderLane::from(&order.content),
        service: content.service,
        equipment: content.equipment,
        mode: content.mode,
        priority: order.content.priority.as_str(),
        payment: content.payment,
        incoterms: content.incoterms,
        gross_weight: content.gross_weight,
        weight_kg: order.content.gross_weight.as_ref().and_then(kilograms),
        volume: content.volume,
        packages: content.packages,
        distance_km: content.distance_km,
        pickup_date: pickup.and_then(|at| at.to_rfc3339().get(..10).map(str::to_owned)),
        planned_pickup: OrderWindow::of(order.content.first_pickup()),
        planned_delivery: OrderWindow::of(order.content.last_delivery()),
        lr_number: order.progress.dispatch.as_ref().map(|dispatch| dispatch.lr_number.clone()),
        progress: Stored::from(&order.progress),
        stops: content.stops,
        lines: is_whole.then_some(content.lines),
        parties: is_whole.then_some(content.parties),
        notes: content.notes.filter(|_| is_whole),
    };
    Ok(Envelope::of_service(
        tenant,
        kind(entry.action),
        order.content.number.clone(),
        &format!("{}/{}", order.id.0, entry.version),
        entry.by.at_ms,
        trace,
        serde_json::to_string(&data)?,
    ))
}

/// The data of `caravan.tender.answered`: a carrier's answer, as whoever reads its 990 tells it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AnswerData {
    /// The order's number, which the tender gave as the shipment's.
    pub(crate) number: String,
    /// Who answers.
    #[serde(default)]
    pub(crate) carrier: Option<String>,
    /// `accepted` or `declined`; `conditional`, `countered`, `withdrawn` or `unmapped` need somebody to look.
    pub(crate) answer: String,
    #[serde(default)]
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(crate) reason_code: Option<String>,
    #[serde(default)]
    pub(crate) carrier_reference: Option<String>,
}

/// The data of `caravan.timeline.corrected`, as far as it can take a delivery back.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CorrectedData {
    /// The numbers that the shipment goes by.
    #[serde(default)]
    references: Vec<wire::Reference>,
    before: StandingData,
    after: StandingData,
}

#[derive(Debug, Clone, Deserialize)]
struct StandingData {
    status: String,
    direction: String,
    status_since: Option<String>,
    delivered_at: Option<String>,
}

impl CorrectedData {
    /// What it takes back, and under which numbers; none when what is told anew is something else. Goods that go back after they
    /// were delivered were delivered.
    pub(crate) fn revocation(&self, recorded_ms: i64) -> Option<(Vec<Reference>, Movement)> {
        let is_taken_back = self.before.status == "delivered"
            && self.after.status != "delivered"
            && self.after.direction == "forward";
        let delivered_at = self.before.delivered_at.as_deref().and_then(moment);
        let delivered_at = delivered_at.filter(|_| is_taken_back)?;
        let since = self.after.status_since.as_deref().and_then(instant_ms);
        let until_ms = since.into_iter().fold(delivered_at.instant_ms, i64::max);
        let references = self.references.iter().cloned().map(Reference::from).collect();
        let revoked = Some(Revocation { recorded_ms, until_ms });
        // Until then the goods were on their way.
        Some((references, Movement { departed: Some(delivered_at), delivered: None, revoked }))
    }
}

/// The data of `caravan.tender.undeliverable`: the hub could not send a tender.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct UndeliverableData {
    /// The order's number.
    pub(crate) number: String,
    /// What is wrong and what to do.
    pub(crate) reason: String,
}

impl AnswerData {
    /// Why, in one text.
    pub(crate) fn why(&self) -> Option<String> {
        let parts: Vec<&str> =
            [&self.reason_code, &self.reason].into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(": "))
    }
}
