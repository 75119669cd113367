//! One suite for every state store.

use caravan_hub_capabilities::{MemoryState, PostgresState, StateStore};
use caravan_hub_sandbox::StateError;
use caravan_model::{ConnectionId, TenantId};
use caravan_tenancy::{Database, TenantTx};
use uuid::Uuid;

async fn conforms(store: &dyn StateStore) {
    assert_eq!(store.get("a").await, Ok(None));
    assert_eq!(store.put("a", vec![1], Some(3)).await, Err(StateError::Conflict(0)));
    assert_eq!(store.put("a", vec![1], Some(0)).await, Ok(1));
    assert_eq!(store.put("a", vec![2], Some(0)).await, Err(StateError::Conflict(1)));
    assert_eq!(store.put("a", vec![2], Some(1)).await, Ok(2));
    assert_eq!(store.put("a", vec![3], None).await, Ok(3));
    let item = store.get("a").await.unwrap().unwrap();
    assert_eq!((item.value, item.version), (vec![3], 3));
    assert_eq!(store.delete("a").await, Ok(()));
    assert_eq!(store.delete("a").await, Ok(()));
    assert_eq!(store.get("a").await, Ok(None));
    for key in 0..1_000 {
        store.put(&format!("k{key}"), Vec::new(), None).await.unwrap();
    }
    assert_eq!(store.put("one-more", Vec::new(), None).await, Err(StateError::TooLarge));
    assert_eq!(store.put("one-more", Vec::new(), Some(0)).await, Err(StateError::TooLarge));
    assert_eq!(store.put("k0", vec![1], None).await, Ok(2));
}

#[tokio::test]
async fn the_memory_store_conforms() {
    conforms(&MemoryState::default()).await;
}

#[tokio::test]
async fn the_postgres_store_conforms_and_keeps_connections_apart() {
    let server = caravan_cluster::testing::database().await.unwrap();
    let database = Database::connect(&server.owner_url(), 2).await.unwrap();
    let tenant = TenantId(Uuid::new_v4());
    let mut tx = TenantTx::begin(&database, tenant).await.unwrap();
    // The table as hub/registry's migration makes it, without its policies, which registry's own tests cover.
    sqlx::raw_sql(
        "CREATE SCHEMA hub;
         CREATE TABLE hub.connection_state (
             tenant_id uuid NOT NULL, connection_id uuid NOT NULL, key text NOT NULL,
             value bytea NOT NULL, version bigint NOT NULL,
             PRIMARY KEY (tenant_id, connection_id, key))",
    )
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let store = PostgresState::new(database.clone(), tenant, ConnectionId(Uuid::new_v4()));
    conforms(&store).await;
    let other = PostgresState::new(database, tenant, ConnectionId(Uuid::new_v4()));
    assert_eq!(other.get("k0").await, Ok(None));
}
