//! Documents in the database: one row each, and the rows that hang on it.

use caravan_fault::Class;
use caravan_model::{ConnectionId, DocumentHash, TenantId, TraceId};
use caravan_tenancy::TenantTx;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use utoipa::ToSchema;

use crate::object::Stored;
use crate::steps::Step;

/// Which document: the same bytes sent over two connections are two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentKey {
    /// Tenant.
    pub tenant: TenantId,
    /// Connection.
    pub connection: ConnectionId,
    /// SHA-256 of the bytes.
    pub hash: DocumentHash,
}

/// Through which door a document came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Dropped into an SFTP inbox.
    Sftp,
    /// Posted to the ERP endpoint.
    Erp,
    /// Posted to a webhook address.
    Webhook,
    /// The answer to a poll.
    Poll,
}

impl Door {
    /// The text form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sftp => "sftp",
            Self::Erp => "erp",
            Self::Webhook => "webhook",
            Self::Poll => "poll",
        }
    }
}

/// A document's row, also in the form in which it is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Document)]
pub(crate) struct DocumentRow {
    pub(crate) id: String,
    pub(crate) connection: String,
    pub(crate) party: String,
    pub(crate) name: String,
    pub(crate) door: String,
    pub(crate) message: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) size_bytes: i64,
    pub(crate) status: String,
    pub(crate) attempts: i32,
    pub(crate) failure_class: Option<String>,
    pub(crate) failure_code: Option<String>,
    pub(crate) failure_text: Option<String>,
    pub(crate) component: Option<String>,
    pub(crate) records: i64,
    pub(crate) duplicates: i64,
    pub(crate) rejects: i64,
    pub(crate) warnings: i64,
    pub(crate) trace_id: String,
    pub(crate) received_ms: i64,
    pub(crate) finished_ms: Option<i64>,
    /// To the microsecond, for the cursor of the list.
    #[serde(skip)]
    pub(crate) received_us: i64,
    #[serde(skip)]
    pub(crate) key: DocumentKey,
    #[serde(skip)]
    pub(crate) trace: TraceId,
}

/// The columns of [`DocumentRow`]; the caller adds what follows `FROM`.
pub(crate) const COLUMNS: &str = "d.tenant_id, d.connection_id, d.hash, c.party, d.name, d.door, d.message, d.media_type, \
    d.size_bytes, d.status, d.attempts, d.failure_class, d.failure_code, d.failure_text, d.component, d.records, \
    d.duplicates, d.rejects, d.warnings, d.trace_id, (extract(epoch FROM d.received_at) * 1000)::bigint AS received_ms, \
    (extract(epoch FROM d.received_at) * 1000000)::bigint AS received_us, \
    (extract(epoch FROM d.finished_at) * 1000)::bigint AS finished_ms \
    FROM hub.documents d JOIN hub.connections c ON c.tenant_id = d.tenant_id AND c.id = d.connection_id";

impl DocumentRow {
    /// Reads a row of [`COLUMNS`].
    pub(crate) fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let key = DocumentKey {
            tenant: TenantId(row.try_get("tenant_id")?),
            connection: ConnectionId(row.try_get("connection_id")?),
            hash: hash_of(row, "hash")?,
        };
        let trace: Vec<u8> = row.try_get("trace_id")?;
        let trace = TraceId(trace.try_into().map_err(|_| bad_column("trace_id"))?);
        Ok(Self {
            id: key.hash.to_string(),
            connection: key.connection.to_string(),
            party: row.try_get("party")?,
            name: row.try_get("name")?,
            door: row.try_get("door")?,
            message: row.try_get("message")?,
            media_type: row.try_get("media_type")?,
            size_bytes: row.try_get("size_bytes")?,
            status: row.try_get("status")?,
            attempts: row.try_get("attempts")?,
            failure_class: row.try_get("failure_class")?,
            failure_code: row.try_get("failure_code")?,
            failure_text: row.try_get("failure_text")?,
            component: row.try_get("component")?,
            records: row.try_get("records")?,
            duplicates: row.try_get("duplicates")?,
            rejects: row.try_get("rejects")?,
            warnings: row.try_get("warnings")?,
            trace_id: trace.to_string(),
            received_ms: row.try_get("received_ms")?,
            finished_ms: row.try_get("finished_ms")?,
            received_us: row.try_get("received_us")?,
            key,
            trace,
        })
    }

    /// What is stored for it.
    pub(crate) fn stored(&self) -> Stored {
        Stored {
            hash: self.key.hash,
            size_bytes: u64::try_from(self.size_bytes).unwrap_or_default(),
        }
    }
}

/// A 32-byte column.
pub(crate) fn hash_of(row: &PgRow, column: &'static str) -> Result<DocumentHash, sqlx::Error> {
    let bytes: Vec<u8> = row.try_get(column)?;
    Ok(DocumentHash(bytes.try_into().map_err(|_| bad_column(column))?))
}

fn bad_column(column: &'static str) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: "wrong length".into() }
}

/// One document of the transaction's tenant.
pub(crate) async fn load(
    tx: &mut TenantTx,
    key: DocumentKey,
) -> Result<Option<DocumentRow>, sqlx::Error> {
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} WHERE d.connection_id = $1 AND d.hash = $2"
    )))
    .bind(key.connection.0)
    .bind(key.hash.0.as_slice())
    .fetch_optional(tx.conn())
    .await?
    .map(|row| DocumentRow::read(&row))
    .transpose()
}

/// What a document came to.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Totals {
    pub(crate) records: u64,
    pub(crate) duplicates: u64,
    pub(crate) rejects: u64,
    pub(crate) warnings: u64,
}

/// How a document's processing ended.
#[derive(Debug)]
pub(crate) enum End {
    /// Understood, at least in part.
    Done,
    /// Nothing in it was understood; sending the same bytes again will not help.
    Rejected { code: String, text: String },
    /// It will be tried again after this many seconds.
    Retry { class: Class, code: String, text: String, chain: String, after_s: f64 },
    /// Waits for an operator, with its bytes.
    Quarantined { class: Class, code: String, text: String, chain: String },
    /// The hub stops: it is taken up again from its beginning at the next start, and this attempt did not count.
    LetGo,
}

/// Writes a document's end and its steps.
pub(crate) async fn end(
    tx: &mut TenantTx,
    row: &DocumentRow,
    totals: Totals,
    steps: &[Step],
    end: &End,
) -> Result<(), sqlx::Error> {
    let (status, class, code, text, chain, after_s) = match end {
        End::Done => ("done", None, None, None, None, 0.0),
        End::Rejected { code, text } => {
            ("rejected", Some(Class::Permanent), Some(code), Some(text), None, 0.0)
        }
        End::Retry { class, code, text, chain, after_s } => {
            ("received", Some(*class), Some(code), Some(text), Some(chain), *after_s)
        }
        End::Quarantined { class, code, text, chain } => {
            ("quarantined", Some(*class), Some(code), Some(text), Some(chain), 0.0)
        }
        End::LetGo => ("received", None, None, None, None, 0.0),
    };
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    sqlx::query(
        "UPDATE hub.documents SET status = $3, failure_class = $4, failure_code = $5, failure_text = $6,
           failure_chain = $7, next_at = now() + make_interval(secs => $8), lease_owner = NULL, lease_until = NULL,
           records = $9, duplicates = $10, rejects = $11, warnings = $12, attempts = attempts - $13,
           finished_at = CASE WHEN $3 = 'received' THEN NULL ELSE now() END
         WHERE connection_id = $1 AND hash = $2",
    )
    .bind(row.key.connection.0)
    .bind(row.key.hash.0.as_slice())
    .bind(status)
    .bind(class.map(Class::as_str))
    .bind(code)
    .bind(text)
    .bind(chain)
    .bind(after_s)
    .bind(count(totals.records))
    .bind(count(totals.duplicates))
    .bind(count(totals.rejects))
    .bind(count(totals.warnings))
    .bind(i32::from(matches!(end, End::LetGo)))
    .execute(tx.conn())
    .await?;
    write_steps(tx, row, steps).await
}

async fn write_steps(
    tx: &mut TenantTx,
    row: &DocumentRow,
    steps: &[Step],
) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO hub.document_steps (tenant_id, connection_id, hash, attempt, step, started_at, duration_us, detail)
         SELECT $1, $2, $3, $4, s.step, to_timestamp(s.started_ms / 1000.0), s.duration_us, s.detail
           FROM unnest($5::text[], $6::float8[], $7::bigint[], $8::text[]) AS s(step, started_ms, duration_us, detail)",
    )
    .bind(tenant.0)
    .bind(row.key.connection.0)
    .bind(row.key.hash.0.as_slice())
    .bind(row.attempts)
    .bind(steps.iter().map(|step| step.name).collect::<Vec<_>>())
    .bind(steps.iter().map(Step::started_ms).collect::<Vec<f64>>())
    .bind(steps.iter().map(Step::duration_us).collect::<Vec<i64>>())
    .bind(steps.iter().map(|step| step.detail.clone()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Removes what an earlier, unfinished attempt wrote. Its events stay in the log: their ids make them the same events.
pub(crate) async fn clear(tx: &mut TenantTx, key: DocumentKey) -> Result<(), sqlx::Error> {
    for table in ["document_records", "document_rejects", "document_verdicts"] {
        let statement = format!("DELETE FROM hub.{table} WHERE connection_id = $1 AND hash = $2");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(key.connection.0)
            .bind(key.hash.0.as_slice())
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}
