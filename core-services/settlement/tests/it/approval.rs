//! Approval, dispute, notes and hand-over: what is posted, by whom it may be, and that it balances.

use caravan_events::Kind;
use caravan_model::{FreightInvoice, Status};
use serde_json::{Value, json};

use crate::world::{A, Ask, World, bill, billed, milestone, order};

const TAX: &str = r#"{"tax": {"gst": "reverse", "supplier_state": "27", "recipient_state": "29", "pan": "AAACL1234C"}}"#;

/// A delivered shipment of 8,000 kg, 40,000 INR by contract, and its bill.
async fn world(lines: &[(Option<&str>, i64)]) -> World {
    let world = World::with_contract(&serde_json::from_str(TAX).unwrap()).await;
    let events = [
        order(1, 1, &json!({"weight_kg": "8000"})),
        milestone("LR1", Status::Delivered, 900),
        billed(A, bill("INV1", "LR1", lines), 2_000),
    ];
    world.tell(&events).await;
    world
}

fn path(invoice: &Value, action: &str) -> String {
    format!("/v1/freight-invoices/{}/{action}", invoice["id"].as_str().unwrap())
}

/// Approves as the bill is now.
async fn approve(world: &World, number: &str, reason: Option<&str>) -> Value {
    let (invoice, etag) = world.invoice(number).await;
    let body = reason.map_or(Value::Null, |reason| json!({"reason": reason}));
    world.ask(Ask::post(&path(&invoice, "approve"), body).if_match(&etag)).await.ok(200)
}

#[tokio::test]
async fn an_approval_posts_the_debt_the_tax_owed_and_the_tax_deducted() {
    let world = world(&[(None, 4_000_000)]).await;
    assert_eq!(world.balances().await, ["freight-accrued -40000.00", "freight-expense 40000.00"]);
    let approved = approve(&world, "INV1", None).await;
    assert_eq!(approved["status"], "approved");
    let decision = &approved["approvals"][0];
    assert_eq!(
        (
            &decision["freight"],
            &decision["tax_reverse"],
            &decision["deducted"],
            &decision["payable"]
        ),
        (&json!("40000.00"), &json!("2000.00"), &json!("800.00"), &json!("39200.00"))
    );
    let laws: Vec<&str> = decision["explanation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["source"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(laws, ["law", "law"]);
    assert_eq!(
        world.balances().await,
        [
            "carrier-payable -39200.00",
            "freight-expense 40000.00",
            "gst-input 2000.00",
            "gst-reverse -2000.00",
            "tds-payable -800.00"
        ]
    );
    assert_eq!(world.events(&Kind::FREIGHT_INVOICE_APPROVED).await.len(), 1);
}

#[tokio::test]
async fn of_two_who_approve_at_once_one_is_told_and_it_is_posted_once() {
    let world = world(&[(None, 4_000_000)]).await;
    let (invoice, etag) = world.invoice("INV1").await;
    let ask = || world.ask(Ask::post(&path(&invoice, "approve"), Value::Null).if_match(&etag));
    let (one, other) = tokio::join!(ask(), ask());
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", one.text, other.text);
    assert_eq!(world.count("SELECT count(*) FROM entries WHERE kind = 'approval'").await, 1);
    let (now, etag) = world.invoice("INV1").await;
    let third = world.ask(Ask::post(&path(&now, "approve"), Value::Null).if_match(&etag)).await;
    assert_eq!(third.code(409), "freight-invoice-status");
    let keyed = || {
        Ask::post(&path(&now, "reopen"), json!({"reason": "too early"}))
            .if_match(&etag)
            .header("idempotency-key", "r")
    };
    assert!(!world.ask(keyed()).await.replayed);
    assert!(world.ask(keyed()).await.replayed);
    assert_eq!(
        world.balances().await,
        ["freight-accrued -40000.00", "freight-expense 40000.00"],
        "undone"
    );
}

#[tokio::test]
async fn what_is_not_clean_needs_a_reason_and_some_cannot_be_approved() {
    let world = world(&[(None, 4_000_000), (Some("AAJ"), 100_000)]).await;
    let (invoice, etag) = world.invoice("INV1").await;
    assert_eq!(
        (&invoice["outcome"], &invoice["variance"]),
        (&json!("disputed"), &json!("1000.00"))
    );
    assert_eq!(invoice["match"]["lines"][1]["reason"], "accessorial-unlisted", "{invoice:#}");
    let bare = world.ask(Ask::post(&path(&invoice, "approve"), Value::Null).if_match(&etag)).await;
    assert_eq!(bare.code(422), "reason-missing");
    let approved = approve(&world, "INV1", Some("agreed by phone")).await;
    assert_eq!(approved["approvals"][0]["reason"], "agreed by phone");
    world.tell(&[billed(A, bill("LOST", "LR9", &[(None, 1)]), 3_000)]).await;
    let (lost, etag) = world.invoice("LOST").await;
    let got =
        world.ask(Ask::post(&path(&lost, "approve"), json!({"reason": "x"})).if_match(&etag)).await;
    assert_eq!(got.code(409), "freight-invoice-not-approvable");
}

#[tokio::test]
async fn a_dispute_has_evidence_a_thread_and_an_end() {
    let world = world(&[(None, 4_500_000)]).await;
    let (invoice, etag) = world.invoice("INV1").await;
    let body = |evidence: &str| json!({"reason": "rate", "text": "5 INR a kg were agreed", "evidence": [evidence]});
    let bad = world
        .ask(Ask::post(&path(&invoice, "dispute"), body("contract.pdf")).if_match(&etag))
        .await;
    assert_eq!(bad.code(422), "dispute-invalid");
    let disputed = world
        .ask(Ask::post(&path(&invoice, "dispute"), body("abcd1234")).if_match(&etag))
        .await
        .ok(200);
    let dispute = &disputed["disputes"][0];
    assert_eq!((&disputed["status"], &dispute["amount"]), (&json!("disputed"), &json!("5000.00")));
    assert!(world.balances().await.contains(&"disputed-claim 5000.00".to_owned()));
    let of = |action: &str| format!("/v1/disputes/{}{action}", dispute["id"].as_str().unwrap());
    let said = json!({"side": "carrier", "text": "credit note follows"});
    let thread = world.ask(Ask::post(&of("/messages"), said)).await.ok(201);
    assert_eq!(
        (thread["messages"].as_array().unwrap().len(), &thread["messages"][1]["side"]),
        (2, &json!("carrier"))
    );
    world
        .ask(Ask::post(&of("/resolve"), json!({"resolution": "credit note of 5,000"})))
        .await
        .ok(200);
    assert_eq!(
        world.ask(Ask::post(&of("/resolve"), json!({"resolution": "again"}))).await.code(409),
        "dispute-resolved"
    );
    assert_eq!(world.ask(Ask::get(&of(""))).await.ok(200)["status"], "resolved");
    assert_eq!(world.balances().await, ["freight-accrued -40000.00", "freight-expense 40000.00"]);
    approve(&world, "INV1", Some("less the credit note")).await;
    let note = |number: &str| {
        Ask::post(
            &path(&invoice, "notes"),
            json!({"kind": "credit", "number": number, "amount": "5000.00", "reason": "rate"}),
        )
    };
    let noted = world.ask(note("CN1")).await.ok(200);
    assert_eq!(noted["notes"][0]["amount"], "5000.00");
    assert_eq!(world.ask(note("CN1")).await.code(409), "note-exists");
    let payable = world
        .balances()
        .await
        .into_iter()
        .find(|line| line.starts_with("carrier-payable"))
        .unwrap();
    // 45,000 less 2 % tax deducted, less the note.
    assert_eq!(payable, "carrier-payable -39100.00");
    assert_eq!(world.events(&Kind::FREIGHT_INVOICE_DISPUTED).await.len(), 1);
}

#[tokio::test]
async fn a_correction_after_approval_is_posted_anew_and_the_old_undone() {
    let world = world(&[(None, 4_000_000)]).await;
    approve(&world, "INV1", None).await;
    let corrected = FreightInvoice {
        correction: Some("CO".into()),
        ..bill("INV1", "LR1", &[(None, 4_010_000)])
    };
    world.tell(&[billed(A, corrected, 9_000)]).await;
    let (invoice, _) = world.invoice("INV1").await;
    assert_eq!(
        (&invoice["status"], &invoice["outcome"]),
        (&json!("open"), &json!("within-tolerance")),
        "{invoice:#}"
    );
    let approved = approve(&world, "INV1", None).await;
    assert_eq!(approved["approvals"].as_array().unwrap().len(), 2);
    assert_eq!(
        world.balances().await,
        [
            "carrier-payable -39298.00",
            "freight-expense 40100.00",
            "gst-input 2005.00",
            "gst-reverse -2005.00",
            "tds-payable -802.00"
        ]
    );
    let entries = world
        .ask(Ask::get(&format!("/v1/ledger/entries?invoice={}", invoice["id"].as_str().unwrap())))
        .await
        .ok(200);
    let mut kinds: Vec<&str> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["approval", "approval", "reversal"]);
}

#[tokio::test]
async fn approved_bills_are_handed_over_once_and_their_file_runs_no_formula() {
    let world = world(&[(None, 4_000_000)]).await;
    let evil = json!({"carrier": "DEMO", "number": "=HYPERLINK(1)", "currency": "INR", "total": "40000.00",
                      "references": [{"kind": "lr", "value": "LR2"}]});
    world
        .tell(&[order(
            2,
            1,
            &json!({"weight_kg": "8000", "delivery": {"at": "2026-11-21T10:00:00Z"}}),
        )])
        .await;
    let made = world.ask(Ask::post("/v1/freight-invoices", evil)).await;
    let etag = made.etag.clone().unwrap();
    let made = made.ok(201);
    assert_eq!(made["outcome"], "matched", "{made:#}");
    world.ask(Ask::post(&path(&made, "approve"), Value::Null).if_match(&etag)).await.ok(200);
    approve(&world, "INV1", None).await;
    let ask = |key: &str| {
        Ask::post("/v1/hand-overs", json!({"carrier": "demo"})).header("idempotency-key", key)
    };
    assert_eq!(
        world.ask(Ask::post("/v1/hand-overs", json!({}))).await.code(400),
        "idempotency-key-missing"
    );
    let handed = world.ask(ask("h1")).await.ok(201);
    assert_eq!(handed["invoices"], 2);
    assert!(world.ask(ask("h1")).await.replayed);
    assert_eq!(world.ask(ask("h2")).await.code(409), "nothing-approved");
    let file = world.ask(Ask::get(handed["file"].as_str().unwrap())).await;
    let rows: Vec<&str> = file.text.lines().collect();
    assert_eq!(rows.len(), 3, "{}", file.text);
    assert!(
        file.text.contains(",'=HYPERLINK(1),") && file.text.contains(",39200.00"),
        "{}",
        file.text
    );
    assert_eq!(world.events(&Kind::FREIGHT_INVOICE_SETTLED).await.len(), 2);
    let (settled, etag) = world.invoice("INV1").await;
    assert_eq!((&settled["status"], &settled["hand_over_id"]), (&json!("settled"), &handed["id"]));
    let reopen = Ask::post(&path(&settled, "reopen"), json!({"reason": "x"})).if_match(&etag);
    assert_eq!(world.ask(reopen).await.code(409), "freight-invoice-status");
}

#[tokio::test]
async fn the_years_limit_is_reckoned_over_all_bills_of_a_carrier() {
    let world = World::with_contract(&serde_json::from_str(TAX).unwrap()).await;
    let mut events = Vec::new();
    for n in 1..=5_u128 {
        events.push(order(
            n,
            1,
            &json!({"weight_kg": "5000", "delivery": {"at": "2026-11-21T10:00:00Z"}}),
        ));
        events.push(billed(
            A,
            bill(&format!("I{n}"), &format!("LR{n}"), &[(None, 2_500_000)]),
            2_000,
        ));
    }
    world.tell(&events).await;
    let mut deducted = Vec::new();
    for n in 1..=5 {
        let approved = approve(&world, &format!("I{n}"), None).await;
        deducted.push(approved["approvals"][0]["deducted"].as_str().unwrap().to_owned());
    }
    // 25,000 is under the limit of one payment; the fifth passes 1,00,000 in the year and makes up for all.
    assert_eq!(deducted, ["0.00", "0.00", "0.00", "0.00", "2500.00"]);
}
