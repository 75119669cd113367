//! What came back: credit notes, and disputed bills that were corrected to less or cancelled.

use caravan_model::FreightInvoice;
use serde_json::{Value, json};

use crate::world::{A, Ask, B, World, bill, billed, order};

/// After every dispute of a test, which is opened as of now: some ten years after the bills' own day.
const LATER_MS: i64 = 315_360_000_000;
const PATH: &str = "/v1/freight-invoices/recovered";

fn corrected(
    number: &str,
    lr: &str,
    correction: &str,
    amount: i64,
    at: i64,
) -> caravan_events::Envelope {
    let bill = FreightInvoice {
        correction: Some(correction.into()),
        ..bill(number, lr, &[(None, amount)])
    };
    billed(A, bill, LATER_MS + at)
}

async fn dispute(world: &World, number: &str) {
    let (invoice, etag) = world.invoice(number).await;
    let path = format!("/v1/freight-invoices/{}/dispute", invoice["id"].as_str().unwrap());
    let body = json!({"reason": "rate", "text": "less was agreed"});
    world.ask(Ask::post(&path, body).if_match(&etag)).await.ok(200);
}

async fn recovered(world: &World) -> Value {
    world.ask(Ask::get(PATH)).await.ok(200)
}

#[tokio::test]
async fn what_disputes_and_notes_brought_back_is_told_by_currency() {
    let world = World::with_contract(&json!({})).await;
    let numbers = [("LESS", "LR1"), ("MORE", "LR2"), ("GONE", "LR3"), ("QUIET", "LR4")];
    for (n, (number, lr)) in (1_u128..).zip(numbers) {
        world
            .tell(&[
                order(n, 1, &json!({})),
                billed(A, bill(number, lr, &[(None, 600_000)]), 2_000),
            ])
            .await;
    }
    assert_eq!(recovered(&world).await, json!([]));
    for number in ["LESS", "MORE", "GONE"] {
        dispute(&world, number).await;
    }
    assert_eq!(recovered(&world).await, json!([]), "a dispute alone brings nothing back");

    world.tell(&[corrected("LESS", "LR1", "CO", 500_000, 1)]).await;
    world.tell(&[corrected("MORE", "LR2", "CO", 700_000, 2)]).await;
    world.tell(&[corrected("QUIET", "LR4", "CO", 100_000, 3)]).await;
    let less = json!([{"currency": "INR", "amount": "1000.00", "by_notes": "0.00", "by_disputes": "1000.00"}]);
    assert_eq!(recovered(&world).await, less, "not what rose, nor what nobody disputed");

    world.tell(&[corrected("GONE", "LR3", "CA", 600_000, 4)]).await;
    let (less, etag) = world.invoice("QUIET").await;
    let path =
        |action: &str| format!("/v1/freight-invoices/{}/{action}", less["id"].as_str().unwrap());
    let reason = json!({"reason": "less than agreed"});
    world.ask(Ask::post(&path("approve"), reason).if_match(&etag)).await.ok(200);
    for (kind, amount) in [("credit", "50.50"), ("debit", "9.00")] {
        let note = json!({"kind": kind, "number": "N1", "amount": amount, "reason": "agreed"});
        world.ask(Ask::post(&path("notes"), note)).await.ok(200);
    }
    let all = json!([{"currency": "INR", "amount": "7050.50", "by_notes": "50.50", "by_disputes": "7000.00"}]);
    assert_eq!(
        recovered(&world).await,
        all,
        "the cancelled one as a whole; a debit note brings nothing back"
    );

    assert_eq!(
        world.ask(Ask::get(PATH).of(B)).await.ok(200),
        json!([]),
        "another tenant's is its own"
    );
    world.ask(Ask::get(PATH).scopes(&["settlement:write"])).await.code(403);
}
