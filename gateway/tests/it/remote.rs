//! An upstream in another process: a real HTTP/2 connection between them, and what the service then knows of the caller.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use axum::{Extension, Router};
use caravan_gateway::{Access, Upstream};
use caravan_model::{TenantId, TraceId};
use caravan_tenancy::Caller;
use caravan_web::context::{Signer, restore};
use http_body_util::BodyExt as _;
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use uuid::Uuid;

fn caller() -> Caller {
    Caller {
        tenant: TenantId(Uuid::from_u128(7)),
        principal: "key/abcdefgh".to_owned(),
        scopes: vec!["orders:read".to_owned()],
        trace: TraceId([9; 16]),
    }
}

/// A service that says who calls, behind the layer that every service in a process of its own has.
async fn service(signer: Signer) -> String {
    let says = |Extension(caller): Extension<Caller>| async move { caller.principal };
    let router =
        Router::new().route("/v1/orders", get(says)).layer(from_fn_with_state(signer, restore));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

async fn ask(authority: &str, signer: Signer) -> (StatusCode, String) {
    let access = Access::Key { read: "orders:read", write: "orders:write" };
    let authority = authority.parse().unwrap();
    let upstream = Upstream::remote(&["/v1/orders"], authority, signer, access, 1 << 20);
    let request = Request::get("/v1/orders?limit=1")
        .header(header::HOST, "caravan.example")
        .header(header::CONNECTION, "keep-alive")
        .extension(caller())
        .body(Body::empty())
        .unwrap();
    let response = upstream.service.oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_caller_crosses_processes() {
    let signer = Signer::new([1; 32]);
    let address = service(signer.clone()).await;
    let (status, body) = ask(&address, signer).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "key/abcdefgh"));
}

#[tokio::test]
async fn a_context_signed_with_another_key_opens_nothing() {
    let address = service(Signer::new([1; 32])).await;
    let (status, body) = ask(&address, Signer::new([2; 32])).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(body.contains("context-refused"), "{body}");
}

#[tokio::test]
async fn while_the_key_is_changed_a_service_believes_both() {
    let address = service(Signer::new([1; 32]).also_believing([2; 32])).await;
    for key in [[1; 32], [2; 32]] {
        let (status, body) = ask(&address, Signer::new(key)).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "key/abcdefgh"));
    }
    let (status, _) = ask(&address, Signer::new([3; 32]).also_believing([1; 32])).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_a_problem_that_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let (status, body) = ask(&address, Signer::new([1; 32])).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains("service-unavailable"), "{body}");
}
