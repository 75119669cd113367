//! Limits by key and class, and the places of one tenant beside another's.

use caravan_model::TenantId;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::OURS;
use crate::world::World;

const THEIRS: TenantId = TenantId(Uuid::from_u128(2));

#[tokio::test]
async fn a_keys_classes_are_counted_apart_and_another_key_is_not_touched() {
    let world = World::start(|config| {
        config.requests_per_s_per_key.writes = 3.try_into().unwrap();
        config.requests_per_s_per_key.heavy = 1.try_into().unwrap();
    })
    .await;
    let ours = world.identity.create_key(OURS, "ours", &["*"], None).await.unwrap();
    let other = world.identity.create_key(OURS, "other", &["*"], None).await.unwrap();
    let ask = async |method: &str, path: &str, key: &secrecy::SecretString| {
        world.ask(method, path, Some(key.expose_secret()), "", &[]).await
    };
    let heavy = ask("POST", "/v1/heavy", &ours).await;
    assert_eq!((heavy.status, heavy.header("ratelimit-limit")), (200, Some("1")));
    assert_eq!(heavy.header("ratelimit-remaining"), Some("0"));
    let mut refused = ask("POST", "/v1/heavy", &ours).await;
    // A machine that stands still for a second gives it another.
    while refused.status == 200 {
        refused = ask("POST", "/v1/heavy", &ours).await;
    }
    assert_eq!((refused.status, refused.code().as_deref()), (429, Some("rate-limited")));
    assert_eq!(refused.header("ratelimit-limit"), Some("1"));
    assert!(refused.header("retry-after").is_some() && refused.body.contains("of one key"));
    let write = ask("POST", "/v1/things", &ours).await;
    assert_eq!((write.status, write.header("ratelimit-limit")), (200, Some("3")));
    assert_eq!(ask("GET", "/v1/heavy", &ours).await.status, 200, "reading it is not heavy");
    assert_eq!(ask("POST", "/v1/heavy", &other).await.status, 200);
}

#[tokio::test]
async fn whoever_tries_passwords_is_slowed_down_by_address() {
    let world =
        World::start(|config| config.logins_per_s_per_address = 1.try_into().unwrap()).await;
    let mut statuses = Vec::new();
    for _ in 0..10 {
        let answer =
            world.ask("POST", "/v1/session", None, "{}", &["content-type: application/json"]);
        statuses.push(answer.await.status);
    }
    assert_ne!(statuses[0], 429);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn whoever_tries_links_is_slowed_down_by_address() {
    let world =
        World::start(|config| config.public_per_s_per_address = 1.try_into().unwrap()).await;
    let first = world.ask("GET", "/v1/public/7", None, "", &[]).await;
    assert_eq!((first.status, first.header("ratelimit-limit")), (200, Some("1")));
    let mut next = world.ask("GET", "/v1/public/8", None, "", &[]).await;
    // A machine that stands still for a second gives it another.
    while next.status == 200 {
        next = world.ask("GET", "/v1/public/8", None, "", &[]).await;
    }
    assert_eq!((next.status, next.code().as_deref()), (429, Some("rate-limited")));
    assert_eq!(world.ask("POST", "/hooks/7", None, "", &[]).await.status, 200, "of other paths");
}

#[tokio::test]
async fn a_noisy_tenant_does_not_take_its_neighbours_places() {
    let world = World::start(|config| config.requests_at_once_max = 8).await;
    let noisy = world.identity.create_key(OURS, "noisy", &["*"], None).await.unwrap();
    let quiet = world.identity.create_key(THEIRS, "quiet", &["*"], None).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..6 {
        held.push(world.hold("/v1/things/wait", noisy.expose_secret()).await);
    }
    let more = world.ask("GET", "/v1/things/7", Some(noisy.expose_secret()), "", &[]).await;
    assert_eq!((more.status, more.code().as_deref()), (503, Some("overloaded")));
    assert_eq!(more.header("retry-after"), Some("1"));
    assert!(more.body.contains("your tenant"), "{}", more.body);
    let beside = world.ask("GET", "/v1/things/7", Some(quiet.expose_secret()), "", &[]).await;
    assert_eq!(beside.status, 200, "{}", beside.body);
    for held in held {
        while !held.is_finished() {
            world.release.notify_one();
            tokio::task::yield_now().await;
        }
        assert_eq!(held.await.unwrap().status, 200);
    }
    let again = world.ask("GET", "/v1/things/7", Some(noisy.expose_secret()), "", &[]).await;
    assert_eq!(again.status, 200);
}
