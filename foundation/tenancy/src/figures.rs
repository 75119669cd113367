//! What an operator asks of the database: how full it is, and how the connections are used. No row of anybody's is read.

use crate::{Database, Error};

/// How a pool is used at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// Connections that are open, idle ones among them.
    pub open: u32,
    /// Those that nobody has.
    pub idle: u32,
    /// The most that it may open.
    pub most: u32,
}

/// How the server is used at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerUse {
    /// Size of our database on the disk, in bytes.
    pub bytes: u64,
    /// Connections to all databases of the server.
    pub connections: u32,
    /// The most that it takes.
    pub connections_max: u32,
}

impl Database {
    /// How this pool is used.
    #[must_use]
    pub fn pool_use(&self) -> PoolUse {
        let pool = self.pool();
        PoolUse {
            open: pool.size(),
            idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX),
            most: pool.options().get_max_connections(),
        }
    }

    /// How the server is used.
    ///
    /// # Errors
    /// [`Error::Statement`] when it does not answer.
    pub async fn server_use(&self) -> Result<ServerUse, Error> {
        let (bytes, connections, most): (i64, i64, i32) = sqlx::query_as(
            "SELECT pg_database_size(current_database()), (SELECT sum(numbackends) FROM pg_stat_database)::bigint,
                    current_setting('max_connections')::int",
        )
        .fetch_one(self.pool())
        .await?;
        Ok(ServerUse {
            bytes: u64::try_from(bytes).unwrap_or_default(),
            connections: u32::try_from(connections).unwrap_or_default(),
            connections_max: u32::try_from(most).unwrap_or_default(),
        })
    }
}
