//! What the database itself refuses.

use caravan_tenancy::TenantTx;
use serde_json::json;

use crate::world::{A, World, order};

async fn refused(world: &World, statement: &'static str) -> String {
    let mut tx = TenantTx::begin(&world.database, A).await.unwrap();
    let result = sqlx::raw_sql(statement).execute(tx.conn()).await;
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn the_walls_stand() {
    assert_eq!(World::new().await.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_does_not_balance_is_not_posted_and_what_is_posted_stays() {
    let world = World::with_contract(&json!({})).await;
    world.tell(&[order(1, 1, &json!({"delivery": {"at": "2026-11-21T10:00:00Z"}}))]).await;
    assert_eq!(world.count("SELECT count(*) FROM postings").await, 2);
    let unbalanced =
        "INSERT INTO postings (tenant_id, entry_id, line, account, party, currency, amount)
                      SELECT tenant_id, id, 9, 'freight-expense', party, 'INR', 1 FROM entries";
    assert!(refused(&world, unbalanced).await.contains("are off by 1 in INR"));
    let across = "INSERT INTO postings (tenant_id, entry_id, line, account, party, currency, amount)
                  SELECT e.tenant_id, e.id, v.line, 'freight-expense', e.party, v.currency, v.amount
                    FROM entries e, (VALUES (8::smallint, 'INR', 1), (9::smallint, 'USD', -1)) AS v (line, currency, amount)";
    assert!(
        refused(&world, across).await.contains("are off by"),
        "currencies do not make up for one another"
    );
    for statement in [
        "UPDATE postings SET amount = 1",
        "DELETE FROM postings",
        "UPDATE entries SET memo = ''",
        "DELETE FROM entries",
    ] {
        assert!(refused(&world, statement).await.contains("permission denied"), "{statement}");
    }
    assert_eq!(world.count("SELECT COALESCE(sum(amount), 0)::bigint FROM postings").await, 0);
}
