//! The Postgres log: the conformance suite, the planted bug that must fail it, retention, tailing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod bare_cursor;
mod conformance;
mod postgres;

use core::time::Duration;
use std::sync::Arc;

use caravan_cluster::testing::{self, TestDatabase};
use caravan_event_log::conformance::World;
use caravan_event_log::{EventLog, PostgresLog, SCHEMA};
use caravan_tenancy::{Database, migrate};

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
}

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
}
