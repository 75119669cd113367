//! Steps 3 to 5 of a document's life: resolve, run the guest, validate, publish, acknowledge, end.

use std::sync::Arc;
use std::time::Instant;

use caravan_events::wire::Reporter;
use caravan_fault::{Class, error_chain};
use caravan_hub_capabilities::MemoryReplies;
use caravan_hub_registry::{Party, ResolveError, Resolved};
use caravan_hub_sandbox::{Call, CallError, Failure, Limits};
use caravan_model::{Batch, TraceId};
use caravan_tenancy::TenantTx;
use tokio_util::sync::CancellationToken;

use crate::answer::{self, AnswerError, Offer};
use crate::documents::{self, DocumentKey, DocumentRow, Door, End, Totals};
use crate::intake::Intake;
use crate::object::ObjectError;
use crate::publish::{self, Origin, PublishError};
use crate::services::{self, ServiceError};
use crate::steps::Steps;
use crate::worker::LEASE_S;
use crate::{telemetry, validate};

/// How often a document is tried when the failure may pass.
const ATTEMPTS_MAX: i32 = 6;
/// The same input that traps the guest twice is poison.
const TRAPS_MAX: i32 = 2;

/// Why a document's processing stopped.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The connection cannot be served.
    #[error("the connection cannot be served")]
    Resolve(#[from] ResolveError),
    /// The connection's capabilities cannot be set up.
    #[error("the connection's capabilities cannot be set up")]
    Services(#[from] ServiceError),
    /// The connector did not read the document.
    #[error("the connector stopped")]
    Guest(#[from] CallError),
    /// The connector has no operation for documents.
    #[error("the component of party {0:?} does not read documents")]
    NoFiles(String),
    /// A webhook's request of which only the body is there, from before requests were kept.
    #[error("how this request came was not kept, so it cannot be verified again")]
    NoRequest,
    /// The bytes were not stored.
    #[error("the bytes were not stored")]
    Object(#[source] ObjectError),
    /// The events were not appended.
    #[error("the events were not published")]
    Publish(#[from] PublishError),
    /// The acknowledgement was not made.
    #[error("the acknowledgement was not made")]
    Answer(#[from] AnswerError),
    /// The database failed.
    #[error("the database failed")]
    Tenancy(#[from] caravan_tenancy::Error),
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
}

impl IntakeError {
    /// The failure class, which decides retry, quarantine and alert.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Guest(error) | Self::Answer(AnswerError::Guest(error)) => error.class(),
            Self::Resolve(ResolveError::Store(_)) => Class::HostFault,
            Self::Resolve(_) | Self::NoFiles(_) | Self::NoRequest => Class::Config,
            Self::Services(error) => error.class(),
            Self::Publish(PublishError::Record(_)) => Class::Poison,
            Self::Object(_)
            | Self::Publish(_)
            | Self::Answer(_)
            | Self::Tenancy(_)
            | Self::Sql(_) => Class::HostFault,
        }
    }

    /// What may be shown, and its stable code.
    pub(crate) fn shown(&self) -> (String, String) {
        match self {
            Self::Guest(CallError::Failed(failure)) => failure_shown(failure),
            Self::Guest(error) => {
                ("guest-stopped".to_owned(), format!("the connector was stopped: {error}"))
            }
            Self::Resolve(ResolveError::Store(_)) => {
                ("hub-unavailable".to_owned(), "the hub's database was not reachable".to_owned())
            }
            Self::Resolve(error) => ("connection-not-served".to_owned(), error.to_string()),
            Self::NoFiles(_) | Self::NoRequest => {
                ("no-document-operation".to_owned(), self.to_string())
            }
            Self::Services(error) => ("capabilities".to_owned(), error.to_string()),
            _ => ("hub-unavailable".to_owned(), self.to_string()),
        }
    }
}

/// A guest's failure as code and sentence.
pub(crate) fn failure_shown(failure: &Failure) -> (String, String) {
    match failure {
        Failure::Unreadable(unreadable) => (unreadable.code.clone(), unreadable.message.clone()),
        Failure::Other(code, message) => (code.clone(), message.clone()),
        Failure::Observed { message, .. } => ("call-failed".to_owned(), message.clone()),
        other => ("connector-failed".to_owned(), other.to_string()),
    }
}

/// A dry run's result: what processing would publish.
#[derive(Debug)]
pub(crate) struct DryRun {
    /// Who would be said to report the records.
    pub(crate) reporter: Reporter,
    pub(crate) batch: Batch,
    /// Why it stopped before the end, if it did.
    pub(crate) stopped: Option<(Class, String, String)>,
}

impl Intake {
    /// Processes one claimed document to its end, or lets it go between two portions once `stop` is told. Every failure is
    /// written down; none is returned.
    pub(crate) async fn process(&self, key: DocumentKey, stop: &CancellationToken) {
        let clock = Instant::now();
        let loaded = self.load(key).await;
        let row = match loaded {
            Ok(Some(row)) => row,
            Ok(None) => return,
            Err(error) => {
                // The lease runs out and the document is claimed again.
                tracing::error!(document = %key.hash, error = error_chain(&error), "Document cannot be loaded.");
                return;
            }
        };
        let mut span = telemetry::processing(&row, is_live(&row));
        let mut steps = Steps::default();
        let mut totals = Totals::default();
        let mut offers = Vec::new();
        let result = span.run(self.walk(&row, stop, &mut steps, &mut totals, &mut offers)).await;
        let end = match result {
            Ok(end) => end,
            Err(error) => self.failed(&row, &error, &mut offers).await,
        };
        let (status, class) = match &end {
            End::Done => ("done", None),
            End::Rejected { .. } => ("rejected", Some(Class::Permanent)),
            End::Retry { class, .. } => ("retry", Some(*class)),
            End::Quarantined { class, .. } => ("quarantined", Some(*class)),
            End::LetGo => ("let-go", None),
        };
        telemetry::processed(&mut span, status, class, totals);
        if let Err(error) = self.write_end(&row, totals, &steps, &end, &offers).await {
            tracing::error!(trace_id = %row.trace, document = row.id, error = error_chain(&error), "Document's end cannot be written.");
            return;
        }
        telemetry::ended(status, class, clock.elapsed().as_secs_f64());
        tracing::info!(
            trace_id = %row.trace, document = row.id, status, records = totals.records, rejects = totals.rejects,
            duplicates = totals.duplicates, microseconds = clock.elapsed().as_micros(), "Document processed."
        );
        // Nobody may be waiting; that is no failure.
        drop(self.inner.finished.send(key));
    }

    async fn load(&self, key: DocumentKey) -> Result<Option<DocumentRow>, IntakeError> {
        let mut tx = TenantTx::begin(&self.inner.database, key.tenant).await?;
        let row = documents::load(&mut tx, key).await?;
        // An attempt that was let go did not count; its component says that it began to publish.
        if row.as_ref().is_some_and(|row| row.attempts > 1 || row.component.is_some()) {
            documents::clear(&mut tx, key).await?;
        }
        tx.commit().await?;
        Ok(row)
    }

    async fn walk(
        &self,
        row: &DocumentRow,
        stop: &CancellationToken,
        steps: &mut Steps,
        totals: &mut Totals,
        offers: &mut Vec<Offer>,
    ) -> Result<End, IntakeError> {
        let running = Steps::begin("resolve");
        let resolved = self.inner.registry.resolve(row.key.tenant, row.key.connection).await?;
        steps.end(
            running,
            format!(
                "component {} with profile {}",
                resolved.party.component, resolved.party.profile
            ),
        );
        if is_live(row) {
            return self.walk_again(row, &resolved, steps, totals).await;
        }
        if !resolved.component.connector.operations().files {
            return Err(IntakeError::NoFiles(resolved.party.id.clone()));
        }
        let call =
            self.call(&resolved, row.message.clone(), row.trace, false, Arc::default()).await?;

        let running = Steps::begin("open");
        let document = self.inner.objects.blob(row.stored());
        let mut reader = resolved.component.connector.open(call.clone(), document).await?;
        steps.end(running, format!("{} bytes", row.size_bytes));
        loop {
            let running = Steps::begin("translate");
            let batch = reader.next().await?;
            let batch = validate::batch(batch, row.stored().size_bytes);
            let batch = validate::answers_by(batch, &resolved.party);
            let done = batch.done;
            let seen = totals
                .records
                .saturating_add(u64::try_from(batch.records.len()).unwrap_or_default());
            steps.end(running, format!("{seen} records"));

            let running = Steps::begin("publish");
            self.publish(row, &resolved.party, &batch, totals).await?;
            steps.end(
                running,
                format!(
                    "{} appended, {} known before",
                    totals.records.saturating_sub(totals.duplicates),
                    totals.duplicates
                ),
            );
            if done {
                break;
            }
            if stop.is_cancelled() {
                let why = "the hub stops; the next start reads it from its beginning".to_owned();
                steps.end(Steps::begin("let go"), why);
                return Ok(End::LetGo);
            }
        }
        let running = Steps::begin("acknowledge");
        *offers = answer::acknowledgement(self, &resolved, row, call).await?;
        let names: Vec<_> = offers.iter().map(|offer| offer.outgoing.file_name.as_str()).collect();
        steps.end(
            running,
            if names.is_empty() { "none asked for".to_owned() } else { names.join(", ") },
        );
        if totals.records == 0 && totals.rejects > 0 {
            return Ok(End::Rejected {
                code: "nothing-understood".to_owned(),
                text: "nothing in this document was understood; its rejects say why".to_owned(),
            });
        }
        Ok(End::Done)
    }

    /// What came over HTTP and is replayed: read by the operation that read it then, and answered to nobody.
    async fn walk_again(
        &self,
        row: &DocumentRow,
        resolved: &Resolved,
        steps: &mut Steps,
        totals: &mut Totals,
    ) -> Result<End, IntakeError> {
        let running = Steps::begin("translate");
        let batch = self.reread(row, resolved, false).await?;
        let batch = validate::batch(batch, row.stored().size_bytes);
        let batch = validate::answers_by(batch, &resolved.party);
        steps.end(running, format!("{} records", batch.records.len()));
        let running = Steps::begin("publish");
        self.publish(row, &resolved.party, &batch, totals).await?;
        let new = totals.records.saturating_sub(totals.duplicates);
        steps.end(running, format!("{new} appended, {} known before", totals.duplicates));
        Ok(End::Done)
    }

    /// What a guest is called with.
    pub(crate) async fn call(
        &self,
        resolved: &Resolved,
        message: Option<String>,
        trace: TraceId,
        dry_run: bool,
        replies: Arc<MemoryReplies>,
    ) -> Result<Call, ServiceError> {
        let wall = Limits::of(services::limits_class(resolved)).wall;
        let services = self.inner.services.for_call(resolved, replies, wall).await?;
        Ok(services::call_with(resolved, services, message, trace, dry_run))
    }

    async fn publish(
        &self,
        row: &DocumentRow,
        party: &Party,
        batch: &Batch,
        totals: &mut Totals,
    ) -> Result<(), IntakeError> {
        let mut tx = TenantTx::begin(&self.inner.database, row.key.tenant).await?;
        let origin = Origin { key: row.key, trace: row.trace, party };
        let mut sum = *totals;
        publish::portion(&mut tx, &origin, batch, &mut sum).await?;
        // A sign of life, so that a long document is not claimed a second time.
        sqlx::query("UPDATE hub.documents SET lease_until = now() + make_interval(secs => $3), component = $4 WHERE connection_id = $1 AND hash = $2")
            .bind(row.key.connection.0)
            .bind(row.key.hash.0.as_slice())
            .bind(f64::from(LEASE_S))
            .bind(&party.component)
            .execute(tx.conn())
            .await?;
        tx.commit().await?;
        *totals = sum;
        Ok(())
    }

    /// Decides how a failed attempt ends; a document that no dialect can answer gets a note.
    async fn failed(&self, row: &DocumentRow, error: &IntakeError, offers: &mut Vec<Offer>) -> End {
        let class = error.class();
        let (code, text) = error.shown();
        let chain = error_chain(error);
        tracing::warn!(
            trace_id = %row.trace, document = row.id, class = class.as_str(), attempt = row.attempts, error = chain,
            "Document processing stopped."
        );
        let limit = if class == Class::Poison { TRAPS_MAX } else { ATTEMPTS_MAX };
        let again = class.is_retryable() || class == Class::Poison || class == Class::Unknown;
        if again && (row.attempts < limit || !class.consumes_attempt()) {
            return End::Retry { class, code, text, chain, after_s: backoff_s(row.attempts) };
        }
        // Nobody waits any more for the answer to what came over HTTP; an operator may wait for what it says.
        if class != Class::Permanent || is_live(row) {
            return End::Quarantined { class, code, text, chain };
        }
        // What the dialect could still say of its parts (a 997 with R) comes before our own words.
        match self.last_words(row, &code, &text).await {
            Ok(words) => *offers = words,
            Err(error) => {
                tracing::error!(
                    document = row.id,
                    error = error_chain(&error),
                    "The answer cannot be made."
                );
            }
        }
        End::Rejected { code, text }
    }

    /// The acknowledgement of what verdicts there are, else a note in plain text.
    async fn last_words(
        &self,
        row: &DocumentRow,
        code: &str,
        text: &str,
    ) -> Result<Vec<Offer>, IntakeError> {
        let resolved = self.inner.registry.resolve(row.key.tenant, row.key.connection).await?;
        let call =
            self.call(&resolved, row.message.clone(), row.trace, false, Arc::default()).await?;
        let offers = answer::acknowledgement(self, &resolved, row, call).await?;
        if !offers.is_empty() {
            return Ok(offers);
        }
        Ok(answer::problem_note(self, row, code, text).await?)
    }

    async fn write_end(
        &self,
        row: &DocumentRow,
        totals: Totals,
        steps: &Steps,
        end: &End,
        offers: &[Offer],
    ) -> Result<(), IntakeError> {
        let mut tx = TenantTx::begin(&self.inner.database, row.key.tenant).await?;
        answer::offer(&mut tx, row.key, offers).await?;
        documents::end(&mut tx, row, totals, steps.all(), end).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Runs the guest over a stored document and publishes nothing.
    pub(crate) async fn dry_run(&self, row: &DocumentRow) -> Result<DryRun, IntakeError> {
        let resolved = self.inner.registry.resolve(row.key.tenant, row.key.connection).await?;
        let reporter = publish::reporter(&resolved.party);
        let mut run = DryRun { reporter, batch: Batch::default(), stopped: None };
        if is_live(row) {
            match self.reread(row, &resolved, true).await {
                Ok(batch) => run.batch = validate::batch(batch, row.stored().size_bytes),
                Err(error) => {
                    let (code, text) = error.shown();
                    run.stopped = Some((error.class(), code, text));
                }
            }
            return Ok(run);
        }
        let call =
            self.call(&resolved, row.message.clone(), row.trace, true, Arc::default()).await?;
        let document = self.inner.objects.blob(row.stored());
        let mut reader = match resolved.component.connector.open(call, document).await {
            Ok(reader) => reader,
            Err(error) => {
                let error = IntakeError::from(error);
                let (code, text) = error.shown();
                run.stopped = Some((error.class(), code, text));
                return Ok(run);
            }
        };
        loop {
            match reader.next().await {
                Ok(batch) => {
                    let batch = validate::batch(batch, row.stored().size_bytes);
                    let done = batch.done || run.batch.records.len() >= DRY_RUN_RECORDS_MAX;
                    run.batch.records.extend(batch.records);
                    run.batch.rejects.extend(batch.rejects);
                    if done {
                        return Ok(run);
                    }
                }
                Err(error) => {
                    let error = IntakeError::from(error);
                    let (code, text) = error.shown();
                    run.stopped = Some((error.class(), code, text));
                    return Ok(run);
                }
            }
        }
    }
}

/// Whether it came over HTTP and was understood, or not, at once: a poll's reply, a webhook's request.
fn is_live(row: &DocumentRow) -> bool {
    [Door::Poll, Door::Webhook].iter().any(|door| row.door == door.as_str())
}

/// A dry run shows at most this many records.
const DRY_RUN_RECORDS_MAX: usize = 10_000;

/// Full jitter between nothing and `2^attempt` seconds, at most 15 minutes (research/reliability.md §2.2).
pub(crate) fn backoff_s(attempts: i32) -> f64 {
    let ceiling = 2_f64.powi(attempts.clamp(0, 10)).min(900.0);
    rand::random::<f64>() * ceiling
}
