//! API keys: made once, shown once, stored as a keyed hash, found by their public part.
//!
//! Form: `crv_live_<8 characters>_<43 characters>`; the last part is 32 random bytes in base62 digits' alphabet.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use caravan_model::TenantId;
use caravan_tenancy::{Database, Schema, SystemTx, TenantTx};
use hmac::{Hmac, Mac as _};
use rand::Rng as _;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::Sha256;
use sqlx::Row as _;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Schema `gateway`: the API keys.
pub const SCHEMA: Schema =
    Schema { name: "gateway", migrator: &MIGRATOR, login_role: "caravan_gateway" };

const PREFIX: &str = "crv_live_";
const ID_LEN: usize = 8;
const SECRET_LEN: usize = 43;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// How long a looked-up key is believed; a revocation takes effect within it.
const BELIEVED: Duration = Duration::from_secs(5);
/// Most keys remembered.
const REMEMBERED_MAX: usize = 10_000;

/// Why a key could not be made, found or revoked.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database failed.
    #[error("the API keys cannot be reached")]
    Tenancy(#[from] caravan_tenancy::Error),
    /// The database failed.
    #[error("the API keys cannot be read or written")]
    Sql(#[from] sqlx::Error),
}

/// What a valid key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Tenant.
    pub tenant: TenantId,
    /// The key's public part.
    pub key_id: String,
    /// What it may do.
    pub scopes: Vec<String>,
}

/// Makes, finds and revokes API keys.
#[derive(Clone)]
pub struct Keys {
    database: Database,
    pepper: Arc<SecretBox<[u8; 32]>>,
    remembered: Arc<Mutex<Remembered>>,
}

/// What was looked up lately, by public part.
type Remembered = HashMap<String, (Instant, Vec<Row>)>;

#[derive(Clone)]
struct Row {
    holder: Holder,
    digest: Vec<u8>,
}

impl core::fmt::Debug for Keys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// Keys in `database` (role `caravan_gateway`), hashed under `pepper`.
    #[must_use]
    pub fn new(database: Database, pepper: SecretBox<[u8; 32]>) -> Self {
        Self { database, pepper: Arc::new(pepper), remembered: Arc::default() }
    }

    /// Makes a key; this is the only time that it can be seen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create(
        &self,
        tenant: TenantId,
        name: &str,
        scopes: &[&str],
        valid_for: Option<Duration>,
    ) -> Result<SecretString, KeyError> {
        let text = format!("{PREFIX}{}_{}", random(ID_LEN), random(SECRET_LEN));
        self.import(tenant, name, scopes, valid_for, &SecretString::from(text.clone())).await?;
        Ok(SecretString::from(text))
    }

    /// Makes a given key valid, or brings it to the given scopes: for the demo, whose key outlives restarts.
    ///
    /// # Errors
    /// When the database fails. A text that is not of a key's form is stored but never found.
    pub async fn import(
        &self,
        tenant: TenantId,
        name: &str,
        scopes: &[&str],
        valid_for: Option<Duration>,
        key: &SecretString,
    ) -> Result<(), KeyError> {
        let key_id = key_id(key.expose_secret()).unwrap_or_default().to_owned();
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        sqlx::query(
            "INSERT INTO gateway.api_keys (tenant_id, key_id, name, digest, scopes, expires_at)
             VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
             ON CONFLICT (tenant_id, key_id) DO UPDATE SET scopes = excluded.scopes, expires_at = excluded.expires_at",
        )
        .bind(tenant.0)
        .bind(key_id)
        .bind(name)
        .bind(self.digest(key.expose_secret()))
        .bind(scopes)
        .bind(valid_for.map(|valid| valid.as_secs_f64()))
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Revokes a key by its public part; says whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke(&self, tenant: TenantId, key_id: &str) -> Result<bool, KeyError> {
        let mut tx = TenantTx::begin(&self.database, tenant).await?;
        let revoked = sqlx::query("UPDATE gateway.api_keys SET revoked_at = now() WHERE key_id = $1 AND revoked_at IS NULL")
            .bind(key_id)
            .execute(tx.conn())
            .await?
            .rows_affected();
        tx.commit().await?;
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).remove(key_id);
        Ok(revoked > 0)
    }

    /// Whose key this is; none for a wrong, unknown, expired or revoked one, which all look alike from outside.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&self, presented: &str) -> Result<Option<Holder>, KeyError> {
        let Some(key_id) = key_id(presented) else { return Ok(None) };
        let rows = match self.remembered(key_id) {
            Some(rows) => rows,
            None => self.load(key_id).await?,
        };
        Ok(rows.into_iter().find(|row| self.matches(presented, &row.digest)).map(|row| row.holder))
    }

    fn remembered(&self, key_id: &str) -> Option<Vec<Row>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, rows) = remembered.get(key_id)?;
        (since.elapsed() < BELIEVED).then(|| rows.clone())
    }

    /// The valid keys with this public part: one, or none.
    async fn load(&self, key_id: &str) -> Result<Vec<Row>, KeyError> {
        let mut tx = SystemTx::begin(&self.database).await?;
        let rows = sqlx::query(
            "SELECT tenant_id, digest, scopes FROM gateway.api_keys
              WHERE key_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())",
        )
        .bind(key_id)
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        let rows = rows
            .iter()
            .map(|row| {
                let holder = Holder {
                    tenant: TenantId(row.try_get("tenant_id")?),
                    key_id: key_id.to_owned(),
                    scopes: row.try_get("scopes")?,
                };
                Ok(Row { holder, digest: row.try_get("digest")? })
            })
            .collect::<Result<Vec<_>, sqlx::Error>>()?;
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, (since, _)| since.elapsed() < BELIEVED);
        }
        if remembered.len() < REMEMBERED_MAX {
            remembered.insert(key_id.to_owned(), (Instant::now(), rows.clone()));
        }
        Ok(rows)
    }

    fn mac(&self, key: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.pepper.expose_secret()).ok()?;
        mac.update(key.as_bytes());
        Some(mac)
    }

    fn digest(&self, key: &str) -> Vec<u8> {
        self.mac(key).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
    }

    /// Compares in constant time.
    fn matches(&self, key: &str, digest: &[u8]) -> bool {
        self.mac(key).is_some_and(|mac| mac.verify_slice(digest).is_ok())
    }
}

/// The public part of a text that has a key's form.
fn key_id(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let in_alphabet = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (id.len() == ID_LEN && secret.len() == SECRET_LEN && in_alphabet(id) && in_alphabet(secret))
        .then_some(id)
}

fn random(len: usize) -> String {
    let mut rng = rand::rng();
    (0..len)
        .map(|_| ALPHABET.get(rng.random_range(0..ALPHABET.len())).copied().map_or('0', char::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_form() {
        let key = format!("{PREFIX}{}_{}", random(ID_LEN), random(SECRET_LEN));
        assert_eq!(key_id(&key).map(str::len), Some(ID_LEN));
        for bad in [
            "",
            "crv_live_",
            "crv_live_abcdefgh_short",
            &key.replace("live", "test"),
            &format!("{key}x"),
        ] {
            assert_eq!(key_id(bad), None, "{bad}");
        }
    }
}
