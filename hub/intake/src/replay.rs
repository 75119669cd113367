//! What came over HTTP, read once more from its stored bytes.
//!
//! A poll's reply: the connector asks as ever, and gets the kept reply instead of the party. A webhook's request: the connector
//! verifies and reads it as it came, at the time at which it came.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use caravan_hub_registry::Resolved;
use caravan_hub_sandbox::{
    Algorithm, CallError, CryptoError, Failure, HttpError, HttpRequest, HttpResponse, LogLine,
    Services, StateError, StateItem,
};
use caravan_model::{Batch, Reference};
use caravan_tenancy::TenantTx;
use sqlx::Row as _;
use sqlx::types::Json;

use crate::documents::{DocumentRow, Door};
use crate::intake::Intake;
use crate::live::by_document;
use crate::process::IntakeError;
use crate::request::{KeptRequest, Secrets};
use crate::services::ServiceError;

/// The services of a connection, but the first request gets the kept reply, and nothing that the connector keeps is changed.
struct Kept {
    inner: Arc<dyn Services>,
    reply: Mutex<Option<Bytes>>,
}

impl Intake {
    /// What the connector makes now of a document that came over HTTP.
    ///
    /// # Errors
    /// When it still makes nothing of it.
    pub(crate) async fn reread(
        &self,
        row: &DocumentRow,
        resolved: &Resolved,
        dry_run: bool,
    ) -> Result<Batch, IntakeError> {
        if row.door == Door::Webhook.as_str() {
            self.reread_request(row, resolved, dry_run).await
        } else {
            self.reread_reply(row, resolved, dry_run).await
        }
    }

    async fn reread_request(
        &self,
        row: &DocumentRow,
        resolved: &Resolved,
        dry_run: bool,
    ) -> Result<Batch, IntakeError> {
        let request = self.kept_request(row).await?;
        let bytes = self.inner.objects.get(row.key.hash).await.map_err(IntakeError::Object)?;
        let secrets = self.secrets(resolved).await?;
        let request = request.with(bytes.to_vec(), &secrets);
        let mut call = self.call(resolved, None, row.trace, dry_run, Arc::default()).await?;
        // Signatures carry a time, and were fresh when they came.
        call.context.now_ms = row.received_ms;
        let delivery = resolved.component.connector.receive(call, request).await?;
        Ok(by_document(delivery.batch, 1).into_iter().next().unwrap_or_default())
    }

    /// The secrets of the connection.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub(crate) async fn secrets(&self, resolved: &Resolved) -> Result<Secrets, IntakeError> {
        let connection = &resolved.connection;
        let connections = self.inner.registry.connections();
        let secrets = connections.secrets(connection.tenant, connection.id).await;
        Ok(secrets.map_err(ServiceError::from)?)
    }

    async fn kept_request(&self, row: &DocumentRow) -> Result<KeptRequest, IntakeError> {
        let mut tx = TenantTx::begin(&self.inner.database, row.key.tenant).await?;
        let kept: Option<Json<KeptRequest>> = sqlx::query_scalar(
            "SELECT request FROM hub.documents WHERE connection_id = $1 AND hash = $2",
        )
        .bind(row.key.connection.0)
        .bind(row.key.hash.0.as_slice())
        .fetch_one(tx.conn())
        .await?;
        tx.commit().await?;
        kept.map(|Json(request)| request).ok_or(IntakeError::NoRequest)
    }

    /// What the connector makes of a stored reply now.
    async fn reread_reply(
        &self,
        row: &DocumentRow,
        resolved: &Resolved,
        dry_run: bool,
    ) -> Result<Batch, IntakeError> {
        let references = self.references(row).await?;
        let bytes = self.inner.objects.get(row.key.hash).await.map_err(IntakeError::Object)?;
        let mut call = self.call(resolved, None, row.trace, dry_run, Arc::default()).await?;
        call.services =
            Arc::new(Kept { inner: Arc::clone(&call.services), reply: Mutex::new(Some(bytes)) });
        let answers = resolved.component.connector.track(call, references).await?;
        let mut together = Batch::default();
        let (mut read, mut failed) = (false, None);
        for answer in answers {
            match answer {
                Ok(batch) => {
                    read = true;
                    together.records.extend(batch.records);
                    together.rejects.extend(batch.rejects);
                }
                // That it cannot be read says more than that a number is not in it.
                Err(failure) if failed.is_none() || matches!(failure, Failure::Unreadable(_)) => {
                    failed = Some(failure);
                }
                Err(_) => {}
            }
        }
        match failed {
            Some(failure) if !read => Err(IntakeError::Guest(CallError::Failed(failure))),
            // The kept reply is the call's first and only one.
            _ => Ok(by_document(together, 2).into_iter().nth(1).unwrap_or_default()),
        }
    }

    /// The references that a reply was the answer to: its name lists them, the schedule knows their kinds.
    async fn references(&self, row: &DocumentRow) -> Result<Vec<Reference>, IntakeError> {
        let numbers: Vec<String> = row.name.split(',').map(str::to_owned).collect();
        let mut tx = TenantTx::begin(&self.inner.database, row.key.tenant).await?;
        let known = sqlx::query(
            "SELECT reference_kind, reference FROM hub.polls WHERE connection_id = $1 AND reference = ANY($2)
              ORDER BY reference_kind, reference",
        )
        .bind(row.key.connection.0)
        .bind(&numbers)
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        let known = known
            .iter()
            .map(|row| Ok((row.try_get("reference_kind")?, row.try_get("reference")?)))
            .collect::<Result<Vec<(String, String)>, sqlx::Error>>()?;
        let references = numbers.into_iter().map(|number| {
            let kind = known.iter().find(|(_, one)| *one == number).map(|(kind, _)| kind.as_str());
            Reference::new(kind.unwrap_or("tracking"), number)
        });
        Ok(references.collect())
    }
}

#[async_trait]
impl Services for Kept {
    async fn http(&self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        let reply = self.reply.lock().unwrap_or_else(PoisonError::into_inner).take();
        let body = reply.ok_or_else(|| {
            let what = "a replay has one reply, and the connector asked again".to_owned();
            HttpError::Other("replay".to_owned(), what)
        })?;
        let headers = Vec::new();
        Ok(HttpResponse { status: 200, headers, body: body.to_vec(), document: 1, attempts: 0 })
    }

    async fn state_get(&self, key: String) -> Result<Option<StateItem>, StateError> {
        self.inner.state_get(key).await
    }

    async fn state_put(
        &self,
        _: String,
        _: Vec<u8>,
        if_version: Option<u64>,
    ) -> Result<u64, StateError> {
        Ok(if_version.unwrap_or_default().saturating_add(1))
    }

    async fn state_delete(&self, _: String) -> Result<(), StateError> {
        Ok(())
    }

    async fn hmac_verify(
        &self,
        slot: String,
        algorithm: Algorithm,
        data: Vec<u8>,
        signature: Vec<u8>,
    ) -> Result<bool, CryptoError> {
        self.inner.hmac_verify(slot, algorithm, data, signature).await
    }

    async fn hmac_sign(
        &self,
        slot: String,
        algorithm: Algorithm,
        data: Vec<u8>,
    ) -> Result<Vec<u8>, CryptoError> {
        self.inner.hmac_sign(slot, algorithm, data).await
    }

    async fn secret_equals(&self, slot: String, presented: Vec<u8>) -> Result<bool, CryptoError> {
        self.inner.secret_equals(slot, presented).await
    }

    fn log(&self, line: LogLine) {
        self.inner.log(line);
    }
}
