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

/// The plan of a statement of tenant A while nobody has analysed any table.
async fn plan(world: &World, statement: &str) -> String {
    let mut tx = TenantTx::begin(&world.database, A).await.unwrap();
    let explain = format!("EXPLAIN {}", statement.replace('@', &format!("tenant_id = '{A}'")));
    let lines: Vec<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(explain)).fetch_all(tx.conn()).await.unwrap();
    lines.join("\n")
}

#[tokio::test]
async fn a_look_up_takes_the_index_of_what_it_names_before_anything_is_analysed() {
    let world = World::new().await;
    let id = uuid::Uuid::nil();
    for (table, wanted, index) in [
        ("disputes", "id = '?'", "disputes_pkey"),
        ("disputes", "invoice_id = '?' AND opened_ms >= 0", "disputes_by_invoice"),
        ("jobs", "id = '?'", "jobs_pkey"),
        ("hand_overs", "id = '?'", "hand_overs_pkey"),
        ("rate_contracts", "id = '?'", "rate_contracts_pkey"),
        ("rate_contracts", "carrier = 'D' AND created_ms >= 0", "rate_contracts_once"),
        ("rate_contract_versions", "contract_id = '?'", "rate_contract_versions_pkey"),
    ] {
        let wanted = wanted.replace('?', &id.to_string());
        let plan = plan(&world, &format!("SELECT * FROM {table} WHERE @ AND {wanted}")).await;
        assert!(plan.contains(&format!(" {index} ")), "{table}: {wanted}\n{plan}");
    }
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
