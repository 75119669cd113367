//! A tenant's identity providers: who keeps them, what they may be, and what ends with them.

use std::sync::Arc;

use caravan_identity::scopes::Role;
use caravan_identity::{Identity, Resealed, Vault};
use caravan_tenancy::{Caller, TenantTx};
use serde_json::{Value, json};

use crate::issuer::{Issuer, SECRET};
use crate::trip::{arrived, made, open_to_all, refused, sign_in, wanted};
use crate::world::{A, B, PASSWORD, PUBLIC_URL, World, ask, config};

async fn change(world: &World, by: &Caller, id: &str, wanted: Value) -> crate::world::Answer {
    let path = format!("/v1/identity-providers/{id}");
    ask("PUT", &path).by(by).json(wanted).send(&world.router()).await
}

#[tokio::test]
async fn a_provider_is_kept_and_its_secret_is_not_shown() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let router = world.router();
    let owner = world.caller(A, Role::Owner).await;
    let set = wanted(&issuer.url(), " A.example");
    let answer = ask("POST", "/v1/identity-providers").by(&owner).json(set).send(&router).await;
    let id = answer.body["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/identity-providers/{id}");
    assert_eq!((answer.status, answer.location.as_deref()), (201, Some(path.as_str())));
    assert_eq!(answer.body["domains"], json!(["a.example"]));
    assert_eq!(answer.body["login_path"], format!("/v1/session/oidc/{id}"));
    let shown = ask("GET", &path).by(&owner).send(&router).await;
    let listed = ask("GET", "/v1/identity-providers").by(&owner).send(&router).await;
    assert_eq!((&shown.body, &listed.body["items"]), (&answer.body, &json!([answer.body])));

    // Without a secret the one that is there stays: the provider takes it.
    let mut set = wanted(&issuer.url(), "a.example");
    set["default_role"] = json!("viewer");
    set.as_object_mut().unwrap().remove("client_secret");
    let stale = ask("PUT", &path).by(&owner).header("if-match", "\"0\"").json(set.clone());
    assert_eq!(stale.send(&router).await.code(), "version-conflict");
    let changed = change(&world, &owner, &id, set).await;
    assert_eq!((changed.status, &changed.body["default_role"]), (200, &json!("viewer")));
    arrived(&world.identity, &sign_in(&router, &id, &issuer).await).await;

    // Neither the database nor the trail has it.
    let mut tx = TenantTx::begin(&world.database, A).await.unwrap();
    let kept: Vec<u8> = sqlx::query_scalar("SELECT client_secret FROM identity_providers")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert!(!kept.windows(6).any(|window| window == &SECRET.as_bytes()[..6]));
    let trail = ask("GET", "/v1/audit").by(&owner).send(&router).await;
    for answer in [&trail, &shown, &listed, &changed] {
        assert!(!answer.body.to_string().contains(SECRET), "{answer:?}");
    }
    let trail = world.trail(A).await;
    for action in ["provider.made", "provider.changed"] {
        assert!(trail.iter().any(|each| each == action), "{trail:?}");
    }
}

#[tokio::test]
async fn only_who_has_all_that_an_owner_has_says_who_comes_in() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let provider = open_to_all(&world, A, &issuer, "a.example").await;
    let owner = world.caller(A, Role::Owner).await;
    // A key that may keep users could have itself let in as their owner.
    let scopes = vec!["users:read".into(), "users:write".into()];
    let keeper = Caller { scopes, principal: "key/abcdefgh".into(), ..owner };
    let set = || wanted(&issuer.url(), "a.example");
    let path = format!("/v1/identity-providers/{provider}");
    for request in [
        ask("POST", "/v1/identity-providers").json(set()),
        ask("PUT", &path).json(set()),
        ask("DELETE", &path),
        ask("DELETE", &format!("{path}/users/{}", uuid::Uuid::from_u128(1))),
    ] {
        let answer = request.by(&keeper).send(&world.router()).await;
        assert_eq!((answer.status, answer.code()), (403, "scopes-beyond"), "{answer:?}");
    }
}

#[tokio::test]
async fn what_cannot_work_is_not_kept() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let owner = world.caller(A, Role::Owner).await;
    let foreign = format!("{}/", issuer.url());
    for (name, value, code) in [
        ("name", json!(" "), "name-invalid"),
        ("issuer", json!("https://id.example?x=1"), "issuer-invalid"),
        ("issuer", json!("not a url"), "issuer-invalid"),
        // Discovery §4.3: letter by letter.
        ("issuer", json!(foreign), "provider-answer-invalid"),
        // Nobody listens there.
        ("issuer", json!("http://127.0.0.1:1"), "provider-unreachable"),
        ("issuer", json!("http://169.254.169.254"), "provider-denied"),
        ("client_id", json!(""), "client-invalid"),
        ("client_secret", json!("a\nb"), "client-invalid"),
        ("client_secret", Value::Null, "client-invalid"),
        ("domains", json!([]), "domain-invalid"),
        ("domains", json!(["*.example"]), "domain-invalid"),
        ("default_role", json!("pilot"), "role-unknown"),
        ("roles", json!({ "a": "viewer" }), "role-map-invalid"),
        ("extra", json!(1), "body-invalid"),
    ] {
        let mut set = wanted(&issuer.url(), "a.example");
        set[name] = value.clone();
        let answer = ask("POST", "/v1/identity-providers").by(&owner).json(set);
        let answer = answer.send(&world.router()).await;
        assert_eq!(answer.code(), code, "{name} {value}: {answer:?}");
    }
    assert_eq!(world.run("SELECT 1 FROM identity_providers").await, 0);
}

/// The guard stands unless the operator of a test network opens it.
#[tokio::test]
async fn a_private_address_is_not_called() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let owner = world.caller(A, Role::Owner).await;
    let mut config = config(&world.database);
    config.outside.public_url = Some(PUBLIC_URL.parse().unwrap());
    let router = caravan_identity::router(caravan_identity::Identity::new(config).unwrap());
    for url in [issuer.url(), "https://127.0.0.1/x".to_owned(), "https://localhost".to_owned()] {
        let set = wanted(&url, "a.example");
        let answer = ask("POST", "/v1/identity-providers").by(&owner).json(set).send(&router).await;
        assert_eq!((answer.status, answer.code()), (422, "provider-denied"), "{url}: {answer:?}");
    }
}

#[tokio::test]
async fn a_provider_that_goes_takes_its_sessions_with_it() {
    let (world, issuer, next) = (World::new().await, Issuer::start().await, Issuer::start().await);
    let router = world.router();
    let owner = world.caller(A, Role::Owner).await;
    let provider = open_to_all(&world, A, &issuer, "a.example").await;
    let first = sign_in(&router, &provider, &issuer).await;
    arrived(&world.identity, &first).await;

    // Another issuer is another provider: its "s-1" is somebody else.
    let mut set = wanted(&next.url(), "a.example");
    set["default_role"] = json!("viewer");
    assert_eq!(change(&world, &owner, &provider, set).await.status, 200);
    assert_eq!(world.identity.of_session(&first.token()).await.unwrap(), None);
    next.claim("email", json!("noor@a.example"));
    let second = sign_in(&router, &provider, &next).await;
    arrived(&world.identity, &second).await;

    let path = format!("/v1/identity-providers/{provider}");
    assert_eq!(ask("DELETE", &path).by(&owner).send(&router).await.status, 204);
    assert_eq!(world.identity.of_session(&second.token()).await.unwrap(), None);
    let gone = ask("GET", &format!("/v1/session/oidc/{provider}")).send(&router).await;
    assert_eq!(gone.code(), "provider-not-found");
    assert_eq!(world.trail(A).await.last().unwrap(), "provider.removed");
    // Who came by it alone has no other way in.
    let login = json!({ "email": "noor@a.example", "password": PASSWORD });
    assert_eq!(ask("POST", "/v1/session").json(login).send(&router).await.code(), "login-failed");
}

#[tokio::test]
async fn without_a_public_address_and_with_another_key_it_says_so() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let provider = made(&world, A, wanted(&issuer.url(), "a.example")).await;
    let mut nowhere = config(&world.database);
    nowhere.outside.guard.allow_test_nets = true;
    let router = caravan_identity::router(caravan_identity::Identity::new(nowhere).unwrap());
    let answer = ask("GET", &format!("/v1/session/oidc/{provider}")).send(&router).await;
    assert_eq!((answer.status, answer.code()), (503, "public-url-missing"));

    let mut other = config(&world.database);
    other.vault = std::sync::Arc::new(caravan_identity::Vault::of_key(&[8; 32]).unwrap());
    other.outside.public_url = Some(PUBLIC_URL.parse().unwrap());
    other.outside.guard.allow_test_nets = true;
    let router = caravan_identity::router(caravan_identity::Identity::new(other).unwrap());
    refused(&sign_in(&router, &provider, &issuer).await, 503, "provider-secret-unreadable");
}

#[tokio::test]
async fn a_client_secret_is_sealed_anew_under_another_key_and_serves_as_before() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let provider = open_to_all(&world, A, &issuer, "a.example").await;
    let with = |vault: Vault| {
        let mut config = config(&world.database);
        config.vault = Arc::new(vault);
        config.outside.public_url = Some(PUBLIC_URL.parse().unwrap());
        config.outside.guard.allow_test_nets = true;
        Identity::new(config).unwrap()
    };
    let between = with(Vault::of_key(&[8; 32]).unwrap().also_opening(&[7; 32]).unwrap());
    assert_eq!(between.reseal(B).await.unwrap(), Resealed::default());
    let anew = between.reseal(A).await.unwrap();
    assert_eq!(anew, Resealed { anew: 1, ..Resealed::default() });
    let again = between.reseal(A).await.unwrap();
    assert_eq!(again, Resealed { already: 1, ..Resealed::default() });

    let after = with(Vault::of_key(&[8; 32]).unwrap());
    let signed_in = sign_in(&caravan_identity::router(after.clone()), &provider, &issuer).await;
    arrived(&after, &signed_in).await;
    let before = sign_in(&world.router(), &provider, &issuer).await;
    refused(&before, 503, "provider-secret-unreadable");
}
