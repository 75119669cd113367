//! Applies batches of events: one transaction, tenant after tenant, each of an event's effects once.
//!
//! Within a batch rates come first, then ERPs' documents, then carriers' answers, then milestones and what takes them back: what a
//! later one needs of an earlier one is then there. Between batches any order is ordinary.

mod answers;
mod movements;
mod orders;

use std::collections::BTreeMap;

use async_trait::async_trait;
use caravan_event_log::{Handler, HandlerError, Stored, append_system};
use caravan_events::{Envelope, Kind, wire as event_wire};
use caravan_model::{Milestone, Order as ErpOrder, Reference, Said, TenantId, TraceId};
use caravan_tenancy::SystemTx;

use crate::domain::{By, Command, Entry, Movement, Order, apply};
use crate::effects::{self, Audited, SYSTEM};
use crate::store::{self, Change, Conflict};
use crate::{telemetry, wire};

/// The kind by which the hub tells that a tender could not be sent.
pub(crate) const TENDER_UNDELIVERABLE: &str = "caravan.tender.undeliverable";

/// The handler of the group `order`.
pub(crate) struct Orders;

/// One tenant's part of a batch, read and checked.
#[derive(Default)]
struct Heard<'a> {
    contracts: Vec<wire::Contract>,
    orders: Vec<(&'a Envelope, ErpOrder)>,
    answers: Vec<(&'a Envelope, wire::AnswerData)>,
    undeliverable: Vec<(&'a Envelope, wire::UndeliverableData)>,
    milestones: Vec<(&'a Envelope, Milestone)>,
    /// Deliveries that corrected timelines take back: under which numbers.
    revocations: Vec<(&'a Envelope, Vec<Reference>, Movement)>,
}

/// An event's data that cannot be taken.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("the event's data is not of its kind")]
    Json(#[from] serde_json::Error),
    #[error("the event's data has a value that it cannot have")]
    Value(#[from] event_wire::Error),
    #[error(transparent)]
    Contract(#[from] wire::ContractError),
    #[error("the order has no number")]
    NoNumber,
    #[error("{answer:?} is no answer to a tender")]
    Answer { answer: String },
}

impl<'a> Heard<'a> {
    fn add(&mut self, envelope: &'a Envelope) -> Result<(), Unreadable> {
        let data = envelope.data.as_str();
        if envelope.kind == Kind::MILESTONE_RECORDED {
            let read: event_wire::Milestone = serde_json::from_str(data)?;
            self.milestones.push((envelope, read.try_into()?));
        } else if envelope.kind == Kind::TIMELINE_CORRECTED {
            let read: wire::CorrectedData = serde_json::from_str(data)?;
            let taken_back = read.revocation(envelope.time_ms);
            self.revocations.extend(taken_back.map(|(of, said)| (envelope, of, said)));
        } else if envelope.kind == Kind::ORDER_RECEIVED {
            let read: event_wire::Order = serde_json::from_str(data)?;
            let order = ErpOrder::try_from(read)?;
            if order.number.trim().is_empty() {
                return Err(Unreadable::NoNumber);
            }
            self.orders.push((envelope, order));
        } else if envelope.kind == Kind::TENDER_ANSWERED {
            let answer: wire::AnswerData = serde_json::from_str(data)?;
            if !answers::KNOWN.contains(&answer.answer.as_str()) {
                return Err(Unreadable::Answer { answer: answer.answer });
            }
            self.answers.push((envelope, answer));
        } else if envelope.kind.as_str() == TENDER_UNDELIVERABLE {
            self.undeliverable.push((envelope, serde_json::from_str(data)?));
        } else if envelope.kind == Kind::RATE_CONTRACT_PUBLISHED {
            self.contracts.push(wire::Contract::read(data)?);
        }
        Ok(())
    }
}

#[async_trait]
impl Handler for Orders {
    async fn handle(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        let mut by_tenant: BTreeMap<TenantId, Heard<'_>> = BTreeMap::new();
        for stored in batch {
            let heard = by_tenant.entry(stored.envelope.tenant).or_default();
            heard.add(&stored.envelope).map_err(HandlerError::poison)?;
        }
        let mut told = Told::default();
        // In the tenants' order, since each is locked: two members then never wait for each other.
        for (tenant, heard) in &by_tenant {
            tx.scope(*tenant).await?;
            store::lock(tx.conn(), *tenant).await?;
            let mut work = Work { tx, tenant: *tenant, told: &mut told };
            for contract in &heard.contracts {
                store::insert_contract(work.tx.conn(), *tenant, contract).await?;
            }
            for (envelope, order) in &heard.orders {
                orders::receive(&mut work, envelope, order).await?;
            }
            for (envelope, answer) in &heard.answers {
                answers::answer(&mut work, envelope, answer).await?;
            }
            for (envelope, data) in &heard.undeliverable {
                answers::undeliverable(&mut work, envelope, data).await?;
            }
            movements::hear(&mut work, &heard.milestones, &heard.revocations).await?;
        }
        // Last, since both change the transaction's scope; the audit after the events, since it holds each tenant's chain.
        append_system(tx, &told.events).await?;
        for (tenant, audited) in &told.audited {
            caravan_audit::record_system(tx, *tenant, &audited.entry(SYSTEM)).await?;
        }
        Ok(())
    }
}

/// What is told of a batch at its end.
#[derive(Default)]
struct Told {
    events: Vec<Envelope>,
    audited: Vec<(TenantId, Audited)>,
}

/// A transaction that is scoped to a tenant whose lock it holds.
struct Work<'a> {
    tx: &'a mut SystemTx,
    tenant: TenantId,
    told: &'a mut Told,
}

impl Work<'_> {
    /// Writes changes and tells of them.
    async fn save(
        &mut self,
        changes: &[Change],
        trace: Option<TraceId>,
    ) -> Result<(), HandlerError> {
        store::save(self.tx.conn(), self.tenant, changes).await?;
        let events = effects::events(self.tenant, changes, trace).map_err(HandlerError::poison)?;
        self.told.events.extend(events);
        for change in changes {
            for entry in &change.entries {
                self.told.audited.push((self.tenant, Audited::of(&change.after, entry)));
            }
        }
        telemetry::transitions(changes);
        Ok(())
    }

    /// Keeps what could not be done to `order`, once, as a conflict and as a line of its history.
    async fn conflict(
        &mut self,
        order: &Order,
        conflict: Conflict,
        by: By,
        trace: Option<TraceId>,
    ) -> Result<(), HandlerError> {
        let mut after = order.clone();
        let entries = self.doubt(&mut after, conflict, by).await?;
        if entries.is_empty() {
            return Ok(());
        }
        self.save(&[Change { before: Some(order.clone()), after, entries }], trace).await
    }

    /// Keeps a conflict, once, and gives the order its line, which is to be saved; none when it was kept before.
    async fn doubt(
        &mut self,
        order: &mut Order,
        conflict: Conflict,
        by: By,
    ) -> Result<Vec<Entry>, HandlerError> {
        let reason = Some(Said::told(conflict.kind, conflict.detail.clone()));
        let new = store::insert_conflicts(self.tx.conn(), self.tenant, &[conflict]).await?;
        if new.is_empty() {
            return Ok(Vec::new());
        }
        telemetry::conflicts(new.len());
        // Every state takes a conflict, so there is always a line.
        Ok(apply(order, Command::Conflict, By { reason, ..by }).unwrap_or_default())
    }
}

/// The system acting because of `envelope`.
fn by(envelope: &Envelope, reason: impl Into<Said>) -> By {
    By {
        actor: SYSTEM.to_owned(),
        at_ms: envelope.time_ms,
        reason: Some(reason.into()),
        document: Some(envelope.document),
    }
}
