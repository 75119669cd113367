//! One event: who, from which document, about what, and its data as JSON text.

use caravan_model::{ConnectionId, DocumentHash, Record, RecordId, TenantId, TraceId};

use crate::{Kind, partition_key, record_id, service_id, wire};

/// An event as it is appended, stored and delivered. `(tenant, id)` is unique: the same event appended again is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Deterministic id: the same fact from the same connection has the same id.
    pub id: RecordId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The connection that it came through.
    pub connection: ConnectionId,
    /// The document that it came from.
    pub document: DocumentHash,
    /// What happened; the topic.
    pub kind: Kind,
    /// The shipment's reference; events of one tenant and key are delivered in order.
    pub key: String,
    /// When it was recorded, milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: i64,
    /// The trace that it belongs to.
    pub trace: Option<TraceId>,
    /// The data: one JSON object.
    pub data: String,
}

/// A record that cannot be written down.
#[derive(Debug, thiserror::Error)]
#[error("the record cannot be written as JSON")]
pub struct BadRecord(#[from] serde_json::Error);

impl Envelope {
    /// The event that announces `record`, with its deterministic id and its partition key.
    ///
    /// # Errors
    /// [`BadRecord`] when it cannot be written as JSON, which no record made of texts and numbers does.
    pub fn of_record(
        tenant: TenantId,
        connection: ConnectionId,
        document: DocumentHash,
        trace: Option<TraceId>,
        time_ms: i64,
        record: &Record,
    ) -> Result<Self, BadRecord> {
        Ok(Self {
            id: record_id(connection, record)?,
            tenant,
            connection,
            document,
            kind: Kind::of(record),
            key: partition_key(record),
            time_ms,
            trace,
            data: wire::to_json(record)?,
        })
    }

    /// The same of what `reporter` reported: milestones say so, with the same id as without.
    ///
    /// # Errors
    /// As [`Envelope::of_record`].
    pub fn of_report(
        tenant: TenantId,
        connection: ConnectionId,
        document: DocumentHash,
        trace: Option<TraceId>,
        time_ms: i64,
        record: &Record,
        reporter: &wire::Reporter,
    ) -> Result<Self, BadRecord> {
        Ok(Self {
            id: record_id(connection, record)?,
            tenant,
            connection,
            document,
            kind: Kind::of(record),
            key: partition_key(record),
            time_ms,
            trace,
            data: wire::to_json_by(record, reporter)?,
        })
    }

    /// An event that a service of ours makes. `cause` is what makes it the same event when it is made again, for example
    /// `"<order id>/<version>"`: it and `kind` give the id.
    #[must_use]
    pub fn of_service(
        tenant: TenantId,
        kind: Kind,
        key: String,
        cause: &str,
        time_ms: i64,
        trace: Option<TraceId>,
        data: String,
    ) -> Self {
        Self {
            id: service_id(&kind, cause),
            tenant,
            connection: ConnectionId::OURS,
            document: DocumentHash::NONE,
            kind,
            key,
            time_ms,
            trace,
            data,
        }
    }
}
