//! What comes over HTTP and is understood at once: a poll's replies, a webhook's request.
//!
//! The bytes are stored first; then one transaction holds the document, its records and its end.

use bytes::Bytes;
use caravan_fault::Class;
use caravan_hub_registry::Resolved;
use caravan_model::{Batch, TraceId};
use caravan_tenancy::TenantTx;
use sqlx::types::Json;

use crate::documents::{self, DocumentKey, DocumentRow, Door, End, Totals};
use crate::intake::Intake;
use crate::object::Body;
use crate::process::IntakeError;
use crate::publish::{self, Origin};
use crate::receive::{self, Arrival};
use crate::request::KeptRequest;
use crate::steps::Steps;
use crate::{telemetry, validate};

/// A message and where it came from.
#[derive(Debug)]
pub(crate) struct Live<'a> {
    pub(crate) resolved: &'a Resolved,
    pub(crate) door: Door,
    /// What stands for a file name: the reference asked for, the webhook's path.
    pub(crate) name: String,
    pub(crate) trace: TraceId,
    /// How it came, when that is needed to read it again.
    pub(crate) request: Option<KeptRequest>,
}

impl Intake {
    /// Stores `body`, lists and publishes what it gave. The same bytes as before give nothing new and are left alone, unless
    /// nothing could be made of them then.
    pub(crate) async fn publish_live(
        &self,
        live: &Live<'_>,
        body: Bytes,
        batch: Batch,
    ) -> Result<Totals, IntakeError> {
        let size = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let batch = validate::batch(batch, size);
        self.record_live(live, body, &batch, &End::Done).await
    }

    /// Stores `body` for an operator, with the reason why nothing came of it.
    pub(crate) async fn quarantine_live(
        &self,
        live: &Live<'_>,
        body: Bytes,
        failure: (Class, String, String),
    ) -> Result<(), IntakeError> {
        let (class, code, text) = failure;
        let end = End::Quarantined { class, code, chain: text.clone(), text };
        self.record_live(live, body, &Batch::default(), &end).await.map(drop)
    }

    async fn record_live(
        &self,
        live: &Live<'_>,
        body: Bytes,
        batch: &Batch,
        end: &End,
    ) -> Result<Totals, IntakeError> {
        let mut span = telemetry::receiving(live.door, live.trace);
        let recorded = span.run(self.record_at_once(live, body, batch, end)).await;
        recorded.inspect_err(|_| span.fail("not durable"))
    }

    async fn record_at_once(
        &self,
        live: &Live<'_>,
        body: Bytes,
        batch: &Batch,
        end: &End,
    ) -> Result<Totals, IntakeError> {
        let connection = &live.resolved.connection;
        let arrival = Arrival {
            tenant: connection.tenant,
            connection: connection.id,
            door: live.door,
            name: live.name.clone(),
            media_type: None,
            message: None,
            body: Body::Memory(body),
            trace: live.trace,
        };
        let mut steps = Steps::default();
        let running = Steps::begin("archive");
        let stored = self.inner.objects.put(&arrival.body).await.map_err(IntakeError::Object)?;
        steps.end(running, format!("{} bytes", stored.size_bytes));

        let key =
            DocumentKey { tenant: connection.tenant, connection: connection.id, hash: stored.hash };
        let mut tx = TenantTx::begin(&self.inner.database, connection.tenant).await?;
        let mut totals = Totals::default();
        let new = receive::insert(&mut tx, &arrival, stored, "processing").await?;
        if let Some(row) = documents::load(&mut tx, key).await?
            && (new || is_healed(&row, end))
        {
            if !new {
                documents::clear(&mut tx, key).await?;
            }
            if let Some(request) = &live.request {
                keep_request(&mut tx, key, request).await?;
            }
            let running = Steps::begin("publish");
            let origin = Origin { key, trace: live.trace, party: &live.resolved.party };
            publish::portion(&mut tx, &origin, batch, &mut totals).await?;
            steps.end(
                running,
                format!("{} records, {} known before", totals.records, totals.duplicates),
            );
            documents::end(&mut tx, &row, totals, steps.all(), end).await?;
        }
        tx.commit().await?;
        Ok(totals)
    }
}

async fn keep_request(
    tx: &mut TenantTx,
    key: DocumentKey,
    request: &KeptRequest,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE hub.documents SET request = $3 WHERE connection_id = $1 AND hash = $2")
        .bind(key.connection.0)
        .bind(key.hash.0.as_slice())
        .bind(Json(request))
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Whether bytes that waited for an operator were understood now, by a connector or a profile that was mended meanwhile.
fn is_healed(row: &DocumentRow, end: &End) -> bool {
    matches!(end, End::Done) && matches!(row.status.as_str(), "quarantined" | "rejected")
}

/// Splits a result by the document that each part came from: index 0 is the input, `n` the n-th reply.
pub(crate) fn by_document(batch: Batch, count: usize) -> Vec<Batch> {
    let mut parts: Vec<Batch> =
        (0..count).map(|_| Batch { done: true, ..Batch::default() }).collect();
    let index = |document: u32| {
        usize::try_from(document).unwrap_or(usize::MAX).min(count.saturating_sub(1))
    };
    for record in batch.records {
        if let Some(part) = parts.get_mut(index(record.source().document)) {
            part.records.push(record);
        }
    }
    for reject in batch.rejects {
        if let Some(part) = parts.get_mut(index(reject.source.document)) {
            part.rejects.push(reject);
        }
    }
    parts
}
