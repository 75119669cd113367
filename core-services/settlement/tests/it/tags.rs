//! Entity tags: who has read a bill or a dispute is told when anything that it shows has changed, and only then.

use axum::http::Method;
use caravan_model::FreightInvoice;
use serde_json::json;

use crate::world::{A, Ask, World, bill, billed, order};

/// What is read at a path, and the tag of it.
struct Read {
    path: String,
    etag: String,
}

impl Read {
    /// Reads it for the first time.
    async fn new(world: &World, path: String) -> Self {
        let etag = world.ask(Ask::get(&path)).await.etag.unwrap();
        Self { path, etag }
    }

    /// Asks again as one who has it, and keeps the tag of what came. Returns whether it has changed.
    async fn has_changed(&mut self, world: &World) -> bool {
        let ask = Ask::new(Method::GET, &self.path).header("if-none-match", &self.etag);
        let got = world.ask(ask).await;
        assert!(matches!(got.status, 200 | 304), "{}", got.text);
        self.etag = got.etag.unwrap();
        got.status == 200
    }
}

#[tokio::test]
async fn what_is_said_noted_or_sent_again_changes_the_tag() {
    let world = World::with_contract(&json!({})).await;
    let sent = bill("INV1", "LR1", &[(None, 600_000)]);
    world.tell(&[order(1, 1, &json!({})), billed(A, sent.clone(), 1)]).await;
    let (found, etag) = world.invoice("INV1").await;
    let path = format!("/v1/freight-invoices/{}", found["id"].as_str().unwrap());
    let body = json!({"reason": "rate", "text": "5 INR a kg were agreed"});
    let ask = Ask::post(&format!("{path}/dispute"), body).if_match(&etag);
    let disputed = world.ask(ask).await.ok(200);
    let thread = format!("/v1/disputes/{}", disputed["disputes"][0]["id"].as_str().unwrap());
    let mut bill = Read::new(&world, path.clone()).await;
    let mut dispute = Read::new(&world, thread.clone()).await;
    assert!(!bill.has_changed(&world).await && !dispute.has_changed(&world).await);

    let said = json!({"side": "carrier", "text": "credit note follows"});
    world.ask(Ask::post(&format!("{thread}/messages"), said)).await.ok(201);
    assert!(bill.has_changed(&world).await, "the bill shows the thread");
    assert!(dispute.has_changed(&world).await);

    let resolved = json!({"resolution": "credit note"});
    world.ask(Ask::post(&format!("{thread}/resolve"), resolved)).await.ok(200);
    assert!(bill.has_changed(&world).await && dispute.has_changed(&world).await);

    let approve = Ask::post(&format!("{path}/approve"), json!({"reason": "agreed"}));
    world.ask(approve.if_match(&bill.etag)).await.ok(200);
    assert!(bill.has_changed(&world).await);
    let note = json!({"kind": "credit", "number": "CN1", "amount": "10.00", "reason": "rate"});
    world.ask(Ask::post(&format!("{path}/notes"), note)).await.ok(200);
    assert!(bill.has_changed(&world).await, "the note is shown");

    let again = FreightInvoice { payment_method: Some("PP".into()), ..sent };
    world.tell(&[billed(A, again, 2_000)]).await;
    assert!(bill.has_changed(&world).await, "what came again is shown");
    world.rewind().await;
    world.take_in().await;
    assert!(!bill.has_changed(&world).await && !dispute.has_changed(&world).await);
}
