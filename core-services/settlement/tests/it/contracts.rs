//! Contracts by version, quotes as of a moment, imports and re-rating.

use axum::http::Method;
use caravan_events::Kind;
use serde_json::{Value, json};

use crate::world::{A, Ask, World, bill, billed, order, terms};

fn quote(patch: &Value) -> Ask {
    let mut body = json!({
        "ship_date": "2026-11-20", "weight_kg": "1000",
        "origin": {"country": "IN", "region": "MH", "postal_code": "400001"}, "destination": {"country": "IN", "region": "KA"},
    });
    body.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
    Ask::post("/v1/rates/quote", body)
}

async fn total(world: &World, patch: &Value) -> Value {
    world.ask(quote(patch)).await.ok(200)["quotes"][0]["total"].clone()
}

#[tokio::test]
async fn a_draft_is_edited_with_its_etag_and_published_once() {
    let world = World::new().await;
    let made = world.ask(Ask::post("/v1/rate-contracts", terms(&json!({})))).await;
    assert_eq!(made.etag.as_deref(), Some("\"1\""));
    let id = made.ok(201)["contract_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/rate-contracts/{id}/versions/1");
    let edit = |etag: &str| {
        Ask::new(Method::PUT, &path).json(terms(&json!({"valid_to": "2027-03-31"}))).if_match(etag)
    };
    let unmatched = Ask::new(Method::PUT, &path).json(terms(&json!({})));
    assert_eq!(world.ask(unmatched).await.code(428), "precondition-required");
    assert_eq!(world.ask(edit("\"1\"")).await.ok(200)["valid_to"], "2027-03-31");
    let conflict = world.ask(edit("\"1\"")).await;
    assert_eq!(conflict.code(412), "version-conflict");
    assert_eq!(conflict.body["current"]["valid_to"], "2027-03-31");
    assert_eq!(total(&world, &json!({})).await, Value::Null, "a draft does not hold");
    let publish = || {
        Ask::post(&format!("{path}/publish"), Value::Null)
            .if_match("\"2\"")
            .header("idempotency-key", "k1")
    };
    let first = world.ask(publish()).await;
    let again = world.ask(publish()).await;
    assert_eq!(
        (first.status, first.replayed, again.status, again.replayed),
        (200, false, 200, true)
    );
    assert_eq!(first.body, again.body);
    assert_eq!(total(&world, &json!({})).await, "5000.00");
    assert_eq!(world.ask(edit("\"3\"")).await.code(409), "version-published");
    assert_eq!(
        world.ask(Ask::post("/v1/rate-contracts", terms(&json!({})))).await.code(409),
        "contract-exists"
    );
    let told = world.events(&Kind::RATE_CONTRACT_PUBLISHED).await;
    assert_eq!((told.len(), &told[0]["lanes"][0]["slabs"][0]["amount"]), (1, &json!("5")));
    let listed = world.ask(Ask::get("/v1/rate-contracts?carrier=demo")).await.ok(200);
    assert_eq!(listed["items"][0]["versions"][0]["status"], "published");
}

#[tokio::test]
async fn a_new_version_never_re_rates_the_past() {
    let world = World::with_contract(&json!({})).await;
    let before = world.ask(quote(&json!({}))).await.ok(200);
    let as_of = before["as_of"].clone();
    let id = before["quotes"][0]["contract_id"].as_str().unwrap().to_owned();
    let dearer = |from: &str| {
        terms(
            &json!({"valid_from": from, "lanes": [{"line": 1, "slabs": [{"per": "kg", "amount": "9"}]}]}),
        )
    };
    for (version, from) in [(2, "2026-11-01"), (3, "2026-12-01")] {
        world
            .ask(Ask::post(&format!("/v1/rate-contracts/{id}/versions"), dearer(from)))
            .await
            .ok(201);
        let publish = format!("/v1/rate-contracts/{id}/versions/{version}/publish");
        world.ask(Ask::post(&publish, Value::Null).if_match("\"1\"")).await.ok(200);
    }
    assert_eq!(
        total(&world, &json!({})).await,
        "9000.00",
        "version 2 holds for that day, and is known now"
    );
    assert_eq!(total(&world, &json!({"ship_date": "2026-10-31"})).await, "5000.00");
    let again = world.ask(quote(&json!({"as_of": as_of}))).await.ok(200);
    assert_eq!(again, before, "as of the same moment the answer is the same, explanation and all");
}

#[tokio::test]
async fn mistakes_in_terms_are_told_all_at_once_with_their_places() {
    let world = World::new().await;
    let wrong = terms(
        &json!({"valid_to": "2026-01-01", "lanes": [{"line": 1, "slabs": [{"per": "day", "amount": "1,5"}]}]}),
    );
    let got = world.ask(Ask::post("/v1/rate-contracts", wrong)).await;
    assert_eq!(got.code(422), "contract-invalid");
    let pointers: Vec<&str> = got.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/valid_to", "/lanes/0/slabs/0/per", "/lanes/0/slabs/0/amount"]);
}

#[tokio::test]
async fn fuel_goes_by_the_index_of_the_day_and_quotes_come_cheapest_first() {
    let world = World::with_contract(
        &json!({"fuel": {"index": "diesel", "steps": [{"at_least": "90", "percent": "10"}]}}),
    )
    .await;
    world.publish(terms(&json!({"carrier": "OTHER", "lanes": [{"line": 1, "slabs": [{"per": "shipment", "amount": "1200"}]}]}))).await;
    let none = world.ask(quote(&json!({}))).await.ok(200);
    assert_eq!(
        (&none["unrated"][0]["code"], &none["quotes"][0]["carrier"]),
        (&json!("no-fuel-index"), &json!("OTHER"))
    );
    let values = json!({"name": "diesel", "values": [{"from": "2026-11-01", "value": "89.99"}, {"from": "2026-11-15", "value": "92.72"}]});
    assert_eq!(world.ask(Ask::post("/v1/fuel-indexes", values)).await.status, 204);
    let found = world.ask(quote(&json!({}))).await.ok(200);
    let quotes: Vec<(&str, &str)> = found["quotes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["carrier"].as_str().unwrap(), one["total"].as_str().unwrap()))
        .collect();
    assert_eq!(quotes, [("OTHER", "1200.00"), ("DEMO", "5500.00")]);
    assert_eq!(
        total(&world, &json!({"carrier": "demo", "ship_date": "2026-11-14"})).await,
        "5000.00"
    );
    let listed = world.ask(Ask::get("/v1/fuel-indexes?name=diesel")).await.ok(200);
    assert_eq!(listed[0]["value"], "92.72");
}

#[tokio::test]
async fn a_table_is_tried_dry_by_the_same_code_and_then_taken_once() {
    let world = World::new().await;
    let csv = "carrier,name,currency,valid_from,origin_region,destination_region,up_to,per,amount\n\
               demo,Road,INR,2026-04-01,MH,KA,100,shipment,500\ndemo,Road,INR,2026-04-01,MH,KA,,kg,4.75\n\
               other,Road,INR,2026-04-01,MH,KA,,day,4.75\n";
    let dry = world.ask(Ask::csv("/v1/rate-contracts/import?dry_run=true", csv)).await.ok(200);
    assert_eq!((dry["rows"].clone(), dry["created"].as_array().unwrap().len()), (json!(3), 1));
    assert_eq!(dry["rejected"][0]["row"], 4, "{dry}");
    let path = "/v1/rate-contracts/import?dry_run=true";
    let book = world.ask(Ask::workbook(path, csv)).await.ok(200);
    assert_eq!((&book["rows"], &book["rejected"]), (&dry["rows"], &dry["rejected"]), "{book}");
    assert_eq!(world.ask(Ask::csv(path, "%PDF-1.7")).await.code(422), "table-not-a-table");
    assert_eq!(world.count("SELECT count(*) FROM rate_contracts").await, 0);
    assert_eq!(
        world.ask(Ask::csv("/v1/rate-contracts/import", csv)).await.code(400),
        "idempotency-key-missing"
    );
    let taken = || Ask::csv("/v1/rate-contracts/import", csv).header("idempotency-key", "file-1");
    world.ask(taken()).await.ok(200);
    assert!(world.ask(taken()).await.replayed);
    assert_eq!(world.count("SELECT count(*) FROM rate_contract_versions").await, 1);
}

#[tokio::test]
async fn bills_come_from_a_table_too() {
    let world = World::with_contract(&json!({})).await;
    world.tell(&[order(1, 1, &json!({"delivery": {"at": "2026-11-21T10:00:00+05:30"}}))]).await;
    let csv = "carrier,number,currency,total,billed_date,lr,line_code,line_amount\n\
               demo,T1,INR,5000.00,2026-11-21,LR1,400,5000.00\ndemo,T2,INR,abc,2026-11-21,LR1,,1\n";
    let dry = world.ask(Ask::csv("/v1/freight-invoices/import?dry_run=true", csv)).await.ok(200);
    assert_eq!(
        (dry["created"].as_array().unwrap().len(), &dry["rejected"][0]["row"]),
        (1, &json!(3))
    );
    assert_eq!(world.count("SELECT count(*) FROM invoices").await, 0);
    world
        .ask(Ask::csv("/v1/freight-invoices/import", csv).header("idempotency-key", "f"))
        .await
        .ok(200);
    assert_eq!(world.invoice("T1").await.0["outcome"], "matched");
    let again = world
        .ask(Ask::csv("/v1/freight-invoices/import", csv).header("idempotency-key", "g"))
        .await
        .ok(200);
    assert_eq!(
        (again["created"].clone(), again["known"].as_array().unwrap().len()),
        (json!([]), 1)
    );
}

#[tokio::test]
async fn a_job_re_rates_as_of_a_moment_and_changes_nothing_itself() {
    let world = World::with_contract(&json!({})).await;
    let orders: Vec<_> = (1..=30).map(|n| order(n, 1, &json!({}))).collect();
    world.tell(&orders).await;
    world
        .tell(&[
            order(31, 1, &json!({"weight_kg": null})),
            billed(A, bill("X", "LR1", &[(None, 1)]), 1),
        ])
        .await;
    let found = world.ask(quote(&json!({}))).await.ok(200);
    let id = found["quotes"][0]["contract_id"].as_str().unwrap().to_owned();
    let dearer = terms(
        &json!({"valid_from": "2026-11-01", "lanes": [{"line": 1, "slabs": [{"per": "kg", "amount": "9"}]}]}),
    );
    world.ask(Ask::post(&format!("/v1/rate-contracts/{id}/versions"), dearer)).await.ok(201);
    world
        .ask(
            Ask::post(&format!("/v1/rate-contracts/{id}/versions/2/publish"), Value::Null)
                .if_match("\"1\""),
        )
        .await
        .ok(200);
    let ask = |as_of: &Value| {
        Ask::post(
            "/v1/rate-jobs",
            json!({"from": "2026-11-01", "to": "2026-11-30", "as_of": as_of, "carrier": "demo"}),
        )
    };
    let now = world.ask(ask(&Value::Null)).await.ok(202);
    let then = world.ask(ask(&found["as_of"])).await.ok(202);
    assert_eq!((&now["status"], &now["total"]), (&json!("queued"), &json!(31)));
    world.run_until("SELECT count(*) FROM jobs WHERE status <> 'done'", 0).await;
    let path = |job: &Value| format!("/v1/rate-jobs/{}", job["id"].as_str().unwrap());
    let done = world.ask(Ask::get(&path(&now))).await.ok(200);
    assert_eq!(
        (&done["done"], &done["changed"], &done["unrated"]),
        (&json!(31), &json!(30), &json!(1)),
        "{done}"
    );
    let done = world.ask(Ask::get(&path(&then))).await.ok(200);
    assert_eq!(
        (&done["done"], &done["changed"]),
        (&json!(31), &json!(0)),
        "as of then nothing is new: {done}"
    );
    let results =
        world.ask(Ask::get(&format!("{}/results?changed=true&limit=20", path(&now)))).await.ok(200);
    assert_eq!(results["items"].as_array().unwrap().len(), 20);
    assert_eq!(
        (&results["items"][0]["before"], &results["items"][0]["after"]),
        (&json!("5000.00"), &json!("9000.00"))
    );
    assert_eq!(world.count("SELECT count(*) FROM shipments WHERE rated_minor = 500000").await, 30);
}
