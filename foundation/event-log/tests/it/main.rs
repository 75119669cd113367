//! Both logs: the conformance suite, the planted bugs that must fail it, and what each promises beyond it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod bare_cursor;
mod conformance;
mod eager;
mod forgetful;
mod groups;
mod kafka;
mod kafka_world;
mod postgres;
mod spans;

use core::time::Duration;
use std::sync::Arc;

use async_trait::async_trait;
use caravan_cluster::testing::{self, TestDatabase};
use caravan_event_log::conformance::{Failure, World};
use caravan_event_log::{EventLog, PostgresLog, SCHEMA};
use caravan_tenancy::{Database, SystemTx, migrate};

/// A database of its own with the log and the suite's schema.
struct Postgres {
    raw: TestDatabase,
    reader: Database,
    log: Arc<dyn EventLog>,
    database: Database,
    patience: Duration,
}

impl Postgres {
    async fn new() -> Self {
        let raw = testing::database().await.unwrap();
        let schemas = [SCHEMA, caravan_event_log::conformance::SCHEMA];
        migrate(&raw.owner_url(), &schemas).await.unwrap();
        let reader = Database::connect(&raw.url("caravan_relay"), 3).await.unwrap();
        let database = Database::connect(&raw.url("caravan_conformance"), 10).await.unwrap();
        let log = Arc::new(PostgresLog::new(reader.clone()));
        Self { raw, reader, log, database, patience: Duration::from_secs(30) }
    }

    /// One that nobody else uses: so is every one.
    async fn breakable() -> Self {
        Self::new().await
    }
}

#[async_trait]
impl World for Postgres {
    fn log(&self) -> Arc<dyn EventLog> {
        Arc::clone(&self.log)
    }
    fn database(&self) -> &Database {
        &self.database
    }
    fn patience(&self) -> Duration {
        self.patience
    }
    /// Every connection of the log's readers is cut, and with them their shares of the partitions.
    async fn disturb(&self) -> Result<(), Failure> {
        let url = self.raw.superuser_url();
        let superuser = Database::connect(&url, 1).await.map_err(Failure::trouble)?;
        let mut tx = SystemTx::begin(&superuser).await.map_err(Failure::trouble)?;
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND usename = 'caravan_relay'",
        )
        .execute(tx.conn())
        .await
        .map(drop)
        .map_err(Failure::trouble)
    }
}
