//! The acknowledgement, last of all: verdicts become a 997, a SYSTAT01 or a problem note in the party's outbox.

use bytes::Bytes;
use caravan_hub_registry::Resolved;
use caravan_hub_sandbox::{Call, CallError};
use caravan_model::{ConnectionId, DocumentHash, Outgoing, Span, TenantId, Verdict};
use caravan_tenancy::TenantTx;
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;

use crate::documents::{DocumentKey, DocumentRow};
use crate::intake::Intake;
use crate::object::{Body, ObjectError, Stored};

/// A message that was made and stored, not yet offered.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) outgoing: Outgoing,
    pub(crate) stored: Stored,
}

/// Why no acknowledgement was made.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The database failed.
    #[error("the verdicts cannot be read")]
    Sql(#[from] sqlx::Error),
    /// The database failed.
    #[error("the verdicts cannot be read")]
    Tenancy(#[from] caravan_tenancy::Error),
    /// The connector failed.
    #[error("the connector cannot write the acknowledgement")]
    Guest(#[from] CallError),
    /// It could not be stored.
    #[error("the acknowledgement cannot be stored")]
    Object(#[from] ObjectError),
}

/// Has the connector write the acknowledgement of a document whose verdicts are in the database.
pub(crate) async fn acknowledgement(
    intake: &Intake,
    resolved: &Resolved,
    row: &DocumentRow,
    call: Call,
) -> Result<Vec<Offer>, AnswerError> {
    let connector = &resolved.component.connector;
    if !connector.operations().documents {
        return Ok(Vec::new());
    }
    let mut tx = TenantTx::begin(&intake.inner.database, row.key.tenant).await?;
    let verdicts = load_verdicts(&mut tx, row.key).await?;
    if verdicts.is_empty() || !mark_answered(&mut tx, row.key, &verdicts).await? {
        tx.commit().await?;
        return Ok(Vec::new());
    }
    let control: i64 = sqlx::query_scalar(
        "UPDATE hub.connections SET next_control = next_control % 999999999 + 1 WHERE id = $1 RETURNING next_control",
    )
    .bind(row.key.connection.0)
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    let control = u32::try_from(control).unwrap_or(1);
    let written = connector.acknowledge(call, control, verdicts).await?;
    store(intake, written).await
}

/// Notes which verdicts are answered; false when the same ones were before and their answer is in the outbox.
async fn mark_answered(
    tx: &mut TenantTx,
    key: DocumentKey,
    verdicts: &[Verdict],
) -> Result<bool, sqlx::Error> {
    let mut hash = Sha256::new();
    for verdict in verdicts {
        let outcome = verdict.outcome.as_str();
        for text in
            [verdict.level.as_str(), &verdict.kind, &verdict.control, outcome, &verdict.detail]
        {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
    }
    let digest = hash.finalize();
    let known: bool = sqlx::query_scalar(
        "SELECT d.answered IS NOT DISTINCT FROM $3 AND EXISTS (
                  SELECT 1 FROM hub.outbox_files o
                   WHERE o.tenant_id = d.tenant_id AND o.connection_id = d.connection_id AND o.answers = d.hash)
           FROM hub.documents d WHERE d.connection_id = $1 AND d.hash = $2",
    )
    .bind(key.connection.0)
    .bind(key.hash.0.as_slice())
    .bind(digest.as_slice())
    .fetch_one(tx.conn())
    .await?;
    sqlx::query("UPDATE hub.documents SET answered = $3 WHERE connection_id = $1 AND hash = $2")
        .bind(key.connection.0)
        .bind(key.hash.0.as_slice())
        .bind(digest.as_slice())
        .execute(tx.conn())
        .await?;
    Ok(!known)
}

/// A note in plain text for a document that no dialect's acknowledgement can answer.
pub(crate) async fn problem_note(
    intake: &Intake,
    row: &DocumentRow,
    code: &str,
    text: &str,
) -> Result<Vec<Offer>, AnswerError> {
    let body = format!(
        "Caravan could not take this document.\n\nfile: {}\ndocument: {}\ncode: {code}\nproblem: {text}\n",
        row.name, row.id
    );
    let outgoing = Outgoing {
        kind: "text/problem".to_owned(),
        file_name: format!("{}.{}.problem.txt", row.name, row.id.get(..8).unwrap_or_default()),
        media_type: "text/plain; charset=utf-8".to_owned(),
        body: body.into_bytes(),
    };
    store(intake, vec![outgoing]).await
}

/// Stores messages that a connector wrote.
pub(crate) async fn store(
    intake: &Intake,
    written: Vec<Outgoing>,
) -> Result<Vec<Offer>, AnswerError> {
    let mut offers = Vec::with_capacity(written.len());
    for outgoing in written {
        let body = Body::Memory(Bytes::from(outgoing.body.clone()));
        let stored = intake.inner.objects.put(&body).await?;
        offers.push(Offer { outgoing, stored });
    }
    Ok(offers)
}

/// Puts the messages into the outbox, in the transaction that ends the document.
pub(crate) async fn offer(
    tx: &mut TenantTx,
    key: DocumentKey,
    offers: &[Offer],
) -> Result<(), sqlx::Error> {
    put(tx, (key.tenant, key.connection), Some(key.hash), offers).await
}

/// Puts messages into a connection's outbox, with the document that they answer.
pub(crate) async fn put(
    tx: &mut TenantTx,
    (tenant, connection): (TenantId, ConnectionId),
    answers: Option<DocumentHash>,
    offers: &[Offer],
) -> Result<(), sqlx::Error> {
    for Offer { outgoing, stored } in offers {
        sqlx::query(
            "INSERT INTO hub.outbox_files
               (tenant_id, connection_id, name, kind, media_type, hash, size_bytes, answers)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (tenant_id, connection_id, name) DO UPDATE
               SET hash = excluded.hash, size_bytes = excluded.size_bytes, collected_at = NULL",
        )
        .bind(tenant.0)
        .bind(connection.0)
        .bind(&outgoing.file_name)
        .bind(&outgoing.kind)
        .bind(&outgoing.media_type)
        .bind(stored.hash.0.as_slice())
        .bind(i64::try_from(stored.size_bytes).unwrap_or(i64::MAX))
        .bind(answers.map(|hash| hash.0.to_vec()))
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// A message in the outbox.
#[derive(Debug, Clone)]
pub(crate) struct OutboxFile {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) media_type: String,
    pub(crate) stored: Stored,
    pub(crate) created_ms: i64,
}

/// The messages that answer a document, or all that wait for the connection.
pub(crate) async fn outbox(
    tx: &mut TenantTx,
    key: (ConnectionId, Option<DocumentHash>),
) -> Result<Vec<OutboxFile>, sqlx::Error> {
    let (connection, answers) = key;
    let rows = sqlx::query(
        "SELECT name, kind, media_type, hash, size_bytes, (extract(epoch FROM created_at) * 1000)::bigint AS created_ms
           FROM hub.outbox_files
          WHERE connection_id = $1 AND CASE WHEN $2::bytea IS NULL THEN collected_at IS NULL ELSE answers = $2 END
          ORDER BY id",
    )
    .bind(connection.0)
    .bind(answers.map(|hash| hash.0.to_vec()))
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            let size_bytes: i64 = row.try_get("size_bytes")?;
            Ok(OutboxFile {
                name: row.try_get("name")?,
                kind: row.try_get("kind")?,
                media_type: row.try_get("media_type")?,
                stored: Stored {
                    hash: crate::documents::hash_of(row, "hash")?,
                    size_bytes: u64::try_from(size_bytes).unwrap_or_default(),
                },
                created_ms: row.try_get("created_ms")?,
            })
        })
        .collect()
}

async fn load_verdicts(tx: &mut TenantTx, key: DocumentKey) -> Result<Vec<Verdict>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT level, kind, control, outcome, note, detail, span_start, span_end FROM hub.document_verdicts
          WHERE connection_id = $1 AND hash = $2 ORDER BY position",
    )
    .bind(key.connection.0)
    .bind(key.hash.0.as_slice())
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            let text = |column: &str| row.try_get::<String, _>(column);
            let unknown = |error: caravan_model::UnknownText| sqlx::Error::Decode(Box::new(error));
            let bound = |column: &str| {
                row.try_get::<i64, _>(column).map(|at| u64::try_from(at).unwrap_or_default())
            };
            Ok(Verdict {
                level: text("level")?.parse().map_err(unknown)?,
                kind: text("kind")?,
                control: text("control")?,
                outcome: text("outcome")?.parse().map_err(unknown)?,
                note: row.try_get("note")?,
                detail: text("detail")?,
                source: Span { document: 0, start: bound("span_start")?, end: bound("span_end")? },
            })
        })
        .collect()
}
