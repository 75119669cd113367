//! What a browser brings: a session's cookie, and the pages of other sites.

use caravan_identity::scopes::Role;

use crate::OURS;
use crate::world::{Answer, World};

const LOGIN: &str = r#"{"email":"ops@ours.example","password":"correct horse battery"}"#;
const JSON: &str = "content-type: application/json";
const CSRF: &str = "caravan-csrf: 1";

/// Signs in by the front door; the cookie's line for later requests.
async fn login(world: &World) -> String {
    world.identity.ensure_tenant(OURS, "Ours").await.unwrap();
    let password = "correct horse battery".into();
    world
        .identity
        .ensure_user(OURS, "ops@ours.example", "Ops", Role::Operations, password)
        .await
        .unwrap();
    let answer = world.ask("POST", "/v1/session", None, LOGIN, &[JSON, CSRF]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-caravan=") && cookie.contains("; HttpOnly; Secure;"),
        "{cookie}"
    );
    format!("cookie: {}", cookie.split(';').next().unwrap())
}

async fn ask(world: &World, method: &str, path: &str, headers: &[&str]) -> Answer {
    world.ask(method, path, None, "", headers).await
}

#[tokio::test]
async fn a_session_opens_what_its_role_may_and_ends_with_logout() {
    let world = World::start(|_| ()).await;
    let cookie = login(&world).await;
    let me = ask(&world, "GET", "/v1/me", &[&cookie]).await;
    assert_eq!(me.status, 200, "{}", me.body);
    assert!(me.body.contains("\"role\":\"operations\""), "{}", me.body);
    assert_eq!(ask(&world, "GET", "/v1/users", &[&cookie]).await.status, 200);
    let refused = ask(&world, "GET", "/v1/audit", &[&cookie]).await;
    assert_eq!((refused.status, refused.code().as_deref()), (403, Some("scope-missing")));
    // `things` are no noun of any role.
    assert_eq!(ask(&world, "GET", "/v1/things/7", &[&cookie]).await.status, 403);
    assert_eq!(ask(&world, "DELETE", "/v1/session", &[&cookie, CSRF]).await.status, 204);
    let after = ask(&world, "GET", "/v1/me", &[&cookie]).await;
    assert_eq!((after.status, after.code().as_deref()), (401, Some("credentials-wrong")));
}

#[tokio::test]
async fn a_session_knows_itself_among_its_users_sessions() {
    let world = World::start(|_| ()).await;
    let (other, cookie) = (login(&world).await, login(&world).await);
    let list = ask(&world, "GET", "/v1/me/sessions", &[&cookie]).await;
    let list: serde_json::Value = serde_json::from_str(&list.body).unwrap();
    let [this, that] = list["items"].as_array().unwrap().as_slice() else { panic!("{list}") };
    assert_eq!((&this["current"], &that["current"]), (&true.into(), &false.into()), "{list}");
    assert_eq!(this["address"], "127.0.0.1", "{list}");
    let path = format!("/v1/me/sessions/{}", that["id"].as_str().unwrap());
    assert_eq!(ask(&world, "DELETE", &path, &[&cookie, CSRF]).await.status, 204);
    assert_eq!(ask(&world, "GET", "/v1/me", &[&other]).await.status, 401);
    assert_eq!(ask(&world, "GET", "/v1/me", &[&cookie]).await.status, 200);
}

#[tokio::test]
async fn a_key_that_is_bound_to_networks_opens_nothing_from_elsewhere() {
    let world = World::start(|_| ()).await;
    let maker = world.identity.create_key(OURS, "maker", &["*"], None).await.unwrap();
    let maker = secrecy::ExposeSecret::expose_secret(&maker);
    for (network, status, code) in
        [("127.0.0.0/8", 200, None), ("192.0.2.0/24", 403, Some("address-denied"))]
    {
        let body = format!(r#"{{"name":"ERP","scopes":["keys:read"],"networks":["{network}"]}}"#);
        let made = world.ask("POST", "/v1/keys", Some(maker), &body, &[JSON]).await;
        let made: serde_json::Value = serde_json::from_str(&made.body).unwrap();
        let answer = world.ask("GET", "/v1/keys", made["key"].as_str(), "", &[]).await;
        assert_eq!((answer.status, answer.code().as_deref()), (status, code), "{}", answer.body);
    }
}

#[tokio::test]
async fn the_upstream_does_not_see_the_cookie() {
    let world = World::start(|_| ()).await;
    let key = world.identity.create_key(OURS, "k", &["*"], None).await.unwrap();
    let key = secrecy::ExposeSecret::expose_secret(&key);
    let answer =
        world.ask("GET", "/v1/things/7", Some(key), "", &["cookie: __Host-caravan=x; a=b"]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!answer.body.contains("cookie"), "{}", answer.body);
}

#[tokio::test]
async fn a_change_under_a_session_needs_our_header_and_our_origin() {
    let world = World::start(|config| config.origins = vec!["https://Portal.example".into()]).await;
    let cookie = login(&world).await;
    let path = "/v1/me/sessions";
    let cases: &[(&[&str], u16, Option<&str>)] = &[
        (&[], 403, Some("csrf-header-missing")),
        (&[CSRF, "sec-fetch-site: cross-site"], 403, Some("cross-site")),
        (&[CSRF, "sec-fetch-site: same-site"], 403, Some("cross-site")),
        (&[CSRF, "origin: https://evil.example"], 403, Some("cross-site")),
        (&[CSRF, "origin: null"], 403, Some("cross-site")),
        (&[CSRF, "origin: https://portal.example.evil.example"], 403, Some("cross-site")),
        (&[CSRF, "sec-fetch-site: same-origin", "origin: http://x"], 204, None),
    ];
    for (headers, status, code) in cases {
        let mut headers = headers.to_vec();
        headers.push(&cookie);
        let answer = ask(&world, "DELETE", path, &headers).await;
        assert_eq!(
            (answer.status, answer.code().as_deref()),
            (*status, *code),
            "{headers:?}: {}",
            answer.body
        );
    }
    // The last one ended the sessions; a page of ours behind a proxy may sign in again.
    let ours = [JSON, CSRF, "origin: https://portal.example", "sec-fetch-site: cross-site"];
    assert_eq!(world.ask("POST", "/v1/session", None, LOGIN, &ours).await.status, 200);
}

#[tokio::test]
async fn another_sites_page_reaches_no_open_path_either() {
    let world = World::start(|_| ()).await;
    for path in ["/v1/session", "/hooks/token"] {
        let answer =
            world.ask("POST", path, None, "{}", &[JSON, CSRF, "sec-fetch-site: cross-site"]).await;
        assert_eq!((answer.status, answer.code().as_deref()), (403, Some("cross-site")), "{path}");
    }
    let socket = ask(
        &world,
        "GET",
        "/v1/things/7",
        &["upgrade: websocket", "connection: upgrade", "origin: https://evil.example"],
    )
    .await;
    assert_eq!((socket.status, socket.code().as_deref()), (403, Some("cross-site")));
}

#[tokio::test]
async fn two_session_cookies_are_none_and_a_key_counts_more() {
    let world = World::start(|_| ()).await;
    let cookie = login(&world).await;
    let planted = format!("{cookie}; __Host-caravan=planted");
    let answer = ask(&world, "GET", "/v1/me", &[&planted]).await;
    assert_eq!((answer.status, answer.code().as_deref()), (401, Some("credentials-missing")));
    let key = world.identity.create_key(OURS, "k", &["things:read"], None).await.unwrap();
    let key = secrecy::ExposeSecret::expose_secret(&key);
    let both = world.ask("GET", "/v1/me", Some(key), "", &[&cookie]).await;
    assert!(both.body.contains("\"principal\":\"key/"), "{}", both.body);
    // A wrong key is not made good by a cookie.
    let wrong = world.ask("GET", "/v1/me", Some("crv_live_wrong"), "", &[&cookie]).await;
    assert_eq!((wrong.status, wrong.code().as_deref()), (401, Some("credentials-wrong")));
    // A session's token is no key, and a key no session.
    let token = cookie.rsplit('=').next().unwrap();
    assert_eq!(world.ask("GET", "/v1/me", Some(token), "", &[]).await.status, 401);
    let as_cookie = format!("cookie: __Host-caravan={key}");
    assert_eq!(ask(&world, "GET", "/v1/me", &[&as_cookie]).await.status, 401);
}

#[tokio::test]
async fn a_links_page_is_for_everybody_and_nobody_keeps_or_tells_its_address() {
    let world = World::start(|_| ()).await;
    let page = ask(&world, "GET", "/track/7sQ0bT4mYk2WnJ8vRzXc1LpHf6GdEa3u", &[]).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(ask(&world, "POST", "/track/7sQ0", &[]).await.status, 405);
}
