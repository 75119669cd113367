//! The trail over a real PostgreSQL: who may write, what a chain shows, and every way of bending one.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod tampering;
mod writing;

use caravan_audit::{Entry, Recorded, SCHEMA, Verification, page, record, verify};
use caravan_cluster::testing::{self, TestDatabase};
use caravan_model::TenantId;
use caravan_tenancy::{Database, Schema, TenantTx, migrate};
use serde_json::json;
use uuid::Uuid;

static NO_TABLES: sqlx::migrate::Migrator = sqlx::migrate!("tests/it/migrations");
/// A service as any other: it may record and nothing else.
const SERVICE: Schema = Schema { name: "mover", migrator: &NO_TABLES, login_role: "caravan_mover" };

const A: TenantId = TenantId(Uuid::from_u128(0xA));
const B: TenantId = TenantId(Uuid::from_u128(0xB));

struct World {
    raw: TestDatabase,
    /// As a service.
    service: Database,
    /// As the reader.
    reader: Database,
}

impl World {
    async fn new() -> Self {
        let raw = testing::database().await.unwrap();
        migrate(&raw.owner_url(), &[SCHEMA, SERVICE]).await.unwrap();
        let service = Database::connect(&raw.url(SERVICE.login_role), 8).await.unwrap();
        let reader = Database::connect(&raw.url(SCHEMA.login_role), 2).await.unwrap();
        Self { raw, service, reader }
    }

    /// Records `count` entries, one transaction each.
    async fn write(&self, tenant: TenantId, count: usize) {
        for number in 1..=count {
            let mut tx = TenantTx::begin(&self.service, tenant).await.unwrap();
            record(&mut tx, &entry(&format!("order/{number}"))).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    async fn verify(&self, tenant: TenantId) -> Verification {
        let mut tx = TenantTx::begin(&self.reader, tenant).await.unwrap();
        verify(&mut tx, None).await.unwrap()
    }

    async fn page(&self, tenant: TenantId) -> Vec<Recorded> {
        let mut tx = TenantTx::begin(&self.reader, tenant).await.unwrap();
        page(&mut tx, None, None, 1_000).await.unwrap()
    }
}

fn entry(subject: &str) -> Entry<'_> {
    Entry {
        actor: "user/ада",
        action: "order.approved",
        subject,
        detail: json!({ "version": 4, "reason": "näher", "lines": [1, 2] }),
    }
}
