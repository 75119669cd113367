//! Who may write and read, in which transaction, and many at once.

use caravan_audit::{Entry, Head, page, record, record_system, verify};
use caravan_tenancy::{Database, SystemTx, TenantTx, catalog};
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::{A, B, World, entry};

#[tokio::test]
async fn each_tenant_has_a_chain_of_its_own_and_sees_no_other() {
    let world = World::new().await;
    world.write(A, 3).await;
    world.write(B, 2).await;
    let ours = world.page(A).await;
    assert_eq!(ours.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(ours[0].subject, "order/3");
    assert_eq!(ours[0].actor, "user/ада");
    assert_eq!(ours[0].detail, json!({ "version": 4, "reason": "näher", "lines": [1, 2] }));
    assert!(ours[0].at_ms >= ours[2].at_ms && ours[2].at_ms > 1_700_000_000_000, "{ours:?}");
    for (tenant, count) in [(A, 3), (B, 2)] {
        let found = world.verify(tenant).await;
        assert!(found.ok(), "{found:?}");
        assert_eq!((found.count, found.head.seq), (count, count));
    }
    let mut tx = TenantTx::begin(&world.reader, A).await.unwrap();
    let about = page(&mut tx, Some(3), Some("order/2"), 10).await.unwrap();
    assert_eq!(about.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [2]);
    assert_eq!(page(&mut tx, Some(2), Some("order/2"), 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_change_that_is_not_committed_leaves_no_entry_and_no_gap() {
    let world = World::new().await;
    let mut tx = TenantTx::begin(&world.service, A).await.unwrap();
    record(&mut tx, &entry("order/lost")).await.unwrap();
    drop(tx);
    world.write(A, 1).await;
    let all = world.page(A).await;
    assert_eq!((all.len(), all[0].seq, all[0].subject.as_str()), (1, 1, "order/1"));
    assert!(world.verify(A).await.ok());
}

#[tokio::test]
async fn many_at_once_make_one_chain() {
    let world = World::new().await;
    let tasks: Vec<_> = (0..8_usize)
        .map(|number| {
            let service = world.service.clone();
            let tenant = if number % 4 == 0 { B } else { A };
            tokio::spawn(async move {
                for _ in 0..25 {
                    let mut tx = TenantTx::begin(&service, tenant).await.unwrap();
                    record(&mut tx, &entry("order/1")).await.unwrap();
                    record(&mut tx, &entry("order/2")).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for (tenant, count) in [(A, 300), (B, 100)] {
        let found = world.verify(tenant).await;
        assert!(found.ok(), "{found:?}");
        assert_eq!(found.count, count);
    }
    // Both entries of a transaction stand beside each other: the chain is locked until the commit.
    let all = world.page(A).await;
    assert!(all.chunks(2).all(|pair| pair[0].subject == "order/2" && pair[1].subject == "order/1"));
}

#[tokio::test]
async fn a_consumer_records_for_the_tenant_that_it_names() {
    let world = World::new().await;
    let mut tx = SystemTx::begin(&world.service).await.unwrap();
    let entry = Entry {
        actor: "service/order",
        action: "order.closed",
        subject: "order/1",
        detail: json!({}),
    };
    record_system(&mut tx, A, &entry).await.unwrap();
    record_system(&mut tx, B, &entry).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((world.verify(A).await.count, world.verify(B).await.count), (1, 1));
}

#[tokio::test]
async fn a_service_may_record_and_nothing_else() {
    let world = World::new().await;
    world.write(A, 1).await;
    for statement in [
        "SELECT count(*) FROM audit.entries",
        "SELECT count(*) FROM audit.heads",
        "INSERT INTO audit.entries SELECT * FROM audit.entries",
        "UPDATE audit.entries SET actor = 'nobody'",
        "DELETE FROM audit.entries",
        "TRUNCATE audit.entries",
        "UPDATE audit.heads SET seq = 0",
        "CREATE FUNCTION audit.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ] {
        for database in [&world.service, &world.reader] {
            let reads = statement.starts_with("SELECT");
            let mut tx = TenantTx::begin(database, A).await.unwrap();
            let done = sqlx::raw_sql(statement).execute(tx.conn()).await;
            if reads && core::ptr::eq(database, &world.reader) {
                done.unwrap();
                continue;
            }
            let error = done.unwrap_err();
            let code = error.as_database_error().unwrap().code().unwrap().into_owned();
            assert_eq!(code, "42501", "{statement}: {error}");
        }
    }
    // Without a tenant there is no chain to write into.
    let mut tx = SystemTx::begin(&world.service).await.unwrap();
    let none = sqlx::query("SELECT audit.record('a', 'b', 'c', '{}')").execute(tx.conn()).await;
    assert!(none.unwrap_err().to_string().contains("transaction of a tenant"));
}

#[tokio::test]
async fn names_and_a_search_path_of_the_callers_do_not_bend_the_function() {
    let world = World::new().await;
    let mut tx = TenantTx::begin(&world.service, A).await.unwrap();
    let planted = "CREATE TEMP TABLE entries (LIKE pg_class); \
                   CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'; \
                   SET LOCAL search_path = pg_temp, pg_catalog, public";
    sqlx::raw_sql(planted).execute(tx.conn()).await.unwrap();
    record(&mut tx, &entry("order/1")).await.unwrap();
    tx.commit().await.unwrap();
    let found = world.verify(A).await;
    assert!(found.ok() && found.count == 1, "{found:?}");
}

#[tokio::test]
async fn texts_over_their_caps_are_refused() {
    let world = World::new().await;
    let long = "x".repeat(501);
    for (actor, action, subject, size) in [
        (long.as_str(), "a", "s", 1),
        ("", "a", "s", 1),
        ("a", long.as_str(), "s", 1),
        ("a", "a", long.as_str(), 1),
        ("a", "a", "s", 70_000),
    ] {
        let mut tx = TenantTx::begin(&world.service, A).await.unwrap();
        let entry = Entry { actor, action, subject, detail: json!("y".repeat(size)) };
        assert!(
            record(&mut tx, &entry).await.is_err(),
            "{actor:.5} {action:.5} {subject:.5} {size}"
        );
    }
    assert_eq!(world.verify(A).await.count, 0);
}

#[tokio::test]
async fn an_empty_chain_is_whole() {
    let world = World::new().await;
    let mut tx = TenantTx::begin(&world.reader, A).await.unwrap();
    let found = verify(&mut tx, None).await.unwrap();
    assert!(found.ok());
    assert_eq!((found.count, found.head), (0, Head::EMPTY));
}

#[tokio::test]
async fn the_schema_keeps_tenants_apart_and_only_its_one_function_is_excused() {
    let world = World::new().await;
    let owner = Database::connect(&world.raw.owner_url(), 1).await.unwrap();
    let mut tx = SystemTx::begin(&owner).await.unwrap();
    assert_eq!(catalog::violations(tx.conn()).await.unwrap(), [""; 0]);
    let body = "RETURNS bigint LANGUAGE sql SECURITY DEFINER";
    for planted in [
        format!("CREATE FUNCTION audit.other() {body} AS 'SELECT 1::bigint'"),
        format!("CREATE FUNCTION audit.record(text) {body} AS 'SELECT 1::bigint'"),
        "ALTER FUNCTION audit.record(text, text, text, text) RESET search_path".to_owned(),
        "GRANT EXECUTE ON FUNCTION audit.record(text, text, text, text) TO PUBLIC".to_owned(),
    ] {
        sqlx::raw_sql("SAVEPOINT before").execute(tx.conn()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(planted.clone())).execute(tx.conn()).await.unwrap();
        let found = catalog::violations(tx.conn()).await.unwrap();
        assert!(
            found.iter().any(|sentence| sentence.contains("SECURITY DEFINER")),
            "{planted}: {found:?}"
        );
        sqlx::raw_sql("ROLLBACK TO before").execute(tx.conn()).await.unwrap();
    }
}
