//! From the log to a compared bill: each effect once, in whatever order and portions the events come.

use caravan_events::{Envelope, Kind};
use caravan_model::{FreightInvoice, Status};
use serde_json::{Value, json};

use crate::world::{A, Ask, B, World, bill, billed, milestone, order};

/// One shipment's life with four hours' wait at delivery (two free), and its bill.
fn life() -> Vec<Envelope> {
    vec![
        order(1, 1, &json!({"status": "tendered"})),
        order(1, 2, &json!({})),
        milestone("LR1", Status::ArrivedDelivery, 600),
        milestone("LR1", Status::Delivered, 840),
        billed(A, bill("INV1", "LR1", &[(None, 500_000), (Some("DTU"), 70_000)]), 2_000),
    ]
}

/// What carriers claim of us and we contest, in smallest units.
const CLAIMS: &str =
    "SELECT COALESCE(sum(amount), 0)::bigint FROM postings WHERE account = 'disputed-claim'";

/// What does not depend on when it was looked at.
fn essence(mut invoice: Value) -> Value {
    let fields = invoice.as_object_mut().unwrap();
    fields.remove("updated_at");
    invoice
}

#[tokio::test]
async fn a_bill_is_matched_whatever_order_its_facts_come_in() {
    let first = World::with_contract(&json!({})).await;
    first.tell(&life()).await;
    let (expected, _) = first.invoice("INV1").await;
    assert_eq!(expected["outcome"], "matched", "{expected:#}");
    assert_eq!((&expected["ways"], &expected["total"]), (&json!(3), &json!("5700.00")));
    let lines = expected["match"]["lines"].as_array().unwrap();
    assert_eq!(lines[0]["code"], "detention");
    assert_eq!(
        (&lines[0]["expected"], &lines[0]["billed_lines"]),
        (&json!("700.00"), &json!(["2"]))
    );
    let parts = expected["explanation"]["parts"].as_array().unwrap();
    assert_eq!(parts[1]["source"]["kind"], "contract", "{expected:#}");
    let stay = &parts[1]["parts"][0];
    assert_eq!(stay["rule"], "a stay of 240 min, 120 min free: 2 × 60 min begun", "{expected:#}");
    let values = json!({ "minutes": "240", "free": "120", "begun": "2", "step": "60" });
    assert_eq!((&stay["kind"], &stay["values"]), (&json!("stay"), &values));

    for turn in 1..4 {
        let mut events = life();
        events.rotate_left(turn);
        if turn % 2 == 1 {
            events.reverse();
        }
        let world = World::with_contract(&json!({})).await;
        for portion in events.chunks(turn) {
            world.tell(portion).await;
        }
        let (found, _) = world.invoice("INV1").await;
        let contract = |value: &Value| value["explanation"]["source"]["contract_id"].clone();
        assert_ne!(contract(&found), contract(&expected));
        for path in ["outcome", "ways", "match", "versions", "shipment_id", "variance"] {
            assert_eq!(essence(found.clone())[path], expected[path], "turn {turn}");
        }
        assert_eq!(
            world.balances().await,
            ["freight-accrued -5700.00", "freight-expense 5700.00"],
            "turn {turn}"
        );
    }
}

#[tokio::test]
async fn a_redelivery_of_everything_changes_nothing() {
    let world = World::with_contract(&json!({})).await;
    world.tell(&life()).await;
    let (before, etag) = world.invoice("INV1").await;
    let events = world.events(&Kind::FREIGHT_INVOICE_MATCHED).await.len();
    let entries = world.count("SELECT count(*) FROM entries").await;
    world.rewind().await;
    world.tell(&[order(9, 1, &json!({}))]).await;
    let (after, etag_after) = world.invoice("INV1").await;
    assert_eq!((after, etag_after), (before, etag));
    assert_eq!(world.events(&Kind::FREIGHT_INVOICE_MATCHED).await.len(), events);
    assert_eq!(world.count("SELECT count(*) FROM entries").await, entries);
    assert_eq!(world.count("SELECT count(*) FROM invoice_versions").await, 1);
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_service_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let world = World::with_contract(&json!({})).await;
    let mut numbers = 0;
    for round in 0..8_u128 {
        let mut events = Vec::new();
        for n in 0..20_u128 {
            let n = 1_000 + round * 20 + n;
            let (number, lr) = (format!("INV{n}"), format!("LR{n}"));
            events.push(order(n, 1, &json!({})));
            events.push(milestone(&lr, Status::Delivered, 900));
            events.push(billed(A, bill(&number, &lr, &[(None, 500_000)]), 2_000));
            numbers += 1;
        }
        let service = world.start();
        world.append(&events).await;
        // Killed at another moment each time: after a number of looks at the table, not after a time.
        for _ in 0..round * 3 {
            world.count("SELECT count(*) FROM invoices").await;
        }
        service.abort();
    }
    world.take_in().await;
    let matched = "SELECT count(*) FROM invoices WHERE outcome = 'matched'";
    assert_eq!(world.count(matched).await, numbers);
    assert_eq!(world.count("SELECT count(*) FROM entries WHERE kind = 'accrual'").await, numbers);
    assert_eq!(world.count("SELECT COALESCE(sum(amount), 0)::bigint FROM postings").await, 0);
    let announced = "SELECT count(DISTINCT key) FROM log.events WHERE topic = 'caravan.freight-invoice.matched'";
    assert_eq!(world.count(announced).await, numbers);
}

#[tokio::test]
async fn a_number_is_taken_once_and_corrections_are_versions() {
    let world = World::with_contract(&json!({})).await;
    world.tell(&life()).await;
    let again = FreightInvoice {
        payment_method: Some("PP".into()),
        ..bill("INV1", "LR1", &[(None, 500_000), (Some("DTU"), 70_000)])
    };
    world.tell(&[billed(A, again, 3_000)]).await;
    let (found, _) = world.invoice("INV1").await;
    assert_eq!(
        (&found["version"], &found["outcome"]),
        (&json!(1), &json!("matched")),
        "the same amount again"
    );
    world.tell(&[billed(A, bill("INV1", "LR1", &[(None, 999_900)]), 4_000)]).await;
    let (found, _) = world.invoice("INV1").await;
    assert_eq!(found["match"]["exceptions"][0]["code"], "resent-differently", "{found:#}");
    assert_eq!(found["versions"][2]["counted"], false);
    let corrected =
        FreightInvoice { correction: Some("CO".into()), ..bill("INV1", "LR1", &[(None, 500_000)]) };
    world.tell(&[billed(A, corrected, 5_000)]).await;
    let (found, _) = world.invoice("INV1").await;
    assert_eq!((&found["version"], &found["total"]), (&json!(4), &json!("5000.00")));
    assert_eq!(found["outcome"], "disputed", "the detention is not billed any more");
    assert_eq!(found["versions"][0]["document"], "09".repeat(32));
    let cancelled =
        FreightInvoice { correction: Some("CA".into()), ..bill("INV1", "LR1", &[(None, 500_000)]) };
    world.tell(&[billed(A, cancelled, 6_000)]).await;
    assert_eq!(world.invoice("INV1").await.0["status"], "cancelled");
    assert_eq!(world.count("SELECT count(*) FROM invoices").await, 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_with_where_and_what_next() {
    let world = World::with_contract(&json!({})).await;
    let mut wrong_sum = bill("SUM", "LR1", &[(None, 90_000), (Some("FUE"), 45_000)]);
    wrong_sum.total.minor = 150_000;
    let mut dollars = bill("USD", "LR1", &[(None, 500_000)]);
    dollars.total.currency = "USD".into();
    dollars.charges[0].amount.currency = "USD".into();
    let unknown = bill("NONE", "LR404", &[(None, 500_000)]);
    world
        .tell(&[
            order(1, 1, &json!({})),
            billed(A, wrong_sum, 1),
            billed(A, dollars, 2),
            billed(A, unknown, 3),
        ])
        .await;
    for (number, code) in
        [("SUM", "lines-do-not-add-up"), ("USD", "wrong-currency"), ("NONE", "unknown-shipment")]
    {
        let (found, _) = world.invoice(number).await;
        let exception = &found["match"]["exceptions"][0];
        assert_eq!(
            (&found["outcome"], &exception["code"]),
            (&json!("exception"), &json!(code)),
            "{found:#}"
        );
        for member in ["what", "at", "next"] {
            assert!(!exception[member].as_str().unwrap().is_empty(), "{exception}");
        }
    }
    // The order comes late: the bill is looked at again by itself.
    world.tell(&[order(404, 1, &json!({}))]).await;
    let (found, _) = world.invoice("NONE").await;
    assert_eq!(found["outcome"], "missing-delivery", "{found:#}");
    world.tell(&[milestone("LR404", Status::Delivered, 10)]).await;
    assert_eq!(world.invoice("NONE").await.0["outcome"], "matched");
    let counts = world.ask(Ask::get("/v1/freight-invoices/counts")).await.ok(200);
    assert_eq!(counts["open_by_outcome"], json!({"exception": 2, "matched": 1}));
}

#[tokio::test]
async fn duplicates_are_found_by_number_and_by_shipment_and_amount() {
    let world = World::with_contract(&json!({})).await;
    world.tell(&life()).await;
    let same = bill("INV2", "LR1", &[(None, 500_000), (Some("DTU"), 70_000)]);
    world.tell(&[billed(A, same, 3_000)]).await;
    let typed = json!({"carrier": "demo", "number": "INV1", "currency": "INR", "total": "1.00",
                       "references": [{"kind": "lr", "value": "LR1"}]});
    let typed = world.ask(Ask::post("/v1/freight-invoices", typed)).await.ok(201);
    let code = |invoice: &Value| invoice["match"]["exceptions"][0]["code"].clone();
    assert_eq!((&typed["outcome"], code(&typed)), (&json!("duplicate"), json!("duplicate-number")));
    let (second, _) = world.invoice("INV2").await;
    assert_eq!(
        (&second["outcome"], code(&second)),
        (&json!("duplicate"), json!("duplicate-amount"))
    );
    let first = world.ask(Ask::get("/v1/freight-invoices?outcome=matched")).await.ok(200);
    assert_eq!(first["items"][0]["number"], "INV1", "the first one stays what it was");
}

#[tokio::test]
async fn what_was_a_duplicate_is_compared_again_when_the_first_one_ends() {
    let world = World::with_contract(&json!({})).await;
    let mut events = Vec::new();
    for n in 1..=3_u128 {
        let lr = format!("LR{n}");
        events.push(order(n, 1, &json!({"delivery": {"at": "2026-11-21T10:00:00+05:30"}})));
        for (number, at) in [(format!("F{n}"), 1), (format!("S{n}"), 2)] {
            events.push(billed(A, bill(&number, &lr, &[(None, 500_000)]), at));
        }
    }
    world.tell(&events).await;
    let typed = json!({"carrier": "demo", "number": "F2", "currency": "INR", "total": "4999.00",
                       "references": [{"kind": "lr", "value": "LR2"}]});
    let typed = world.ask(Ask::post("/v1/freight-invoices", typed)).await.ok(201);
    let typed = format!("/v1/freight-invoices/{}", typed["id"].as_str().unwrap());
    let outcome = async |number: &str| world.invoice(number).await.0["outcome"].clone();
    let outcome_of_typed = async || world.ask(Ask::get(&typed)).await.ok(200)["outcome"].clone();
    for number in ["S1", "S2", "S3"] {
        assert_eq!(outcome(number).await, "duplicate", "{number}");
    }
    assert_eq!(outcome_of_typed().await, "duplicate");

    // A person cancels the first one, the carrier takes it back, the carrier corrects it.
    let (first, etag) = world.invoice("F1").await;
    let cancel = format!("/v1/freight-invoices/{}/cancel", first["id"].as_str().unwrap());
    world.ask(Ask::post(&cancel, json!({"reason": "x"})).if_match(&etag)).await.ok(200);
    assert_eq!(outcome("S1").await, "matched");
    let again = async |number: &str, lr: &str, correction: &str, total: i64, at: i64| {
        let correction = Some(correction.into());
        let again = FreightInvoice { correction, ..bill(number, lr, &[(None, total)]) };
        world.tell(&[billed(A, again, at)]).await;
    };
    again("F2", "LR2", "CA", 500_000, 3).await;
    assert_eq!(outcome("S2").await, "matched");
    assert_eq!(outcome_of_typed().await, "within-tolerance");
    again("F3", "LR3", "CO", 400_000, 4).await;
    assert_eq!(outcome("S3").await, "matched");

    // Back again, it is the first of its number as before.
    again("F2", "LR2", "CO", 500_000, 5).await;
    assert_eq!(outcome_of_typed().await, "duplicate");
}

#[tokio::test]
async fn an_event_that_is_none_is_set_aside_and_an_older_order_changes_nothing() {
    let world = World::with_contract(&json!({})).await;
    let mut bad = billed(A, bill("BAD", "LR1", &[(None, 1)]), 1);
    bad.data = r#"{"number": 7}"#.into();
    world.tell(&[bad, order(1, 5, &json!({"weight_kg": "2000"}))]).await;
    world.tell(&[order(1, 4, &json!({"weight_kg": "1"}))]).await;
    assert_eq!(world.count("SELECT count(*) FROM consumer_parked").await, 1);
    assert_eq!(
        world
            .count("SELECT rated_minor FROM shipments UNION ALL SELECT 0 ORDER BY 1 DESC LIMIT 1")
            .await,
        1_000_000
    );
}

#[tokio::test]
async fn one_batch_of_two_tenants_keeps_them_apart() {
    let world = World::with_contract(&json!({})).await;
    let theirs = Envelope { tenant: B, ..order(1, 1, &json!({})) };
    world
        .tell(&[
            order(1, 1, &json!({})),
            theirs,
            billed(B, bill("INV1", "LR1", &[(None, 500_000)]), 1),
        ])
        .await;
    let found = world.ask(Ask::get("/v1/freight-invoices").of(B)).await.ok(200);
    let code = world
        .ask(
            Ask::get(&format!(
                "/v1/freight-invoices/{}",
                found["items"][0]["id"].as_str().unwrap()
            ))
            .of(B),
        )
        .await;
    assert_eq!(
        code.body["match"]["exceptions"][0]["code"], "no-contract",
        "the contract is A's: {}",
        code.text
    );
    let ours = world.ask(Ask::get("/v1/freight-invoices")).await.ok(200);
    assert_eq!(ours["items"], json!([]));
}

#[tokio::test]
async fn a_price_agreed_for_one_order_counts_where_no_contract_does() {
    let world = World::new().await;
    let agreed = json!({"assignment": {"by": "hand", "price": {"amount": "4200.00", "currency": "INR"}},
                        "delivery": {"at": "2026-11-21T10:00:00+05:30"}});
    world
        .tell(&[order(1, 1, &agreed), billed(A, bill("INV1", "LR1", &[(None, 420_000)]), 1)])
        .await;
    let (found, _) = world.invoice("INV1").await;
    assert_eq!(found["outcome"], "matched", "{found:#}");
}

#[tokio::test]
async fn a_correction_leaves_a_dispute_open_and_a_cancellation_ends_it() {
    let world = World::with_contract(&json!({})).await;
    world.tell(&life()).await;
    let (found, etag) = world.invoice("INV1").await;
    let path = format!("/v1/freight-invoices/{}/dispute", found["id"].as_str().unwrap());
    let dispute = async |etag: &str| {
        let body = json!({"reason": "rate", "text": "The rate is 5."});
        world.ask(Ask::post(&path, body).if_match(etag)).await
    };
    assert_eq!(dispute(&etag).await.status, 200);
    let say = async |correction: &str, at: i64| {
        let again = FreightInvoice {
            correction: Some(correction.into()),
            ..bill("INV1", "LR1", &[(None, 500_000)])
        };
        world.tell(&[billed(A, again, at)]).await;
        world.invoice("INV1").await
    };
    let (found, etag) = say("CO", 5_000).await;
    assert_eq!((&found["version"], &found["status"]), (&json!(2), &json!("disputed")));
    assert_eq!(dispute(&etag).await.code(409), "freight-invoice-status");

    let (found, _) = say("CA", 6_000).await;
    assert_eq!(found["status"], "cancelled");
    let dispute = &found["disputes"][0];
    assert_eq!(dispute["status"], "resolved", "{found:#}");
    assert_eq!(dispute["resolution"], "the carrier cancelled the bill");
    assert_eq!(world.count(CLAIMS).await, 0);
}

#[tokio::test]
async fn a_typed_cancellation_takes_back_what_one_that_comes_does() {
    let world = World::with_contract(&json!({})).await;
    world.tell(&life()).await;
    let typed = |correction: Option<&str>| {
        let body = json!({"carrier": "demo", "number": "T1", "currency": "INR", "total": "5710.00", "correction": correction,
                          "references": [{"kind": "lr", "value": "LR1"}]});
        Ask::post("/v1/freight-invoices", body)
    };
    let made = world.ask(typed(None)).await;
    let etag = made.etag.clone().unwrap();
    let path = format!("/v1/freight-invoices/{}/dispute", made.ok(201)["id"].as_str().unwrap());
    let body = json!({"reason": "rate", "text": "The rate is 5."});
    world.ask(Ask::post(&path, body).if_match(&etag)).await.ok(200);
    let cancelled = world.ask(typed(Some("CA"))).await.ok(201);
    assert_eq!(cancelled["status"], "cancelled");
    let dispute = &cancelled["disputes"][0];
    assert_eq!(
        (&dispute["status"], &dispute["resolved_by"]),
        (&json!("resolved"), &json!("user/test"))
    );
    assert_eq!(world.count(CLAIMS).await, 0);
}
