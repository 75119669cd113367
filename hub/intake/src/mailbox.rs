//! The SFTP door's four folders over documents and outbox.
//!
//! `inbox/` shows what is not finished, `processed/` and `rejected/` what is, `outbox/` what waits for the party.
//! A name shows its newest content; older content stays reachable by document id.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use caravan_fault::error_chain;
use caravan_hub_sandbox::Blob;
use caravan_hub_sftp::{
    Account, AccountId, Arrival as Upload, Entry, Folder, Mailbox, MailboxError, PublicKey,
    Readable, Refusal, TemporaryNames,
};
use caravan_model::{ConnectionId, TenantId, TraceId};
use caravan_tenancy::TenantTx;
use sqlx::Row as _;
use uuid::Uuid;

use crate::documents::{Door, hash_of};
use crate::intake::Intake;
use crate::object::{Body, Stored};
use crate::receive::Arrival;

/// Most entries of one listing.
const LISTING_MAX: i64 = 5_000;

/// The hub's side of the SFTP door.
#[derive(Debug, Clone)]
pub struct HubMailbox {
    intake: Intake,
}

impl HubMailbox {
    /// A mailbox over intake.
    #[must_use]
    pub fn new(intake: Intake) -> Self {
        Self { intake }
    }

    async fn find(
        &self,
        account: &AccountId,
        folder: Folder,
        name: Option<&str>,
    ) -> Result<Vec<(Entry, Stored)>, MailboxError> {
        let (tenant, connection) = owner(account)?;
        let unavailable = |error: sqlx::Error| MailboxError::Unavailable(Box::new(error));
        let mut tx = begin(&self.intake, tenant).await?;
        let statement = if folder == Folder::Outbox { OUTBOX } else { RECEIVED };
        let rows = sqlx::query(statement)
            .bind(connection.0)
            .bind(name)
            .bind(LISTING_MAX)
            .bind(statuses(folder))
            .fetch_all(tx.conn())
            .await
            .map_err(unavailable)?;
        rows.iter()
            .map(|row| {
                let size: i64 = row.try_get("size_bytes")?;
                let modified: i64 = row.try_get("modified")?;
                let size_bytes = u64::try_from(size).unwrap_or_default();
                let entry = Entry {
                    name: row.try_get("name")?,
                    size: size_bytes,
                    modified: u32::try_from(modified).unwrap_or(u32::MAX),
                };
                Ok((entry, Stored { hash: hash_of(row, "hash")?, size_bytes }))
            })
            .collect::<Result<_, sqlx::Error>>()
            .map_err(unavailable)
    }
}

/// The newest receipt of each name whose document has one of the statuses.
const RECEIVED: &str = "SELECT * FROM (
      SELECT DISTINCT ON (r.name) r.name, d.hash, d.size_bytes, d.status, extract(epoch FROM r.received_at)::bigint AS modified
        FROM hub.receipts r
        JOIN hub.documents d ON d.tenant_id = r.tenant_id AND d.connection_id = r.connection_id AND d.hash = r.hash
       WHERE r.connection_id = $1 AND r.door = 'sftp' AND ($2::text IS NULL OR r.name = $2)
       ORDER BY r.name, r.id DESC) newest
    WHERE status = ANY($4) ORDER BY modified DESC LIMIT $3";

const OUTBOX: &str = "SELECT name, hash, size_bytes, extract(epoch FROM created_at)::bigint AS modified
     FROM hub.outbox_files
    WHERE connection_id = $1 AND collected_at IS NULL AND ($2::text IS NULL OR name = $2) AND $4::text[] IS NOT NULL
    ORDER BY id DESC LIMIT $3";

fn statuses(folder: Folder) -> Vec<&'static str> {
    match folder {
        Folder::Inbox => vec!["received", "processing"],
        Folder::Processed => vec!["done"],
        Folder::Rejected => vec!["rejected", "quarantined"],
        Folder::Outbox => Vec::new(),
    }
}

#[async_trait]
impl Mailbox for HubMailbox {
    async fn account(&self, user: &str) -> Option<Account> {
        let door = match self.intake.registry().connections().sftp_door(user).await {
            Ok(door) => door?,
            Err(error) => {
                tracing::error!(error = error_chain(&error), "SFTP account cannot be looked up.");
                return None;
            }
        };
        let keys =
            door.public_keys.iter().filter_map(|key| PublicKey::from_openssh(key).ok()).collect();
        let id = AccountId::new(&format!("{}/{}", door.tenant, door.connection));
        Some(Account { id, keys, temporary: TemporaryNames::default() })
    }

    async fn list(&self, account: &AccountId, folder: Folder) -> Result<Vec<Entry>, MailboxError> {
        Ok(self.find(account, folder, None).await?.into_iter().map(|(entry, _)| entry).collect())
    }

    async fn entry(
        &self,
        account: &AccountId,
        folder: Folder,
        name: &str,
    ) -> Result<Entry, MailboxError> {
        let found = self.find(account, folder, Some(name)).await?;
        found.into_iter().next().map(|(entry, _)| entry).ok_or(MailboxError::NotFound)
    }

    async fn open(
        &self,
        account: &AccountId,
        folder: Folder,
        name: &str,
    ) -> Result<Arc<dyn Readable>, MailboxError> {
        let found = self.find(account, folder, Some(name)).await?;
        let (_, stored) = found.into_iter().next().ok_or(MailboxError::NotFound)?;
        Ok(Arc::new(StoredFile { blob: self.intake.inner.objects.blob(stored) }))
    }

    async fn received(&self, account: &AccountId, upload: Upload<'_>) -> Result<(), Refusal> {
        let (tenant, connection) =
            owner(account).map_err(|error| Refusal { message: error.to_string() })?;
        let arrival = Arrival {
            tenant,
            connection,
            door: Door::Sftp,
            name: upload.name.to_owned(),
            media_type: None,
            message: None,
            body: Body::File(upload.upload.path().to_path_buf()),
            trace: TraceId(*Uuid::new_v4().as_bytes()),
        };
        self.intake.receive(arrival).await.map(drop).map_err(|error| {
            tracing::error!(
                error = error_chain(&error),
                name = upload.name,
                "SFTP upload could not be made durable."
            );
            Refusal { message: "the file could not be stored, send it again later".to_owned() }
        })
    }

    async fn remove(
        &self,
        account: &AccountId,
        folder: Folder,
        name: &str,
    ) -> Result<(), MailboxError> {
        if folder != Folder::Outbox {
            return Err(MailboxError::Refused("only files in outbox can be removed".to_owned()));
        }
        let (tenant, connection) = owner(account)?;
        let mut tx = begin(&self.intake, tenant).await?;
        let removed = sqlx::query(
            "UPDATE hub.outbox_files SET collected_at = now()
              WHERE connection_id = $1 AND name = $2 AND collected_at IS NULL",
        )
        .bind(connection.0)
        .bind(name)
        .execute(tx.conn())
        .await
        .map_err(|error| MailboxError::Unavailable(Box::new(error)))?
        .rows_affected();
        tx.commit().await.map_err(|error| MailboxError::Unavailable(Box::new(error)))?;
        if removed == 0 { Err(MailboxError::NotFound) } else { Ok(()) }
    }
}

struct StoredFile {
    blob: Arc<dyn Blob>,
}

#[async_trait]
impl Readable for StoredFile {
    fn size(&self) -> u64 {
        self.blob.size()
    }

    async fn read_at(&self, offset: u64, len: usize) -> io::Result<Bytes> {
        self.blob.read(offset, u32::try_from(len).unwrap_or(u32::MAX)).await
    }
}

async fn begin(intake: &Intake, tenant: TenantId) -> Result<TenantTx, MailboxError> {
    TenantTx::begin(&intake.inner.database, tenant)
        .await
        .map_err(|error| MailboxError::Unavailable(Box::new(error)))
}

/// An account's id is `tenant/connection`.
fn owner(account: &AccountId) -> Result<(TenantId, ConnectionId), MailboxError> {
    let parts = account.as_str().split_once('/');
    let parsed = parts
        .and_then(|(tenant, connection)| Some((tenant.parse().ok()?, connection.parse().ok()?)));
    parsed.ok_or_else(|| MailboxError::Refused("the account is not set up".to_owned()))
}
