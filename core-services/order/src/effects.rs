//! What a change of an order brings with it, in the same transaction: events, audit, and milestones that waited for it.

use caravan_event_log::{AppendError, append};
use caravan_events::Envelope;
use caravan_model::{Reference, TenantId, TraceId, Words};
use caravan_tenancy::TenantTx;
use serde_json::json;
use sqlx::PgConnection;

use crate::domain::{By, Command, Entry, Movement, Order, Refusal, State, apply, take_in};
use crate::store::{self, Change};
use crate::{telemetry, wire};

/// Who acts when nobody does: milestones, ERPs, carriers' answers, silence.
pub(crate) const SYSTEM: &str = "system";

/// Why a change could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The database refused or did not answer.
    #[error(transparent)]
    Database(#[from] caravan_tenancy::Error),
    /// An event could not be written as JSON.
    #[error("an order cannot be written as an event")]
    Event(#[from] serde_json::Error),
    /// The log does not take an event.
    #[error("the events of a change cannot be told")]
    Append(#[source] AppendError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<AppendError> for Error {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Append(source) => Self::Database(source),
            refused => Self::Append(refused),
        }
    }
}

/// Does `command` to `order`, which is locked, and writes everything that follows from it. The inner error is a refusal, and
/// nothing was written.
///
/// # Errors
/// When the database fails; the transaction is then of no more use.
pub(crate) async fn act(
    tx: &mut TenantTx,
    order: &mut Order,
    command: Command,
    by: By,
    trace: Option<TraceId>,
) -> Result<Result<(), Refusal>, Error> {
    let tenant = tx.tenant();
    let before = order.clone();
    let entries = match apply(order, command, by.clone()) {
        Ok(entries) => entries,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut change = Change { before: Some(before), after: order.clone(), entries };
    catch_up(tx.conn(), tenant, &mut change, by.at_ms).await?;
    *order = change.after.clone();
    let changes = [change];
    store::save(tx.conn(), tenant, &changes).await?;
    let events = events(tenant, &changes, trace)?;
    append(tx, &events).await?;
    audit(tx, &changes).await?;
    telemetry::transitions(&changes);
    Ok(Ok(()))
}

/// Takes in what milestones said before the order was far enough. The caller holds the tenant's lock, shared or alone.
pub(crate) async fn catch_up(
    connection: &mut PgConnection,
    tenant: TenantId,
    change: &mut Change,
    at_ms: i64,
) -> Result<(), sqlx::Error> {
    if !matches!(change.after.state, State::Accepted | State::Dispatched) {
        return Ok(());
    }
    let references = change.after.identifying();
    let wanted: Vec<&Reference> = references.iter().collect();
    let mut heard = Movement::default();
    for movement in store::kept_movements(connection, tenant, &wanted).await?.values() {
        heard.add(movement);
    }
    let reason = Some(Words::new("heard-before", "milestones that came before", []).into());
    let by = By { actor: SYSTEM.to_owned(), at_ms, reason, document: None };
    change.entries.extend(take_in(&mut change.after, &heard, &by));
    Ok(())
}

/// The events that tell of `changes`, in order.
///
/// # Errors
/// When one cannot be written as JSON.
pub(crate) fn events(
    tenant: TenantId,
    changes: &[Change],
    trace: Option<TraceId>,
) -> Result<Vec<Envelope>, serde_json::Error> {
    let lines =
        changes.iter().flat_map(|change| change.entries.iter().map(move |e| (&change.after, e)));
    lines.map(|(order, entry)| wire::event(tenant, order, entry, trace)).collect()
}

/// An entry of the audit trail about one line of an order's history.
pub(crate) struct Audited {
    action: String,
    subject: String,
    detail: serde_json::Value,
}

impl Audited {
    pub(crate) fn of(order: &Order, entry: &Entry) -> Self {
        let from = entry.from.map(State::as_str);
        Self {
            action: format!("order.{}", entry.action.as_str()),
            subject: format!("order/{}", order.id.0),
            detail: json!({
                "number": order.content.number, "version": entry.version, "from": from,
                "to": entry.to.as_str(), "reason": entry.by.why(),
            }),
        }
    }

    pub(crate) fn entry<'a>(&'a self, actor: &'a str) -> caravan_audit::Entry<'a> {
        let (action, subject) = (self.action.as_str(), self.subject.as_str());
        caravan_audit::Entry { actor, action, subject, detail: self.detail.clone() }
    }
}

/// Writes each line of `changes` into the audit trail: last, since it holds the tenant's chain until the commit.
pub(crate) async fn audit(
    tx: &mut TenantTx,
    changes: &[Change],
) -> Result<(), caravan_tenancy::Error> {
    for change in changes {
        for entry in &change.entries {
            let audited = Audited::of(&change.after, entry);
            caravan_audit::record(tx, &audited.entry(&entry.by.actor)).await?;
        }
    }
    Ok(())
}

/// The same for new orders; a batch is one entry, which names their numbers' ends and how many they are.
pub(crate) async fn audit_created(
    tx: &mut TenantTx,
    by: &By,
    changes: &[Change],
) -> Result<(), caravan_tenancy::Error> {
    telemetry::transitions(changes);
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return Ok(()) };
    if changes.len() == 1 {
        return audit(tx, changes).await;
    }
    let detail = json!({
        "orders": changes.len(), "reason": by.why(),
        "first": {"id": first.after.id.0.to_string(), "number": first.after.content.number},
        "last": {"id": last.after.id.0.to_string(), "number": last.after.content.number},
    });
    let entry = caravan_audit::Entry {
        actor: &by.actor,
        action: "order.create-batch",
        subject: "orders",
        detail,
    };
    caravan_audit::record(tx, &entry).await
}
