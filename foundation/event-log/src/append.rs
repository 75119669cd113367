//! Append: one statement for a whole batch, in the caller's transaction, idempotent by id.

use std::time::SystemTime;

use caravan_events::Envelope;
use caravan_model::{RecordId, TenantId};
use caravan_tenancy::{SystemTx, TenantTx};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{partition_of, telemetry, wake};

/// Events per statement: beyond it a statement gains nothing and holds its memory longer.
const CHUNK: usize = 1_000;

/// Largest data of one event: what every backend takes.
pub const EVENT_BYTES_MAX: usize = 4 << 20;

/// What an append did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Appended {
    /// How many were new.
    pub new: usize,
    /// How many were there already, or twice in the batch.
    pub duplicate: usize,
    /// The ids of the new ones, in the order of appending.
    pub ids: Vec<RecordId>,
}

/// Nothing was appended, and the transaction is to be dropped.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// An event belongs to another tenant than the transaction.
    #[error("event {id} of tenant {theirs} in a transaction of tenant {ours}")]
    ForeignTenant {
        /// The event.
        id: RecordId,
        /// Its tenant.
        theirs: TenantId,
        /// The transaction's.
        ours: TenantId,
    },
    /// An event's data is larger than a log takes.
    #[error("event {id} has {bytes} bytes of data, more than {EVENT_BYTES_MAX}")]
    TooLarge {
        /// The event.
        id: RecordId,
        /// The length of its data.
        bytes: usize,
    },
    /// The database refused.
    #[error("cannot append events")]
    Append(#[source] caravan_tenancy::Error),
}

/// Appends `events` in `tx`. They are there when it commits, and readers are woken then; an event whose `(tenant, id)` is there
/// already is ignored. Order within the slice is kept.
///
/// Append as the transaction's first write where the order of a key's events matters (see the crate's documentation).
///
/// # Errors
/// [`AppendError`]; the transaction is then of no more use.
pub async fn append(tx: &mut TenantTx, events: &[Envelope]) -> Result<Appended, AppendError> {
    let ours = tx.tenant();
    if let Some(event) = events.iter().find(|event| event.tenant != ours) {
        return Err(AppendError::ForeignTenant { id: event.id, theirs: event.tenant, ours });
    }
    let (began, mut appended) = (SystemTime::now(), Appended::default());
    for chunk in events.chunks(CHUNK) {
        insert(tx.conn(), chunk, &mut appended).await?;
    }
    if appended.new > 0 {
        tx.after_commit(wake::announce);
    }
    if let Some(spans) = telemetry::publishing(events, &appended.ids, began) {
        tx.after_commit(spans);
    }
    telemetry::appended(appended.new, appended.duplicate);
    Ok(appended)
}

/// The same for a consumer's transaction, whose events may belong to several tenants. Afterwards the transaction's scope is the
/// last event's tenant.
///
/// # Errors
/// [`AppendError::Append`]; the transaction is then of no more use.
pub async fn append_system(
    tx: &mut SystemTx,
    events: &[Envelope],
) -> Result<Appended, AppendError> {
    let (began, mut appended) = (SystemTime::now(), Appended::default());
    for of_tenant in events.chunk_by(|a, b| a.tenant == b.tenant) {
        if let Some(first) = of_tenant.first() {
            tx.scope(first.tenant).await.map_err(AppendError::Append)?;
        }
        for chunk in of_tenant.chunks(CHUNK) {
            insert(tx.conn(), chunk, &mut appended).await?;
        }
    }
    if appended.new > 0 {
        tx.after_commit(wake::announce);
    }
    if let Some(spans) = telemetry::publishing(events, &appended.ids, began) {
        tx.after_commit(spans);
    }
    telemetry::appended(appended.new, appended.duplicate);
    Ok(appended)
}

/// The batch turned on its side: one array a column.
#[derive(Default)]
struct Columns {
    partition: Vec<i16>,
    tenant: Vec<Uuid>,
    id: Vec<Uuid>,
    topic: Vec<String>,
    key: Vec<String>,
    connection: Vec<Uuid>,
    document: Vec<Vec<u8>>,
    trace: Vec<Option<Vec<u8>>>,
    time_ms: Vec<i64>,
    data: Vec<String>,
}

impl Columns {
    fn of(events: &[Envelope]) -> Self {
        let mut columns = Self::default();
        for event in events {
            let partition = partition_of(event.tenant, &event.key).0;
            // There are 16 partitions.
            columns.partition.push(i16::try_from(partition).unwrap_or_default());
            columns.tenant.push(event.tenant.0);
            columns.id.push(event.id.0);
            columns.topic.push(event.kind.as_str().to_owned());
            columns.key.push(event.key.clone());
            columns.connection.push(event.connection.0);
            columns.document.push(event.document.0.to_vec());
            columns.trace.push(event.trace.map(|trace| trace.0.to_vec()));
            columns.time_ms.push(event.time_ms);
            columns.data.push(event.data.clone());
        }
        columns
    }
}

async fn insert(
    connection: &mut PgConnection,
    events: &[Envelope],
    appended: &mut Appended,
) -> Result<(), AppendError> {
    if events.is_empty() {
        return Ok(());
    }
    if let Some(event) = events.iter().find(|event| event.data.len() > EVENT_BYTES_MAX) {
        return Err(AppendError::TooLarge { id: event.id, bytes: event.data.len() });
    }
    let columns = Columns::of(events);
    let new: Vec<Uuid> = sqlx::query_scalar(
        "INSERT INTO log.events
           (partition, tenant_id, id, topic, key, connection_id, document, trace, time_ms, data)
         SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[],
                              $7::bytea[], $8::bytea[], $9::bigint[], $10::text[])
         ON CONFLICT (tenant_id, id) DO NOTHING
         RETURNING id",
    )
    .bind(columns.partition)
    .bind(columns.tenant)
    .bind(columns.id)
    .bind(columns.topic)
    .bind(columns.key)
    .bind(columns.connection)
    .bind(columns.document)
    .bind(columns.trace)
    .bind(columns.time_ms)
    .bind(columns.data)
    .fetch_all(connection)
    .await
    .map_err(|source| AppendError::Append(source.into()))?;
    appended.new = appended.new.saturating_add(new.len());
    appended.duplicate = appended.duplicate.saturating_add(events.len().saturating_sub(new.len()));
    appended.ids.extend(new.into_iter().map(RecordId));
    Ok(())
}
