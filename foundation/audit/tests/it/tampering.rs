//! History rewritten by the owner of the database, who alone can: what verifying shows.

use caravan_audit::{Head, verify};
use caravan_tenancy::{Database, TenantTx};
use sqlx::AssertSqlSafe;

use crate::{A, B, World};

/// Runs `statements` as the owner, with A named and the triggers off.
async fn tamper(world: &World, statements: &str) {
    let owner = Database::connect(&world.raw.owner_url(), 1).await.unwrap();
    let mut tx = TenantTx::begin(&owner, A).await.unwrap();
    let all = format!(
        "ALTER TABLE audit.entries DISABLE TRIGGER USER; {statements}; ALTER TABLE audit.entries ENABLE TRIGGER USER"
    );
    sqlx::raw_sql(AssertSqlSafe(all)).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn even_the_owner_is_refused_while_the_triggers_stand() {
    let world = World::new().await;
    world.write(A, 1).await;
    let owner = Database::connect(&world.raw.owner_url(), 1).await.unwrap();
    for statement in [
        "UPDATE audit.entries SET actor = 'nobody'",
        "DELETE FROM audit.entries",
        "TRUNCATE audit.entries",
    ] {
        let mut tx = TenantTx::begin(&owner, A).await.unwrap();
        let error = sqlx::raw_sql(statement).execute(tx.conn()).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{statement}: {error}");
    }
}

#[tokio::test]
async fn every_change_of_an_entry_breaks_the_chain_there() {
    let changes = [
        "actor = 'user/mallory'",
        "action = 'order.refused'",
        "subject = 'order/9'",
        "detail = replace(detail, '4', '5')",
        "at_ms = at_ms - 1",
        "hash = sha256(hash)",
        "previous = sha256(previous)",
    ];
    let world = World::new().await;
    world.write(A, 4).await;
    world.write(B, 2).await;
    for change in changes {
        tamper(&world, &format!("UPDATE audit.entries SET {change} WHERE seq = 2")).await;
        let broken = world.verify(A).await;
        assert_eq!(
            broken.broken.as_ref().map(|broken| broken.seq),
            Some(2),
            "{change}: {broken:?}"
        );
        assert_eq!((broken.count, broken.ok()), (1, false));
        assert!(world.verify(B).await.ok(), "another tenant's chain is another chain");
        // A fresh chain for the next change.
        tamper(&world, "DELETE FROM audit.entries; DELETE FROM audit.heads").await;
        world.write(A, 4).await;
        assert!(world.verify(A).await.ok());
    }
}

#[tokio::test]
async fn what_is_taken_away_or_put_in_is_missed() {
    let cases = [
        ("DELETE FROM audit.entries WHERE seq = 1", 1),
        ("DELETE FROM audit.entries WHERE seq = 2", 2),
        ("DELETE FROM audit.entries WHERE seq = 4", 4),
        ("DELETE FROM audit.entries", 1),
        (
            "DELETE FROM audit.entries WHERE seq = 2; UPDATE audit.entries SET seq = seq - 1 WHERE seq > 2",
            2,
        ),
        (
            "UPDATE audit.entries SET seq = 40 WHERE seq = 3; UPDATE audit.entries SET seq = 3 WHERE seq = 4; \
          UPDATE audit.entries SET seq = 4 WHERE seq = 40",
            3,
        ),
        ("UPDATE audit.heads SET hash = sha256(hash)", 4),
    ];
    for (statements, seq) in cases {
        let world = World::new().await;
        world.write(A, 4).await;
        tamper(&world, statements).await;
        let found = world.verify(A).await;
        assert_eq!(
            found.broken.as_ref().map(|broken| broken.seq),
            Some(seq),
            "{statements}: {found:?}"
        );
    }
}

#[tokio::test]
async fn a_chain_rewritten_as_a_whole_is_found_by_a_head_kept_elsewhere() {
    let world = World::new().await;
    world.write(A, 3).await;
    let noted: Head = world.verify(A).await.head.to_string().parse().unwrap();
    let against = async || {
        let mut tx = TenantTx::begin(&world.reader, A).await.unwrap();
        verify(&mut tx, Some(&noted)).await.unwrap()
    };
    world.write(A, 1).await;
    assert!(against().await.ok(), "a chain that went on is the same chain");
    // All of it anew: the chain is whole in itself, and another one.
    tamper(&world, "DELETE FROM audit.entries; DELETE FROM audit.heads").await;
    world.write(A, 4).await;
    assert!(world.verify(A).await.ok());
    assert_eq!(against().await.broken.map(|broken| broken.seq), Some(3));
    // A head that is noted down from then on fits the other chain, and does not make the first one forgotten.
    let later = world.verify(A).await.head;
    let mut tx = TenantTx::begin(&world.reader, A).await.unwrap();
    assert!(verify(&mut tx, &[later]).await.unwrap().ok());
    let both = verify(&mut tx, &[later, noted]).await.unwrap();
    assert_eq!(both.broken.map(|broken| broken.seq), Some(3));
    assert_eq!(caravan_audit::head(&mut tx).await.unwrap(), Some(later));
    drop(tx);
    // Shorter than it was noted to be.
    tamper(&world, "DELETE FROM audit.entries; DELETE FROM audit.heads").await;
    world.write(A, 2).await;
    assert_eq!(against().await.broken.map(|broken| broken.seq), Some(3));
}
