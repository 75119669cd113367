//! The worker: takes what is due, has the connector write it, and puts it where its party looks.

use core::time::Duration;

use caravan_event_log::append;
use caravan_events::{Envelope, Kind};
use caravan_fault::{Class, error_chain};
use caravan_hub_registry::Resolved;
use caravan_hub_sandbox::Failure;
use caravan_model::ConnectionId;
use caravan_tenancy::{SystemTx, TenantTx};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::books::{self, SettledEvent};
use super::store::{self, About, Due};
use super::wire::OrderEvent;
use crate::answer::{self, AnswerError, Offer};
use crate::intake::{Intake, now_ms};
use crate::process::{IntakeError, backoff_s, failure_shown};
use crate::telemetry;

/// How often due messages are looked for.
const EVERY: Duration = Duration::from_millis(300);
/// Messages in hand at once.
const BATCH: i64 = 20;
/// How often a message is tried when the failure may pass.
const ATTEMPTS_MAX: i32 = 8;

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// No connection speaks to the party.
    #[error("{0}")]
    NoConnection(String),
    /// What the event said cannot be read: a defect.
    #[error("the event that asks for it cannot be read")]
    Event(#[from] serde_json::Error),
    /// As with documents.
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

macro_rules! through_intake {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::Intake(error.into())
            }
        }
    )+};
}
through_intake!(
    sqlx::Error,
    caravan_tenancy::Error,
    caravan_hub_registry::ResolveError,
    caravan_hub_sandbox::CallError,
    crate::services::ServiceError,
    AnswerError,
);

impl Error {
    fn class(&self) -> Class {
        match self {
            Self::NoConnection(_) => Class::Config,
            Self::Event(_) => Class::Poison,
            Self::Intake(error) => error.class(),
        }
    }

    /// The stable code, and what may be shown.
    fn shown(&self, about: About) -> (String, String) {
        match self {
            Self::NoConnection(text) => ("no-connection".to_owned(), text.clone()),
            Self::Event(_) => ("hub-defect".to_owned(), self.to_string()),
            Self::Intake(IntakeError::Guest(caravan_hub_sandbox::CallError::Failed(
                Failure::InvalidRequest(violations),
            ))) => {
                let each: Vec<&str> =
                    violations.iter().map(|violation| violation.message.as_str()).collect();
                let code = if about == About::Bill { "bill-not-fit" } else { "order-not-fit" };
                (code.to_owned(), each.join("; "))
            }
            Self::Intake(IntakeError::Guest(caravan_hub_sandbox::CallError::Failed(failure))) => {
                failure_shown(failure)
            }
            Self::Intake(error) => error.shown(),
        }
    }
}

/// Works until `shutdown`.
pub(super) async fn run(intake: Intake, shutdown: CancellationToken) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = shutdown.cancelled() => return,
        }
        match claim(&intake).await {
            Ok(due) => {
                for due in due {
                    work(&intake, due).await;
                }
            }
            Err(error) => {
                tracing::warn!(error = error_chain(&error), "Outgoing messages cannot be claimed.");
            }
        }
    }
}

async fn claim(intake: &Intake) -> Result<Vec<Due>, caravan_tenancy::Error> {
    let mut tx = SystemTx::begin(intake.database()).await?;
    let due = store::claim(&mut tx, BATCH).await?;
    tx.commit().await?;
    Ok(due)
}

/// Sends one message, or writes down why not.
async fn work(intake: &Intake, due: Due) {
    let error = match send(intake, &due).await {
        Ok(outcome) => {
            telemetry::outgoing(outcome);
            return;
        }
        Err(error) => error,
    };
    let (class, (code, text)) = (error.class(), error.shown(due.about));
    let passes = class.is_retryable() || class == Class::Unknown;
    let again_s = (passes && (due.attempts < ATTEMPTS_MAX || !class.consumes_attempt()))
        .then(|| backoff_s(due.attempts));
    tracing::warn!(
        trace_id = %due.trace, outgoing = %due.id, number = due.number, class = class.as_str(), attempt = due.attempts,
        error = error_chain(&error), "A message could not be sent."
    );
    telemetry::outgoing(if again_s.is_some() { "again" } else { "failed" });
    if let Err(error) = write_failure(intake, &due, class, (&code, &text), again_s).await {
        // Its lease runs out and it is claimed again.
        tracing::error!(outgoing = %due.id, error = error_chain(&error), "An outgoing message's failure cannot be written.");
    }
}

async fn send(intake: &Intake, due: &Due) -> Result<&'static str, Error> {
    let resolved = match due.about {
        About::Tender { .. } => connection(intake, due).await?,
        About::Bill => match books::connection(intake, due).await? {
            Some(resolved) => resolved,
            None => return unaddressed(intake, due).await,
        },
    };
    let control = match due.control {
        Some(control) => control,
        None => {
            let mut tx = TenantTx::begin(intake.database(), due.tenant).await?;
            let control = store::address(&mut tx, due.id, resolved.connection.id).await?;
            tx.commit().await?;
            control
        }
    };
    let mut call =
        intake.call(&resolved, None, due.trace, false, std::sync::Arc::default()).await?;
    call.context.now_ms = due.created_ms;
    let connector = &resolved.component.connector;
    let written = match due.about {
        About::Tender { purpose, .. } => {
            let event: OrderEvent = serde_json::from_str(&due.content)?;
            // The party's own code; the order may name it by our key.
            let carrier = resolved.party.scac.as_deref().unwrap_or(&due.carrier);
            connector.offer(call, event.tender(carrier, control, purpose)).await?
        }
        About::Bill => {
            let event: SettledEvent = serde_json::from_str(&due.content)?;
            connector.hand_over(call, event.bill(control)).await?
        }
    };
    // A connector that reached the party by itself has nothing for the outbox.
    let offers = answer::store(intake, written).await?;
    put(intake, due, resolved.connection.id, &offers).await
}

async fn unaddressed(intake: &Intake, due: &Due) -> Result<&'static str, Error> {
    let mut tx = TenantTx::begin(intake.database(), due.tenant).await?;
    store::unaddressed(&mut tx, due.id).await?;
    tx.commit().await?;
    tracing::debug!(trace_id = %due.trace, outgoing = %due.id, number = due.number, "No connection takes settled bills.");
    Ok("unaddressed")
}

async fn put(
    intake: &Intake,
    due: &Due,
    connection: ConnectionId,
    offers: &[Offer],
) -> Result<&'static str, Error> {
    let mut tx = TenantTx::begin(intake.database(), due.tenant).await?;
    if !store::sent(&mut tx, due.id, offers.first()).await? {
        return Ok("withdrawn");
    }
    answer::put(&mut tx, (due.tenant, connection), None, offers).await?;
    tx.commit().await?;
    tracing::info!(trace_id = %due.trace, outgoing = %due.id, number = due.number, "A message is in its party's outbox.");
    Ok("sent")
}

/// The connection to the carrier: the one that was chosen before, else the first by name whose party has the carrier's SCAC or id.
async fn connection(intake: &Intake, due: &Due) -> Result<Resolved, Error> {
    let registry = intake.registry();
    if let Some(id) = due.connection {
        let resolved = registry.resolve(due.tenant, id).await?;
        if let Some(paused) = resolved.connection.paused.as_ref().filter(|why| why.is_disabled()) {
            let (name, reason) = (&resolved.connection.name, &paused.reason);
            let why =
                format!("the connection {name:?} is disabled ({reason}): enable it and send again");
            return Err(Error::NoConnection(why));
        }
        return Ok(resolved);
    }
    let all = registry.connections().list(due.tenant).await;
    let all = all.map_err(caravan_hub_registry::ResolveError::Store)?;
    let is_carriers = |party: &str| {
        let party = registry.catalog().party(party);
        party.is_some_and(|party| {
            let scac = party.scac.as_deref();
            party.id.eq_ignore_ascii_case(&due.carrier)
                || scac.is_some_and(|scac| scac.eq_ignore_ascii_case(&due.carrier))
        })
    };
    let mut why = format!(
        "there is no connection to {}: make one, or tell the carrier by phone and its answer by hand",
        due.carrier
    );
    for connection in all.iter().filter(|connection| is_carriers(&connection.party)) {
        let name = &connection.name;
        if let Some(paused) = &connection.paused {
            why = format!(
                "the connection {name:?} is paused ({}): mend it and send again",
                paused.reason
            );
            continue;
        }
        let resolved = registry.resolve(due.tenant, connection.id).await?;
        if resolved.component.connector.operations().tenders {
            return Ok(resolved);
        }
        why = format!(
            "the connector of {name:?} cannot write tenders: tell the carrier otherwise, and its answer by hand"
        );
    }
    Err(Error::NoConnection(why))
}

/// Writes a failure down; one that is the end of a tender is told to its order in the same transaction.
async fn write_failure(
    intake: &Intake,
    due: &Due,
    class: Class,
    (code, text): (&str, &str),
    again_s: Option<f64>,
) -> Result<(), IntakeError> {
    let mut tx = TenantTx::begin(intake.database(), due.tenant).await?;
    store::failed(&mut tx, due.id, (class.as_str(), code, text), again_s).await?;
    if let (None, About::Tender { order, tender, purpose }) = (again_s, due.about) {
        let what = if purpose == caravan_model::Purpose::Cancel { "withdrawal" } else { "tender" };
        let reason = format!("the {what} for {} could not be sent: {text}", due.carrier);
        let data = json!({ "number": due.number, "carrier": due.carrier, "reason": reason });
        let cause = format!("{order}/{tender}/{}/{}", purpose.as_str(), due.attempts);
        let event = Envelope::of_service(
            due.tenant,
            Kind::TENDER_UNDELIVERABLE,
            due.number.clone(),
            &cause,
            now_ms(),
            Some(due.trace),
            data.to_string(),
        );
        append(&mut tx, &[event]).await.map_err(crate::publish::PublishError::from)?;
    }
    Ok(tx.commit().await?)
}
