//! Logins by a provider: who comes in as whom, and everything that keeps somebody out.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use caravan_identity::scopes::Role;
use serde_json::{Value, json};

use crate::issuer::{Issuer, SECRET, Twist, message};
use crate::trip::{arrived, back, begin, made, me, open_to_all, refused, sign_in, wanted};
use crate::world::{A, B, PASSWORD, World, ask, email};

#[tokio::test]
async fn who_is_invited_comes_in_and_is_known_again_by_its_subject() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let router = world.router();
    let provider = made(&world, A, wanted(&issuer.url(), "a.example")).await;
    refused(&sign_in(&router, &provider, &issuer).await, 403, "not-invited");

    let owner = world.caller(A, Role::Owner).await;
    let invitation = json!({ "email": "asha@a.example", "name": "Asha", "role": "operations" });
    let invited = ask("POST", "/v1/users").by(&owner).json(invitation).send(&router).await;
    let came = sign_in(&router, &provider, &issuer).await;
    let asha = arrived(&world.identity, &came).await;
    let shown = me(&router, &asha).await;
    assert_eq!((&shown["role"], &shown["user"]["name"]), (&json!("operations"), &json!("Asha")));
    assert_eq!(shown["user"]["id"], invited.body["user"]["id"]);
    // The place is the provider's to open: neither the invitation nor a password does.
    let accept = json!({ "token": invited.body["token"], "password": PASSWORD });
    let accept = ask("POST", "/v1/invitations/accept").json(accept).send(&router).await;
    assert_eq!(accept.code(), "invitation-invalid");

    // Married, moved, renamed: the subject is the same.
    issuer.claim("email", json!("asha.rao@a.example"));
    let again = arrived(&world.identity, &sign_in(&router, &provider, &issuer).await).await;
    assert_eq!(again.principal, asha.principal);
    let trail = world.trail(A).await;
    let last = trail.split_at(trail.len() - 2).1;
    assert_eq!(last, ["user.joined", "session.begun"], "{trail:?}");
}

#[tokio::test]
async fn a_member_with_a_password_is_linked_and_keeps_it() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let router = world.router();
    let provider = made(&world, A, wanted(&issuer.url(), "a.example")).await;
    issuer.claim("email", json!(email(A, Role::Finance)));
    let finance = arrived(&world.identity, &sign_in(&router, &provider, &issuer).await).await;
    assert_eq!(me(&router, &finance).await["role"], "finance");
    assert_eq!(finance.principal, world.caller(A, Role::Finance).await.principal);

    // Another account there that got the same address afterwards is somebody else, until an owner says otherwise.
    issuer.claim("sub", json!("s-2"));
    refused(&sign_in(&router, &provider, &issuer).await, 403, "subject-differs");
    let owner = world.caller(A, Role::Owner).await;
    let user = finance.principal.trim_start_matches("user/");
    let path = format!("/v1/identity-providers/{provider}/users/{user}");
    assert_eq!(ask("DELETE", &path).by(&owner).send(&router).await.status, 204);
    let anew = arrived(&world.identity, &sign_in(&router, &provider, &issuer).await).await;
    assert_eq!(anew.principal, finance.principal);

    let disable = json!({ "status": "disabled" });
    let path = format!("/v1/users/{user}");
    assert_eq!(ask("PATCH", &path).by(&owner).json(disable).send(&router).await.status, 200);
    refused(&sign_in(&router, &provider, &issuer).await, 403, "place-disabled");
}

#[tokio::test]
async fn the_providers_words_give_a_role_and_take_it() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let router = world.router();
    let mut set = wanted(&issuer.url(), "a.example");
    set["role_claim"] = json!("groups");
    set["roles"] = json!({ "freight-desk": "operations", "board": "owner" });
    let provider = made(&world, A, set).await;
    refused(&sign_in(&router, &provider, &issuer).await, 403, "not-invited");
    for (words, role) in [(json!(["freight-desk"]), "operations"), (json!("board"), "owner")] {
        issuer.claim("groups", words);
        let asha = arrived(&world.identity, &sign_in(&router, &provider, &issuer).await).await;
        assert_eq!(me(&router, &asha).await["role"], role);
    }
    assert!(world.trail(A).await.contains(&"user.changed".to_owned()));
    issuer.claim("groups", json!([]));
    refused(&sign_in(&router, &provider, &issuer).await, 403, "not-invited");
}

/// Whoever configures a provider decides what it says; so what it says is worth nothing beyond its tenant.
#[tokio::test]
async fn a_provider_speaks_in_its_own_tenant_only() {
    let (world, evil) = (World::new().await, Issuer::start().await);
    let router = world.router();
    // B claims A's domain, and says to be A's owner.
    let provider = open_to_all(&world, B, &evil, "a.example").await;
    let victim = email(A, Role::Owner);
    evil.claim("email", json!(victim));
    let came = sign_in(&router, &provider, &evil).await;
    let intruder = arrived(&world.identity, &came).await;
    assert_eq!(intruder.tenant, B);
    let shown = me(&router, &intruder).await;
    assert_eq!((&shown["role"], &shown["tenant"]["name"]), (&json!("viewer"), &json!("Beta")));
    assert_eq!(shown["tenants"].as_array().unwrap().len(), 1, "what else there is is not told");
    let over = json!({ "tenant": A.0 });
    let over = ask("POST", "/v1/session/tenant").cookie(&came.token()).json(over);
    assert_eq!(over.send(&router).await.code(), "provider-session");
    // The true owner signs in as ever, and is not led into B by its password.
    let login = world.login(&victim).await;
    assert_eq!(login.body["tenant"]["name"], "Alpha");
    assert_eq!(login.body["tenants"].as_array().unwrap().len(), 1, "{login:?}");
}

#[tokio::test]
async fn an_address_must_be_verified_and_of_the_tenants_domain() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let router = world.router();
    let provider = open_to_all(&world, A, &issuer, "a.example").await;
    issuer.claim("email_verified", json!(false));
    refused(&sign_in(&router, &provider, &issuer).await, 403, "address-unproven");
    issuer.claim("email_verified", json!(true));
    issuer.claim("email", json!("asha@b.example"));
    refused(&sign_in(&router, &provider, &issuer).await, 403, "address-foreign");
    issuer.claim("email", json!("asha@a.example"));
    arrived(&world.identity, &sign_in(&router, &provider, &issuer).await).await;
}

#[tokio::test]
async fn a_login_is_one_browsers_and_is_completed_once() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let router = world.router();
    let provider = open_to_all(&world, A, &issuer, "a.example").await;
    let (mine, other) = (begin(&router, &provider).await, begin(&router, &provider).await);
    let query = issuer.consent(&mine.location);
    // Somebody is given a link that would sign it in as somebody else (RFC 6749 §10.12).
    refused(&back(&router, &other.cookie, &query).await, 400, "login-state-invalid");
    refused(&back(&router, "x=y", &query).await, 400, "login-state-invalid");
    // A code of another provider (RFC 9207 §2.4), or of one that does not say whose it is.
    for iss in ["&iss=http%3A%2F%2Fevil.example", ""] {
        let under = begin(&router, &provider).await;
        let query = issuer.consent(&under.location);
        let (start, _) = query.split_once("&iss=").unwrap();
        let answer = back(&router, &under.cookie, &format!("{start}{iss}")).await;
        refused(&answer, 400, "login-state-invalid");
    }
    assert_eq!(issuer.with(|says| says.exchanges), 0, "no code was sent anywhere");

    arrived(&world.identity, &back(&router, &mine.cookie, &query).await).await;
    refused(&back(&router, &mine.cookie, &query).await, 400, "login-state-invalid");
    let fresh = issuer.consent(&mine.location);
    refused(&back(&router, &mine.cookie, &fresh).await, 400, "login-state-invalid");
    // Nor in another process.
    let elsewhere = caravan_identity::router(world.elsewhere());
    refused(&back(&elsewhere, &mine.cookie, &fresh).await, 400, "login-state-invalid");
    assert_eq!(issuer.with(|says| says.exchanges), 1);
}

#[tokio::test]
async fn what_a_token_must_say_is_asked_of_every_one() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let router = world.router();
    let provider = open_to_all(&world, A, &issuer, "a.example").await;
    let twists: &[(&str, Twist)] = &[
        ("the nonce of another login", |_, _, claims| set(claims, "nonce", json!("n-0S6_WzA2Mj"))),
        ("no nonce", |_, _, claims| set(claims, "nonce", Value::Null)),
        ("another issuer", |_, _, claims| set(claims, "iss", json!("https://evil.example"))),
        ("another client", |_, _, claims| set(claims, "aud", json!("other"))),
        ("several, and ours not named", |_, _, claims| {
            set(claims, "aud", json!(["caravan", "other"]))
        }),
        ("expired", |_, _, claims| set(claims, "exp", json!(1_000_000_000))),
        ("another access token", |_, _, claims| set(claims, "at_hash", json!("AAAA"))),
        ("an unknown key", |_, header, _| set(header, "kid", json!("k9"))),
        ("another algorithm than was signed with", |_, header, _| {
            set(header, "alg", json!("RS256"))
        }),
        ("no signature", |_, header, claims| {
            header["alg"] = json!("none");
            Some(format!("{}.", message(header, claims)))
        }),
        ("the client's secret as the key", |_, header, claims| {
            header["alg"] = json!("HS256");
            let message = message(header, claims);
            let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
            let tag = hmac::sign(&key, message.as_bytes());
            Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag)))
        }),
        ("changed after it was signed", |says, header, claims| {
            let token = says.sign(header, claims);
            claims["email"] = json!("owner@a.example");
            let (_, signature) = token.rsplit_once('.').unwrap();
            Some(format!("{}.{signature}", message(header, claims)))
        }),
    ];
    for (what, twist) in twists {
        issuer.with(|says| says.twist = Some(*twist));
        let answer = sign_in(&router, &provider, &issuer).await;
        assert_eq!(answer.code(), "token-refused", "{what}: {answer:?}");
        refused(&answer, 403, "token-refused");
        let said = answer.body.to_string();
        assert!(!said.contains("eyJ") && !said.contains("evil"), "{what}: {said}");
    }
    issuer.with(|says| says.twist = None);
    arrived(&world.identity, &sign_in(&router, &provider, &issuer).await).await;
}

/// Nothing more: the token is signed as it is then.
fn set(part: &mut Value, name: &str, value: Value) -> Option<String> {
    part[name] = value;
    None
}

#[tokio::test]
async fn keys_are_fetched_again_for_a_new_one_and_not_for_every_made_up_one() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let router = world.router();
    let provider = open_to_all(&world, A, &issuer, "a.example").await;
    let fetches = || issuer.with(|says| says.key_fetches);
    arrived(&world.identity, &sign_in(&router, &provider, &issuer).await).await;
    assert_eq!(fetches(), 1, "when it was made");
    issuer.rotate("k2", true);
    for _ in 0..2 {
        arrived(&world.identity, &sign_in(&router, &provider, &issuer).await).await;
        assert_eq!(fetches(), 2);
    }
    issuer.rotate("k3", false);
    for _ in 0..2 {
        refused(&sign_in(&router, &provider, &issuer).await, 403, "token-refused");
        assert_eq!(fetches(), 2, "it was looked for a moment ago");
    }
}

#[tokio::test]
async fn a_login_leads_to_a_path_of_ours_and_says_to_a_browser_what_went_wrong() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let router = world.router();
    let provider = open_to_all(&world, A, &issuer, "a.example").await;
    for bad in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example"] {
        let path = format!("/v1/session/oidc/{provider}?return_to={bad}");
        assert_eq!(ask("GET", &path).send(&router).await.code(), "return-path-invalid", "{bad}");
    }
    let nobody = format!("/v1/session/oidc/{}", uuid::Uuid::from_u128(99));
    assert_eq!(ask("GET", &nobody).send(&router).await.code(), "provider-not-found");

    let under = begin(&router, &provider).await;
    let query = issuer.consent(&under.location);
    let (_, state) = query.split_once("&state=").unwrap();
    let denied = format!("error=access_denied&error_description=x&state={state}");
    refused(&back(&router, &under.cookie, &denied).await, 403, "provider-said-no");
    // The same as a page, without a redirect to anywhere.
    let path = "/v1/session/oidc/callback?state=x";
    let page = ask("GET", path).header("accept", "text/html,*/*").send(&router).await;
    assert_eq!((page.status, page.location, page.body), (400, None, Value::Null));
}
