//! What happens once, and what does not count as the same.

use axum::extract::{FromRequest as _, Request};
use caravan_model::{TenantId, TraceId};
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::Attempt;

use crate::world::{A, B, Sent, World};

#[tokio::test]
async fn the_same_request_again_changes_nothing_and_is_answered_as_before() {
    let world = World::new().await;
    let first = world.send(Sent::new("k1", "a")).await;
    assert_eq!((first.status, first.replayed), (201, false), "{first:?}");
    let second = world.send(Sent::new("k1", "a")).await;
    assert!(second.replayed, "{second:?}");
    assert_eq!(
        (first.status, &first.location, &first.etag, &first.body),
        (second.status, &second.location, &second.etag, &second.body)
    );
    assert_eq!(second.etag.as_deref(), Some("\"1\""));
    assert_eq!(world.things(A).await, 1);
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_key_is_of_one_body() {
    let world = World::new().await;
    world.send(Sent::new("k1", "a")).await;
    let other = world.send(Sent::new("k1", "b")).await;
    assert_eq!((other.status, other.body["code"].as_str()), (422, Some("idempotency-key-reused")));
    assert_eq!(world.things(A).await, 1);
}

#[tokio::test]
async fn a_key_is_of_one_tenant_principal_and_route() {
    let world = World::new().await;
    let first = Sent::new("k1", "a");
    for sent in [
        first,
        Sent { tenant: B, ..first },
        Sent { principal: "user/2", ..first },
        Sent { path: "/v1/things/7", ..first },
        Sent { path: "/v1/things/8", ..first },
        Sent { key: Some("k2"), ..first },
        Sent { key: None, ..first },
        Sent { key: None, ..first },
    ] {
        let got = world.send(sent).await;
        assert_eq!((got.status, got.replayed), (201, false), "{got:?}");
    }
    assert_eq!((world.things(A).await, world.things(B).await), (7, 1));
}

#[tokio::test]
async fn what_failed_may_be_sent_again_under_its_key() {
    let world = World::new().await;
    let broken = world.send(Sent::new("k1", "broken")).await;
    assert_eq!((broken.status, world.things(A).await), (422, 0));
    let mended = world.send(Sent::new("k1", "mended")).await;
    assert_eq!((mended.status, mended.replayed, world.things(A).await), (201, false, 1));
}

/// The attempt that `sent` makes.
async fn attempt(tenant: TenantId, key: &str) -> Attempt {
    let caller =
        Caller { tenant, principal: "key/1".into(), scopes: Vec::new(), trace: TraceId([1; 16]) };
    let request = Request::post("/v1/things")
        .extension(caller)
        .header("idempotency-key", key)
        .body(r#"{"name":"a"}"#.into())
        .unwrap();
    Attempt::from_request(request, &()).await.unwrap()
}

#[tokio::test]
async fn while_one_is_under_way_another_is_told_to_come_back() {
    let world = World::new().await;
    let mut held = TenantTx::begin(&world.database, A).await.unwrap();
    assert!(attempt(A, "k1").await.replay(&mut held).await.unwrap().is_none());
    let refused = world.send(Sent::new("k1", "a")).await;
    assert_eq!(
        (refused.status, refused.body["code"].as_str()),
        (409, Some("idempotency-key-in-use"))
    );
    let other = world.send(Sent::new("k2", "a")).await;
    assert_eq!(other.status, 201, "another key does not wait");
    // The holder crashes: nothing is left behind.
    drop(held);
    let mut got = world.send(Sent::new("k1", "a")).await;
    // The rollback is the connection's next statement, so it may take a moment.
    while got.status == 409 {
        got = world.send(Sent::new("k1", "a")).await;
    }
    assert_eq!((got.status, got.replayed), (201, false));
}

#[tokio::test]
async fn of_many_at_once_one_takes_effect() {
    let world = World::new().await;
    let many = (0..8).map(|_| world.send(Sent::new("k1", "a")));
    let got = futures_util::future::join_all(many).await;
    assert_eq!(world.things(A).await, 1, "{got:?}");
    let fresh = got.iter().filter(|got| got.status == 201 && !got.replayed).count();
    assert_eq!(fresh, 1, "{got:?}");
    assert!(got.iter().all(|got| matches!(got.status, 201 | 409)), "{got:?}");
}

#[tokio::test]
async fn after_three_days_a_key_is_forgotten_and_swept() {
    let world = World::new().await;
    for key in ["k1", "k2", "k3"] {
        world.send(Sent::new(key, "a")).await;
    }
    world.age(A).await;
    let again = world.send(Sent::new("k1", "other")).await;
    assert_eq!((again.status, again.replayed), (201, false), "{again:?}");
    assert_eq!((world.things(A).await, world.keys(A).await), (4, 1));
}
