//! The audit trail: every route that changes something, generated from the OpenAPI document, leaves its entry there.

use axum::http::Method;
use caravan_settlement::openapi;
use caravan_web::openapi::testing::Changes;
use serde_json::{Value, json};

use crate::world::{A, Ask, World, bill, billed, order, terms};

/// A world whose changes are counted by their routes.
struct Watched {
    world: World,
    changes: Changes,
}

impl Watched {
    /// Makes a change by `template`, of which `ids` fill the braces; the newest entry of the trail must be `action`.
    async fn change(
        &mut self,
        (route, ids): (&str, &[&str]),
        body: Value,
        (status, action): (u16, &str),
    ) -> Value {
        let ask = |method, path: &str| Ask::new(method, path).json(body);
        self.send((route, ids), ask, (status, action)).await
    }

    /// As [`Watched::change`], by a table.
    async fn table(&mut self, route: &str, csv: &str, action: &str) {
        self.send((route, &[]), |_, path| Ask::csv(path, csv), (200, action)).await;
    }

    async fn send(
        &mut self,
        (route, ids): (&str, &[&str]),
        ask: impl FnOnce(Method, &str) -> Ask,
        (status, action): (u16, &str),
    ) -> Value {
        let (method, path) = self.changes.take(route, ids).unwrap();
        let before = self.world.trail().await.len();
        let key = before.to_string();
        let ask = ask(method, &path).if_match("*").header("idempotency-key", &key);
        let answered = self.world.ask(ask).await.ok(status);
        let trail = self.world.trail().await;
        assert_eq!((trail.len(), trail[0].as_str()), (before + 1, action), "{route}");
        answered
    }

    async fn bill(&self, number: &str) -> String {
        self.world.invoice(number).await.0["id"].as_str().unwrap().to_owned()
    }
}

fn id(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap().to_owned()
}

async fn rates(watched: &mut Watched) {
    let other = |from: &str| terms(&json!({"carrier": "OTHER", "valid_from": from}));
    let drafted = (201, "rate-contract.drafted");
    let made = watched.change(("POST /v1/rate-contracts", &[]), other("2026-04-01"), drafted).await;
    let contract = id(&made, "contract_id");
    let version = "/v1/rate-contracts/{id}/versions/{version}";
    let first: &[&str] = &[&contract, "1"];
    let put = format!("PUT {version}");
    watched.change((&put, first), other("2026-04-01"), (200, "rate-contract.edited")).await;
    let publish = format!("POST {version}/publish");
    watched.change((&publish, first), Value::Null, (200, "rate-contract.published")).await;
    let add = ("POST /v1/rate-contracts/{id}/versions", &first[..1]);
    watched.change(add, other("2026-11-01"), drafted).await;
    let delete = format!("DELETE {version}");
    let gone = (204, "rate-contract.deleted");
    watched.change((&delete, &[&contract, "2"]), Value::Null, gone).await;
    let csv = "carrier,name,currency,valid_from,origin_region,destination_region,up_to,per,amount\n\
               third,Road,INR,2026-04-01,MH,KA,100,shipment,500\n";
    watched.table("POST /v1/rate-contracts/import", csv, "rate-contracts.imported").await;
    let fuel = json!({"name": "d", "values": [{"from": "2026-11-01", "value": "1"}]});
    let recorded = (204, "fuel-index.recorded");
    watched.change(("POST /v1/fuel-indexes", &[]), fuel, recorded).await;
    let job = json!({"from": "2026-11-01", "to": "2026-11-30"});
    watched.change(("POST /v1/rate-jobs", &[]), job, (202, "rate-job.queued")).await;
}

async fn bills(watched: &mut Watched) {
    let typed = json!({"carrier": "demo", "number": "TYPED", "currency": "INR", "total": "1.00",
                       "references": [{"kind": "lr", "value": "LR9"}]});
    let entered = (201, "freight-invoice.entered");
    watched.change(("POST /v1/freight-invoices", &[]), typed, entered).await;
    let csv = "carrier,number,currency,total,billed_date,lr,line_code,line_amount\n\
               demo,T1,INR,5000.00,2026-11-21,LR4,400,5000.00\n";
    watched.table("POST /v1/freight-invoices/import", csv, "freight-invoices.imported").await;
    let all =
        json!({"approve": [{"id": watched.bill("INV2").await, "total": "5000.00"}], "reason": "x"});
    let approved = (200, "freight-invoice.approved");
    watched.change(("POST /v1/freight-invoices/bulk", &[]), all, approved).await;
    let (reason, third) = (json!({"reason": "x"}), watched.bill("INV3").await);
    let cancelled = (200, "freight-invoice.cancelled");
    let cancel = ("POST /v1/freight-invoices/{id}/cancel", &[&*third][..]);
    watched.change(cancel, reason.clone(), cancelled).await;
    let rule = "PUT /v1/freight-invoices/approval-rule";
    let changed = (200, "approval-rule.changed");
    watched.change((rule, &[]), json!({"approve": "off"}), changed).await;

    let first = watched.bill("INV1").await;
    let bill: &[&str] = &[&first];
    let examine = ("POST /v1/freight-invoices/{id}/examine", bill);
    watched.change(examine, Value::Null, (200, "freight-invoice.examined")).await;
    let dispute = json!({"reason": "rate", "text": "x"});
    let disputed = (200, "freight-invoice.disputed");
    let opened =
        watched.change(("POST /v1/freight-invoices/{id}/dispute", bill), dispute, disputed).await;
    let opened = id(&opened["disputes"][0], "id");
    let reply = ("POST /v1/disputes/{id}/messages", &[&*opened][..]);
    watched.change(reply, json!({"text": "x"}), (201, "dispute.replied")).await;
    let resolve = ("POST /v1/disputes/{id}/resolve", &[&*opened][..]);
    watched.change(resolve, json!({"resolution": "x"}), (200, "dispute.resolved")).await;
    let approve = ("POST /v1/freight-invoices/{id}/approve", bill);
    watched.change(approve, reason.clone(), approved).await;
    let reopened = (200, "freight-invoice.reopened");
    watched.change(("POST /v1/freight-invoices/{id}/reopen", bill), reason.clone(), reopened).await;
    watched.change(approve, reason, approved).await;
    let note = json!({"kind": "credit", "number": "1", "amount": "1.00", "reason": "x"});
    let noted = (200, "freight-invoice.noted");
    watched.change(("POST /v1/freight-invoices/{id}/notes", bill), note, noted).await;
    watched.change(("POST /v1/hand-overs", &[]), json!({}), (201, "hand-over.made")).await;
}

#[tokio::test]
async fn every_change_is_in_the_trail() {
    let world = World::with_contract(&json!({})).await;
    for (n, total) in [(1, 600_000), (2, 500_000), (3, 500_000)] {
        let bill = bill(&format!("INV{n}"), &format!("LR{n}"), &[(None, total)]);
        world.tell(&[order(n, 1, &json!({})), billed(A, bill, 1)]).await;
    }
    // A quote is a question that is too long for an address.
    let changes = Changes::of(&openapi(), &["POST /v1/rates/quote"]).unwrap();
    let mut watched = Watched { world, changes };
    rates(&mut watched).await;
    bills(&mut watched).await;
    watched.changes.all_seen().unwrap();
}
