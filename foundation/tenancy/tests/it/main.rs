//! The walls for real: one schema of the usual shape, two tenants, and everything that must not pass.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod catalogue;
mod pool;
mod random;
mod tenants;

use caravan_cluster::testing::{self, TestDatabase};
use caravan_model::TenantId;
use caravan_tenancy::{Database, Schema, TenantTx, migrate};
use uuid::Uuid;

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("tests/it/migrations");
const SCHEMA: Schema = Schema { name: "walls", migrator: &MIGRATOR, login_role: "caravan_walls" };

const A: TenantId = TenantId(Uuid::from_u128(0xA));
const B: TenantId = TenantId(Uuid::from_u128(0xB));

/// A migrated database with one shipment of each tenant, labelled by its tenant's id.
struct World {
    raw: TestDatabase,
    database: Database,
}

impl World {
    async fn new(connections: u32) -> Self {
        let raw = testing::database().await.unwrap();
        migrate(&raw.owner_url(), &[SCHEMA]).await.unwrap();
        let database = Database::connect(&raw.url("caravan_walls"), connections).await.unwrap();
        for tenant in [A, B] {
            let mut tx = TenantTx::begin(&database, tenant).await.unwrap();
            sqlx::query("INSERT INTO shipment VALUES ($1, $2, $3)")
                .bind(tenant.0)
                .bind(Uuid::from_u128(1))
                .bind(tenant.to_string())
                .execute(tx.conn())
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        Self { raw, database }
    }
}

async fn labels(tx: &mut TenantTx) -> Vec<String> {
    sqlx::query_scalar("SELECT label FROM shipment").fetch_all(tx.conn()).await.unwrap()
}
