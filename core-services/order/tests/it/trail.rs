//! The audit trail: every route that changes something, generated from the OpenAPI document, leaves its entry there.

use caravan_model::Status;
use caravan_order::openapi;
use caravan_web::openapi::testing::Changes;
use serde_json::{Value, json};

use crate::world::{A, ALL, Sent, World, content, dispatch, milestone, reported};

const FILE: &str = "Order No,Consignor,Pickup City,Pickup Pincode,Consignee,Delivery City,Pincode,Weight (kg),Pkgs,Pickup Date\n";

/// A world whose changes are counted by their routes.
struct Watched {
    world: World,
    changes: Changes,
}

impl Watched {
    /// Makes a change by `route`, of which `ids` fill the braces; one entry comes into the trail, `action`.
    async fn change(&mut self, (route, ids): (&str, &[&str]), body: Value, action: &str) -> Value {
        let (method, path) = self.changes.take(route, ids).unwrap();
        let before = self.world.trail().await.len();
        let (headers, body) = (&[("if-match", "*")][..], (!body.is_null()).then_some(body));
        let sent = Sent { tenant: A, scopes: ALL, method, path: &path, headers, body };
        let answered = self.world.send(sent).await.ok();
        self.entered(route, before, action).await;
        answered
    }

    async fn entered(&self, route: &str, before: usize, action: &str) {
        let trail = self.world.trail().await;
        assert_eq!((trail.len(), trail[0].as_str()), (before + 1, action), "{route}");
    }

    /// A new order's id.
    async fn place(&mut self, number: &str) -> String {
        let made = self.change(("POST /v1/orders", &[]), content(number), "order.create").await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// A step of an order's life, which its entry is named after, but for an answer.
    async fn step(&mut self, id: &str, (step, body): (&str, Value), done: &str) -> Value {
        let route = format!("POST /v1/orders/{{id}}/{step}");
        self.change((&route, &[id]), body, &format!("order.{done}")).await
    }

    /// The id of a new import of one row.
    async fn upload(&mut self, number: &str) -> String {
        let row = format!(
            "{FILE}{number},Pune Plant,Pune,411001,Chennai,Chennai,600002,5,6,25/11/2026\n"
        );
        let route = "POST /v1/orders/imports";
        let (_, path) = self.changes.take(route, &[]).unwrap();
        let before = self.world.trail().await.len();
        let import = self.world.upload(&path, "text/csv", row.as_bytes()).await.ok();
        self.entered(route, before, "order-import.uploaded").await;
        import["id"].as_str().unwrap().to_owned()
    }
}

async fn a_life(watched: &mut Watched) {
    let id = watched.place("1001").await;
    let edit = ("PUT /v1/orders/{id}", &[&*id][..]);
    let mut heavier = content("1001");
    heavier["packages"] = json!(7);
    watched.change(edit, heavier, "order.edit").await;
    let (empty, why) = (|| json!({}), || json!({"reason": "x"}));
    for (step, body, done) in [
        ("hold", why(), "hold"),
        ("release", empty(), "release"),
        ("approve", empty(), "approve"),
        ("assign", json!({"carrier": "DEMO"}), "assign"),
        ("tender", empty(), "tender"),
        ("withdraw", why(), "withdraw"),
        ("tender", empty(), "tender"),
        ("answer", json!({"answer": "accepted"}), "accept"),
        ("dispatch", dispatch().1, "dispatch"),
        ("deliver", empty(), "deliver"),
        ("close", empty(), "close"),
    ] {
        watched.step(&id, (step, body), done).await;
    }
    let again = ("POST /v1/orders/{id}/duplicate", &[&*id][..]);
    let copy = watched.change(again, json!({"number": "1002"}), "order.create").await;
    watched.step(copy["id"].as_str().unwrap(), ("cancel", why()), "cancel").await;
}

async fn a_conflict(watched: &mut Watched) {
    let id = watched.place("77001").await;
    watched.step(&id, ("approve", json!({})), "approve").await;
    watched.step(&id, ("assign", json!({"carrier": "DEMO"})), "assign").await;
    let moved = milestone(&["shipment 77001"], Status::Departed, 1);
    watched.world.tell(&[reported(A, moved, 1)]).await;
    let order = watched.world.get(&format!("/v1/orders/{id}")).await.ok();
    let conflict = order["conflicts"][0]["id"].as_str().unwrap_or_else(|| panic!("{order}"));
    let resolve = ("POST /v1/orders/{id}/conflicts/{conflict}/resolve", &[&*id, conflict][..]);
    watched.change(resolve, json!({"reason": "x"}), "order.resolve").await;
}

async fn imports(watched: &mut Watched) {
    let id = watched.upload("IMP-1").await;
    let choose = ("PUT /v1/orders/imports/{id}", &[&*id][..]);
    watched.change(choose, json!({"country": "IN"}), "order-import.chosen").await;
    let cancel = ("POST /v1/orders/imports/{id}/cancel", &[&*id][..]);
    watched.change(cancel, Value::Null, "order-import.cancelled").await;

    let id = watched.upload("IMP-2").await;
    let service = watched.world.start();
    watched.world.until(&format!("/v1/orders/imports/{id}"), "ready").await;
    // It is not to make the orders, whose entries are its own, before the commit's was looked for.
    service.abort();
    service.await.unwrap_err();
    let commit = ("POST /v1/orders/imports/{id}/commit", &[&*id][..]);
    watched.change(commit, Value::Null, "order-import.committed").await;
}

#[tokio::test]
async fn every_change_is_in_the_trail() {
    let changes = Changes::of(&openapi(), &[]).unwrap();
    let mut watched = Watched { world: World::new().await, changes };
    a_life(&mut watched).await;
    a_conflict(&mut watched).await;
    imports(&mut watched).await;
    watched.changes.all_seen().unwrap();
}
