//! One connection, two tenants in turn, and every way in which a transaction can end.

use core::future::ready;

use caravan_tenancy::{SystemTx, TenantTx};

use crate::{A, B, World, labels};

#[tokio::test]
async fn no_tenant_outlives_its_transaction_on_a_shared_connection() {
    let world = World::new(1).await;
    for turn in 0_u32..2_000 {
        let tenant = if turn % 2 == 0 { A } else { B };
        let mut tx = TenantTx::begin(&world.database, tenant).await.unwrap();
        assert_eq!(labels(&mut tx).await, [tenant.to_string()], "turn {turn}");
        match turn % 7 {
            0 => tx.commit().await.unwrap(),
            1 => drop(tx),
            // A statement abandoned while it runs.
            2 => {
                let slow = sqlx::query("SELECT pg_sleep(0.002)").execute(tx.conn());
                // On a busy machine it may be over before we look; mostly it is not.
                tokio::select! { biased; done = slow => drop(done), () = ready(()) => {} }
                drop(tx);
            }
            // A transaction that has already failed.
            3 => {
                sqlx::raw_sql("SELECT 1/0").execute(tx.conn()).await.unwrap_err();
                drop(tx);
            }
            // A transaction abandoned while it begins: it waits for the only connection, or is in the middle of BEGIN.
            4 => {
                drop(tx);
                let begin = TenantTx::begin(&world.database, B);
                tokio::select! { biased; tx = begin => drop(tx), () = ready(()) => {} }
            }
            // A commit abandoned on the way.
            5 => {
                tokio::select! { biased; done = tx.commit() => done.unwrap(), () = ready(()) => {} }
            }
            // Code that panics with the transaction in hand.
            _ => {
                let task = tokio::spawn(async move {
                    let _held = tx;
                    panic!("planned");
                });
                assert!(task.await.unwrap_err().is_panic());
            }
        }
        if turn % 10 == 0 {
            let mut tx = SystemTx::begin(&world.database).await.unwrap();
            let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM shipment")
                .fetch_one(tx.conn())
                .await
                .unwrap();
            assert_eq!(seen, 0, "turn {turn}: a tenant was left on the connection");
        }
    }
}

#[tokio::test]
async fn even_a_careless_set_does_not_outlive_its_use() {
    let world = World::new(1).await;
    let mut tx = TenantTx::begin(&world.database, A).await.unwrap();
    // What `set_config(…, false)` or SET would do: it lasts for the session. RESET ALL at the next BEGIN is the second wall.
    sqlx::raw_sql(
        "SELECT set_config('app.tenant_id', '00000000-0000-0000-0000-00000000000a', false)",
    )
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    // One that is rolled back takes its RESET with it; the next has its own.
    for turn in 0..2 {
        let mut tx = SystemTx::begin(&world.database).await.unwrap();
        let count = "SELECT count(*) FROM shipment";
        let seen: i64 = sqlx::query_scalar(count).fetch_one(tx.conn()).await.unwrap();
        assert_eq!(seen, 0, "turn {turn}");
    }
}

#[tokio::test]
async fn a_transaction_that_is_given_up_while_it_begins_leaves_none_open() {
    let world = World::new(1).await;
    for turn in 0_u32..1_500 {
        let begin = SystemTx::begin(&world.database);
        // Given up anywhere between the wait for the connection and the answer, which takes some hundred looks.
        let looks = async {
            for _ in 0..turn % 300 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! { biased; tx = begin => drop(tx), () = looks => {} }
        // It says how it isolates, which is refused where a transaction is open already.
        let mut tx = TenantTx::read(&world.database, A).await.unwrap();
        assert_eq!(labels(&mut tx).await, [A.to_string()], "turn {turn}");
        tx.commit().await.unwrap();
    }
}
