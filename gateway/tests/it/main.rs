//! The gateway over real HTTP and a real PostgreSQL: who gets in, what is refused, and how the refusal looks.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end at the first surprise; helpers outside #[test] functions are tests too"
)]

mod browser;
mod head;
mod limits;
mod openapi;
mod remote;
mod tls;
mod traces;
mod world;

use std::time::Duration;

use caravan_model::TenantId;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;
use world::{Answer, World};

const OURS: TenantId = TenantId(Uuid::from_u128(1));

#[tokio::test]
async fn a_key_with_the_scope_gets_in_and_nobody_else() {
    let world = World::start(|_| ()).await;
    let reader = world.identity.create_key(OURS, "reader", &["things:read"], None).await.unwrap();
    let other = world.identity.create_key(OURS, "other", &["tracking:read"], None).await.unwrap();
    let expired = world
        .identity
        .create_key(OURS, "expired", &["things:read"], Some(Duration::ZERO))
        .await
        .unwrap();
    let revoked = world.identity.create_key(OURS, "revoked", &["things:read"], None).await.unwrap();
    let id = revoked.expose_secret().split('_').nth(2).unwrap().to_owned();
    world.identity.revoke_key(OURS, "system", &id).await.unwrap();
    let forged = SecretString::from(format!(
        "{}x",
        reader.expose_secret().trim_end_matches(|_: char| false)
    ));

    let cases = [
        ("GET", Some(&reader), 200, None),
        ("POST", Some(&reader), 403, Some("scope-missing")),
        ("GET", Some(&other), 403, Some("scope-missing")),
        ("GET", Some(&expired), 401, Some("credentials-wrong")),
        ("GET", Some(&revoked), 401, Some("credentials-wrong")),
        ("GET", Some(&forged), 401, Some("credentials-wrong")),
        ("GET", None, 401, Some("credentials-missing")),
    ];
    for (method, key, status, code) in cases {
        let answer =
            world.ask(method, "/v1/things/7", key.map(|key| key.expose_secret()), "", &[]).await;
        assert_eq!(answer.status, status, "{method} {key:?}: {}", answer.body);
        assert_eq!(answer.code().as_deref(), code, "{method}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_upstream_sees_the_caller_and_none_of_the_headers_that_are_ours() {
    let world = World::start(|_| ()).await;
    let key = world.identity.create_key(OURS, "reader", &["*"], None).await.unwrap();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("traceparent: 00-{trace}-00f067aa0ba902b7-01");
    let headers = [
        parent.as_str(),
        "x-tenant-id: 9",
        "x-deadline-ms: 1",
        "x-forwarded-for: 1.2.3.4",
        "x-file-name: a",
    ];
    let answer = world.ask("GET", "/v1/things/7", Some(key.expose_secret()), "", &headers).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains(&format!("tenant={OURS}")), "{}", answer.body);
    assert!(answer.body.contains(&format!("trace={trace}")), "{}", answer.body);
    assert!(answer.body.contains("x-file-name"), "{}", answer.body);
    for ours in ["x-tenant-id", "x-deadline-ms", "x-forwarded-for", "authorization"] {
        assert!(!answer.body.contains(ours), "{ours} came through: {}", answer.body);
    }
    assert_eq!(answer.header("caravan-trace"), Some(trace));
}

#[tokio::test]
async fn a_problem_has_the_form_of_rfc_9457() {
    let world = World::start(|_| ()).await;
    let answer = world.ask("GET", "/nowhere", None, "", &[]).await;
    assert_eq!((answer.status, answer.code().as_deref()), (404, Some("no-such-path")));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    for member in ["type", "title", "status", "detail", "code"] {
        assert!(!problem[member].is_null(), "{member} is missing: {problem}");
    }
}

#[tokio::test]
async fn a_body_over_the_cap_is_refused_with_and_without_a_length() {
    let world = World::start(|_| ()).await;
    let key = world.identity.create_key(OURS, "writer", &["*"], None).await.unwrap();
    let key = Some(key.expose_secret());
    let fits = world.ask("POST", "/v1/things", key, &"x".repeat(world::BODY_MAX), &[]).await;
    assert_eq!(fits.status, 200, "{}", fits.body);
    let large = "x".repeat(world::BODY_MAX + 1);
    let declared = world.ask("POST", "/v1/things", key, &large, &[]).await;
    assert_eq!((declared.status, declared.code().as_deref()), (413, Some("body-too-large")));
    let chunked = world.ask_chunked("/v1/things", key, &large).await;
    assert_eq!(
        (chunked.status, chunked.code().as_deref()),
        (413, Some("body-too-large")),
        "{}",
        chunked.body
    );
}

/// RFC 9112 §6.1 lets a server read such a request by its Transfer-Encoding alone, and has it close the connection behind the answer,
/// so that nothing that follows the last chunk is a request at all; by §6.3 the Content-Length does not travel on.
#[tokio::test]
async fn nothing_is_read_behind_a_request_of_two_lengths() {
    let world = World::start(|_| ()).await;
    let key = world.identity.create_key(OURS, "writer", &["*"], None).await.unwrap();
    let raw = format!(
        "POST /v1/things HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 60\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/things/7 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        key.expose_secret()
    );
    let answer = world.raw(&raw).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(
        !answer.body.contains("tenant="),
        "the second request borrowed the first one's key: {}",
        answer.body
    );
    assert_eq!(answer.header("connection"), Some("close"), "{answer:?}");
    assert!(!answer.body.contains("HTTP/1.1"), "there is a second answer: {}", answer.body);
}

#[tokio::test]
async fn a_tenant_over_its_rate_is_told_when_to_come_back() {
    let world =
        World::start(|config| config.requests_per_s_per_tenant = 2.try_into().unwrap()).await;
    let key = world.identity.create_key(OURS, "reader", &["*"], None).await.unwrap();
    let mut answers: Vec<Answer> = Vec::new();
    for _ in 0..4 {
        answers.push(world.ask("GET", "/v1/things/7", Some(key.expose_secret()), "", &[]).await);
    }
    assert_eq!(answers[0].status, 200);
    assert_eq!(answers[0].header("ratelimit-limit"), Some("2"));
    let last = &answers[3];
    assert_eq!((last.status, last.code().as_deref()), (429, Some("rate-limited")));
    assert_eq!(last.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn what_cannot_be_served_now_is_shed_and_probes_still_answer() {
    let world = World::start(|config| config.requests_at_once_max = 1).await;
    let key = world.identity.create_key(OURS, "reader", &["*"], None).await.unwrap();
    let held = world.hold("/v1/things/wait", key.expose_secret()).await;
    let shed = world.ask("GET", "/v1/things/7", Some(key.expose_secret()), "", &[]).await;
    assert_eq!((shed.status, shed.code().as_deref()), (503, Some("overloaded")));
    assert_eq!(shed.header("retry-after"), Some("1"));
    assert_eq!(world.ask("GET", "/readyz", None, "", &[]).await.status, 200);
    world.release.notify_one();
    assert_eq!(held.await.unwrap().status, 200);
}

#[tokio::test]
async fn a_panic_is_a_problem_and_the_next_request_is_served() {
    let world = World::start(|_| ()).await;
    let key = world.identity.create_key(OURS, "reader", &["*"], None).await.unwrap();
    let answer = world.ask("GET", "/v1/things/panic", Some(key.expose_secret()), "", &[]).await;
    assert_eq!((answer.status, answer.code().as_deref()), (500, Some("internal")));
    assert_eq!(
        world.ask("GET", "/v1/things/7", Some(key.expose_secret()), "", &[]).await.status,
        200
    );
}

#[tokio::test]
async fn an_open_upstream_needs_no_key_and_has_its_own_path_parameters() {
    let world = World::start(|_| ()).await;
    assert_eq!(world.ask("POST", "/hooks/token/x/y", None, "{}", &[]).await.body, "token");
    assert_eq!(world.ask("POST", "/hooks/token", None, "{}", &[]).await.status, 200);
}
