//! API keys: made, shown once, found, revoked; and the audit trail as it is shown.

use core::time::Duration;

use caravan_identity::scopes::Role;
use caravan_tenancy::Caller;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::world::{A, Answer, B, World, ask};

async fn make(world: &World, by: &Caller, body: Value) -> Answer {
    ask("POST", "/v1/keys").by(by).json(body).send(&world.router()).await
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_what_it_says() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let made = make(
        &world,
        &owner,
        json!({ "name": "ERP", "scopes": ["orders:write", "orders:read", "orders:read"] }),
    )
    .await;
    assert_eq!(made.status, 201, "{made:?}");
    let key = made.body["key"].as_str().unwrap();
    let found = world.identity.of_key(key).await.unwrap().unwrap();
    assert_eq!(
        (found.tenant, found.scopes),
        (A, vec!["orders:read".to_owned(), "orders:write".to_owned()])
    );
    assert_eq!(found.principal, format!("key/{}", made.body["id"].as_str().unwrap()));
    let list = ask("GET", "/v1/keys").by(&owner).send(&world.router()).await;
    assert_eq!(list.body["items"][0]["name"], "ERP");
    assert!(list.body["items"][0]["last_used_at"].is_string(), "{list:?}");
    assert!(!list.body.to_string().contains(key), "{list:?}");
    let stored: i64 = {
        let mut tx = caravan_tenancy::SystemTx::begin(&world.database).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM api_keys k WHERE k::text LIKE '%' || $1 || '%'")
            .bind(key)
            .fetch_one(tx.conn())
            .await
            .unwrap()
    };
    assert_eq!(stored, 0);
    assert_eq!(world.trail(A).await.last().unwrap(), "key.made");
}

#[tokio::test]
async fn a_key_may_do_no_more_than_its_maker() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let clerk = Caller { scopes: vec!["keys:write".into(), "orders:read".into()], ..owner.clone() };
    for (scopes, status, code) in [
        (json!(["orders:read"]), 201, ""),
        (json!(["orders:read", "orders:write"]), 403, "scopes-beyond"),
        (json!(["orders:approve"]), 403, "scopes-beyond"),
        (json!(["*"]), 422, "scope-unknown"),
        (json!(["orders:fly"]), 422, "scope-unknown"),
        (json!([]), 422, "scope-unknown"),
    ] {
        let made = make(&world, &clerk, json!({ "name": "k", "scopes": scopes })).await;
        assert_eq!((made.status, made.code()), (status, code), "{scopes}");
    }
    for (name, expires_at, code) in [
        ("", None, "name-invalid"),
        ("a\nb", None, "name-invalid"),
        ("k", Some("2020-01-01T00:00:00Z"), "expiry-invalid"),
        ("k", Some("tomorrow"), "expiry-invalid"),
    ] {
        let body = json!({ "name": name, "scopes": ["orders:read"], "expires_at": expires_at });
        assert_eq!(make(&world, &clerk, body).await.code(), code);
    }
    let mass =
        json!({ "name": "k", "scopes": ["orders:read"], "tenant_id": B.0, "created_by": "user/x" });
    assert_eq!(make(&world, &clerk, mass).await.code(), "body-invalid");
}

#[tokio::test]
async fn a_revoked_or_expired_key_opens_nothing() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let made = make(&world, &owner, json!({ "name": "ERP", "scopes": ["orders:read"] })).await;
    let (key, path) = (
        made.body["key"].as_str().unwrap(),
        format!("/v1/keys/{}", made.body["id"].as_str().unwrap()),
    );
    assert!(world.identity.of_key(key).await.unwrap().is_some());
    assert_eq!(ask("DELETE", &path).by(&owner).send(&world.router()).await.status, 204);
    assert_eq!(world.identity.of_key(key).await.unwrap(), None);
    assert_eq!(world.elsewhere().of_key(key).await.unwrap(), None);
    assert_eq!(ask("DELETE", &path).by(&owner).send(&world.router()).await.code(), "key-not-found");
    assert!(
        ask("GET", &path).by(&owner).send(&world.router()).await.body["revoked_at"].is_string()
    );
    let expired =
        world.identity.create_key(A, "old", &["orders:read"], Some(Duration::ZERO)).await.unwrap();
    assert_eq!(world.identity.of_key(expired.expose_secret()).await.unwrap(), None);
    let other = format!("{}0", &key[..key.len() - 1]);
    for wrong in ["", "crv_live_", &other, &format!("{key}0"), &key.to_lowercase()] {
        assert_eq!(
            world.identity.of_key(wrong).await.unwrap().map(|found| found.tenant),
            None,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_key_is_bound_to_the_networks_that_it_names() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let body =
        |networks: Value| json!({ "name": "ERP", "scopes": ["orders:read"], "networks": networks });
    let made = make(&world, &owner, body(json!(["192.0.2.9/24", "2001:db8::1"]))).await;
    assert_eq!(made.body["networks"], json!(["192.0.2.0/24", "2001:db8::1/128"]), "{made:?}");
    let found = world.identity.of_key(made.body["key"].as_str().unwrap()).await.unwrap().unwrap();
    let may = |from: &str| found.may_come_from(Some(from.parse().unwrap()));
    assert!(may("192.0.2.200") && may("::ffff:192.0.2.1") && may("2001:db8::1"));
    assert!(!may("192.0.3.1") && !may("2001:db8::2") && !found.may_come_from(None));
    let free = make(&world, &owner, body(Value::Null)).await;
    let free = world.identity.of_key(free.body["key"].as_str().unwrap()).await.unwrap().unwrap();
    assert!(free.may_come_from(None) && free.may_come_from(Some("10.0.0.1".parse().unwrap())));
    for bad in [json!(["x"]), json!([""]), json!(["10.0.0.0/33"])] {
        assert_eq!(
            make(&world, &owner, body(bad.clone())).await.code(),
            "network-invalid",
            "{bad}"
        );
    }
    // What somebody wrote into the table by hand and cannot be read opens nothing.
    world.run("UPDATE api_keys SET networks = '{nowhere}'").await;
    assert!(world.elsewhere().of_key(made.body["key"].as_str().unwrap()).await.is_err());
}

/// In another process nothing says that a key was revoked, but time.
#[tokio::test]
async fn elsewhere_a_revocation_holds_within_five_seconds() {
    let world = World::new().await;
    let elsewhere = world.elsewhere();
    let key = world.identity.create_key(A, "k", &["orders:read"], None).await.unwrap();
    let id = key.expose_secret().split('_').nth(2).unwrap();
    assert!(elsewhere.of_key(key.expose_secret()).await.unwrap().is_some());
    world.identity.revoke_key(A, "system", id).await.unwrap();
    let clock = std::time::Instant::now();
    while elsewhere.of_key(key.expose_secret()).await.unwrap().is_some() {
        assert!(
            clock.elapsed() < Duration::from_secs(6),
            "still believed after {:?}",
            clock.elapsed()
        );
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_imported_key_outlives_restarts_and_takes_new_scopes() {
    let world = World::new().await;
    let key = world.identity.create_key(A, "demo", &["*"], None).await.unwrap();
    let before = world.trail(A).await.len();
    world.identity.import_key(A, "demo", &["*"], None, &key).await.unwrap();
    assert_eq!(world.trail(A).await.len(), before, "nothing changed, nothing to tell");
    world.identity.import_key(A, "demo", &["orders:read"], None, &key).await.unwrap();
    let found = world.elsewhere().of_key(key.expose_secret()).await.unwrap().unwrap();
    assert_eq!(found.scopes, ["orders:read"]);
    assert!(
        world
            .identity
            .import_key(A, "demo", &[], None, &SecretString::from("no key"))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_trail_is_shown_and_verified() {
    let world = World::new().await;
    let finance = world.caller(A, Role::Finance).await;
    let page = ask("GET", "/v1/audit?limit=2").by(&finance).send(&world.router()).await;
    let entries = page.body["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{page:?}");
    assert_eq!(
        (&entries[0]["action"], &entries[0]["actor"]),
        (&json!("session.begun"), &json!(finance.principal))
    );
    let next = format!("/v1/audit?limit=2&cursor={}", page.body["next"].as_str().unwrap());
    let second = ask("GET", &next).by(&finance).send(&world.router()).await;
    assert_eq!(
        second.body["items"][0]["seq"].as_i64(),
        entries[1]["seq"].as_i64().map(|seq| seq - 1)
    );
    let subject = format!("/v1/audit?subject={}", finance.principal.replace('/', "%2F"));
    let about = ask("GET", &subject).by(&finance).send(&world.router()).await;
    assert_eq!(about.body["items"].as_array().unwrap().len(), 2, "made, and signed in: {about:?}");
    let verified = ask("POST", "/v1/audit/verify").by(&finance).send(&world.router()).await;
    assert_eq!(
        (&verified.body["ok"], &verified.body["first_broken"]),
        (&json!(true), &Value::Null)
    );
    let witness = json!({ "witness": verified.body["head"] });
    let against = |witness: Value| ask("POST", "/v1/audit/verify").by(&finance).json(witness);
    assert_eq!(against(witness).send(&world.router()).await.body["ok"], true);
    let without = against(Value::Null).send(&world.router()).await;
    assert_eq!(without.body["ok"], true, "`null` is no body: {without:?}");
    let other = json!({ "witness": format!("{}:{}", entries[0]["seq"], "ab".repeat(32)) });
    assert_eq!(against(other).send(&world.router()).await.body["ok"], false);
    assert_eq!(
        against(json!({ "witness": "x" })).send(&world.router()).await.code(),
        "witness-invalid"
    );
}
