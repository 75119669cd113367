//! The audit trail: every route that changes something, generated from the OpenAPI document, leaves its entry there.

use caravan_hub_intake::openapi;
use caravan_web::openapi::testing::Changes;
use serde_json::{Value, json};

use crate::connections::{as_owner, dhl};
use crate::outbound::offered;
use crate::world::World;

/// What changes nothing, and what is a record of its own.
const OTHERS: &[&str] = &[
    // A draft is tried and not saved.
    "POST /v1/connections/test",
    // A document is stored byte for byte and listed, by whichever door it comes.
    "POST /v1/connections/{connection}/documents",
];

/// A world whose changes are counted by their routes.
struct Watched {
    world: World,
    changes: Changes,
}

impl Watched {
    /// Makes a change by `route`, of which `ids` fill the braces; it must go well, and one entry come into the trail, `action`.
    async fn change(&mut self, (route, ids): (&str, &[&str]), body: Value, action: &str) -> Value {
        let (method, path) = self.changes.take(route, ids).unwrap();
        let before = self.trail().await.len();
        let ours = as_owner(&self.world);
        let answer = ours.ask(method.as_str(), &path, Some("*"), body).await;
        assert!(answer.status < 300, "{route}: {} {}", answer.status, answer.body);
        let trail = self.trail().await;
        let newest = trail.last().map(String::as_str);
        assert_eq!((trail.len(), newest), (before + 1, Some(action)), "{route}");
        answer.body
    }

    async fn trail(&self) -> Vec<String> {
        self.world.audited("SELECT action FROM audit.entries ORDER BY seq").await
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

async fn a_connection(watched: &mut Watched) {
    let draft = dhl(&watched.world, "mine");
    let made = watched.change(("POST /v1/connections", &[]), draft, "connection.made").await;
    let made = id(&made);
    let ids: &[&str] = &[&made];
    let draft = json!({"connection": dhl(&watched.world, "renamed")["connection"]});
    let path = "/v1/connections/{connection}";
    watched.change((&format!("PUT {path}"), ids), draft, "connection.changed").await;
    for (step, body, action) in [
        ("test", Value::Null, "connection.tested"),
        ("watch", json!({"references": ["7777777771"]}), "connection.watched"),
        ("disable", json!({"reason": "x"}), "connection.disabled"),
        ("enable", Value::Null, "connection.enabled"),
    ] {
        watched.change((&format!("POST {path}/{step}"), ids), body, action).await;
    }
}

async fn once_more(watched: &mut Watched) {
    watched.world.poll().await.result.unwrap();
    let documents = as_owner(&watched.world).get("/v1/documents").await.body;
    let document = id(&documents["items"][0]);
    let replay = ("POST /v1/documents/{id}/replay", &[&*document][..]);
    watched.change(replay, Value::Null, "document.replayed").await;

    watched.world.tell(&[offered(1, "DEMO")]).await;
    let sent = |listed: &[Value]| listed.iter().any(|message| message["status"] == "sent");
    let message = id(&watched.world.send_until(sent).await[0]);
    let resend = ("POST /v1/outgoing/{id}/resend", &[&*message][..]);
    watched.change(resend, json!({"reason": "the carrier lost it"}), "outgoing.resent").await;
}

#[tokio::test]
async fn every_change_is_in_the_trail() {
    let changes = Changes::of(&openapi(), OTHERS).unwrap();
    let mut watched = Watched { world: World::new().await, changes };
    a_connection(&mut watched).await;
    once_more(&mut watched).await;
    watched.changes.all_seen().unwrap();
}
