//! Walls: tenants, scopes, and every route for a foreign tenant's order.

use axum::http::Method;
use serde_json::json;

use crate::world::{A, ALL, B, SAP, Sent, World, content, dispatch, document, received};

/// Every route about one order, with a body that would do.
fn routes() -> Vec<(Method, &'static str, serde_json::Value)> {
    vec![
        (Method::GET, "", json!(null)),
        (Method::GET, "/quotes", json!(null)),
        (Method::PUT, "", content("1")),
        (Method::POST, "/duplicate", json!({})),
        (Method::POST, "/approve", json!({})),
        (Method::POST, "/assign", json!({"carrier": "DEMO"})),
        (Method::POST, "/tender", json!({})),
        (Method::POST, "/answer", json!({"answer": "accepted"})),
        (Method::POST, "/withdraw", json!({"reason": "x"})),
        (Method::POST, "/dispatch", dispatch().1),
        (Method::POST, "/deliver", json!({})),
        (Method::POST, "/close", json!({})),
        (Method::POST, "/cancel", json!({"reason": "x"})),
        (Method::POST, "/hold", json!({"reason": "x"})),
        (Method::POST, "/release", json!({})),
        (
            Method::POST,
            "/conflicts/00000000-0000-0000-0000-000000000001/resolve",
            json!({"reason": "x"}),
        ),
    ]
}

#[tokio::test]
async fn another_tenants_order_is_as_unknown_as_none_on_every_route() {
    let world = World::new().await;
    let path = world.place("77001").await;
    let nobodys = "/v1/orders/00000000-0000-7000-8000-000000000009".to_owned();
    for (tenant, path) in [(B, &path), (A, &nobodys)] {
        for (method, end, body) in routes() {
            let body = (!body.is_null()).then_some(body);
            let headers = &[("if-match", "\"1\"")];
            let path = format!("{path}{end}");
            let sent = Sent { tenant, scopes: ALL, method, path: &path, headers, body };
            world.send(sent).await.problem(404, "order-not-found");
        }
    }
    assert_eq!(world.get_as(B, "/v1/orders").await.ok()["items"], json!([]));
    assert_eq!(world.get_as(B, "/v1/orders?q=77001").await.ok()["items"], json!([]));
    world.post_as(B, "/v1/orders", content("77001")).await.ok();
}

#[tokio::test]
async fn every_route_is_in_the_list_of_this_test() {
    let described = caravan_web::openapi::routes(&caravan_order::openapi());
    let of_one = described.iter().filter(|(_, path)| path.starts_with("/v1/orders/{id}"));
    assert_eq!(of_one.count(), routes().len(), "{described:?}");
}

#[tokio::test]
async fn every_route_asks_for_its_scope() {
    let world = World::new().await;
    let path = world.place("77001").await;
    for (method, end, body) in routes() {
        let wanted = match (&method, end) {
            (&Method::GET, _) => "orders:read",
            (_, "/approve") => "orders:approve",
            _ => "orders:write",
        };
        let others: Vec<&str> = ALL.iter().copied().filter(|scope| *scope != wanted).collect();
        let path = format!("{path}{end}");
        let headers = &[("if-match", "\"1\"")];
        let body = (!body.is_null()).then_some(body);
        let sent = Sent { tenant: A, scopes: &others, method, path: &path, headers, body };
        assert_eq!(world.send(sent).await.problem(403, "scope-missing")["scope"], wanted, "{path}");
    }
    for (method, body, wanted) in
        [(Method::GET, None, "orders:read"), (Method::POST, Some(content("1")), "orders:write")]
    {
        let sent = Sent { tenant: A, scopes: &[], method, path: "/v1/orders", headers: &[], body };
        assert_eq!(world.send(sent).await.problem(403, "scope-missing")["scope"], wanted);
    }
}

/// Whoever may read may not write, and the other way round.
#[tokio::test]
async fn every_route_of_imports_asks_for_its_scope() {
    let world = World::new().await;
    let described = caravan_web::openapi::routes(&caravan_order::openapi());
    let imports: Vec<_> =
        described.into_iter().filter(|(_, path)| path.starts_with("/v1/orders/imports")).collect();
    assert!(imports.len() >= 8, "{imports:?}");
    for (method, path) in imports {
        let (wanted, other) = if method == "GET" {
            ("orders:read", "orders:write")
        } else {
            ("orders:write", "orders:read")
        };
        let path = path.replace("{id}", "00000000-0000-7000-8000-000000000009");
        let body = (method == "PUT").then(|| json!({}));
        let (method, headers) = (method.parse().unwrap(), &[("if-match", "\"1\"")]);
        let sent = Sent { tenant: A, scopes: &[other], method, path: &path, headers, body };
        assert_eq!(world.send(sent).await.problem(403, "scope-missing")["scope"], wanted, "{path}");
    }
}

#[tokio::test]
async fn what_was_approved_is_changed_only_by_who_may_approve() {
    let world = World::new().await;
    let path = world.place("77001").await;
    world.walk(&path, &[("approve", json!({}))]).await;
    let scopes: &[&str] = &["orders:read", "orders:write"];
    let put = async |content| {
        let headers = &[("if-match", "*")];
        let sent = Sent {
            tenant: A,
            scopes,
            method: Method::PUT,
            path: &path,
            headers,
            body: Some(content),
        };
        world.send(sent).await
    };
    let mut heavier = content("77001");
    heavier["packages"] = json!(60);
    assert_eq!(put(heavier).await.problem(403, "scope-missing")["scope"], "orders:approve");
    let mut noted = content("77001");
    noted["notes"] = json!("ring twice");
    put(noted).await.ok();
}

#[tokio::test]
async fn the_walls_stand() {
    let world = World::new().await;
    world
        .tell(&[received(B, SAP, document("77001", 1, caravan_model::Purpose::Original, "5"), 1)])
        .await;
    assert_eq!(world.violations().await, Vec::<String>::new());
}
