//! Connections in a real PostgreSQL: tenants apart, secrets sealed, names unique.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end at the first surprise; helpers outside #[test] functions are tests too"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_cluster::testing::TestDatabase;
use caravan_hub_registry::{
    ConnectionStore, Environment, NewConnection, Paused, SCHEMA, StoreError, Vault,
};
use caravan_model::{ConnectionId, TenantId};
use caravan_tenancy::{Database, SystemTx, catalog, migrate};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

const OURS: TenantId = TenantId(Uuid::from_u128(1));
const THEIRS: TenantId = TenantId(Uuid::from_u128(2));

struct World {
    store: ConnectionStore,
    hub: Database,
    database: TestDatabase,
}

async fn world() -> World {
    let database = caravan_cluster::testing::database().await.unwrap();
    migrate(&database.owner_url(), &[SCHEMA]).await.unwrap();
    let hub = Database::connect(&database.url(SCHEMA.login_role), 4).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(&folder.path().join("vault")).unwrap();
    World { store: ConnectionStore::new(hub.clone(), Arc::new(vault)), hub, database }
}

fn connection(number: u128, user: &str) -> NewConnection {
    let fields = BTreeMap::from([("value".to_owned(), SecretString::from("s3cret"))]);
    NewConnection {
        id: ConnectionId(Uuid::from_u128(number)),
        party: "dhl".to_owned(),
        name: format!("connection {number}"),
        environment: Environment::Sandbox,
        endpoints: BTreeMap::from([("api".to_owned(), "http://127.0.0.1:1".to_owned())]),
        settings: json!({ "zone": "+05:30" }),
        secrets: BTreeMap::from([("key".to_owned(), fields)]),
        sftp: Some((user.to_owned(), vec!["ssh-ed25519 AAAA".to_owned()])),
        hook_token: Some(SecretString::from(format!("token {number}"))),
    }
}

#[tokio::test]
async fn the_schema_keeps_tenants_apart() {
    let world = world().await;
    let owner = Database::connect(&world.database.owner_url(), 1).await.unwrap();
    let mut tx = SystemTx::begin(&owner).await.unwrap();
    assert_eq!(catalog::violations(tx.conn()).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_connection_comes_back_as_it_was_put_and_only_to_its_tenant() {
    let world = world().await;
    let new = connection(7, "carrier");
    world.store.put(OURS, &new).await.unwrap();
    world.store.put(OURS, &new).await.unwrap();

    let listed = world.store.list(OURS).await.unwrap();
    assert_eq!(listed.len(), 1, "putting twice made two");
    assert_eq!((listed[0].party.as_str(), listed[0].environment), ("dhl", Environment::Sandbox));
    assert_eq!(listed[0].endpoints, new.endpoints);
    let secrets = world.store.secrets(OURS, new.id).await.unwrap();
    assert_eq!(secrets["key"]["value"].expose_secret(), "s3cret");

    assert!(world.store.get(THEIRS, new.id).await.unwrap().is_none());
    assert!(world.store.secrets(THEIRS, new.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_secret_is_not_readable_in_the_database() {
    let world = world().await;
    world.store.put(OURS, &connection(7, "carrier")).await.unwrap();
    let mut tx = caravan_tenancy::TenantTx::begin(&world.hub, OURS).await.unwrap();
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT sealed FROM hub.connection_secrets")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert!(!sealed.windows(6).any(|window| window == b"s3cret"));
}

#[tokio::test]
async fn a_door_is_found_before_its_tenant_is_known_and_its_name_is_taken_once() {
    let world = world().await;
    world.store.put(OURS, &connection(7, "carrier")).await.unwrap();
    let door = world.store.sftp_door("carrier").await.unwrap().unwrap();
    assert_eq!((door.tenant, door.connection.0), (OURS, Uuid::from_u128(7)));
    let hook = world.store.hook_door(&SecretString::from("token 7")).await.unwrap().unwrap();
    assert_eq!(hook.tenant, OURS);
    assert!(world.store.sftp_door("nobody").await.unwrap().is_none());

    let taken = world.store.put(THEIRS, &connection(8, "carrier")).await.unwrap_err();
    assert!(matches!(taken, StoreError::NameTaken("sftp")), "{taken:?}");
    assert!(world.store.list(THEIRS).await.unwrap().is_empty(), "half a connection was made");
}

#[tokio::test]
async fn a_pause_stays_until_somebody_changes_the_connection() {
    let world = world().await;
    let new = connection(7, "carrier");
    world.store.put(OURS, &new).await.unwrap();
    let why = Paused { class: "auth".to_owned(), reason: "401".to_owned() };
    world.store.pause(OURS, new.id, &why).await.unwrap();
    assert_eq!(world.store.get(OURS, new.id).await.unwrap().unwrap().paused, Some(why));
    world.store.put(OURS, &new).await.unwrap();
    assert_eq!(world.store.get(OURS, new.id).await.unwrap().unwrap().paused, None);
}
