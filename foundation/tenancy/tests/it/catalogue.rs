//! The catalogue check: silent on the usual shape, and loud about each way of getting it wrong.

use caravan_tenancy::{SystemTx, catalog};
use sqlx::{Connection as _, PgConnection};

use crate::World;

#[tokio::test]
async fn the_usual_shape_passes_for_owner_and_service() {
    let world = World::new(1).await;
    let mut tx = SystemTx::begin(&world.database).await.unwrap();
    assert_eq!(catalog::violations(tx.conn()).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn every_planted_hole_is_found() {
    let world = World::new(1).await;
    let table =
        "CREATE TABLE walls.bad (tenant_id uuid NOT NULL, id uuid, PRIMARY KEY (tenant_id, id));";
    let on = "ALTER TABLE walls.bad ENABLE ROW LEVEL SECURITY; ALTER TABLE walls.bad FORCE ROW LEVEL SECURITY;";
    let policy = "CREATE POLICY t ON walls.bad USING (tenant_id = (SELECT app_tenant()));";
    let holes = [
        (format!("{table}{policy}"), "not enabled and forced"),
        (format!("{table}{policy} ALTER TABLE walls.bad ENABLE ROW LEVEL SECURITY;"), "not enabled and forced"),
        (format!("{table}{on}"), "no policy"),
        (format!("{table}{on} CREATE POLICY t ON walls.bad USING (true);"), "does not ask"),
        (format!("{table}{on}{policy} CREATE POLICY u ON walls.bad FOR INSERT WITH CHECK (id IS NOT NULL);"), "does not ask"),
        (
            format!("{table}{on} CREATE POLICY t ON walls.bad USING (tenant_id = (SELECT app_tenant()) OR true);"),
            "true for everybody",
        ),
        ("ALTER TABLE walls.shipment NO FORCE ROW LEVEL SECURITY;".into(), "not enabled and forced"),
        (format!("{table}{on}{policy} ALTER TABLE walls.bad DROP CONSTRAINT bad_pkey; ALTER TABLE walls.bad ALTER tenant_id DROP NOT NULL;"), "may be NULL"),
        ("CREATE UNIQUE INDEX oracle ON walls.shipment (id);".into(), "key oracle"),
        (
            "ALTER TABLE walls.shipment ADD UNIQUE (id); ALTER TABLE walls.piece ADD CONSTRAINT leak \
             FOREIGN KEY (shipment_id) REFERENCES walls.shipment (id);".into(),
            "foreign key leak",
        ),
        ("ALTER ROLE caravan_walls BYPASSRLS;".into(), "bypasses"),
        ("ALTER TABLE walls.journal OWNER TO caravan_walls;".into(), "owns walls.journal"),
        ("GRANT CREATE ON SCHEMA walls TO caravan_walls;".into(), "may create in schema walls"),
        ("GRANT TRUNCATE ON walls.shipment TO caravan_walls;".into(), "TRUNCATE"),
        ("CREATE VIEW walls.all_shipments AS SELECT * FROM walls.shipment;".into(), "security_invoker"),
        ("CREATE MATERIALIZED VIEW walls.copy AS SELECT * FROM walls.shipment;".into(), "materialized"),
        (
            "CREATE FUNCTION walls.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM walls.shipment';".into(),
            "SECURITY DEFINER",
        ),
    ];
    let mut superuser = PgConnection::connect(&world.raw.superuser_url()).await.unwrap();
    for (hole, words) in holes {
        // Planted in a transaction that is rolled back: roles are shared with other tests.
        let mut tx = superuser.begin().await.unwrap();
        sqlx::raw_sql("DELETE FROM walls.shipment").execute(&mut *tx).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(hole.clone())).execute(&mut *tx).await.unwrap();
        let found = catalog::violations(&mut tx).await.unwrap();
        assert!(found.iter().any(|sentence| sentence.contains(words)), "{hole}\n  found {found:?}");
        tx.rollback().await.unwrap();
    }
    assert_eq!(catalog::violations(&mut superuser).await.unwrap(), [""; 0]);
}
