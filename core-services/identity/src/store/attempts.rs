//! Failed logins in a row, by account and by address.

use core::time::Duration;

use caravan_tenancy::SystemTx;
use sqlx::Row as _;

use crate::error::Error;

/// What is counted: 32 bytes that stand for an account or an address.
pub(crate) type Key = [u8; 32];

/// Counts a try as a failure, before it is made: of many at once each is counted. Answers how many failed in a row, or for how
/// long nothing is tried. The row stays locked until the commit.
pub(crate) async fn count(tx: &mut SystemTx, key: &Key) -> Result<Result<u32, Duration>, Error> {
    // A day without a failure is a fresh start.
    let row = sqlx::query(
        "INSERT INTO attempts AS a (key, failures) VALUES ($1, 1)
         ON CONFLICT (key) DO UPDATE
            SET failures = CASE WHEN a.last_at < now() - interval '1 day' THEN 1 ELSE LEAST(a.failures, 1000000) + 1 END,
                last_at = now()
          WHERE a.blocked_until IS NULL OR a.blocked_until <= now()
         RETURNING failures",
    )
    .bind(key.as_slice())
    .fetch_optional(tx.conn())
    .await?;
    if let Some(row) = row {
        let failures: i32 = row.try_get("failures")?;
        return Ok(Ok(u32::try_from(failures).unwrap_or(u32::MAX)));
    }
    let left: i64 = sqlx::query_scalar(
        "SELECT GREATEST(ceil(extract(epoch FROM blocked_until - now())), 1)::bigint FROM attempts WHERE key = $1",
    )
    .bind(key.as_slice())
    .fetch_optional(tx.conn())
    .await?
    .unwrap_or(1);
    Ok(Err(Duration::from_secs(u64::try_from(left).unwrap_or(1))))
}

/// Tries nothing for `wait`.
pub(crate) async fn block(tx: &mut SystemTx, key: &Key, wait: Duration) -> Result<(), Error> {
    sqlx::query(
        "UPDATE attempts SET blocked_until = now() + make_interval(secs => $2) WHERE key = $1",
    )
    .bind(key.as_slice())
    .bind(wait.as_secs_f64())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes everything back: the account's owner is there.
pub(crate) async fn clear(tx: &mut SystemTx, key: &Key) -> Result<(), Error> {
    sqlx::query("DELETE FROM attempts WHERE key = $1")
        .bind(key.as_slice())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Takes one try back: it was no failure.
pub(crate) async fn take_back(tx: &mut SystemTx, key: &Key) -> Result<(), Error> {
    sqlx::query("UPDATE attempts SET failures = GREATEST(failures - 1, 0), blocked_until = NULL WHERE key = $1")
        .bind(key.as_slice())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Lets go what says nothing any more.
pub(crate) async fn clean(tx: &mut SystemTx) -> Result<(), Error> {
    sqlx::query("DELETE FROM attempts WHERE last_at < now() - interval '2 days'")
        .execute(tx.conn())
        .await?;
    Ok(())
}
