//! The loop: claim what is due, ask the parties, write down how it went.

use core::time::Duration;

use caravan_fault::{Class, error_chain};
use caravan_hub_intake::{Intake, IntakeError, PollFailure};
use caravan_hub_registry::{Paused, Resolved};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::due::{self, Due};
use crate::telemetry;

/// How often due polls are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Polls claimed at a time.
const CLAIM_MAX: i64 = 200;
/// Calls under way at a time.
const CALLS_MAX: usize = 16;

/// Polls parties until it is told to stop.
#[derive(Debug)]
pub struct Scheduler {
    intake: Intake,
    owner: String,
}

impl Scheduler {
    /// A scheduler whose leases carry `owner`, the stable name of this process.
    #[must_use]
    pub fn new(intake: Intake, owner: String) -> Self {
        Self { intake, owner }
    }

    /// Runs until `shutdown`; calls under way are finished.
    pub async fn run(self, shutdown: CancellationToken) {
        let database = self.intake.database();
        if let Err(error) = due::release(database, &self.owner).await {
            tracing::warn!(
                error = error_chain(&error),
                "Polls of an earlier life could not be released."
            );
        }
        let mut calls = JoinSet::new();
        while !shutdown.is_cancelled() {
            let claimed =
                due::claim(database, &self.owner, CLAIM_MAX).await.unwrap_or_else(|error| {
                    tracing::error!(error = error_chain(&error), "Due polls cannot be claimed.");
                    Vec::new()
                });
            for group in
                claimed.chunk_by(|a, b| (a.tenant, a.connection) == (b.tenant, b.connection))
            {
                while calls.len() >= CALLS_MAX {
                    calls.join_next().await;
                }
                calls.spawn(ask(self.intake.clone(), group.to_vec()));
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = shutdown.cancelled() => {}
            }
            while calls.try_join_next().is_some() {}
        }
        while calls.join_next().await.is_some() {}
    }
}

/// Asks one connection's party about its due references, as many in a call as the manifest says.
async fn ask(intake: Intake, group: Vec<Due>) {
    let Some(first) = group.first() else { return };
    let resolved = match intake.registry().resolve(first.tenant, first.connection).await {
        Ok(resolved) => resolved,
        Err(error) => {
            fail_all(&intake, &group, &IntakeError::from(error)).await;
            return;
        }
    };
    let at_once =
        usize::try_from(resolved.component.manifest.polling.references_max).unwrap_or(1).max(1);
    for part in group.chunks(at_once) {
        if let Err(error) = ask_once(&intake, &resolved, part).await {
            pause_if_hopeless(&intake, &resolved, error.class(), &error.to_string()).await;
            fail_all(&intake, part, &error).await;
        }
    }
}

async fn ask_once(intake: &Intake, resolved: &Resolved, part: &[Due]) -> Result<(), IntakeError> {
    let references = part.iter().map(|due| due.reference.clone()).collect();
    let polled = intake.poll(resolved, references).await?;
    for (due, polled) in part.iter().zip(&polled) {
        let class = polled.result.as_ref().err().map(|failure| failure.class);
        telemetry::polled(&resolved.party.id, class);
        if let Err(failure) = &polled.result {
            tracing::warn!(
                connection = %due.connection, reference = due.reference.value, class = failure.class.as_str(),
                reason = failure.text, "Poll gave no answer."
            );
            pause_if_hopeless(intake, resolved, failure.class, &failure.text).await;
        }
        end(intake, due, polled.result.as_ref().map(drop)).await;
    }
    Ok(())
}

/// A wrong credential or setting fails every job alike: the connection rests until somebody changes it.
async fn pause_if_hopeless(intake: &Intake, resolved: &Resolved, class: Class, reason: &str) {
    if !matches!(class, Class::Auth | Class::Config) {
        return;
    }
    let connection = &resolved.connection;
    let why = Paused { class: class.as_str().to_owned(), reason: reason.to_owned() };
    tracing::error!(connection = %connection.id, party = connection.party, class = class.as_str(), reason, "Connection paused.");
    let asked = (connection.id, connection.version);
    let connections = intake.registry().connections();
    if let Err(error) = connections.pause(connection.tenant, asked, &why).await {
        tracing::error!(error = error_chain(&error), "Connection cannot be paused.");
    }
}

async fn fail_all(intake: &Intake, group: &[Due], error: &IntakeError) {
    let failure = PollFailure { class: error.class(), text: error.to_string(), retry_after: None };
    tracing::warn!(class = failure.class.as_str(), error = error_chain(error), "Poll failed.");
    for due in group {
        end(intake, due, Err(&failure)).await;
    }
}

async fn end(intake: &Intake, due: &Due, result: Result<(), &PollFailure>) {
    if let Err(error) = due::end(intake.database(), due, result).await {
        // The lease runs out and the poll is claimed again.
        tracing::error!(error = error_chain(&error), "Poll's end cannot be written.");
    }
}
