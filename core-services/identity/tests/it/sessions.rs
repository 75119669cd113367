//! Sessions: as long as they hold, and every way in which they end.

use caravan_identity::scopes::Role;
use caravan_tenancy::{Caller, Database, SystemTx, catalog};
use serde_json::{Value, json};

use crate::world::{A, B, PASSWORD, World, ask, email};

#[tokio::test]
async fn a_session_ends_when_idle_and_after_twelve_hours() {
    let world = World::new().await;
    let token = world.login("owner@a.example").await.token();
    let holds = async || world.elsewhere().of_session(&token).await.unwrap().is_some();
    assert!(holds().await);
    world.run("UPDATE sessions SET seen_at = now() - interval '29 minutes'").await;
    assert!(holds().await);
    // That was a use, and it was noted.
    assert_eq!(
        world.run("SELECT 1 FROM sessions WHERE seen_at > now() - interval '1 minute'").await,
        1
    );
    world.run("UPDATE sessions SET seen_at = now() - interval '31 minutes'").await;
    assert!(!holds().await);
    world.run("UPDATE sessions SET seen_at = now(), expires_at = now()").await;
    assert!(!holds().await);
    let left = "SELECT 1 FROM sessions WHERE expires_at - created_at BETWEEN interval '0' AND interval '12 hours'";
    assert_eq!(world.run(left).await, 1);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once_and_elsewhere() {
    let world = World::new().await;
    let token = world.login("owner@a.example").await.token();
    assert!(world.identity.of_session(&token).await.unwrap().is_some());
    let answer = ask("DELETE", "/v1/session").cookie(&token).send(&world.router()).await;
    assert_eq!(answer.status, 204);
    assert!(answer.cookie.unwrap().contains("Max-Age=0"));
    assert_eq!(world.identity.of_session(&token).await.unwrap(), None);
    assert_eq!(world.elsewhere().of_session(&token).await.unwrap(), None);
    assert_eq!(world.trail(A).await.last().unwrap(), "session.ended");
    // Without a session it is no mistake.
    assert_eq!(ask("DELETE", "/v1/session").send(&world.router()).await.status, 204);
}

#[tokio::test]
async fn a_new_login_replaces_the_session_at_hand() {
    let world = World::new().await;
    let first = world.login("owner@a.example").await.token();
    assert!(world.identity.of_session(&first).await.unwrap().is_some());
    let body = json!({ "email": "owner@a.example", "password": PASSWORD });
    let second =
        ask("POST", "/v1/session").cookie(&first).json(body).send(&world.router()).await.token();
    assert_ne!(first, second);
    assert_eq!(world.identity.of_session(&first).await.unwrap(), None);
    assert!(world.identity.of_session(&second).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_stored_opens_nothing() {
    let world = World::new().await;
    let token = world.login("owner@a.example").await.token();
    let mut tx = SystemTx::begin(&world.database).await.unwrap();
    let digest: Vec<u8> =
        sqlx::query_scalar("SELECT digest FROM sessions").fetch_one(tx.conn()).await.unwrap();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    for presented in
        [hex.as_str(), &hex[..43], "", &format!("{token}x"), &token[1..], &"0".repeat(43)]
    {
        assert_eq!(world.identity.of_session(presented).await.unwrap(), None, "{presented}");
    }
    // A key is no session, and the other way round.
    let key = world.identity.create_key(A, "k", &["orders:read"], None).await.unwrap();
    let key = secrecy::ExposeSecret::expose_secret(&key);
    assert_eq!(world.identity.of_session(key).await.unwrap(), None);
    assert_eq!(world.identity.of_key(&token).await.unwrap(), None);
    assert_eq!(world.identity.of_session(key.rsplit('_').next().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn a_change_of_password_ends_all_sessions_and_begins_one() {
    let world = World::new().await;
    let caller = world.caller(A, Role::Viewer).await;
    let other = world.login("viewer@a.example").await.token();
    let new = "another horse entirely";
    let change = |current: &str, new: &str| {
        ask("PUT", "/v1/me/password").by(&caller).json(json!({ "current": current, "new": new }))
    };
    let router = world.router();
    assert_eq!(change("wrong horse battery", new).send(&router).await.code(), "login-failed");
    assert_eq!(change(PASSWORD, "short").send(&router).await.code(), "password-weak");
    assert!(world.identity.of_session(&other).await.unwrap().is_some());
    let answer = change(PASSWORD, new).send(&router).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(world.identity.of_session(&other).await.unwrap(), None);
    assert!(world.identity.of_session(&answer.token()).await.unwrap().is_some());
    let old = json!({ "email": "viewer@a.example", "password": PASSWORD });
    assert_eq!(ask("POST", "/v1/session").json(old).send(&router).await.code(), "login-failed");
    // A key has no password to change.
    let key = Caller { principal: "key/abcdefgh".into(), ..caller.clone() };
    let by_key =
        ask("PUT", "/v1/me/password").by(&key).json(json!({ "current": PASSWORD, "new": new }));
    assert_eq!(by_key.send(&router).await.code(), "not-a-user");
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_ends_one_session() {
    let world = World::new().await;
    let router = world.router();
    let sign_in = async |agent: &str| {
        let body = json!({ "email": "viewer@a.example", "password": PASSWORD });
        let login = ask("POST", "/v1/session").json(body).header("user-agent", agent);
        login.from("192.0.2.7").send(&router).await.token()
    };
    let (phone, desk) = (sign_in("Phone").await, sign_in(&"Desk".repeat(200)).await);
    world.login("owner@a.example").await;
    let found = world.identity.of_session(&desk).await.unwrap().unwrap();
    let current = found.session.unwrap();
    let caller = Caller {
        tenant: A,
        principal: found.principal,
        scopes: Vec::new(),
        trace: caravan_model::TraceId([1; 16]),
    };
    let list = async |query: &str| {
        let path = format!("/v1/me/sessions{query}");
        let asked = ask("GET", &path).by(&caller).current(current).send(&router).await;
        asked.body["items"].as_array().unwrap().clone()
    };
    let all = list("").await;
    assert_eq!(all.len(), 2, "one's own alone: {all:?}");
    // The newest first, and this one among them.
    assert_eq!((&all[0]["current"], &all[1]["current"]), (&json!(true), &json!(false)));
    assert_eq!((&all[1]["agent"], &all[1]["address"]), (&json!("Phone"), &json!("192.0.2.7")));
    assert_eq!(all[0]["agent"].as_str().unwrap().len(), 100, "{all:?}");
    for token in [&phone, &desk] {
        assert!(!json!(all).to_string().contains(token.as_str()));
    }
    let one = ask("GET", "/v1/me/sessions?limit=1").by(&caller).send(&router).await;
    let next = format!("?limit=1&cursor={}", one.body["next"].as_str().unwrap());
    assert_eq!(list(&next).await[0]["id"], all[1]["id"]);
    let end = async |id: &Value| {
        let path = format!("/v1/me/sessions/{}", id.as_str().unwrap());
        ask("DELETE", &path).by(&caller).send(&router).await
    };
    assert!(world.identity.of_session(&phone).await.unwrap().is_some());
    assert_eq!(end(&all[1]["id"]).await.status, 204);
    assert_eq!(world.identity.of_session(&phone).await.unwrap(), None);
    assert!(world.identity.of_session(&desk).await.unwrap().is_some());
    assert_eq!((list("").await.len(), end(&all[1]["id"]).await.code()), (1, "session-not-found"));
    assert_eq!(world.trail(A).await.last().unwrap(), "session.ended");
    // Nobody else's, not even by who keeps the users.
    let owner = world.caller(A, Role::Owner).await;
    let path = format!("/v1/me/sessions/{current}");
    let foreign = ask("DELETE", &path).by(&owner).send(&router).await;
    assert_eq!((foreign.status, foreign.code()), (404, "session-not-found"));
    // One that has gone idle is not shown.
    world.run("UPDATE sessions SET seen_at = now() - interval '31 minutes'").await;
    assert_eq!(list("").await.len(), 0);
    let key = Caller { principal: "key/abcdefgh".into(), ..caller.clone() };
    assert_eq!(ask("GET", "/v1/me/sessions").by(&key).send(&router).await.code(), "not-a-user");
}

#[tokio::test]
async fn a_user_of_two_tenants_goes_over_with_a_new_session() {
    let world = World::new().await;
    let user = world
        .identity
        .ensure_user(B, &email(A, Role::Owner), "Guest", Role::Viewer, PASSWORD.into())
        .await;
    user.unwrap();
    let first = world.login(&email(A, Role::Owner)).await;
    assert_eq!(first.body["tenant"]["name"], "Alpha");
    assert_eq!(first.body["tenants"].as_array().unwrap().len(), 2);
    let over =
        ask("POST", "/v1/session/tenant").cookie(&first.token()).json(json!({ "tenant": B.0 }));
    let second = over.send(&world.router()).await;
    assert_eq!(
        (second.body["tenant"]["name"].as_str(), second.body["role"].as_str()),
        (Some("Beta"), Some("viewer"))
    );
    assert_eq!(second.body["user"]["name"], "Guest");
    assert_eq!(world.identity.of_session(&first.token()).await.unwrap(), None);
    let found = world.identity.of_session(&second.token()).await.unwrap().unwrap();
    assert_eq!(
        (found.tenant, found.scopes),
        (B, Role::Viewer.scopes().iter().map(|s| (*s).to_owned()).collect())
    );
    // Others cannot follow.
    let other = world.login(&email(A, Role::Finance)).await.token();
    let over = ask("POST", "/v1/session/tenant").cookie(&other).json(json!({ "tenant": B.0 }));
    assert_eq!(over.send(&world.router()).await.status, 401);
}

#[tokio::test]
async fn a_closed_tenant_opens_to_nobody() {
    let world = World::new().await;
    let token = world.login("owner@a.example").await.token();
    let key = world.identity.create_key(A, "k", &["orders:read"], None).await.unwrap();
    let key = secrecy::ExposeSecret::expose_secret(&key);
    assert!(world.elsewhere().of_key(key).await.unwrap().is_some());
    world.run("UPDATE tenants SET status = 'closed' WHERE name = 'Alpha'").await;
    assert_eq!(world.elsewhere().of_session(&token).await.unwrap(), None);
    assert_eq!(world.elsewhere().of_key(key).await.unwrap(), None);
}

#[tokio::test]
async fn the_schema_keeps_tenants_apart() {
    let world = World::new().await;
    let owner = Database::connect(&world.raw.owner_url(), 1).await.unwrap();
    let mut tx = SystemTx::begin(&owner).await.unwrap();
    assert_eq!(catalog::violations(tx.conn()).await.unwrap(), [""; 0]);
    // A tenant sees its own members' addresses and nobody's password.
    let mut tx = caravan_tenancy::TenantTx::begin(&world.database, A).await.unwrap();
    let seen: Vec<String> =
        sqlx::query_scalar("SELECT email FROM users").fetch_all(tx.conn()).await.unwrap();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|email| email.ends_with("@a.example")), "{seen:?}");
    let hashes: i64 =
        sqlx::query_scalar("SELECT count(*) FROM passwords").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(hashes, 0);
}
