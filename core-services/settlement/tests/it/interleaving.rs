//! Whatever people and the log do at once to the same bills, the ledger says what the bills say.

use caravan_model::{FreightInvoice, Status};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::world::{A, Ask, World, bill, billed, milestone, order, terms};

const TAX: &str = r#"{"tax": {"gst": "reverse", "supplier_state": "27", "recipient_state": "29", "pan": "AAACL1234C"}}"#;
/// Bills that people act on; one more is left alone until the end.
const BILLS: u128 = 4;
/// Cases of a round: proptest's own number of them, `PROPTEST_CASES` or 256, makes five rounds.
const CASES_A_ROUND: u32 = 50;
/// People who act at once.
const LANES: usize = 4;

/// What somebody does to one of the bills.
#[derive(Debug, Clone, Copy)]
enum Act {
    Approve,
    Reopen,
    Dispute,
    Resolve,
    Note(&'static str),
    Correct(i64),
    Cancel,
    ApproveAll,
    HandOver,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Approve),
        4 => Just(Act::Reopen),
        2 => Just(Act::Dispute),
        2 => Just(Act::Resolve),
        1 => Just(Act::Note("credit")),
        1 => Just(Act::Note("debit")),
        2 => (3_000_000_i64..5_000_000).prop_map(Act::Correct),
        1 => Just(Act::Cancel),
        1 => Just(Act::ApproveAll),
        1 => Just(Act::HandOver),
    ]
}

/// Does it, to the bill as it is when it is read; that another was faster is an answer like any other.
async fn act_on(world: &World, n: u128, act: Act, key: &str) {
    let (invoice, etag) = world.invoice(&format!("I{n}")).await;
    let id = invoice["id"].as_str().unwrap();
    let of = |action: &str, body: Value| {
        Ask::post(&format!("/v1/freight-invoices/{id}/{action}"), body).if_match(&etag)
    };
    let got = match act {
        Act::Approve => world.ask(of("approve", json!({"reason": "x"}))).await,
        Act::Reopen => world.ask(of("reopen", json!({"reason": "x"}))).await,
        Act::Dispute => world.ask(of("dispute", json!({"reason": "rate", "text": "x"}))).await,
        Act::Note(kind) => {
            let note = json!({"kind": kind, "number": key, "amount": "10.00", "reason": "x"});
            world.ask(of("notes", note)).await
        }
        Act::Resolve => {
            let open = invoice["disputes"].as_array().unwrap();
            let Some(open) = open.iter().find(|one| one["status"] == "open") else { return };
            let path = format!("/v1/disputes/{}/resolve", open["id"].as_str().unwrap());
            world.ask(Ask::post(&path, json!({"resolution": "x"}))).await
        }
        Act::ApproveAll => {
            let one = json!({"id": id, "total": invoice["total"]});
            let body = json!({"approve": [one], "reason": "x"});
            world.ask(Ask::post("/v1/freight-invoices/bulk", body)).await
        }
        Act::HandOver => {
            world.ask(Ask::post("/v1/hand-overs", json!({})).header("idempotency-key", key)).await
        }
        Act::Correct(total) => return say_again(world, n, "CO", total).await,
        Act::Cancel => return say_again(world, n, "CA", 4_000_000).await,
    };
    assert!(matches!(got.status, 200 | 201 | 409 | 412 | 422), "{act:?} {}", got.text);
}

/// The carrier corrects a bill (X12 B3-08 `CO`) or takes it back (`CA`).
async fn say_again(world: &World, n: u128, correction: &str, total: i64) {
    let again = FreightInvoice {
        correction: Some(correction.into()),
        ..bill(&format!("I{n}"), &format!("LR{n}"), &[(None, total)])
    };
    world.append(&[billed(A, again, 10_000 + total)]).await;
}

/// What must hold of bills and ledger, each a count of what breaks it.
const INVARIANTS: [(&str, &str); 7] = [
    (
        "every entry sums to zero in each currency",
        "SELECT count(*) FROM (SELECT 1 FROM postings GROUP BY entry_id, currency HAVING sum(amount) <> 0) AS off",
    ),
    (
        "what is approved or settled has one approval in force, of the version that counts",
        "SELECT count(*) FROM invoices i WHERE status IN ('approved', 'settled')
            AND (SELECT array_agg(a.version) FROM approvals a WHERE a.invoice_id = i.id
                    AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.reverses = a.entry_id))
             IS DISTINCT FROM ARRAY[i.version]",
    ),
    (
        "what is not has none, save that of the version before a correction, until the correction is decided",
        "SELECT count(*) FROM invoices i JOIN approvals a ON a.invoice_id = i.id
          WHERE i.status NOT IN ('approved', 'settled') AND a.version >= i.version
            AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.reverses = a.entry_id)",
    ),
    (
        "a bill is disputed as long as a dispute of it is open",
        "SELECT count(*) FROM invoices i WHERE (i.status = 'disputed')
            <> EXISTS (SELECT 1 FROM disputes d WHERE d.invoice_id = i.id AND d.status = 'open')",
    ),
    (
        "of a cancelled bill no approval is in force",
        "SELECT count(*) FROM invoices i JOIN approvals a ON a.invoice_id = i.id
          WHERE i.status = 'cancelled' AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.reverses = a.entry_id)",
    ),
    (
        "a claim stands as long as its dispute is open",
        "SELECT count(*) FROM disputes d
          WHERE (d.status = 'open') = EXISTS (SELECT 1 FROM entries e WHERE e.reverses = d.entry_id)",
    ),
    (
        "the debt to carriers is what is in force, and their notes",
        "SELECT CASE WHEN
           (SELECT COALESCE(sum(amount), 0) FROM postings WHERE account = 'carrier-payable')
           + (SELECT COALESCE(sum(a.freight + a.tax_forward - a.deducted), 0) FROM approvals a
               WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.reverses = a.entry_id))
           + (SELECT COALESCE(sum(CASE kind WHEN 'debit' THEN amount ELSE -amount END), 0) FROM notes)
           = 0 THEN 0::bigint ELSE 1::bigint END",
    ),
];

async fn holds(world: &World, after: &str) {
    for (what, broken) in INVARIANTS {
        assert_eq!(world.count(broken).await, 0, "{what}, after {after}");
    }
}

#[tokio::test]
async fn whatever_is_done_at_once_the_ledger_says_what_the_bills_say() {
    let world = World::with_contract(&serde_json::from_str(TAX).unwrap()).await;
    let mut events = Vec::new();
    for n in 1..=BILLS + 1 {
        events.push(order(n, 1, &json!({"weight_kg": "8000"})));
        events.push(milestone(&format!("LR{n}"), Status::Delivered, 900));
        let total = if n == 1 { 4_100_000 } else { 4_000_000 };
        events.push(billed(A, bill(&format!("I{n}"), &format!("LR{n}"), &[(None, total)]), 2_000));
    }
    world.tell(&events).await;
    let mut runner = TestRunner::deterministic();
    let round = proptest::collection::vec((1..=BILLS, act()), 24);
    for at in 0..ProptestConfig::default().cases / CASES_A_ROUND {
        let acts = round.new_tree(&mut runner).unwrap().current();
        let lane = async |lane: usize| {
            for (n, (of, act)) in acts.iter().enumerate().filter(|(n, _)| n % LANES == lane) {
                act_on(&world, *of, *act, &format!("{at}-{n}")).await;
            }
        };
        tokio::join!(lane(0), lane(1), lane(2), lane(3), world.take_in());
        holds(&world, &format!("round {at}: {acts:?}")).await;
        world.take_in().await;
        holds(&world, &format!("what round {at} had left in the log: {acts:?}")).await;
    }

    // A dearer contract for the same days, and everything once more: what was decided stays as it was decided.
    act_on(&world, BILLS + 1, Act::Approve, "last").await;
    let last = Ask::post("/v1/hand-overs", json!({})).header("idempotency-key", "last");
    world.ask(last).await.ok(201);
    let before = decided(&world).await;
    assert!(before.iter().any(|(_, bill)| bill["status"] == "settled"), "{before:?}");
    let mut dearer = terms(&serde_json::from_str(TAX).unwrap());
    dearer["name"] = json!("Dearer");
    dearer["lanes"][0]["slabs"][0]["amount"] = json!("9");
    world.publish(dearer).await;
    world.rewind().await;
    world.take_in().await;
    holds(&world, "a dearer contract").await;
    for (number, bill) in before.iter().filter(|(_, bill)| bill["status"] == "settled") {
        let now = world.invoice(number).await.0;
        assert_eq!((&now["status"], &now["approvals"]), (&bill["status"], &bill["approvals"]));
    }
}

async fn decided(world: &World) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for n in 1..=BILLS + 1 {
        let number = format!("I{n}");
        let bill = world.invoice(&number).await.0;
        found.push((number, bill));
    }
    found
}
