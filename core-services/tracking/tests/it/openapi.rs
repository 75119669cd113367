//! The document and the routes are the same.

use axum::body::Body;
use axum::http::{Method, Request};
use caravan_tracking::openapi;
use tower::ServiceExt as _;

use crate::world::World;

#[test]
fn the_document_is_the_one_that_was_reviewed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    caravan_web::openapi::snapshot(&openapi(), path).unwrap();
}

#[tokio::test]
async fn every_described_route_is_there_and_nothing_else_at_its_path() {
    let world = World::new().await;
    let routes = caravan_web::openapi::routes(&openapi());
    assert!(!routes.is_empty());
    for (_, path) in &routes {
        for method in ["GET", "PUT", "POST", "PATCH", "DELETE"] {
            let described = routes.iter().any(|(of, at)| at == path && *of == method);
            // Without a caller no route does anything, but the router has decided by then.
            let request = Request::builder()
                .method(Method::from_bytes(method.as_bytes()).unwrap())
                .uri(path.replace(['{', '}'], ""))
                .body(Body::empty())
                .unwrap();
            let status = world.router().oneshot(request).await.unwrap().status().as_u16();
            assert_eq!(!matches!(status, 404 | 405), described, "{method} {path}: {status}");
        }
    }
}
