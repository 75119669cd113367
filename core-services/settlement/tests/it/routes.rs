//! Every route, generated from the OpenAPI document: what it needs, and what another tenant sees.

use axum::http::Method;
use caravan_settlement::{openapi, router};
use caravan_web::openapi::testing;
use serde_json::{Value, json};

use crate::world::{A, Ask, B, World, bill, billed, order, terms};

/// A body that reads, for the routes that take one.
fn body(path: &str) -> Value {
    match path.rsplit('/').next().unwrap_or_default() {
        "rate-contracts" | "versions" | "{version}" => terms(&json!({})),
        "quote" => json!({"ship_date": "2026-11-20"}),
        "rate-jobs" => json!({"from": "2026-11-01", "to": "2026-11-02"}),
        "fuel-indexes" => json!({"name": "d", "values": [{"from": "2026-11-01", "value": "1"}]}),
        "freight-invoices" => {
            json!({"carrier": "X", "number": "1", "currency": "INR", "total": "1", "references": []})
        }
        "bulk" => json!({"approve": [{"id": uuid::Uuid::nil(), "total": "1"}]}),
        "approval-rule" => json!({"approve": "off"}),
        "approve" | "reopen" | "cancel" => json!({"reason": "x"}),
        "dispute" => json!({"reason": "x", "text": "x"}),
        "messages" => json!({"text": "x"}),
        "resolve" => json!({"resolution": "x"}),
        "notes" => json!({"kind": "credit", "number": "1", "amount": "1", "reason": "x"}),
        "hand-overs" => json!({}),
        _ => Value::Null,
    }
}

fn ask(method: &str, path: &str, template: &str) -> Ask {
    let method: Method = method.parse().unwrap();
    let ask = Ask::new(method.clone(), path).if_match("*").header("idempotency-key", "k");
    if method == Method::GET || method == Method::DELETE { ask } else { ask.json(body(template)) }
}

#[tokio::test]
async fn no_route_answers_without_its_scope() {
    let world = World::new().await;
    let document = openapi();
    let routes = caravan_web::openapi::routes(&document);
    assert_eq!(routes.len(), 38, "{routes:#?}");
    for (method, template) in routes {
        let path =
            template.replace("{id}", &uuid::Uuid::nil().to_string()).replace("{version}", "1");
        let got = world.ask(ask(method, &path, &template).scopes(&["shipments:read"])).await;
        assert_eq!(got.code(403), "scope-missing", "{method} {template}");
        let read_only = world.ask(ask(method, &path, &template).scopes(&["settlement:read"])).await;
        let changes = method != "GET" && template != "/v1/rates/quote";
        assert_eq!(read_only.status == 403, changes, "{method} {template}: {}", read_only.text);
    }
}

#[tokio::test]
async fn another_tenants_things_are_not_there() {
    let world = World::with_contract(&json!({})).await;
    world
        .tell(&[order(1, 1, &json!({})), billed(A, bill("INV1", "LR1", &[(None, 600_000)]), 1)])
        .await;
    let (invoice, etag) = world.invoice("INV1").await;
    let id = invoice["id"].as_str().unwrap();
    let dispute = Ask::post(
        &format!("/v1/freight-invoices/{id}/dispute"),
        json!({"reason": "rate", "text": "x"}),
    )
    .if_match(&etag);
    let dispute =
        world.ask(dispute).await.ok(200)["disputes"][0]["id"].as_str().unwrap().to_owned();
    let job = world.ask(Ask::post("/v1/rate-jobs", body("/rate-jobs"))).await.ok(202)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let contract = world.ask(Ask::get("/v1/rate-contracts")).await.ok(200)["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut asked = 0;
    for (method, template) in caravan_web::openapi::routes(&openapi()) {
        if !template.contains("{id}") {
            continue;
        }
        let id = match template.split('/').nth(2).unwrap() {
            "freight-invoices" => id,
            "disputes" => &dispute,
            "rate-jobs" => &job,
            "rate-contracts" => &contract,
            _ => "00000000-0000-0000-0000-000000000007",
        };
        let path = template.replace("{id}", id).replace("{version}", "1");
        let got = world.ask(ask(method, &path, &template).of(B)).await;
        assert_eq!(got.status, 404, "{method} {template}: {}", got.text);
        asked += 1;
    }
    assert_eq!(asked, 18);
    for list in [
        "/v1/freight-invoices",
        "/v1/rate-contracts",
        "/v1/rate-jobs",
        "/v1/hand-overs",
        "/v1/ledger/entries",
    ] {
        assert_eq!(world.ask(Ask::get(list).of(B)).await.ok(200)["items"], json!([]), "{list}");
    }
    assert_eq!(world.invoice("INV1").await.0["status"], "disputed", "nothing was changed");
}

#[tokio::test]
async fn every_described_route_is_there_and_nothing_else_at_its_path() {
    let world = World::new().await;
    testing::routes_are_there(&openapi(), &router(world.database.clone())).await.unwrap();
}

#[test]
fn every_route_is_described_with_its_scope() {
    let right =
        |_: &str, scopes: &[String]| matches!(scopes, [one] if one.starts_with("settlement:"));
    testing::routes_are_described(&openapi(), right).unwrap();
}

#[test]
fn every_change_tells_of_its_idempotency_key() {
    let document = openapi();
    let described = serde_json::to_value(&document).unwrap();
    for (method, path) in caravan_web::openapi::routes(&document) {
        let operation = &described["paths"][&path][method.to_lowercase()];
        let parameters = operation["parameters"].as_array();
        let mut of_key =
            parameters.into_iter().flatten().filter(|one| one["name"] == "idempotency-key");
        let changes = method != "GET" && path != "/v1/rates/quote";
        let must = path == "/v1/hand-overs";
        let told = of_key.next().map(|one| (&one["in"], &one["required"]));
        let expected = changes.then_some((json!("header"), json!(must)));
        assert_eq!(told, expected.as_ref().map(|(place, must)| (place, must)), "{method} {path}");
    }
}
