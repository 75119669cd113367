//! Credentials: where they go in, and that they do not come out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use caravan_fault::Class;
use caravan_hub_resilience::{
    AuthRecipe, ClientAuth, ClientCredentials, Config, Egress, EgressError, Placeholder,
};
use caravan_net::{Outcome as _, bulkhead};
use futures_util::future::join_all;

use crate::party::{Party, Seen, answer, config, egress};

#[tokio::test]
async fn each_recipe_sets_its_header_and_an_echo_is_masked() {
    let header = |name: &'static str, prefix: &str, value: &str| AuthRecipe::Header {
        name: http::HeaderName::from_static(name),
        prefix: prefix.into(),
        value: value.into(),
    };
    let recipes = [
        (header("dhl-api-key", "", "key-of-42"), "dhl-api-key", "key-of-42"),
        (header("authorization", "Token ", "tok-of-42"), "authorization", "Token tok-of-42"),
        (AuthRecipe::Bearer { token: "abc.def.ghi".into() }, "authorization", "Bearer abc.def.ghi"),
        (
            AuthRecipe::Basic { username: "Aladdin".into(), password: "open sesame".into() },
            "authorization",
            // RFC 7617 §2.
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ),
    ];
    for (recipe, name, expected) in recipes {
        let party = Party::start(move |seen: &Seen, _| {
            let echo = seen.header(name).unwrap().to_owned();
            answer(200, &[("x-echo", &echo)], format!("you sent {echo}"))
        })
        .await;
        assert!(!format!("{recipe:?}").contains("42"));
        let mut request = party.get("/x");
        request.auth = Some(recipe);
        let response = egress().call(request).await.unwrap();
        assert_eq!(party.seen()[0].header(name), Some(expected));
        let body = String::from_utf8(response.body.to_vec()).unwrap();
        let secret = expected.rsplit(' ').next().unwrap();
        assert!(!body.contains(secret) && body.ends_with("****"), "{body}");
        assert_eq!(body.len(), "you sent ".len() + expected.len());
        let echo = response.headers.iter().find(|(name, _)| name == "x-echo").unwrap();
        assert!(!echo.1.contains(secret), "{}", echo.1);
    }
}

#[tokio::test]
async fn a_placeholder_is_filled_where_granted_and_nowhere_else() {
    let party = Party::start(|seen: &Seen, _| answer(200, &[], seen.body.clone())).await;
    let body = Bytes::from_static(b"<pin>{{client.pin}}</pin>");
    let xml = vec![("content-type".to_owned(), "text/xml".to_owned())];
    let mut granted = party.get("/x");
    (granted.body, granted.headers) = (body.clone(), xml.clone());
    granted.placeholders =
        vec![Placeholder { slot: "client".into(), field: "pin".into(), value: "<331421>".into() }];
    let response = egress().call(granted).await.unwrap();
    assert_eq!(party.seen()[0].body, "<pin>&lt;331421&gt;</pin>");
    assert_eq!(&response.body[..], b"<pin>**************</pin>");

    let mut elsewhere = party.get("/x");
    (elsewhere.body, elsewhere.headers) = (body, xml);
    egress().call(elsewhere).await.unwrap();
    assert_eq!(party.seen()[1].body, "<pin>{{client.pin}}</pin>");
}

fn client(party: &Party) -> AuthRecipe {
    AuthRecipe::OAuth2(ClientCredentials {
        slot: "oauth".into(),
        token_url: party.base.join("/token").unwrap(),
        allow_http: true,
        client_id: "id".into(),
        client_secret: "s3cr3t/+".into(),
        scope: Some("track".into()),
        client_auth: ClientAuth::Basic,
    })
}

fn token_calls(party: &Party) -> usize {
    party.seen().iter().filter(|seen| seen.path == "/token").count()
}

#[tokio::test]
async fn a_hundred_calls_fetch_one_token() {
    let party = Party::start(|seen: &Seen, _| match seen.path.as_str() {
        "/token" => answer(200, &[], r#"{"access_token":"token-1","expires_in":3600}"#),
        _ => answer(
            if seen.header("authorization") == Some("Bearer token-1") { 200 } else { 401 },
            &[],
            "",
        ),
    })
    .await;
    let bulkhead =
        bulkhead::Config { calls_max: 100, waiting_max: 100, ..bulkhead::Config::default() };
    let egress = Egress::new(Config { bulkhead, ..config() }).unwrap();
    let calls = (0..100).map(|_| {
        let mut request = party.get("/x");
        request.auth = Some(client(&party));
        egress.call(request)
    });
    let results = join_all(calls).await;
    assert!(results.iter().all(|one| one.as_ref().is_ok_and(|response| response.status == 200)));
    assert_eq!(token_calls(&party), 1);
    let seen = party.seen().into_iter().find(|seen| seen.path == "/token").unwrap();
    assert_eq!(seen.body, "grant_type=client_credentials&scope=track");
    // id:s3cr3t%2F%2B
    assert_eq!(seen.header("authorization"), Some("Basic aWQ6czNjcjN0JTJGJTJC"));
}

#[tokio::test]
async fn a_token_is_good_for_the_secret_that_it_was_fetched_with() {
    let party = Party::start(|seen: &Seen, _| match seen.path.as_str() {
        "/token" => answer(200, &[], r#"{"access_token":"token-1","expires_in":3600}"#),
        _ => answer(200, &[], ""),
    })
    .await;
    let egress = egress();
    for secret in ["s3cr3t/+", "s3cr3t/+", "another"] {
        let AuthRecipe::OAuth2(known) = client(&party) else { unreachable!() };
        let mut request = party.get("/x");
        request.auth =
            Some(AuthRecipe::OAuth2(ClientCredentials { client_secret: secret.into(), ..known }));
        egress.call(request).await.unwrap();
    }
    assert_eq!(token_calls(&party), 2);
}

#[tokio::test]
async fn a_refused_token_is_refreshed_once_and_then_it_is_auth() {
    let tokens = Arc::new(AtomicUsize::new(0));
    let issued = Arc::clone(&tokens);
    let party = Party::start(move |seen: &Seen, _| match seen.path.as_str() {
        "/token" => {
            let number = issued.fetch_add(1, Ordering::SeqCst) + 1;
            answer(200, &[], format!(r#"{{"access_token":"token-{number}","expires_in":"3600"}}"#))
        }
        "/never" => answer(401, &[], ""),
        _ => answer(
            if seen.header("authorization") == Some("Bearer token-2") { 200 } else { 401 },
            &[],
            "",
        ),
    })
    .await;
    let egress = egress();
    let call = |path: &str| {
        let mut request = party.get(path);
        request.auth = Some(client(&party));
        egress.call(request)
    };
    let response = call("/x").await.unwrap();
    assert_eq!((response.status, response.attempts, tokens.load(Ordering::SeqCst)), (200, 2, 2));
    let response = call("/never").await.unwrap();
    assert_eq!((response.status, response.class), (401, Some(Class::Auth)));
    assert_eq!(tokens.load(Ordering::SeqCst), 3, "one refresh");
    assert_eq!(party.seen().iter().filter(|seen| seen.path == "/never").count(), 2, "one more try");
}

#[tokio::test]
async fn a_refused_client_is_auth_and_nothing_is_sent() {
    let party = Party::start(|_, _| answer(400, &[], r#"{"error":"invalid_client"}"#)).await;
    let mut request = party.get("/x");
    request.auth = Some(client(&party));
    let error = egress().call(request).await.unwrap_err();
    assert!(matches!(error, EgressError::Token { class: Class::Auth, .. }), "{error:?}");
    assert!(error.had_no_effect());
    assert_eq!((party.seen().len(), token_calls(&party)), (1, 1));
}

#[tokio::test]
async fn a_short_lived_token_is_fetched_again() {
    let party = Party::start(|seen: &Seen, _| match seen.path.as_str() {
        "/token" => answer(200, &[], r#"{"access_token":"token-1","expires_in":0}"#),
        _ => answer(200, &[], ""),
    })
    .await;
    let egress = egress();
    for _ in 0..2 {
        let mut request = party.get("/x");
        request.auth = Some(client(&party));
        egress.call(request).await.unwrap();
    }
    assert_eq!(token_calls(&party), 2);
}
