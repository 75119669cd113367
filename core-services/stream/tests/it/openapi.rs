//! The document and the routes are the same.

use caravan_stream::{openapi, router};
use caravan_web::openapi::testing;

use crate::world::World;

#[tokio::test]
async fn every_described_route_is_there_and_nothing_else_at_its_path() {
    let world = World::new().await;
    let process = world.process(|_| ());
    testing::routes_are_there(&openapi(), &router(process.feed.clone())).await.unwrap();
}

#[test]
fn every_route_is_described_with_its_scopes() {
    let right = |_: &str, scopes: &[String]| {
        !scopes.is_empty() && scopes.iter().all(|scope| scope.ends_with(":read"))
    };
    testing::routes_are_described(&openapi(), right).unwrap();
}
