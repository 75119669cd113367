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
    Change, ConnectionStore, Environment, HookChange, NewConnection, Paused, SCHEMA, StoreError,
    Vault, account_is_free,
};
use caravan_model::{ConnectionId, TenantId};
use caravan_tenancy::{Database, SystemTx, TenantTx, catalog, migrate};
use caravan_vault::Resealed;
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
    let schemas = [caravan_event_log::SCHEMA, caravan_web::SCHEMA, SCHEMA];
    migrate(&database.owner_url(), &schemas).await.unwrap();
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
    let mut tx = TenantTx::begin(&world.hub, OURS).await.unwrap();
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT sealed FROM hub.connection_secrets")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert!(!sealed.windows(6).any(|window| window == b"s3cret"));
}

#[tokio::test]
async fn secrets_are_sealed_anew_under_another_key_and_open_without_the_one_before() {
    let world = world().await;
    let store = |vault: Vault| ConnectionStore::new(world.hub.clone(), Arc::new(vault));
    let before = store(Vault::of_key(&[1; 32]).unwrap());
    let between = store(Vault::of_key(&[2; 32]).unwrap().also_opening(&[1; 32]).unwrap());
    let after = store(Vault::of_key(&[2; 32]).unwrap());
    let (ours, theirs) = (connection(7, "carrier"), connection(8, "other"));
    before.put(OURS, &ours).await.unwrap();
    before.put(THEIRS, &theirs).await.unwrap();

    let count = |anew, already, unreadable| Resealed { anew, already, unreadable };
    assert_eq!(between.reseal(OURS).await.unwrap(), count(1, 0, 0));
    assert_eq!(between.reseal(OURS).await.unwrap(), count(0, 1, 0));
    let secrets = after.secrets(OURS, ours.id).await.unwrap();
    assert_eq!(secrets["key"]["value"].expose_secret(), "s3cret");

    assert_eq!(after.reseal(THEIRS).await.unwrap(), count(0, 0, 1), "another tenant's was touched");
    let secrets = before.secrets(THEIRS, theirs.id).await.unwrap();
    assert_eq!(secrets["key"]["value"].expose_secret(), "s3cret", "what does not open was lost");
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
    world.store.pause(OURS, (new.id, 1), &why).await.unwrap();
    assert_eq!(world.store.get(OURS, new.id).await.unwrap().unwrap().paused, Some(why.clone()));
    world.store.put(OURS, &new).await.unwrap();
    let now = world.store.get(OURS, new.id).await.unwrap().unwrap();
    assert_eq!((now.paused, now.version), (None, 2));
    // A call that was under way with the old secret fails after the change.
    world.store.pause(OURS, (new.id, 1), &why).await.unwrap();
    assert_eq!(world.store.get(OURS, new.id).await.unwrap().unwrap().paused, None);
}

fn change(name: &str) -> Change {
    Change {
        name: name.to_owned(),
        environment: Environment::Sandbox,
        endpoints: BTreeMap::new(),
        settings: json!({}),
        secrets: BTreeMap::new(),
        sftp: None,
        hook: HookChange::Keep,
    }
}

const SEVEN: ConnectionId = ConnectionId(Uuid::from_u128(7));

#[tokio::test]
async fn a_connection_is_made_once_and_changed_by_version() {
    let world = world().await;
    let mut tx = TenantTx::begin(&world.hub, OURS).await.unwrap();
    world.store.create(&mut tx, &connection(7, "carrier"), Some(true)).await.unwrap();
    let made = world.store.one(&mut tx, SEVEN, true).await.unwrap().unwrap();
    assert_eq!((made.connection.version, made.tested.map(|tested| tested.ok)), (1, Some(true)));
    assert_eq!(made.secrets.len(), 1);
    assert_eq!((made.secrets[0].slot.as_str(), made.secrets[0].field.as_str()), ("key", "value"));
    assert_eq!(made.sftp.as_ref().unwrap().0, "carrier");
    assert!(made.hook_ms.is_some());
    assert!(!format!("{made:?}").contains("s3cret"));

    // Another user, another address; the secret that is not named stays.
    let sftp = Some(("carrier-2".to_owned(), vec!["ssh-ed25519 BBBB".to_owned()]));
    let hook = HookChange::New(SecretString::from("another token"));
    let changed = Change { sftp, hook, ..change("renamed") };
    world.store.change(&mut tx, SEVEN, &changed, None).await.unwrap();
    let now = world.store.one(&mut tx, SEVEN, false).await.unwrap().unwrap();
    assert_eq!((now.connection.version, now.tested, now.secrets.len()), (2, None, 1));
    assert_eq!(now.sftp.unwrap().0, "carrier-2");
    tx.commit().await.unwrap();
    assert!(world.store.sftp_door("carrier").await.unwrap().unwrap().public_keys.is_empty());
    assert!(world.store.hook_door(&SecretString::from("token 7")).await.unwrap().is_none());
    assert!(world.store.hook_door(&SecretString::from("another token")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_disabled_connection_has_no_doors_and_no_change_wakes_it() {
    let world = world().await;
    world.store.put(OURS, &connection(7, "carrier")).await.unwrap();
    let why = Paused { class: Paused::DISABLED.to_owned(), reason: "audit".to_owned() };
    let mut tx = TenantTx::begin(&world.hub, OURS).await.unwrap();
    world.store.rest(&mut tx, SEVEN, Some(&why)).await.unwrap();
    let sftp = Some(("carrier".to_owned(), vec!["ssh-ed25519 BBBB".to_owned()]));
    let changed = Change { sftp, ..change("renamed") };
    world.store.change(&mut tx, SEVEN, &changed, None).await.unwrap();
    tx.commit().await.unwrap();
    let failed = Paused { class: "auth".to_owned(), reason: "401".to_owned() };
    world.store.pause(OURS, (SEVEN, 3), &failed).await.unwrap();
    assert_eq!(world.store.get(OURS, SEVEN).await.unwrap().unwrap().paused, Some(why));
    assert!(world.store.sftp_door("carrier").await.unwrap().is_none());
    assert!(world.store.hook_door(&SecretString::from("token 7")).await.unwrap().is_none());

    let mut tx = TenantTx::begin(&world.hub, OURS).await.unwrap();
    world.store.rest(&mut tx, SEVEN, None).await.unwrap();
    tx.commit().await.unwrap();
    assert!(world.store.sftp_door("carrier").await.unwrap().is_some());
    assert!(world.store.hook_door(&SecretString::from("token 7")).await.unwrap().is_some());
}

#[tokio::test]
async fn names_and_accounts_are_free_again_for_their_tenant_and_for_nobody_else() {
    let world = world().await;
    let mut tx = TenantTx::begin(&world.hub, OURS).await.unwrap();
    world.store.create(&mut tx, &connection(7, "carrier"), None).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = TenantTx::begin(&world.hub, OURS).await.unwrap();
    let same = NewConnection { name: "connection 7".to_owned(), ..connection(8, "other") };
    let used = world.store.create(&mut tx, &same, None).await.unwrap_err();
    assert!(matches!(used, StoreError::NameUsed(_)), "{used:?}");
    drop(tx);

    let free = async |tenant, id: u128| {
        let mut tx = TenantTx::begin(&world.hub, tenant).await.unwrap();
        account_is_free(&mut tx, "carrier", ConnectionId(Uuid::from_u128(id))).await.unwrap()
    };
    assert_eq!(
        (free(OURS, 7).await, free(OURS, 8).await, free(THEIRS, 9).await),
        (true, false, false)
    );
    let mut tx = TenantTx::begin(&world.hub, OURS).await.unwrap();
    world.store.change(&mut tx, SEVEN, &change("connection 7"), None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((free(OURS, 8).await, free(THEIRS, 9).await), (true, false));

    let mut tx = TenantTx::begin(&world.hub, OURS).await.unwrap();
    world.store.create(&mut tx, &connection(8, "carrier"), None).await.unwrap();
    tx.commit().await.unwrap();
    let door = world.store.sftp_door("carrier").await.unwrap().unwrap();
    assert_eq!(door.connection.0, Uuid::from_u128(8));
    let mut tx = TenantTx::begin(&world.hub, THEIRS).await.unwrap();
    let taken = world.store.create(&mut tx, &connection(9, "carrier"), None).await.unwrap_err();
    assert!(matches!(taken, StoreError::NameTaken("sftp")), "{taken:?}");
}

#[tokio::test]
async fn a_test_of_an_older_version_says_nothing_of_this_one() {
    let world = world().await;
    let mut tx = TenantTx::begin(&world.hub, OURS).await.unwrap();
    world.store.create(&mut tx, &connection(7, "carrier"), None).await.unwrap();
    world.store.change(&mut tx, SEVEN, &change("connection 7"), None).await.unwrap();
    world.store.tested(&mut tx, SEVEN, 1, true).await.unwrap();
    assert_eq!(world.store.one(&mut tx, SEVEN, false).await.unwrap().unwrap().tested, None);
    world.store.tested(&mut tx, SEVEN, 2, false).await.unwrap();
    let tested = world.store.one(&mut tx, SEVEN, false).await.unwrap().unwrap().tested;
    assert_eq!(tested.map(|tested| tested.ok), Some(false));
}
