//! Asking a party where shipments are, and publishing what it answers.

use std::sync::Arc;

use caravan_fault::Class;
use caravan_hub_capabilities::MemoryReplies;
use caravan_hub_registry::Resolved;
use caravan_hub_sandbox::{CallError, Failure};
use caravan_model::{Batch, ConnectionId, Reference, TraceId};
use caravan_tenancy::TenantTx;
use core::time::Duration;
use uuid::Uuid;

use crate::documents::Door;
use crate::intake::Intake;
use crate::live::{Live, by_document};
use crate::process::{IntakeError, failure_shown};

/// Longest name of a stored reply; a replay reads the references from it.
const NAME_BYTES_MAX: usize = 2_000;

/// What asking about one reference came to.
#[derive(Debug)]
pub struct Polled {
    /// The reference.
    pub reference: Reference,
    /// New events, or why there are none.
    pub result: Result<u64, PollFailure>,
}

/// Why a reference has no answer.
#[derive(Debug, Clone)]
pub struct PollFailure {
    /// Failure class.
    pub class: Class,
    /// One sentence.
    pub text: String,
    /// When to ask again, if the party said.
    pub retry_after: Option<Duration>,
}

impl Intake {
    /// Asks the connection's party about `references` in one call, stores its replies and publishes what they say.
    ///
    /// # Errors
    /// When the call as a whole gave nothing: the connection cannot be served, the guest was stopped, the database failed.
    pub async fn poll(
        &self,
        resolved: &Resolved,
        references: Vec<Reference>,
    ) -> Result<Vec<Polled>, IntakeError> {
        let trace = TraceId(*Uuid::new_v4().as_bytes());
        let replies = Arc::new(MemoryReplies::default());
        let call = self.call(resolved, None, trace, false, Arc::clone(&replies)).await?;
        let answers = match resolved.component.connector.track(call, references.clone()).await {
            Ok(answers) => answers,
            Err(error) => {
                // A reply that stops the guest is what its author needs to see.
                if error.class() == Class::Poison {
                    self.keep_poison(resolved, &references, trace, &replies, &error).await?;
                }
                return Err(error.into());
            }
        };
        let mut together = Batch::default();
        let mut polled = Vec::with_capacity(references.len());
        let mut unread: Option<(Class, String, String)> = None;
        for (reference, answer) in references.into_iter().zip(answers) {
            let result = match answer {
                Ok(batch) => {
                    let count = u64::try_from(batch.records.len()).unwrap_or(u64::MAX);
                    together.records.extend(batch.records);
                    together.rejects.extend(batch.rejects);
                    Ok(count)
                }
                Err(failure) => {
                    if matches!(failure, Failure::Unreadable(_)) {
                        let (code, text) = failure_shown(&failure);
                        unread = Some((failure.class(), code, text));
                    }
                    Err(poll_failure(&failure))
                }
            };
            polled.push(Polled { reference, result });
        }
        self.publish_replies(resolved, &polled, trace, &replies, together, unread).await?;
        Ok(polled)
    }

    async fn keep_poison(
        &self,
        resolved: &Resolved,
        references: &[Reference],
        trace: TraceId,
        replies: &MemoryReplies,
        error: &CallError,
    ) -> Result<(), IntakeError> {
        let live =
            Live { resolved, door: Door::Poll, name: name_of(references), trace, request: None };
        for body in replies.kept() {
            let why = (Class::Poison, "guest-stopped".to_owned(), error.to_string());
            self.quarantine_live(&live, body, why).await?;
        }
        Ok(())
    }

    async fn publish_replies(
        &self,
        resolved: &Resolved,
        polled: &[Polled],
        trace: TraceId,
        replies: &MemoryReplies,
        together: Batch,
        unread: Option<(Class, String, String)>,
    ) -> Result<(), IntakeError> {
        let kept = replies.kept();
        let references: Vec<Reference> = polled.iter().map(|each| each.reference.clone()).collect();
        let live =
            Live { resolved, door: Door::Poll, name: name_of(&references), trace, request: None };
        let parts = by_document(together, kept.len().saturating_add(1));
        for (body, part) in kept.into_iter().zip(parts.into_iter().skip(1)) {
            let nothing = part.records.is_empty() && part.rejects.is_empty();
            match &unread {
                Some(failure) if nothing => {
                    self.quarantine_live(&live, body, failure.clone()).await?
                }
                _ => self.publish_live(&live, body, part).await.map(drop)?,
            }
        }
        Ok(())
    }
}

/// What stands for a reply's file name: the references that were asked about, as many as fit.
fn name_of(references: &[Reference]) -> String {
    let mut name = String::new();
    for Reference { value, .. } in references {
        let comma = if name.is_empty() { "" } else { "," };
        if name.len().saturating_add(value.len()) > NAME_BYTES_MAX && !name.is_empty() {
            break;
        }
        name.push_str(comma);
        name.push_str(value);
    }
    name
}

/// Has the scheduler ask the connection's party about these references every `interval_s` seconds, the first time at once.
///
/// # Errors
/// When the database fails.
pub async fn watch(
    tx: &mut TenantTx,
    connection: ConnectionId,
    kind: &str,
    references: Vec<String>,
    interval_s: i32,
) -> Result<u64, sqlx::Error> {
    let tenant = tx.tenant();
    let result = sqlx::query(
        "INSERT INTO hub.polls (tenant_id, connection_id, reference_kind, reference, interval_s)
         SELECT $1, $2, $3, r, $5 FROM (SELECT DISTINCT unnest($4::text[])) AS named (r)
         ON CONFLICT (tenant_id, connection_id, reference_kind, reference)
           DO UPDATE SET interval_s = excluded.interval_s, next_at = now()",
    )
    .bind(tenant.0)
    .bind(connection.0)
    .bind(kind)
    .bind(references)
    .bind(interval_s.max(1))
    .execute(tx.conn())
    .await?;
    Ok(result.rows_affected())
}

fn poll_failure(failure: &Failure) -> PollFailure {
    let retry_after = failure.retry_after();
    PollFailure { class: failure.class(), text: failure.to_string(), retry_after }
}
