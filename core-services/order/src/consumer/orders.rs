//! ERPs' orders and deliveries: each makes an order, changes it or cancels it, once, however often and in whatever order they come.
//!
//! # Rules
//! - A number is one order. The first document about it makes it, whatever its purpose: a change that comes first is all we know.
//! - A document that says what the last one said changes nothing, so that what people corrected meanwhile stays.
//! - A cancellation of what we do not have is remembered, and cancels it when it comes.
//! - What comes too late (the goods are under way, the order is cancelled) or from another system is a conflict: kept, shown, told.

use caravan_event_log::HandlerError;
use caravan_events::Envelope;
use caravan_model::{ConnectionId, Order as ErpOrder, Purpose, Words};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Work, by};
use crate::domain::{Command, Content, Order, OrderId, State, apply, keeping, received};
use crate::store::{self, Change, Conflict, Receipt};
use crate::wire::OrderIn;
use crate::{create, telemetry};

/// Takes in one document.
pub(super) async fn receive(
    work: &mut Work<'_>,
    envelope: &Envelope,
    document: &ErpOrder,
) -> Result<(), HandlerError> {
    let tenant = work.tenant;
    if store::is_received(work.tx.conn(), tenant, envelope.id).await? {
        return Ok(());
    }
    let number = document.number.trim();
    let found = store::by_number(work.tx.conn(), tenant, number).await?;
    let (outcome, order) = match (document.purpose, found) {
        (Purpose::Cancel, None) => ("unknown", None),
        (Purpose::Cancel, Some(order)) => {
            (cancel(work, envelope, document, &order).await?, Some(order.id))
        }
        (Purpose::Original | Purpose::Change, None) => {
            ("created", Some(make(work, envelope, document).await?))
        }
        (Purpose::Original | Purpose::Change, Some(order)) => {
            (change(work, envelope, document, &order).await?, Some(order.id))
        }
    };
    telemetry::received(document.purpose.as_str(), outcome);
    let receipt = Receipt {
        event: envelope.id,
        number,
        purpose: document.purpose.as_str(),
        outcome,
        order,
        at_ms: envelope.time_ms,
    };
    store::write_receipt(work.tx.conn(), tenant, &receipt).await?;
    Ok(())
}

/// What the document is called where people see it.
fn named(document: &ErpOrder) -> Words {
    let (kind, purpose) = (document.kind.as_str().to_owned(), document.purpose.as_str().to_owned());
    let (kind, purpose) = (("document", kind), ("purpose", purpose));
    match document.key.clone() {
        Some(key) => {
            Words::new("document", "{document} {key} ({purpose})", [kind, ("key", key), purpose])
        }
        None => Words::new("document-without-key", "{document} ({purpose})", [kind, purpose]),
    }
}

/// The content that a document asks for, and its digest.
fn read(document: &ErpOrder) -> Result<(Content, [u8; 32], String), HandlerError> {
    let content = received(document);
    let json = serde_json::to_string(&OrderIn::from(&content)).map_err(HandlerError::poison)?;
    Ok((content, Sha256::digest(json.as_bytes()).into(), json))
}

async fn make(
    work: &mut Work<'_>,
    envelope: &Envelope,
    document: &ErpOrder,
) -> Result<OrderId, HandlerError> {
    let (content, digest, _) = read(document)?;
    let cancelled =
        store::cancelled_before(work.tx.conn(), work.tenant, content.number.as_str()).await?;
    let id = OrderId(Uuid::now_v7());
    let connection = Some(envelope.connection);
    let mut change = create::new(id, content, connection, by(envelope, named(document)));
    change.after.source_digest = Some(digest);
    if cancelled {
        let by =
            by(envelope, Words::new("cancelled-before", "its cancellation came before it", []));
        // An indent can always be cancelled.
        change.entries.extend(apply(&mut change.after, Command::Cancel, by).unwrap_or_default());
    }
    work.save(&[change], envelope.trace).await?;
    Ok(id)
}

async fn cancel(
    work: &mut Work<'_>,
    envelope: &Envelope,
    document: &ErpOrder,
    order: &Order,
) -> Result<&'static str, HandlerError> {
    if order.state == State::Cancelled {
        return Ok("same");
    }
    if is_foreign(order, envelope.connection, document) {
        return clash(work, envelope, document, order, None).await;
    }
    let by = by(envelope, named(document));
    let mut after = order.clone();
    if let Ok(entries) = apply(&mut after, Command::Cancel, by.clone()) {
        work.save(&[Change { before: Some(order.clone()), after, entries }], envelope.trace)
            .await?;
        return Ok("cancelled");
    }
    let detail = format!("The ERP cancelled it when it was already {}.", order.state.as_str());
    let conflict = conflict(envelope, order, "cancelled-after-dispatch", detail, None);
    work.conflict(order, conflict, by, envelope.trace).await?;
    Ok("conflict")
}

async fn change(
    work: &mut Work<'_>,
    envelope: &Envelope,
    document: &ErpOrder,
    order: &Order,
) -> Result<&'static str, HandlerError> {
    let (content, digest, json) = read(document)?;
    if is_foreign(order, envelope.connection, document) {
        return clash(work, envelope, document, order, Some(json)).await;
    }
    if order.source_digest == Some(digest) {
        return Ok("same");
    }
    let by = by(envelope, named(document));
    let mut after = order.clone();
    let content = keeping(content, &order.content);
    let entries = if content == order.content {
        Vec::new()
    } else {
        match apply(&mut after, Command::Edit(Box::new(content)), by.clone()) {
            Ok(entries) => entries,
            Err(_) => {
                let (kind, detail) = too_late(order.state);
                let conflict = conflict(envelope, order, kind, detail, Some(json));
                work.conflict(order, conflict, by, envelope.trace).await?;
                return Ok("conflict");
            }
        }
    };
    let outcome = if entries.is_empty() { "same" } else { "changed" };
    after.connection = Some(envelope.connection);
    after.source_digest = Some(digest);
    work.save(&[Change { before: Some(order.clone()), after, entries }], envelope.trace).await?;
    Ok(outcome)
}

fn too_late(state: State) -> (&'static str, String) {
    match state {
        State::Cancelled => {
            ("changed-after-cancellation", "The ERP changed it after it was cancelled.".to_owned())
        }
        state => (
            "changed-after-dispatch",
            format!("The ERP changed it when it was already {}.", state.as_str()),
        ),
    }
}

/// Whether another system's document has this number by chance.
fn is_foreign(order: &Order, connection: ConnectionId, document: &ErpOrder) -> bool {
    order.connection.is_some_and(|ours| ours != connection || order.content.kind != document.kind)
}

async fn clash(
    work: &mut Work<'_>,
    envelope: &Envelope,
    document: &ErpOrder,
    order: &Order,
    wanted: Option<String>,
) -> Result<&'static str, HandlerError> {
    let detail = "Another document, of another kind or from another system, has the same number.";
    let conflict = conflict(envelope, order, "source-clash", detail.to_owned(), wanted);
    work.conflict(order, conflict, by(envelope, named(document)), envelope.trace).await?;
    Ok("conflict")
}

/// A conflict made by this event: the event's id makes it the same one when it comes again.
pub(super) fn conflict(
    envelope: &Envelope,
    order: &Order,
    kind: &'static str,
    detail: String,
    wanted: Option<String>,
) -> Conflict {
    Conflict { order: order.id, id: envelope.id.0, kind, detail, wanted, at_ms: envelope.time_ms }
}
