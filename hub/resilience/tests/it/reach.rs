//! Where calls may go, and what may come back.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use caravan_fault::Class;
use caravan_hub_resilience::{Config, Egress, EgressError, Obstacle};
use caravan_net::{Outcome as _, guard};
use futures_util::future::BoxFuture;

use crate::party::{Party, answer, config, egress, request};

/// Answers with each list in turn, the last one for ever.
#[derive(Debug)]
struct Scripted {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl guard::Resolve for Scripted {
    fn resolve(&self, _: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        let answer = self.answers[turn].clone();
        Box::pin(async move { Ok(answer) })
    }
}

fn resolving(answers: &[&[&str]], allow_test_nets: bool) -> (Egress, Arc<Scripted>) {
    let answers =
        answers.iter().map(|list| list.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
    let resolver = Arc::new(Scripted { answers, asked: AtomicUsize::new(0) });
    let guard = guard::Config { allow_test_nets, own: Vec::new() };
    let egress =
        Egress::new(Config { guard, resolver: Arc::clone(&resolver) as _, ..config() }).unwrap();
    (egress, resolver)
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_refused_before_a_socket_opens() {
    let party = Party::start(|_, _| answer(200, &[], "internal")).await;
    let port = party.base.port().unwrap();
    let base: url::Url = format!("http://api.example.com:{port}").parse().unwrap();
    let refused: [&[&str]; 4] =
        [&["127.0.0.1"], &["1.1.1.1", "127.0.0.1"], &["169.254.169.254"], &["::ffff:10.0.0.1"]];
    for addresses in refused {
        let (egress, resolver) = resolving(&[addresses], false);
        let error = egress.call(request(base.clone(), "/x")).await.unwrap_err();
        assert!(
            matches!(error, EgressError::Destination(guard::Denied::Address { .. })),
            "{error:?}"
        );
        assert_eq!(error.class(), Some(Class::Config));
        assert!(!error.fault().shown.contains("127.0.0.1"));
        assert_eq!(resolver.asked.load(Ordering::SeqCst), 1, "a refusal is not retried");
    }
    assert!(party.seen().is_empty());
}

#[tokio::test]
async fn what_was_classified_is_what_is_dialled() {
    let party = Party::start(|_, _| answer(200, &[], "")).await;
    let port = party.base.port().unwrap();
    let base: url::Url = format!("http://api.example.com:{port}").parse().unwrap();
    // A second look-up would answer with an address that is always denied.
    let (egress, resolver) = resolving(&[&["127.0.0.1"], &["169.254.169.254"]], true);
    egress.call(request(base, "/x")).await.unwrap();
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 1);
    assert_eq!(party.seen()[0].header("host"), Some(format!("api.example.com:{port}").as_str()));
}

#[tokio::test]
async fn http_and_test_networks_need_their_switches() {
    let party = Party::start(|_, _| answer(200, &[], "")).await;
    let mut plain = party.get("/x");
    plain.endpoint.allow_http = false;
    let error = egress().call(plain).await.unwrap_err();
    assert_eq!(error, EgressError::Destination(guard::Denied::Scheme("http".into())));
    let closed = Egress::new(Config { guard: guard::Config::default(), ..config() }).unwrap();
    let error = closed.call(party.get("/x")).await.unwrap_err();
    assert_eq!(error, EgressError::Destination(guard::Denied::Address { range: "loopback" }));
    assert!(party.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let party = Party::start(|_, _| answer(302, &[("location", "/elsewhere")], "")).await;
    let response = egress().call(party.get("/x")).await.unwrap();
    assert_eq!((response.status, response.class), (302, Some(Class::Permanent)));
    assert_eq!(party.seen().len(), 1);
}

#[tokio::test]
async fn a_path_cannot_leave_the_base() {
    let party = Party::start(|_, _| answer(200, &[], "")).await;
    let mut base = party.base.clone();
    base.set_path("/v1/");
    for path in ["/../admin", "/a/%2e%2e/%2e%2e/admin", "x", "/a?b", "/a#b", "/a\\b"] {
        let error = egress().call(request(base.clone(), path)).await.unwrap_err();
        assert!(matches!(error, EgressError::Request { .. }), "{path}: {error:?}");
    }
    let mut good = request(base, "/track/a%20b");
    good.query = vec![("id".into(), "1&x=2".into())];
    egress().call(good).await.unwrap();
    assert_eq!(party.seen()[0].path, "/v1/track/a%20b?id=1%26x%3D2");
}

#[tokio::test]
async fn a_reply_past_the_cap_is_refused() {
    let party = Party::start(|_, _| answer(200, &[], vec![b'x'; 5_000])).await;
    let mut small = party.get("/x");
    small.endpoint.reply_bytes_max = Some(4_999);
    assert_eq!(egress().call(small).await.unwrap_err(), EgressError::TooLarge { bytes_max: 4_999 });
    let mut exact = party.get("/x");
    exact.endpoint.reply_bytes_max = Some(5_000);
    assert_eq!(egress().call(exact).await.unwrap().body.len(), 5_000);
}

#[tokio::test]
async fn guest_headers_that_are_ours_do_not_arrive() {
    let party =
        Party::start(|_, _| answer(200, &[("set-cookie", "s=1"), ("x-kept", "1")], "")).await;
    let mut request = party.get("/x");
    request.body = Bytes::from_static(b"{}");
    request.headers =
        ["Authorization", "Host", "Cookie", "X-Forwarded-For", "Connection", "Accept", "X-Mine"]
            .map(|name| (name.to_owned(), "guest".to_owned()))
            .to_vec();
    let response = egress().call(request).await.unwrap();
    let seen = &party.seen()[0];
    for name in ["authorization", "cookie", "x-forwarded-for", "connection"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
    assert_ne!(seen.header("host"), Some("guest"));
    assert_eq!((seen.header("accept"), seen.header("x-mine")), (Some("guest"), Some("guest")));
    let names: Vec<_> = response.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"x-kept") && !names.contains(&"set-cookie"), "{names:?}");
}

const WITHIN: std::time::Duration = std::time::Duration::from_secs(5);

#[tokio::test]
async fn a_probe_goes_the_way_of_every_call_and_names_what_is_in_it() {
    let party = Party::start(|_, _| answer(404, &[], "")).await;
    let port = party.base.port().unwrap();
    let plain: url::Url = format!("http://api.example.com:{port}").parse().unwrap();
    let secure: url::Url = format!("https://api.example.com:{port}").parse().unwrap();

    let (egress, _) = resolving(&[&["127.0.0.1"]], true);
    assert_eq!(egress.look_up(&plain, true, WITHIN).await, Ok(1));
    assert_eq!(egress.connect(&plain, true, WITHIN).await, Ok(()), "a 404 is an answer");
    assert_eq!(party.seen()[0].header("authorization"), None);
    assert_eq!(egress.connect(&secure, true, WITHIN).await, Err(Obstacle::NotTls));
    let scheme = Obstacle::Denied(guard::Denied::Scheme("http".into()));
    assert_eq!(egress.look_up(&plain, false, WITHIN).await, Err(scheme));

    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://api.example.com:{}", closed.local_addr().unwrap().port());
    drop(closed);
    let nobody = nobody.parse().unwrap();
    assert_eq!(egress.connect(&nobody, true, WITHIN).await, Err(Obstacle::Refused));

    let (egress, _) = resolving(&[&["10.0.0.7"]], false);
    let denied = Obstacle::Denied(guard::Denied::Address { range: "private" });
    assert_eq!(egress.look_up(&secure, false, WITHIN).await, Err(denied));
    let (egress, _) = resolving(&[&[]], true);
    assert_eq!(egress.look_up(&secure, false, WITHIN).await, Err(Obstacle::NoSuchName));
}
