//! Carriers' answers to tenders, as whoever reads them (X12 990) tells them.

use caravan_event_log::HandlerError;
use caravan_events::Envelope;
use caravan_model::{Said, Words};

use super::orders::conflict;
use super::{Work, by};
use crate::domain::{Answer, Command, Order, State, apply};
use crate::store::{self, Change, Receipt};
use crate::wire::{AnswerData, UndeliverableData};
use crate::{effects, telemetry};

/// Every answer that there is. The first two move an order; the others need somebody to look.
pub(super) const KNOWN: [&str; 6] =
    ["accepted", "declined", "conditional", "countered", "withdrawn", "unmapped"];

/// Shows on the order that its tender could not be sent.
pub(super) async fn undeliverable(
    work: &mut Work<'_>,
    envelope: &Envelope,
    data: &UndeliverableData,
) -> Result<(), HandlerError> {
    let number = data.number.trim();
    let Some(order) = store::by_number(work.tx.conn(), work.tenant, number).await? else {
        return Ok(());
    };
    let wanted = Some(envelope.data.clone());
    let conflict = conflict(envelope, &order, "tender-undeliverable", data.reason.clone(), wanted);
    work.conflict(&order, conflict, by(envelope, Said::own(data.reason.clone())), envelope.trace)
        .await
}

/// Takes in one answer: once, and only while its tender is open; a late one is a conflict.
pub(super) async fn answer(
    work: &mut Work<'_>,
    envelope: &Envelope,
    answer: &AnswerData,
) -> Result<(), HandlerError> {
    let tenant = work.tenant;
    if store::is_received(work.tx.conn(), tenant, envelope.id).await? {
        return Ok(());
    }
    let number = answer.number.trim();
    let found = store::by_number(work.tx.conn(), tenant, number).await?;
    let order = found.as_ref().map(|order| order.id);
    let outcome = match found {
        None => "unknown",
        Some(order) => take(work, envelope, answer, order).await?,
    };
    telemetry::received("answer", outcome);
    let receipt = Receipt {
        event: envelope.id,
        number,
        purpose: "answer",
        outcome,
        order,
        at_ms: envelope.time_ms,
    };
    store::write_receipt(work.tx.conn(), tenant, &receipt).await?;
    Ok(())
}

async fn take(
    work: &mut Work<'_>,
    envelope: &Envelope,
    answer: &AnswerData,
    order: Order,
) -> Result<&'static str, HandlerError> {
    let accepted = answer.answer == "accepted";
    let command = match answer.answer.as_str() {
        "accepted" => Some(Command::Accept { carrier_reference: answer.carrier_reference.clone() }),
        "declined" => Some(Command::Decline),
        _ => None,
    };
    let tender = order.progress.tender.as_ref();
    let by_its_carrier = tender.is_some_and(|tender| {
        answer
            .carrier
            .as_deref()
            .is_none_or(|carrier| carrier.eq_ignore_ascii_case(&tender.carrier))
    });
    let why = answer.why().map_or_else(
        || {
            Words::new("answered", "the carrier {answer}", [("answer", answer.answer.clone())])
                .into()
        },
        Said::own,
    );
    let by = by(envelope, why);
    let is_clear = command.is_some();
    if let Some(command) = command.filter(|_| order.state == State::Tendered && by_its_carrier) {
        let mut after = order.clone();
        if let Ok(entries) = apply(&mut after, command, by.clone()) {
            let mut change = Change { before: Some(order), after, entries };
            effects::catch_up(work.tx.conn(), work.tenant, &mut change, by.at_ms).await?;
            work.save(&[change], envelope.trace).await?;
            return Ok(if accepted { "accepted" } else { "declined" });
        }
    }
    // Told twice, by hand and by the carrier.
    let told = tender.map(|tender| tender.answer);
    let same = if accepted { Answer::Accepted } else { Answer::Declined };
    if is_clear && by_its_carrier && told == Some(same) {
        return Ok("same");
    }
    let who = answer.carrier.as_deref().unwrap_or("The carrier");
    let state = order.state.as_str();
    let (kind, detail) = if is_clear {
        let detail = format!("{who} {} the tender when the order was {state}.", answer.answer);
        ("answer-late", detail)
    } else {
        let detail =
            format!("{who} answered the tender neither with yes nor with no: {}.", answer.answer);
        ("answer-unclear", detail)
    };
    let wanted = Some(envelope.data.clone());
    let conflict = conflict(envelope, &order, kind, detail, wanted);
    work.conflict(&order, conflict, by, envelope.trace).await?;
    Ok("conflict")
}
