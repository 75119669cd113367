//! The head of a request: read in one way, or refused; and the headers of every answer.

use secrecy::ExposeSecret as _;

use crate::OURS;
use crate::world::World;

#[tokio::test]
async fn what_could_be_read_in_two_ways_is_refused() {
    let world = World::start(|_| ()).await;
    let key = world.identity.create_key(OURS, "k", &["*"], None).await.unwrap();
    let auth = format!("authorization: Bearer {}", key.expose_secret());
    let head =
        |first: &str, lines: &str| format!("{first} HTTP/1.1\r\n{lines}connection: close\r\n\r\n");
    let host = format!("host: x\r\n{auth}\r\n");
    let cases = [
        (head("GET /v1/things/7", &format!("host: y\r\n{host}")), 400, Some("header-repeated")),
        (head("GET /v1/things/7", &format!("{host}{auth}\r\n")), 400, Some("header-repeated")),
        (
            head("GET /v1/things/7", &format!("{host}x-api-key: a\r\nx-api-key: b\r\n")),
            400,
            Some("header-repeated"),
        ),
        (
            head("POST /v1/things", &format!("{host}content-type: a/b\r\ncontent-type: c/d\r\n")),
            400,
            Some("header-repeated"),
        ),
        (head("GET /v1/../v1/things/7", &host), 400, Some("path-ambiguous")),
        (head("GET /v1/%2e%2e/things/7", &host), 400, Some("path-ambiguous")),
        (head("GET //v1/things/7", &host), 400, Some("path-ambiguous")),
        (head("GET /v1/..;/things/7", &host), 400, Some("path-ambiguous")),
        (head("GET /v1/things/7?q=%00", &host), 400, Some("query-nul")),
        (head("TRACE /v1/things/7", &host), 405, Some("method-not-allowed")),
        (head("BREW /v1/things/7", &host), 405, Some("method-not-allowed")),
        // Refused by hyper, before there is a request.
        (
            head("POST /v1/things", &format!("{host}content-length: 1\r\ncontent-length: 2\r\n")),
            400,
            None,
        ),
        (head("POST /v1/things", &format!("{host}content-length: +5\r\n")), 400, None),
        (
            head("POST /v1/things", &format!("{host}transfer-encoding: chunked, identity\r\n")),
            400,
            None,
        ),
        (head("GET /v1/things/7", &format!("{host}x-odd : 1\r\n")), 400, None),
    ];
    for (request, status, code) in cases {
        let answer = world.raw(&request).await;
        assert_eq!(
            (answer.status, answer.code().as_deref()),
            (status, code),
            "{request}\n{}",
            answer.body
        );
    }
    // The same without anything odd is served.
    assert_eq!(world.raw(&head("GET /v1/things/7", &host)).await.status, 200);
}

#[tokio::test]
async fn a_method_cannot_be_overridden() {
    let world = World::start(|_| ()).await;
    let key = world.identity.create_key(OURS, "k", &["*"], None).await.unwrap();
    let answer = world
        .ask(
            "GET",
            "/v1/things/7",
            Some(key.expose_secret()),
            "",
            &["x-http-method-override: DELETE"],
        )
        .await;
    assert!(answer.status == 200 && !answer.body.contains("override"), "{}", answer.body);
}

#[tokio::test]
async fn every_answer_tells_the_browser_what_it_may_do() {
    let world = World::start(|_| ()).await;
    let plain = World::start(|config| config.https_only = true).await;
    for answer in [
        world.ask("GET", "/nowhere", None, "", &[]).await,
        world.ask("GET", "/v1/things/7", None, "", &[]).await,
        world.ask("POST", "/hooks/token", None, "{}", &[]).await,
        world.ask("POST", "/hooks/token", None, "{}", &["sec-fetch-site: cross-site"]).await,
    ] {
        let policy = answer.header("content-security-policy").unwrap();
        for part in
            ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value));
        }
        assert_eq!(answer.header("strict-transport-security"), None);
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("server"), None);
    }
    let secure = plain.ask("GET", "/nowhere", None, "", &[]).await;
    assert_eq!(
        secure.header("strict-transport-security"),
        Some("max-age=31536000; includeSubDomains")
    );
}

#[tokio::test]
async fn a_head_is_answered_as_the_get_without_its_body() {
    let world = World::start(|_| ()).await;
    let key = world.identity.create_key(OURS, "k", &["*"], None).await.unwrap();
    let auth = format!("authorization: Bearer {}\r\n", key.expose_secret());
    // What a service answers, what the stack refuses, and what stands beside it.
    for (path, lines) in [("/v1/things/7", auth.as_str()), ("/v1/things/7", ""), ("/healthz", "")] {
        let ask = |method: &str| {
            format!("{method} {path} HTTP/1.1\r\nhost: x\r\n{lines}connection: close\r\n\r\n")
        };
        let (get, head) = (world.raw(&ask("GET")).await, world.raw(&ask("HEAD")).await);
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        for name in ["content-type", "content-length"] {
            let told = head.header(name);
            assert!(told.is_some() && told == get.header(name), "{path}: {name}: {told:?}");
        }
    }
}
