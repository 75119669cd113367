//! The document and the routes are the same.

use caravan_hub_intake::{openapi, router};
use caravan_web::openapi::testing;

use crate::world::World;

#[tokio::test]
async fn every_described_route_is_there_and_nothing_else_at_its_path() {
    let world = World::new().await;
    testing::routes_are_there(&openapi(), &router(world.intake.clone())).await.unwrap();
}

#[test]
fn every_route_is_described_with_its_scopes() {
    let areas = ["connections:", "documents:", "events:", "parties:"];
    let right = |_: &str, scopes: &[String]| {
        let known = |scope: &String| areas.iter().any(|area| scope.starts_with(area));
        !scopes.is_empty() && scopes.iter().all(known)
    };
    testing::routes_are_described(&openapi(), right).unwrap();
}
