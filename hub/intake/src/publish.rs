//! Step 5: one portion of a document's result into the log and beside the document, in one transaction.

use caravan_event_log::append;
use caravan_events::wire::Reporter;
use caravan_events::{BadRecord, Envelope};
use caravan_hub_registry::Party;
use caravan_model::{Batch, Severity, TraceId};
use caravan_tenancy::TenantTx;

use crate::documents::{DocumentKey, Totals};
use crate::intake::now_ms;
use crate::terms;

/// Why a portion was not published. The transaction is then rolled back as a whole.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The log refused the events.
    #[error("the events cannot be appended")]
    Log(#[from] caravan_event_log::AppendError),
    /// A record has no JSON form.
    #[error(transparent)]
    Record(#[from] BadRecord),
    /// What hangs on the document cannot be written.
    #[error("the document's records cannot be written")]
    Sql(#[from] sqlx::Error),
}

/// The document that a portion came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// The document on which records and rejects are listed.
    pub(crate) key: DocumentKey,
    /// The trace of the walk.
    pub(crate) trace: TraceId,
    /// The connection's party.
    pub(crate) party: &'a Party,
}

/// Who reports what comes over a connection of this party.
pub(crate) fn reporter(party: &Party) -> Reporter {
    Reporter { party: party.id.clone(), scac: party.scac.clone() }
}

/// Appends the portion's events and lists its records, rejects and verdicts; adds to `totals`.
pub(crate) async fn portion(
    tx: &mut TenantTx,
    origin: &Origin<'_>,
    batch: &Batch,
    totals: &mut Totals,
) -> Result<(), PublishError> {
    let DocumentKey { tenant, connection, hash } = origin.key;
    let now = now_ms();
    let reporter = reporter(origin.party);
    let envelopes = batch
        .records
        .iter()
        .map(|record| {
            let trace = Some(origin.trace);
            Envelope::of_report(tenant, connection, hash, trace, now, record, &reporter)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let appended = append(tx, &envelopes).await?;

    let mut found_by = terms::of_batch(batch);
    found_by.extend(envelopes.iter().map(|envelope| terms::kind(envelope.kind.as_str())));
    found_by.extend(batch.verdicts.iter().map(|verdict| terms::kind(&verdict.kind)));
    terms::add(tx, origin.key, found_by).await?;
    list_records(tx, origin, batch, &envelopes, totals.records).await?;
    list_rejects(tx, origin, batch, totals.rejects.saturating_add(totals.warnings)).await?;
    list_verdicts(tx, origin, batch).await?;

    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let errors = batch.rejects.iter().filter(|reject| reject.severity == Severity::Error).count();
    totals.records = totals.records.saturating_add(count(batch.records.len()));
    totals.duplicates = totals.duplicates.saturating_add(count(appended.duplicate));
    totals.rejects = totals.rejects.saturating_add(count(errors));
    totals.warnings =
        totals.warnings.saturating_add(count(batch.rejects.len().saturating_sub(errors)));
    crate::telemetry::published(count(appended.new), count(appended.duplicate));
    Ok(())
}

async fn list_records(
    tx: &mut TenantTx,
    origin: &Origin<'_>,
    batch: &Batch,
    envelopes: &[Envelope],
    from: u64,
) -> Result<(), sqlx::Error> {
    if batch.records.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO hub.document_records
           (tenant_id, connection_id, hash, position, record_id, kind, span_start, span_end)
         SELECT $1, $2, $3, $4 + r.n - 1, r.id, r.kind, r.span_start, r.span_end
           FROM unnest($5::uuid[], $6::text[], $7::bigint[], $8::bigint[])
             WITH ORDINALITY AS r(id, kind, span_start, span_end, n)",
    )
    .bind(origin.key.tenant.0)
    .bind(origin.key.connection.0)
    .bind(origin.key.hash.0.as_slice())
    .bind(signed(from))
    .bind(envelopes.iter().map(|envelope| envelope.id.0).collect::<Vec<_>>())
    .bind(envelopes.iter().map(|envelope| envelope.kind.as_str()).collect::<Vec<_>>())
    .bind(batch.records.iter().map(|record| signed(record.source().start)).collect::<Vec<_>>())
    .bind(batch.records.iter().map(|record| signed(record.source().end)).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

async fn list_rejects(
    tx: &mut TenantTx,
    origin: &Origin<'_>,
    batch: &Batch,
    from: u64,
) -> Result<(), sqlx::Error> {
    let rejects = &batch.rejects;
    if rejects.is_empty() {
        return Ok(());
    }
    let texts = |part: fn(&caravan_model::Reject) -> &str| -> Vec<String> {
        rejects.iter().map(|reject| storable(part(reject))).collect()
    };
    sqlx::query(
        "INSERT INTO hub.document_rejects
           (tenant_id, connection_id, hash, position, severity, code, path, message, hint, span_start, span_end)
         SELECT $1, $2, $3, $4 + r.n - 1, r.severity, r.code, r.path, r.message, r.hint, r.span_start, r.span_end
           FROM unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[])
             WITH ORDINALITY AS r(severity, code, path, message, hint, span_start, span_end, n)",
    )
    .bind(origin.key.tenant.0)
    .bind(origin.key.connection.0)
    .bind(origin.key.hash.0.as_slice())
    .bind(signed(from))
    .bind(texts(|reject| reject.severity.as_str()))
    .bind(texts(|reject| &reject.code))
    .bind(texts(|reject| &reject.path))
    .bind(texts(|reject| &reject.message))
    .bind(rejects.iter().map(|reject| reject.hint.as_deref().map(storable)).collect::<Vec<_>>())
    .bind(rejects.iter().map(|reject| signed(reject.source.start)).collect::<Vec<_>>())
    .bind(rejects.iter().map(|reject| signed(reject.source.end)).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

async fn list_verdicts(
    tx: &mut TenantTx,
    origin: &Origin<'_>,
    batch: &Batch,
) -> Result<(), sqlx::Error> {
    let verdicts = &batch.verdicts;
    if verdicts.is_empty() {
        return Ok(());
    }
    let texts = |part: fn(&caravan_model::Verdict) -> &str| -> Vec<String> {
        verdicts.iter().map(|verdict| storable(part(verdict))).collect()
    };
    sqlx::query(
        "INSERT INTO hub.document_verdicts
           (tenant_id, connection_id, hash, position, level, kind, control, outcome, note, detail, span_start, span_end)
         SELECT $1, $2, $3,
                (SELECT count(*) FROM hub.document_verdicts WHERE connection_id = $2 AND hash = $3) + v.n,
                v.level, v.kind, v.control, v.outcome, v.note, v.detail, v.span_start, v.span_end
           FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[])
             WITH ORDINALITY AS v(level, kind, control, outcome, note, detail, span_start, span_end, n)",
    )
    .bind(origin.key.tenant.0)
    .bind(origin.key.connection.0)
    .bind(origin.key.hash.0.as_slice())
    .bind(texts(|verdict| verdict.level.as_str()))
    .bind(texts(|verdict| &verdict.kind))
    .bind(texts(|verdict| &verdict.control))
    .bind(texts(|verdict| verdict.outcome.as_str()))
    .bind(verdicts.iter().map(|verdict| verdict.note.as_deref().map(storable)).collect::<Vec<_>>())
    .bind(texts(|verdict| &verdict.detail))
    .bind(verdicts.iter().map(|verdict| signed(verdict.source.start)).collect::<Vec<_>>())
    .bind(verdicts.iter().map(|verdict| signed(verdict.source.end)).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// PostgreSQL's text holds every character but NUL.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
