//! Step 2 of a document's life: the bytes once, then the receipt. When this returns, nothing can be lost any more.

use caravan_model::{ConnectionId, TenantId, TraceId};
use caravan_tenancy::TenantTx;

use crate::documents::{DocumentKey, Door};
use crate::intake::Intake;
use crate::object::{Body, ObjectError, Stored};
use crate::{telemetry, terms};

/// Something that a party sent.
#[derive(Debug)]
pub struct Arrival {
    /// Tenant.
    pub tenant: TenantId,
    /// Connection.
    pub connection: ConnectionId,
    /// Door.
    pub door: Door,
    /// File name, or what stands for it.
    pub name: String,
    /// Media type, when the sender said one.
    pub media_type: Option<String>,
    /// Message kind, when the door knows it; none: the connector looks.
    pub message: Option<String>,
    /// The bytes.
    pub body: Body,
    /// The trace that all steps carry.
    pub trace: TraceId,
}

/// Proof that a document is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The document.
    pub key: DocumentKey,
    /// Its size.
    pub size_bytes: u64,
    /// The same bytes had come over this connection before; the answer is the one of then.
    pub duplicate: bool,
}

/// Why nothing was received. The sender keeps its copy and sends it again.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The bytes could not be stored.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// The receipt could not be written.
    #[error("the receipt cannot be written")]
    Tenancy(#[from] caravan_tenancy::Error),
    /// The receipt could not be written.
    #[error("the receipt cannot be written")]
    Sql(#[from] sqlx::Error),
}

impl Intake {
    /// Receives a document and wakes the worker.
    ///
    /// # Errors
    /// When bytes or receipt could not be made durable; the sender is then not acknowledged.
    pub async fn receive(&self, arrival: Arrival) -> Result<Receipt, ReceiveError> {
        let mut span = telemetry::receiving(arrival.door, arrival.trace);
        let receipt = self.record(&arrival).await.inspect_err(|_| span.fail("not durable"))?;
        telemetry::is_durable(span, receipt.key.hash, receipt.duplicate);
        if !receipt.duplicate {
            self.inner.arrived.notify_one();
        }
        Ok(receipt)
    }

    async fn record(&self, arrival: &Arrival) -> Result<Receipt, ReceiveError> {
        let stored = self.inner.objects.put(&arrival.body).await?;
        let mut tx = TenantTx::begin(&self.inner.database, arrival.tenant).await?;
        let duplicate = !insert(&mut tx, arrival, stored, "received").await?;
        tx.commit().await?;
        let key = DocumentKey {
            tenant: arrival.tenant,
            connection: arrival.connection,
            hash: stored.hash,
        };
        telemetry::received(arrival.door, stored.size_bytes, duplicate);
        tracing::info!(
            trace_id = %arrival.trace, connection = %key.connection, document = %key.hash, door = arrival.door.as_str(),
            name = arrival.name, bytes = stored.size_bytes, duplicate, "Document received."
        );
        Ok(Receipt { key, size_bytes: stored.size_bytes, duplicate })
    }
}

/// Writes document and receipt; says whether the document is new.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    arrival: &Arrival,
    stored: Stored,
    status: &'static str,
) -> Result<bool, sqlx::Error> {
    let hash = stored.hash.0;
    let new = sqlx::query(
        "INSERT INTO hub.documents
           (tenant_id, connection_id, hash, size_bytes, door, name, media_type, message, status, trace_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (tenant_id, connection_id, hash) DO NOTHING",
    )
    .bind(arrival.tenant.0)
    .bind(arrival.connection.0)
    .bind(hash.as_slice())
    .bind(i64::try_from(stored.size_bytes).unwrap_or(i64::MAX))
    .bind(arrival.door.as_str())
    .bind(&arrival.name)
    .bind(&arrival.media_type)
    .bind(&arrival.message)
    .bind(status)
    .bind(arrival.trace.0.as_slice())
    .execute(tx.conn())
    .await?
    .rows_affected()
        == 1;
    sqlx::query(
        "INSERT INTO hub.receipts (tenant_id, connection_id, hash, door, name, duplicate) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(arrival.tenant.0)
    .bind(arrival.connection.0)
    .bind(hash.as_slice())
    .bind(arrival.door.as_str())
    .bind(&arrival.name)
    .bind(!new)
    .execute(tx.conn())
    .await?;
    let key =
        DocumentKey { tenant: arrival.tenant, connection: arrival.connection, hash: stored.hash };
    let mut found_by = terms::of_name(&arrival.name);
    found_by.extend(arrival.message.as_deref().map(terms::kind));
    terms::add(tx, key, found_by).await?;
    if !new {
        // Answered as before: what was said of these bytes is offered again.
        sqlx::query("UPDATE hub.outbox_files SET collected_at = NULL WHERE connection_id = $1 AND answers = $2")
            .bind(arrival.connection.0)
            .bind(hash.as_slice())
            .execute(tx.conn())
            .await?;
    }
    Ok(new)
}
