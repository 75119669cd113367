//! What is granted, what is refused, and what the refusal says.

use caravan_hub_capabilities::{UseEndpoint, UseKey, UseState, grant};
use caravan_hub_resilience::mentions;
use caravan_manifest::{CryptoUse, Digest};

use crate::{grants, manifest};

fn ask(
    endpoint: &str,
    method: &str,
    path: &str,
    auth: Option<&str>,
    body: &str,
) -> Result<(), String> {
    let mentions = mentions(body.as_bytes());
    let operation = UseEndpoint { endpoint, method, path, auth, mentions: &mentions };
    grant(&manifest(), &grants(), &operation).map(drop).map_err(|denied| denied.to_string())
}

#[test]
fn what_both_sides_allow_is_granted() {
    assert_eq!(ask("api", "GET", "/track/42", Some("key"), ""), Ok(()));
    assert_eq!(
        ask("soap", "POST", "/Service.svc", Some("client"), "{{client.pin}} {{unknown.slot}}"),
        Ok(())
    );
}

#[test]
fn a_refusal_names_the_line_that_would_allow_it() {
    let cases = [
        (ask("web", "GET", "/", None, ""), "add to connector.toml: [endpoints.web]"),
        (
            ask("api", "POST", "/track", None, ""),
            r#"add to connector.toml: [endpoints.api] methods = ["POST"]"#,
        ),
        (
            ask("api", "GET", "/admin", None, ""),
            r#"add to connector.toml: [endpoints.api] paths = ["/admin"]"#,
        ),
        (ask("api", "GET", "/track", Some("nokey"), ""), "add to connector.toml: [auth.nokey]"),
        (
            ask("api", "GET", "/track", Some("login"), ""),
            r#"add to connector.toml: [endpoints.api] auth = ["login"]"#,
        ),
        (
            ask("api", "GET", "/track", None, "{{client.pin}}"),
            r#"add to connector.toml: [endpoints.api] auth = ["client"]"#,
        ),
        (
            ask("soap", "POST", "/", None, "{{client.name}}"),
            r#"add to connector.toml: [auth.client] fields = ["name"]"#,
        ),
        (
            ask("api", "GET", "/track", None, "{{key.value}}"),
            r#"add to connector.toml: [auth.key] kind = "placeholder""#,
        ),
        (
            ask("soap", "POST", "/", Some("login"), ""),
            "set the connection's secret login.client_id",
        ),
        (
            ask("login", "POST", "/token/../x", None, ""),
            "no line allows that: write the path plainly, and values into the query",
        ),
    ];
    for (answer, expected) in cases {
        let refusal = answer.unwrap_err();
        assert!(
            refusal.ends_with(&format!("; {expected}")),
            "{refusal:?} does not end with {expected:?}"
        );
    }
}

#[test]
fn a_prefix_is_no_way_around_traversal() {
    for path in [
        "/track/../admin",
        "/track//admin",
        "/track/%2e%2e/admin",
        "/track/..%2fadmin",
        "/track%2f..%2fadmin",
    ] {
        ask("api", "GET", path, None, "").unwrap_err();
    }
}

#[test]
fn a_base_comes_from_the_operator_or_for_the_environment() {
    let operation = |endpoint| UseEndpoint {
        endpoint,
        method: "POST",
        path: "/token",
        auth: None,
        mentions: &[],
    };
    let mut grants = grants();
    grants.endpoints.clear();
    let refusal = grant(&manifest(), &grants, &operation("soap")).unwrap_err().to_string();
    assert!(
        refusal.ends_with("; give the connection one: endpoints.soap = \"https://…\""),
        "{refusal}"
    );
    grants.environment = "sandbox".into();
    let refusal = grant(&manifest(), &grants, &operation("login")).unwrap_err().to_string();
    assert!(refusal.ends_with("[endpoints.login] base = { sandbox = \"https://…\" }"), "{refusal}");
    grants.endpoints.insert("login".into(), "https://test.example.com".parse().unwrap());
    grant(&manifest(), &grants, &operation("login")).unwrap();
}

#[test]
fn state_keys_and_crypto_slots_are_declared() {
    let state =
        |key| grant(&manifest(), &grants(), &UseState { key }).map_err(|denied| denied.to_string());
    assert_eq!(state("cursor"), Ok(()));
    assert_eq!(state("poll/42"), Ok(()));
    assert!(
        state("cursor2")
            .unwrap_err()
            .ends_with(r#"add to connector.toml: [state] keys = ["cursor2"]"#)
    );
    state("").unwrap_err();
    state(&"poll/".repeat(30)).unwrap_err();
    let key = |slot, usage, algorithm| {
        let granted = grant(&manifest(), &grants(), &UseKey { slot, usage, algorithm });
        granted.map(drop).map_err(|denied| denied.to_string())
    };
    assert_eq!(key("hook", CryptoUse::HmacVerify, Some(Digest::Sha256)), Ok(()));
    assert_eq!(key("hook", CryptoUse::SecretEquals, None), Ok(()));
    let refused = key("hook", CryptoUse::HmacSign, Some(Digest::Sha256)).unwrap_err();
    assert!(
        refused.ends_with(r#"add to connector.toml: [crypto.hook] uses = ["hmac-sign"]"#),
        "{refused}"
    );
    let refused = key("hook", CryptoUse::HmacVerify, Some(Digest::Md5)).unwrap_err();
    assert!(
        refused.ends_with(r#"add to connector.toml: [crypto.hook] algorithms = ["md5"]"#),
        "{refused}"
    );
    let refused = key("key", CryptoUse::SecretEquals, None).unwrap_err();
    assert!(
        refused.ends_with(r#"add to connector.toml: [crypto.key] uses = ["secret-equals"]"#),
        "{refused}"
    );
}

#[test]
fn nothing_prints_a_secret() {
    let text = format!("{:?}", grants());
    assert!(!text.contains("key-of-42") && !text.contains("331421"), "{text}");
}
