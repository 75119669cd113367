//! Approval, dispute, notes and hand-over: what is posted, by whom it may be, and that it balances.

use caravan_events::Kind;
use caravan_model::{FreightInvoice, Status};
use serde_json::{Value, json};

use crate::world::{A, Ask, World, bill, billed, milestone, order, terms};

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

fn path_of(invoice: &Value, action: &str) -> String {
    format!("/v1/freight-invoices/{}/{action}", invoice["id"].as_str().unwrap())
}

/// Approves as the bill is now.
async fn approve(world: &World, number: &str, reason: Option<&str>) -> Value {
    let (invoice, etag) = world.invoice(number).await;
    let body = reason.map_or(Value::Null, |reason| json!({"reason": reason}));
    world.ask(Ask::post(&path_of(&invoice, "approve"), body).if_match(&etag)).await.ok(200)
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
    let ask = || world.ask(Ask::post(&path_of(&invoice, "approve"), Value::Null).if_match(&etag));
    let (one, other) = tokio::join!(ask(), ask());
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", one.text, other.text);
    assert_eq!(world.count("SELECT count(*) FROM entries WHERE kind = 'approval'").await, 1);
    let (now, etag) = world.invoice("INV1").await;
    let third = world.ask(Ask::post(&path_of(&now, "approve"), Value::Null).if_match(&etag)).await;
    assert_eq!(third.code(409), "freight-invoice-status");
    let keyed = || {
        Ask::post(&path_of(&now, "reopen"), json!({"reason": "too early"}))
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
    let bare =
        world.ask(Ask::post(&path_of(&invoice, "approve"), Value::Null).if_match(&etag)).await;
    assert_eq!(bare.code(422), "reason-missing");
    let approved = approve(&world, "INV1", Some("agreed by phone")).await;
    assert_eq!(approved["approvals"][0]["reason"], "agreed by phone");
    world.tell(&[billed(A, bill("LOST", "LR9", &[(None, 1)]), 3_000)]).await;
    let (lost, etag) = world.invoice("LOST").await;
    let got = world
        .ask(Ask::post(&path_of(&lost, "approve"), json!({"reason": "x"})).if_match(&etag))
        .await;
    assert_eq!(got.code(409), "freight-invoice-not-approvable");
}

#[tokio::test]
async fn a_dispute_has_evidence_a_thread_and_an_end() {
    let world = world(&[(None, 4_500_000)]).await;
    let (invoice, etag) = world.invoice("INV1").await;
    let body = |evidence: &str| json!({"reason": "rate", "text": "5 INR a kg were agreed", "evidence": [evidence]});
    let bad = world
        .ask(Ask::post(&path_of(&invoice, "dispute"), body("contract.pdf")).if_match(&etag))
        .await;
    assert_eq!(bad.code(422), "dispute-invalid");
    let disputed = world
        .ask(Ask::post(&path_of(&invoice, "dispute"), body("abcd1234")).if_match(&etag))
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
            &path_of(&invoice, "notes"),
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
    world.ask(Ask::post(&path_of(&made, "approve"), Value::Null).if_match(&etag)).await.ok(200);
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
    let told = world.events(&Kind::FREIGHT_INVOICE_SETTLED).await;
    assert_eq!(told.len(), 2);
    let told = told.iter().find(|one| one["invoice"]["number"] == "INV1").unwrap();
    assert_eq!(told["hand_over_id"], handed["id"]);
    assert_eq!(
        told["approval"],
        json!({"carrier": "DEMO", "freight": "40000.00", "tax_forward": "0.00", "tax_reverse": "2000.00",
               "deducted": "800.00", "payable": "39200.00"})
    );
    assert_eq!(
        told["bill"]["lines"],
        json!([{"line": "1", "code": "linehaul", "amount": "40000.00"}])
    );
    assert_eq!(
        told["bill"]["taxes"],
        json!([{"side": "reverse-charge", "kind": "IGST", "rate": "5", "amount": "2000.00"},
               {"side": "withheld", "kind": "393(1) table 6(i)", "rate": "2", "amount": "800.00"}])
    );
    assert_eq!(
        told["bill"]["references"],
        json!([{"kind": "lr", "value": "LR1"}, {"kind": "order", "value": "ORD1"}, {"kind": "shipment", "value": "ORD1"}])
    );
    let (settled, etag) = world.invoice("INV1").await;
    assert_eq!((&settled["status"], &settled["hand_over_id"]), (&json!("settled"), &handed["id"]));
    let reopen = Ask::post(&path_of(&settled, "reopen"), json!({"reason": "x"})).if_match(&etag);
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

/// Drafts and publishes the next version of the contract at `path`.
async fn republish(world: &World, path: &str, patch: &Value) {
    let versions = path.rsplit_once('/').unwrap().0;
    world.ask(Ask::post(versions, terms(patch))).await.ok(201);
    let publish = Ask::post(&format!("{versions}/2/publish"), Value::Null).if_match("\"1\"");
    world.ask(publish).await.ok(200);
}

/// `account currency amount` of each balance that is not zero.
async fn by_currency(world: &World) -> Vec<String> {
    let found = world.ask(Ask::get("/v1/ledger/balances")).await.ok(200);
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let line =
        |row: &Value| ["account", "currency", "amount"].map(|name| text(row, name)).join(" ");
    found.as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn an_accrual_follows_a_contract_that_changes_its_currency() {
    let world = World::new().await;
    let path = world.publish(terms(&json!({}))).await;
    let first = [order(1, 1, &json!({})), milestone("LR1", Status::Delivered, 900)];
    let second = [order(2, 1, &json!({})), milestone("LR2", Status::Delivered, 900)];
    world.tell(&first).await;
    world.tell(&second).await;
    assert_eq!(
        by_currency(&world).await,
        ["freight-accrued INR -10000.00", "freight-expense INR 10000.00"]
    );
    let dollars = json!({"currency": "USD", "valid_from": "2026-11-01",
                         "lanes": [{"line": 1, "slabs": [{"per": "kg", "amount": "0.06"}]}]});
    republish(&world, &path, &dollars).await;
    // The first shipment is heard of once more before its bill comes, the second is not.
    world.tell(&[order(1, 2, &json!({"packages": 11}))]).await;
    assert_eq!(
        by_currency(&world).await,
        [
            "freight-accrued INR -5000.00",
            "freight-accrued USD -60.00",
            "freight-expense INR 5000.00",
            "freight-expense USD 60.00"
        ]
    );
    let usd = |number: &str, lr: &str| {
        let mut bill = bill(number, lr, &[(None, 6_000)]);
        bill.total.currency = "USD".into();
        bill.charges[0].amount.currency = "USD".into();
        billed(A, bill, 2_000)
    };
    world.tell(&[usd("U1", "LR1"), usd("U2", "LR2")]).await;
    approve(&world, "U1", None).await;
    approve(&world, "U2", None).await;
    let settled = ["carrier-payable USD -120.00", "freight-expense USD 120.00"];
    assert_eq!(by_currency(&world).await, settled, "nothing is left accrued in rupees");

    // Reopened, what the approval had taken back stands again; approved again, it is gone again.
    let (second, etag) = world.invoice("U2").await;
    let reopen = Ask::post(&path_of(&second, "reopen"), json!({"reason": "x"})).if_match(&etag);
    world.ask(reopen).await.ok(200);
    let accrued = by_currency(&world).await;
    assert!(accrued.contains(&"freight-accrued INR -5000.00".to_owned()), "{accrued:?}");
    approve(&world, "U2", None).await;
    assert_eq!(by_currency(&world).await, settled);
}

#[tokio::test]
async fn reverse_charge_is_owed_in_whole_rupees_and_a_bill_in_paise_passes() {
    let forward = json!({"tax": {"gst": "forward-without-credit", "supplier_state": "27", "recipient_state": "29"}});
    let world = World::with_contract(&forward).await;
    // 1,010 kg are 5,050 rupees, of which 5 % are 252.50.
    for n in 1..=3_u128 {
        let weight = json!({"weight_kg": "1010"});
        world
            .tell(&[order(n, 1, &weight), milestone(&format!("LR{n}"), Status::Delivered, 900)])
            .await;
    }
    let taxed = |n: u128, tax: i64| {
        let lines = [(None, 505_000), (Some("GST"), tax)];
        billed(A, bill(&format!("G{n}"), &format!("LR{n}"), &lines), 2_000)
    };
    world.tell(&[taxed(1, 25_300), taxed(2, 25_250), taxed(3, 25_200)]).await;
    let outcome = async |number: &str| world.invoice(number).await.0["outcome"].clone();
    assert_eq!(outcome("G1").await, "matched", "rounded as the law says");
    assert_eq!(outcome("G2").await, "matched", "in paise");
    let (third, _) = world.invoice("G3").await;
    assert_eq!(
        (&third["outcome"], &third["variance"]),
        (&json!("within-tolerance"), &json!("-1.00"))
    );
    let approved = approve(&world, "G2", None).await;
    assert_eq!(approved["approvals"][0]["tax_forward"], "252.50");
}

#[tokio::test]
async fn a_note_is_in_the_file_of_its_bill_or_of_the_next_hand_over_once() {
    let world = world(&[(None, 4_000_000)]).await;
    approve(&world, "INV1", None).await;
    let (invoice, _) = world.invoice("INV1").await;
    let note = async |kind: &str, number: &str, amount: &str| {
        let body = json!({"kind": kind, "number": number, "amount": amount, "reason": "rate"});
        world.ask(Ask::post(&path_of(&invoice, "notes"), body)).await.ok(200)
    };
    let hand_over = async |key: &str| {
        let ask = Ask::post("/v1/hand-overs", json!({})).header("idempotency-key", key);
        world.ask(ask).await
    };
    let file = async |handed: Value| {
        let text = world.ask(Ask::get(handed["file"].as_str().unwrap())).await.text;
        text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    note("credit", "=CN1", "500.00").await;
    let first = file(hand_over("h1").await.ok(201)).await;
    assert_eq!(first.len(), 2, "{first:?}");
    assert!(first[0].contains(",INV1,") && first[0].ends_with(",39200.00,bill,"), "{first:?}");
    assert!(first[1].contains(",'=CN1,"), "{first:?}");
    let credit = ",INR,-500.00,-500.00,0.00,0.00,0.00,-500.00,credit-note,INV1";
    assert!(first[1].ends_with(credit), "{first:?}");

    note("debit", "DN1", "20.00").await;
    let handed = hand_over("h2").await.ok(201);
    assert_eq!(handed["invoices"], 0);
    let second = file(handed).await;
    assert_eq!(second.len(), 1, "{second:?}");
    assert!(second[0].ends_with(",20.00,debit-note,INV1"), "{second:?}");
    assert_eq!(hand_over("h3").await.code(409), "nothing-approved", "each goes once");
}
