//! What holds for every service: tenants' walls, and a description that is true.

use caravan_notification::openapi;
use caravan_web::openapi::testing;

use crate::world::World;

#[tokio::test]
async fn every_tenant_table_has_its_policy() {
    assert_eq!(World::new().await.violations().await, [""; 0]);
}

#[test]
fn the_document_is_the_one_that_was_reviewed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    caravan_web::openapi::snapshot(&openapi(), path).unwrap();
}

#[tokio::test]
async fn every_described_route_is_there_and_nothing_else_at_its_path() {
    let world = World::new().await;
    testing::routes_are_there(&openapi(), &world.router()).await.unwrap();
}

#[test]
fn every_route_is_described_with_its_scope() {
    let right =
        |_: &str, scopes: &[String]| matches!(scopes, [one] if one.starts_with("webhooks:"));
    testing::routes_are_described(&openapi(), right).unwrap();
}
