//! The description of the routes is complete and says what they answer.

use caravan_order::{openapi, router};
use caravan_web::openapi::testing;

use crate::world::World;

#[tokio::test]
async fn every_described_route_is_there_and_nothing_else_at_its_path() {
    let world = World::new().await;
    testing::routes_are_there(&openapi(), &router(world.database.clone())).await.unwrap();
}

#[test]
fn every_route_is_described_with_its_scope() {
    let right = |_: &str, scopes: &[String]| matches!(scopes, [one] if one.starts_with("orders:"));
    testing::routes_are_described(&openapi(), right).unwrap();
}
