//! Two tenants, thousands of random statements: whatever one does, it sees no row of the other and changes none.

use caravan_model::TenantId;
use caravan_tenancy::TenantTx;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use crate::{A, B, World};

const TRANSACTIONS: u32 = 250;
const STATEMENTS: u32 = 40;

/// xorshift: the same statements for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    /// Either tenant, as SQL.
    fn tenant(&mut self) -> String {
        format!("'{}'::uuid", if self.below(2) == 0 { A } else { B })
    }

    /// One of few ids, which both tenants use.
    fn id(&mut self) -> String {
        format!("'{}'::uuid", Uuid::from_u128(u128::from(self.below(6)) + 1))
    }

    fn condition(&mut self) -> String {
        let (tenant, id) = (self.tenant(), self.id());
        match self.below(6) {
            0 => "true".to_owned(),
            1 => format!("tenant_id = {tenant}"),
            2 => format!("id = {id}"),
            3 => format!("tenant_id = {tenant} OR id = {id}"),
            4 => format!("tenant_id <> {tenant}"),
            _ => format!("EXISTS (SELECT 1 FROM piece p WHERE p.tenant_id = {tenant})"),
        }
    }

    /// A statement that answers the `tenant_id` of every row that it saw or touched.
    fn statement(&mut self) -> String {
        let (tenant, id, condition) = (self.tenant(), self.id(), self.condition());
        let table = self.one(&["shipment", "piece"]);
        let label = format!("'l{}'", self.below(1000));
        match self.below(12) {
            0 => format!("SELECT tenant_id FROM {table} WHERE {condition} FOR UPDATE"),
            1 => "SELECT s.tenant_id FROM shipment s FULL JOIN piece p ON p.shipment_id = s.id WHERE s.tenant_id IS NOT NULL".to_owned(),
            2 => format!("INSERT INTO shipment VALUES ({tenant}, {id}, {label}) RETURNING tenant_id"),
            3 => format!("INSERT INTO shipment VALUES ({tenant}, {id}, {label}) ON CONFLICT (tenant_id, id) DO UPDATE SET label = {label} RETURNING tenant_id"),
            4 => format!("INSERT INTO piece VALUES ({tenant}, {id}, {}) RETURNING tenant_id", self.id()),
            5 => format!("UPDATE shipment SET label = {label} WHERE {condition} RETURNING tenant_id"),
            6 => format!("UPDATE {table} SET tenant_id = {tenant} WHERE {condition} RETURNING tenant_id"),
            7 => format!("DELETE FROM {table} WHERE {condition} RETURNING tenant_id"),
            8 => format!("DELETE FROM piece USING shipment s WHERE piece.shipment_id = s.id AND s.tenant_id = {tenant} RETURNING piece.tenant_id"),
            9 => format!("WITH gone AS (DELETE FROM piece WHERE {condition} RETURNING *) INSERT INTO piece SELECT {tenant}, id, shipment_id FROM gone RETURNING tenant_id"),
            10 => format!("MERGE INTO shipment t USING (SELECT {tenant} AS tenant_id, {id} AS id) s ON t.tenant_id = s.tenant_id AND t.id = s.id WHEN MATCHED THEN UPDATE SET label = {label} WHEN NOT MATCHED THEN INSERT VALUES (s.tenant_id, s.id, {label}) RETURNING t.tenant_id"),
            _ => format!("INSERT INTO shipment SELECT tenant_id, {id}, label FROM shipment WHERE {condition} ON CONFLICT DO NOTHING RETURNING tenant_id"),
        }
    }
}

/// All that a tenant has, in one text.
async fn all_of(world: &World, tenant: TenantId) -> String {
    let mut tx = TenantTx::begin(&world.database, tenant).await.unwrap();
    let all = "SELECT coalesce((SELECT string_agg(s::text, ';' ORDER BY s::text) FROM shipment s), '') || '|' ||
                      coalesce((SELECT string_agg(p::text, ';' ORDER BY p::text) FROM piece p), '')";
    sqlx::query_scalar(all).fetch_one(tx.conn()).await.unwrap()
}

#[tokio::test]
async fn ten_thousand_random_statements_cross_no_wall() {
    let world = World::new(2).await;
    let seed = 0x5eed_0000_0000_0001_u64 + u64::from(std::process::id());
    let mut random = Random(seed);
    let (mut touched, mut changed) = (0, 0);
    for round in 0..TRANSACTIONS {
        let (actor, other) = if random.below(2) == 0 { (A, B) } else { (B, A) };
        let before = (all_of(&world, actor).await, all_of(&world, other).await);
        let mut tx = TenantTx::begin(&world.database, actor).await.unwrap();
        for _ in 0..STATEMENTS {
            let statement = random.statement();
            sqlx::query("SAVEPOINT here").execute(tx.conn()).await.unwrap();
            match sqlx::query(AssertSqlSafe(statement.clone())).fetch_all(tx.conn()).await {
                Ok(rows) => {
                    touched += rows.len();
                    let own =
                        |row: &sqlx::postgres::PgRow| row.get::<Uuid, _>("tenant_id") == actor.0;
                    assert!(rows.iter().all(own), "seed {seed:#x}, round {round}: {statement}");
                }
                // Refused: by the wall, a key or a constraint. What matters is what is there afterwards.
                Err(_) => {
                    sqlx::query("ROLLBACK TO here").execute(tx.conn()).await.unwrap();
                }
            }
        }
        if random.below(4) > 0 {
            tx.commit().await.unwrap();
        } else {
            drop(tx);
        }
        assert_eq!(all_of(&world, other).await, before.1, "seed {seed:#x}, round {round}");
        changed += u32::from(all_of(&world, actor).await != before.0);
    }
    assert!(
        touched > 1_000 && changed > 50,
        "{touched} rows touched, {changed} rounds changed something"
    );
}
