//! A tenant without passwords, and the ways into it that anybody may see.

use caravan_identity::scopes::Role;
use caravan_tenancy::Caller;
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::trip::{arrived, made, sign_in, wanted};
use crate::world::{A, Answer, B, PASSWORD, World, ask, email};

async fn take(world: &World, by: &Caller, passwords: bool) -> Answer {
    let patch = json!({ "passwords": passwords });
    ask("PATCH", "/v1/tenant").by(by).json(patch).send(&world.router()).await
}

async fn ways(world: &World, short: &str) -> Value {
    let answer =
        ask("GET", &format!("/v1/session/providers?tenant={short}")).send(&world.router()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

async fn login(world: &World, email: &str) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD });
    ask("POST", "/v1/session").json(body).send(&world.router()).await
}

/// A world in which A's owner has come in by A's provider; the provider, and the session.
async fn by_provider(world: &World, issuer: &Issuer) -> (String, Caller, String) {
    let provider = made(world, A, wanted(&issuer.url(), "a.example")).await;
    issuer.claim("email", json!(email(A, Role::Owner)));
    let came = sign_in(&world.router(), &provider, issuer).await;
    (provider, arrived(&world.identity, &came).await, came.token())
}

#[tokio::test]
async fn the_ways_in_are_shown_by_short_name_and_say_nothing_of_users() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let nowhere = json!({ "passwords": true, "providers": [] });
    for short in ["alpha", "beta", "gamma", "-", "%20", "owner%40a.example"] {
        assert_eq!(ways(&world, short).await, nowhere, "{short}");
    }
    let provider = made(&world, A, wanted(&issuer.url(), "a.example")).await;
    let path = format!("/v1/session/oidc/{provider}");
    let shown = json!({ "passwords": true, "providers": [{ "name": "Company login", "login_path": path }] });
    assert_eq!(ways(&world, "ALPHA").await, shown);
    assert_eq!(ways(&world, "beta").await, nowhere, "another tenant's");
    let missing = ask("GET", "/v1/session/providers").send(&world.router()).await;
    assert_eq!(missing.status, 400, "{missing:?}");
    world.run("UPDATE tenants SET status = 'closed' WHERE name = 'Alpha'").await;
    assert_eq!(ways(&world, "alpha").await, nowhere);
}

#[tokio::test]
async fn without_passwords_only_the_provider_lets_people_in() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let router = world.router();
    let by_password = world.login(&email(A, Role::Viewer)).await.token();
    assert!(world.identity.of_session(&by_password).await.unwrap().is_some());
    let (_, owner, session) = by_provider(&world, &issuer).await;
    let key = world.identity.create_key(A, "k", &["orders:read"], None).await.unwrap();
    let shown = ask("GET", "/v1/tenant").by(&owner).send(&router).await;
    assert_eq!((shown.status, &shown.body["passwords"]), (200, &json!(true)), "{shown:?}");
    assert_eq!(
        (&shown.body["name"], &shown.body["short_name"]),
        (&json!("Alpha"), &json!("alpha"))
    );

    let off = take(&world, &owner, false).await;
    assert_eq!((off.status, &off.body["passwords"]), (200, &json!(false)), "{off:?}");
    assert_eq!(ways(&world, "alpha").await["passwords"], false);
    assert_eq!(world.identity.of_session(&by_password).await.unwrap(), None);
    assert_eq!(world.elsewhere().of_session(&by_password).await.unwrap(), None);
    assert!(world.identity.of_session(&session).await.unwrap().is_some());
    let key = secrecy::ExposeSecret::expose_secret(&key);
    assert!(world.elsewhere().of_key(key).await.unwrap().is_some());
    for role in Role::ALL {
        assert_eq!(login(&world, &email(A, role)).await.code(), "login-failed", "{role:?}");
    }
    assert_eq!(login(&world, &email(B, Role::Owner)).await.status, 200, "another tenant's");
    // Who is invited comes by the provider, and nobody's password is reset.
    let invite = json!({ "email": "asha@a.example", "name": "Asha", "role": "viewer" });
    let invited = ask("POST", "/v1/users").by(&owner).json(invite).send(&router).await;
    let accept = json!({ "token": invited.body["token"], "password": PASSWORD });
    let accept = ask("POST", "/v1/invitations/accept").json(accept).send(&router).await;
    assert_eq!((accept.status, accept.code()), (403, "passwords-off"));
    let path = format!("/v1/users/{}/password-reset", owner.principal.trim_start_matches("user/"));
    assert_eq!(ask("POST", &path).by(&owner).send(&router).await.code(), "no-password");

    // What ended does not begin again.
    assert_eq!(take(&world, &owner, true).await.status, 200);
    assert_eq!(world.elsewhere().of_session(&by_password).await.unwrap(), None);
    assert_eq!(login(&world, &email(A, Role::Viewer)).await.status, 200);
    let trail = world.trail(A).await;
    assert_eq!(trail.iter().filter(|action| *action == "tenant.changed").count(), 2, "{trail:?}");
}

#[tokio::test]
async fn a_tenant_without_passwords_keeps_an_owner_whom_a_provider_lets_in() {
    let (world, issuer, next) = (World::new().await, Issuer::start().await, Issuer::start().await);
    let router = world.router();
    let refused = take(&world, &world.caller(A, Role::Owner).await, false).await;
    assert_eq!((refused.status, refused.code()), (409, "passwords-needed"));
    assert_eq!(ways(&world, "alpha").await["passwords"], true);
    let (provider, owner, _) = by_provider(&world, &issuer).await;
    // Another owner, who knows its password only: it is no way in.
    let second =
        world.identity.ensure_user(A, "second@a.example", "Second", Role::Owner, PASSWORD.into());
    second.await.unwrap();
    assert_eq!(take(&world, &owner, false).await.status, 200);

    let user = owner.principal.trim_start_matches("user/");
    let path = format!("/v1/identity-providers/{provider}");
    let moved = wanted(&next.url(), "a.example");
    for request in [
        ask("DELETE", &path),
        ask("DELETE", &format!("{path}/users/{user}")),
        ask("PUT", &path).json(moved),
    ] {
        let answer = request.by(&owner).send(&router).await;
        assert_eq!((answer.status, answer.code()), (409, "passwords-needed"), "{answer:?}");
    }
    for patch in [json!({ "role": "viewer" }), json!({ "status": "disabled" })] {
        let answer = ask("PATCH", &format!("/v1/users/{user}")).by(&owner).json(patch);
        assert_eq!(answer.send(&router).await.code(), "last-owner");
    }
    arrived(&world.identity, &sign_in(&router, &provider, &issuer).await).await;
    // The provider itself is gone: the operator opens the door.
    world.identity.allow_passwords("alpha").await.unwrap();
    assert_eq!(login(&world, "second@a.example").await.status, 200);
    assert_eq!(ask("DELETE", &path).by(&owner).send(&router).await.status, 204);
}

#[tokio::test]
async fn an_edit_says_which_version_it_is_of() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let (provider, owner, _) = by_provider(&world, &issuer).await;
    let user = format!("/v1/users/{}", owner.principal.trim_start_matches("user/"));
    let provider = format!("/v1/identity-providers/{provider}");
    let edits = || {
        [
            ask("PATCH", "/v1/tenant").json(json!({ "passwords": true })),
            ask("PATCH", &user).json(json!({ "name": "Renamed" })),
            ask("PUT", &provider).json(wanted(&issuer.url(), "a.example")),
            ask("DELETE", &provider),
        ]
    };
    for edit in edits() {
        let blind = edit.by(&owner).unversioned().send(&world.router()).await;
        assert_eq!((blind.status, blind.code()), (428, "precondition-required"), "{blind:?}");
    }
    for edit in edits() {
        let stale = edit.by(&owner).header("if-match", "\"0\"").send(&world.router()).await;
        assert_eq!((stale.status, stale.code()), (412, "version-conflict"), "{stale:?}");
    }
    for (number, edit) in edits().into_iter().enumerate() {
        let done = edit.by(&owner).send(&world.router()).await;
        assert!(done.status < 300, "{number}: {done:?}");
    }
}

#[tokio::test]
async fn only_owners_say_how_people_come_in_and_two_see_each_other() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let (_, owner, _) = by_provider(&world, &issuer).await;
    let scopes = vec!["users:read".into(), "users:write".into()];
    let keeper = Caller { scopes, ..owner.clone() };
    assert_eq!(take(&world, &keeper, false).await.code(), "scopes-beyond");
    let patch = |etag: &str| {
        let patch = json!({ "passwords": false });
        ask("PATCH", "/v1/tenant").by(&owner).header("if-match", etag).json(patch)
    };
    let seen = ask("GET", "/v1/tenant").by(&owner).send(&world.router()).await.etag.unwrap();
    assert_eq!(patch(&seen).send(&world.router()).await.status, 200);
    let stale = patch(&seen).send(&world.router()).await;
    assert_eq!((stale.status, stale.code()), (412, "version-conflict"));
    assert_eq!(stale.body["current"]["passwords"], false);
}
