//! The document and the routes are the same.

use caravan_tracking::openapi;
use caravan_web::openapi::testing;

use crate::world::World;

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
    let right = |route: &str, scopes: &[String]| match scopes {
        [] => route == "GET /v1/public/shipments/{token}",
        [one] => one.starts_with("shipments:"),
        _ => false,
    };
    testing::routes_are_described(&openapi(), right).unwrap();
}
