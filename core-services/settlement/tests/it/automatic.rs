//! Approval without a person by the tenant's rule, and of many bills at once.

use caravan_events::Kind;
use caravan_model::Status;
use serde_json::{Value, json};

use crate::world::{A, Ask, World, bill, billed, milestone, order};

const RULE: &str = "/v1/freight-invoices/approval-rule";

/// Delivered shipments 1, 2, 3 of 1,000 kg, 5,000 INR each by contract, 0.5 % or 1 INR of tolerance.
async fn world() -> World {
    let world = World::with_contract(&json!({})).await;
    let mut events = Vec::new();
    for n in 1..=3_u128 {
        events.push(order(n, 1, &json!({})));
        events.push(milestone(&format!("LR{n}"), Status::Delivered, 900));
    }
    world.tell(&events).await;
    world
}

async fn bills(world: &World, totals: &[i64]) {
    let of = |(n, total): (usize, &i64)| {
        let n = n + 1;
        billed(A, bill(&format!("I{n}"), &format!("LR{n}"), &[(None, *total)]), 2_000)
    };
    let events: Vec<_> = totals.iter().enumerate().map(of).collect();
    world.tell(&events).await;
}

async fn set(world: &World, rule: Value, etag: &str) -> crate::world::Got {
    let ask = Ask::new(axum::http::Method::PUT, RULE).json(rule);
    world.ask(ask.if_match(etag)).await
}

#[tokio::test]
async fn a_clean_bill_is_approved_by_the_tenants_rule_and_says_by_which() {
    let world = world().await;
    let off = world.ask(Ask::get(RULE)).await;
    assert_eq!((off.etag.as_deref(), &off.body), (Some("\"0\""), &json!({"approve": "off"})));
    let rule = json!({"approve": "within-tolerance", "up_to": "5010", "currency": "INR"});
    assert_eq!(
        set(&world, json!({"approve": "all"}), "\"0\"").await.code(422),
        "approval-rule-invalid"
    );
    let half = json!({"approve": "matched", "up_to": "1"});
    assert_eq!(set(&world, half, "\"0\"").await.code(422), "approval-rule-invalid");
    assert_eq!(set(&world, rule.clone(), "\"1\"").await.code(412), "version-conflict");
    let got = set(&world, rule, "\"0\"").await;
    assert_eq!(got.etag.as_deref(), Some("\"1\""));
    assert_eq!(
        got.ok(200),
        json!({"approve": "within-tolerance", "up_to": "5010.00", "currency": "INR"})
    );
    // As agreed, within tolerance, and within tolerance but above the limit.
    bills(&world, &[500_000, 501_000, 502_000]).await;
    let approvals = |bill: &Value| bill["approvals"].as_array().unwrap().len();
    for number in ["I1", "I2"] {
        let (bill, _) = world.invoice(number).await;
        assert_eq!((&bill["status"], approvals(&bill)), (&json!("approved"), 1), "{bill:#}");
        let approval = &bill["approvals"][0];
        assert_eq!(
            (&approval["by"], &approval["reason"]),
            (
                &json!("rule/approval"),
                &json!("by rule: within-tolerance, up to 5010.00 INR (version 1)")
            )
        );
    }
    let (third, _) = world.invoice("I3").await;
    assert_eq!((&third["status"], &third["outcome"]), (&json!("open"), &json!("within-tolerance")));
    assert_eq!(world.events(&Kind::FREIGHT_INVOICE_APPROVED).await.len(), 2);
    assert_eq!(
        world.balances().await,
        ["carrier-payable -10010.00", "freight-accrued -5000.00", "freight-expense 15010.00"]
    );
    let trail = world.trail().await;
    assert_eq!(
        trail[..3],
        ["freight-invoice.approved", "freight-invoice.approved", "approval-rule.changed"]
    );
    assert_eq!(world.actors("freight-invoice.approved").await, ["rule/approval"; 2]);

    // What a person reopens stays a person's, and a redelivery of everything changes nothing.
    let (first, etag) = world.invoice("I1").await;
    let reopen = format!("/v1/freight-invoices/{}/reopen", first["id"].as_str().unwrap());
    world.ask(Ask::post(&reopen, json!({"reason": "wait"})).if_match(&etag)).await.ok(200);
    world.rewind().await;
    world.take_in().await;
    let (first, _) = world.invoice("I1").await;
    assert_eq!((&first["status"], approvals(&first)), (&json!("open"), 1));
    // Nor does the rule take it when its order weighs less, so that it comes out anew, as clean as the rule asks.
    world.tell(&[order(1, 2, &json!({"weight_kg": "999"}))]).await;
    let (first, _) = world.invoice("I1").await;
    assert_eq!(first["outcome"], "within-tolerance");
    assert_eq!((&first["status"], approvals(&first)), (&json!("open"), 1));
}

#[tokio::test]
async fn of_many_each_is_approved_or_says_why_not() {
    let world = world().await;
    bills(&world, &[500_000, 600_000, 500_000]).await;
    let id = |bill: &Value| bill["id"].clone();
    let (first, second, third) =
        (world.invoice("I1").await.0, world.invoice("I2").await.0, world.invoice("I3").await.0);
    let nobody = json!(uuid::Uuid::from_u128(9));
    let all = json!([
        {"id": id(&first), "total": "5000.00"}, {"id": id(&second), "total": "6000.00"},
        {"id": id(&third), "total": "4999.99"}, {"id": nobody, "total": "1"},
        {"id": id(&first), "total": "5000.00"},
    ]);
    let path = "/v1/freight-invoices/bulk";
    let none = world.ask(Ask::post(path, json!({"approve": []}))).await;
    assert_eq!(none.code(422), "bulk-invalid");
    let ask = || Ask::post(path, json!({"approve": all})).header("idempotency-key", "b");
    let got = world.ask(ask()).await.ok(200);
    let results = got["results"].as_array().unwrap();
    let codes: Vec<Option<&str>> = results.iter().map(|one| one["code"].as_str()).collect();
    assert_eq!(
        codes,
        [
            None,
            Some("reason-missing"),
            Some("freight-invoice-total"),
            Some("freight-invoice-not-found"),
            Some("freight-invoice-status"),
        ],
        "{got:#}"
    );
    assert_eq!((&results[0]["done"], &results[1]["done"]), (&json!(true), &json!(false)));
    assert!(world.ask(ask()).await.replayed);
    assert_eq!(world.count("SELECT count(*) FROM entries WHERE kind = 'approval'").await, 1);
    let reasoned = json!({"approve": [{"id": id(&second), "total": "6000"}], "reason": "agreed"});
    assert_eq!(world.ask(Ask::post(path, reasoned)).await.ok(200)["results"][0]["done"], true);
    assert_eq!(world.actors("freight-invoice.approved").await, ["user/test"; 2]);

    // A typed bill is approved by the rule in the request that enters it.
    let rule = json!({"approve": "matched"});
    set(&world, rule, "\"0\"").await.ok(200);
    let typed = json!({"carrier": "demo", "number": "I5", "currency": "INR", "total": "5000.00",
                       "references": [{"kind": "lr", "value": "LR3"}]});
    let cancel = format!("/v1/freight-invoices/{}/cancel", third["id"].as_str().unwrap());
    world.ask(Ask::post(&cancel, json!({"reason": "x"})).if_match("*")).await.ok(200);
    let typed = world.ask(Ask::post("/v1/freight-invoices", typed)).await.ok(201);
    assert_eq!(typed["status"], "approved", "{typed:#}");
    let by = world.actors("freight-invoice.approved").await;
    assert_eq!(by, ["rule/approval", "user/test", "user/test"]);
}
