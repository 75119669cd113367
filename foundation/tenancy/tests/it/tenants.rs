//! As one tenant, everything that one might try with another's rows.

use caravan_tenancy::{Error, Schema, SystemTx, TenantTx, migrate};
use sqlx::Error as Sql;
use uuid::Uuid;

use crate::{A, B, MIGRATOR, SCHEMA, World, labels};

/// SQLSTATE of a refused statement.
async fn refused(tx: TenantTx, statement: &'static str) -> String {
    let mut tx = tx;
    let error = sqlx::raw_sql(statement).execute(tx.conn()).await.unwrap_err();
    let Sql::Database(error) = error else { panic!("{statement}: {error}") };
    error.code().unwrap().into_owned()
}

const NOT_ALLOWED: &str = "42501";
const FOREIGN_KEY: &str = "23503";
const OF_A: &str = "'00000000-0000-0000-0000-00000000000a'";

#[tokio::test]
async fn another_tenants_rows_cannot_be_seen_changed_or_guessed() {
    let world = World::new(2).await;
    let begin = || async { TenantTx::begin(&world.database, B).await.unwrap() };

    assert_eq!(labels(&mut begin().await).await, [B.to_string()]);
    // Naming A's rows finds nothing to change.
    for statement in [
        "UPDATE shipment SET label = 'stolen' WHERE tenant_id = '00000000-0000-0000-0000-00000000000a'",
        "DELETE FROM shipment WHERE tenant_id = '00000000-0000-0000-0000-00000000000a'",
    ] {
        let mut tx = begin().await;
        let done = sqlx::raw_sql(statement).execute(tx.conn()).await.unwrap();
        assert_eq!(done.rows_affected(), 0, "{statement}");
        tx.commit().await.unwrap();
    }
    // Writing into A, or handing a row to A, is refused.
    assert!(OF_A.contains(&A.to_string()));
    let insert = "INSERT INTO shipment VALUES ('00000000-0000-0000-0000-00000000000a', gen_random_uuid(), 'x')";
    assert_eq!(refused(begin().await, insert).await, NOT_ALLOWED);
    let give = "UPDATE shipment SET tenant_id = '00000000-0000-0000-0000-00000000000a'";
    assert_eq!(refused(begin().await, give).await, NOT_ALLOWED);
    // A's id is free for B to use: a clash would tell that A has it. And a child of A's row has no parent.
    let mut tx = begin().await;
    sqlx::raw_sql("DELETE FROM shipment").execute(tx.conn()).await.unwrap();
    let orphan = "INSERT INTO piece VALUES ('00000000-0000-0000-0000-00000000000b', gen_random_uuid(), \
                  '00000000-0000-0000-0000-000000000001')";
    assert_eq!(refused(tx, orphan).await, FOREIGN_KEY);
    // What row-level security does not cover was never granted.
    for statement in
        ["TRUNCATE shipment", "CREATE TABLE walls.mine ()", "SELECT * FROM _sqlx_migrations"]
    {
        assert_eq!(refused(begin().await, statement).await, NOT_ALLOWED, "{statement}");
    }
    // A's row is as it was.
    let mut tx = TenantTx::begin(&world.database, A).await.unwrap();
    assert_eq!(labels(&mut tx).await, [A.to_string()]);
}

#[tokio::test]
async fn what_is_read_is_of_one_moment_and_changes_nothing() {
    const READ_ONLY: &str = "25006";
    let world = World::new(2).await;
    let mut read = TenantTx::read(&world.database, A).await.unwrap();
    assert_eq!(labels(&mut read).await, [A.to_string()]);
    let mut tx = TenantTx::begin(&world.database, A).await.unwrap();
    sqlx::raw_sql("UPDATE shipment SET label = 'later'").execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        labels(&mut read).await,
        [A.to_string()],
        "what was committed meanwhile is not seen"
    );
    assert_eq!(refused(read, "UPDATE shipment SET label = 'mine'").await, READ_ONLY);
    // The connection is as it was for who comes next.
    let mut next = TenantTx::begin(&world.database, A).await.unwrap();
    assert_eq!(labels(&mut next).await, ["later"]);
    sqlx::raw_sql("UPDATE shipment SET label = 'next'").execute(next.conn()).await.unwrap();
}

#[tokio::test]
async fn a_system_transaction_sees_a_tenant_only_when_it_names_it() {
    let world = World::new(2).await;
    let mut tx = TenantTx::begin(&world.database, A).await.unwrap();
    sqlx::query("INSERT INTO poll VALUES ($1, $1)").bind(A.0).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = SystemTx::begin(&world.database).await.unwrap();
    let count = "SELECT count(*) FROM shipment";
    let seen: i64 = sqlx::query_scalar(count).fetch_one(tx.conn()).await.unwrap();
    assert_eq!(seen, 0);
    for tenant in [A, B, A] {
        tx.scope(tenant).await.unwrap();
        let label: String =
            sqlx::query_scalar("SELECT label FROM shipment").fetch_one(tx.conn()).await.unwrap();
        assert_eq!(label, tenant.to_string());
    }
    // Tables that ask app_system() are open to it, and to no other tenant.
    let polls = "SELECT count(*) FROM poll";
    let mut system = SystemTx::begin(&world.database).await.unwrap();
    let seen: i64 = sqlx::query_scalar(polls).fetch_one(system.conn()).await.unwrap();
    assert_eq!(seen, 1);
    drop((tx, system));
    let mut other = TenantTx::begin(&world.database, B).await.unwrap();
    let seen: i64 = sqlx::query_scalar(polls).fetch_one(other.conn()).await.unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test]
async fn hooks_run_after_a_commit_and_only_then() {
    let world = World::new(2).await;
    let (sender, receiver) = std::sync::mpsc::channel();
    for (name, commits) in [("kept", true), ("dropped", false)] {
        let mut tx = TenantTx::begin(&world.database, A).await.unwrap();
        let sender = sender.clone();
        tx.after_commit(move || sender.send(name).unwrap());
        if commits {
            tx.commit().await.unwrap();
        }
    }
    drop(sender);
    assert_eq!(receiver.iter().collect::<Vec<_>>(), ["kept"]);
}

#[tokio::test]
async fn migrating_is_repeatable_concurrent_and_guarded() {
    let world = World::new(2).await;
    let url = world.raw.owner_url();
    let (one, two) = tokio::join!(migrate(&url, &[SCHEMA]), migrate(&url, &[SCHEMA]));
    one.unwrap();
    two.unwrap();
    let bad = Schema { name: "walls; DROP SCHEMA walls", migrator: &MIGRATOR, login_role: "x" };
    assert!(matches!(migrate(&url, &[bad]).await, Err(Error::Name { .. })));
    // A table that says who may do what keeps exactly that.
    let tx = TenantTx::begin(&world.database, A).await.unwrap();
    assert_eq!(refused(tx, "DELETE FROM journal").await, NOT_ALLOWED);
    let mut tx = TenantTx::begin(&world.database, A).await.unwrap();
    sqlx::query("INSERT INTO journal VALUES ($1)")
        .bind(Uuid::nil().to_string())
        .execute(tx.conn())
        .await
        .unwrap();
}
