//! The audit trail: every route that changes something, generated from the OpenAPI document, leaves its entry there.

use caravan_identity::openapi;
use caravan_identity::scopes::Role;
use caravan_tenancy::Caller;
use caravan_web::openapi::testing::Changes;
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::trip::{arrived, sign_in, wanted};
use crate::world::{A, Answer, Ask, PASSWORD, World, ask, email};

const NEW: &str = "another horse entirely";

/// A world whose changes are counted by their routes.
struct Watched {
    world: World,
    changes: Changes,
    owner: Caller,
}

impl Watched {
    /// Makes a change by `route`, of which `ids` fill the braces; it must go well, and one entry come into A's trail, `action`.
    async fn change(
        &mut self,
        (route, ids): (&str, &[&str]),
        said: impl FnOnce(Ask) -> Ask,
        action: &str,
    ) -> Answer {
        let (method, path) = self.changes.take(route, ids).unwrap();
        let before = self.world.trail(A).await.len();
        let answer = said(ask(method.as_str(), &path)).send(&self.world.router()).await;
        assert!(answer.status < 300, "{route}: {answer:?}");
        let trail = self.world.trail(A).await;
        let newest = trail.last().map(String::as_str);
        assert_eq!((trail.len(), newest), (before + 1, Some(action)), "{route}");
        answer
    }

    /// As [`Watched::change`], by the owner.
    async fn decide(&mut self, route: (&str, &[&str]), body: Value, action: &str) -> Answer {
        let owner = self.owner.clone();
        let said = |request: Ask| {
            let request = request.by(&owner);
            if body.is_null() { request } else { request.json(body) }
        };
        self.change(route, said, action).await
    }
}

fn id(caller: &Caller) -> String {
    caller.principal.trim_start_matches("user/").to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn people(watched: &mut Watched) {
    let asha = json!({"email": "asha@a.example", "name": "Asha", "role": "viewer"});
    let invited = watched.decide(("POST /v1/users", &[]), asha, "user.invited").await;
    let accept = json!({"token": invited.body["token"], "password": PASSWORD});
    let accepted = ("POST /v1/invitations/accept", &[][..]);
    watched.change(accepted, |request| request.json(accept), "user.joined").await;
    let user = text(&invited.body["user"]["id"]);
    let user: &[&str] = &[&user];
    let rename = json!({"name": "Asha Rao"});
    watched.decide(("PATCH /v1/users/{id}", user), rename, "user.changed").await;
    let ended = ("DELETE /v1/users/{id}/sessions", user);
    watched.decide(ended, Value::Null, "sessions.ended").await;
    let reset = ("POST /v1/users/{id}/password-reset", user);
    let made = watched.decide(reset, Value::Null, "password.reset-made").await;
    let complete = json!({"token": made.body["token"], "password": NEW});
    let completed = ("POST /v1/password-resets/complete", &[][..]);
    watched.change(completed, |request| request.json(complete), "password.reset").await;
}

async fn sessions(watched: &mut Watched) {
    let login = json!({"email": email(A, Role::Finance), "password": PASSWORD});
    let began = ("POST /v1/session", &[][..]);
    let token = watched.change(began, |request| request.json(login), "session.begun").await.token();
    let there = json!({"tenant": A.0});
    let switched = ("POST /v1/session/tenant", &[][..]);
    let said = |request: Ask| request.cookie(&token).json(there);
    let token = watched.change(switched, said, "session.begun").await.token();
    let signed_out = ("DELETE /v1/session", &[][..]);
    watched.change(signed_out, |request| request.cookie(&token), "session.ended").await;

    let viewer = watched.world.caller(A, Role::Viewer).await;
    let list = ask("GET", "/v1/me/sessions").by(&viewer).send(&watched.world.router()).await;
    let session = text(&list.body["items"][0]["id"]);
    let one = ("DELETE /v1/me/sessions/{id}", &[&*session][..]);
    watched.change(one, |request| request.by(&viewer), "session.ended").await;
    let all = ("DELETE /v1/me/sessions", &[][..]);
    watched.change(all, |request| request.by(&viewer), "sessions.ended").await;
    let words = json!({"current": PASSWORD, "new": NEW});
    let password = ("PUT /v1/me/password", &[][..]);
    watched.change(password, |request| request.by(&viewer).json(words), "password.changed").await;
}

async fn keys(watched: &mut Watched) {
    let key = json!({"name": "k", "scopes": ["orders:read"]});
    let made = watched.decide(("POST /v1/keys", &[]), key, "key.made").await;
    let key = text(&made.body["id"]);
    watched.decide(("DELETE /v1/keys/{id}", &[&key]), Value::Null, "key.revoked").await;
}

async fn ways_in(watched: &mut Watched) {
    let issuer = Issuer::start().await;
    let set = || wanted(&issuer.url(), "a.example");
    let make = ("POST /v1/identity-providers", &[][..]);
    let provider = text(&watched.decide(make, set(), "provider.made").await.body["id"]);
    let change = ("PUT /v1/identity-providers/{id}", &[&*provider][..]);
    let mut renamed = set();
    renamed["name"] = json!("Another name");
    watched.decide(change, renamed, "provider.changed").await;

    // A tenant goes without passwords only where a provider lets an owner in.
    issuer.claim("email", json!(email(A, Role::Owner)));
    let came = sign_in(&watched.world.router(), &provider, &issuer).await;
    let owner = arrived(&watched.world.identity, &came).await;
    for passwords in [false, true] {
        let patch = json!({"passwords": passwords});
        let said = |request: Ask| request.by(&owner).json(patch);
        watched.change(("PATCH /v1/tenant", &[]), said, "tenant.changed").await;
    }
    let (user, forget) = (id(&owner), "DELETE /v1/identity-providers/{id}/users/{user}");
    watched.decide((forget, &[&provider, &user]), Value::Null, "provider.user-forgotten").await;
    let remove = ("DELETE /v1/identity-providers/{id}", &[&*provider][..]);
    watched.decide(remove, Value::Null, "provider.removed").await;
}

#[tokio::test]
async fn every_change_is_in_the_trail() {
    // To verify the trail changes nothing.
    let changes = Changes::of(&openapi(), &["POST /v1/audit/verify"]).unwrap();
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let mut watched = Watched { world, changes, owner };
    people(&mut watched).await;
    sessions(&mut watched).await;
    keys(&mut watched).await;
    ways_in(&mut watched).await;
    watched.changes.all_seen().unwrap();
}
