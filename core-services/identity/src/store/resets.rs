//! Tokens for a new password: one for each user at most.

use core::time::Duration;

use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use sqlx::Row as _;
use uuid::Uuid;

use crate::error::Error;

/// A token that holds now: whose it is, and who made it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) user: Uuid,
    pub(crate) email: String,
    /// The tenant whose owner made it; none for the operator's.
    pub(crate) made_in: Option<TenantId>,
}

/// Replaces a user's token; answers when it ends.
pub(crate) async fn put(
    tx: &mut SystemTx,
    user: Uuid,
    digest: &[u8; 32],
    made_in: Option<TenantId>,
    valid_for: Duration,
) -> Result<i64, Error> {
    Ok(sqlx::query_scalar(
        "INSERT INTO resets (user_id, digest, made_in, expires_at) VALUES ($1, $2, $3, now() + make_interval(secs => $4))
         ON CONFLICT (user_id) DO UPDATE
            SET digest = excluded.digest, made_in = excluded.made_in, expires_at = excluded.expires_at
         RETURNING (extract(epoch FROM expires_at) * 1000)::bigint",
    )
    .bind(user)
    .bind(digest.as_slice())
    .bind(made_in.map(|tenant| tenant.0))
    .bind(valid_for.as_secs_f64())
    .fetch_one(tx.conn())
    .await?)
}

/// The token of that hash. Its row is locked: a token opens once.
pub(crate) async fn find(tx: &mut SystemTx, digest: &[u8; 32]) -> Result<Option<Held>, Error> {
    let row = sqlx::query(
        "SELECT r.user_id, r.made_in, u.email FROM resets r JOIN users u ON u.user_id = r.user_id
          WHERE r.digest = $1 AND r.expires_at > now() AND u.status = 'active' FOR UPDATE OF r",
    )
    .bind(digest.as_slice())
    .fetch_optional(tx.conn())
    .await?;
    let held = |row: sqlx::postgres::PgRow| {
        let made_in: Option<Uuid> = row.try_get("made_in")?;
        Ok::<_, sqlx::Error>(Held {
            user: row.try_get("user_id")?,
            email: row.try_get("email")?,
            made_in: made_in.map(TenantId),
        })
    };
    Ok(row.map(held).transpose()?)
}
