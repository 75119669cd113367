//! Looking events up by id, inside their tenant: for whoever shows a document and the events made from it.

use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, RecordId, TraceId};
use caravan_tenancy::TenantTx;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::Error;

/// The tenant's events with these ids, in no particular order; unknown ids are left out.
///
/// # Errors
/// [`Error::Fetch`] when the database fails.
pub async fn find(tx: &mut TenantTx, ids: &[RecordId]) -> Result<Vec<Envelope>, Error> {
    let rows = sqlx::query(
        "SELECT id, topic, key, connection_id, document, trace, time_ms, data FROM log.events
          WHERE tenant_id = $1 AND id = ANY ($2)",
    )
    .bind(tx.tenant().0)
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await
    .map_err(|source| Error::Fetch(source.into()))?;
    let tenant = tx.tenant();
    rows.iter()
        .map(|row| read(tenant, row))
        .collect::<Result<_, sqlx::Error>>()
        .map_err(|source| Error::Fetch(source.into()))
}

fn read(tenant: caravan_model::TenantId, row: &PgRow) -> Result<Envelope, sqlx::Error> {
    let damaged = |column: &str| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: "wrong length".into(),
    };
    let document: Vec<u8> = row.try_get("document")?;
    let trace: Option<Vec<u8>> = row.try_get("trace")?;
    Ok(Envelope {
        id: RecordId(row.try_get("id")?),
        tenant,
        connection: ConnectionId(row.try_get("connection_id")?),
        document: DocumentHash(document.try_into().map_err(|_| damaged("document"))?),
        kind: Kind::new(row.try_get::<String, _>("topic")?),
        key: row.try_get("key")?,
        time_ms: row.try_get("time_ms")?,
        trace: trace
            .map(|bytes| bytes.try_into().map(TraceId))
            .transpose()
            .map_err(|_| damaged("trace"))?,
        data: row.try_get("data")?,
    })
}
