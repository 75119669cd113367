//! A browser on its way through a login by a provider, one step at a time.

use axum::Router;
use caravan_identity::Identity;
use caravan_identity::scopes::Role;
use caravan_model::{TenantId, TraceId};
use caravan_tenancy::Caller;
use serde_json::{Value, json};

use crate::issuer::{CLIENT, Issuer, SECRET};
use crate::world::{Answer, World, ask};

/// A login under way: what the browser keeps, and where it was sent.
#[derive(Debug)]
pub(crate) struct Under {
    pub(crate) cookie: String,
    pub(crate) location: String,
}

/// What an owner sends to have `issuer` as a provider for addresses of `domain`.
pub(crate) fn wanted(issuer: &str, domain: &str) -> Value {
    json!({
        "name": "Company login", "issuer": issuer, "client_id": CLIENT, "client_secret": SECRET, "domains": [domain],
    })
}

/// Has a tenant's owner make a provider; its id.
pub(crate) async fn made(world: &World, tenant: TenantId, wanted: Value) -> String {
    let owner = world.caller(tenant, Role::Owner).await;
    let answer = ask("POST", "/v1/identity-providers").by(&owner).json(wanted);
    let answer = answer.send(&world.router()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["id"].as_str().unwrap().to_owned()
}

/// A provider whose people come in as viewers, invited or not.
pub(crate) async fn open_to_all(
    world: &World,
    tenant: TenantId,
    issuer: &Issuer,
    domain: &str,
) -> String {
    let mut wanted = wanted(&issuer.url(), domain);
    wanted["default_role"] = json!("viewer");
    made(world, tenant, wanted).await
}

pub(crate) async fn begin(router: &Router, provider: &str) -> Under {
    let path = format!("/v1/session/oidc/{provider}?return_to=/orders%3Fx%3D1");
    let answer = ask("GET", &path).send(router).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let cookie = answer.cookie.unwrap();
    assert!(cookie.contains("; HttpOnly; Secure; SameSite=Lax; Max-Age=600"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-caravan-login="), "{cookie}");
    Under { cookie, location: answer.location.unwrap() }
}

/// The browser comes back with `query`.
pub(crate) async fn back(router: &Router, cookie: &str, query: &str) -> Answer {
    let path = format!("/v1/session/oidc/callback?{query}");
    ask("GET", &path).header("cookie", cookie).send(router).await
}

/// The whole way, with the user signing in at `issuer`.
pub(crate) async fn sign_in(router: &Router, provider: &str, issuer: &Issuer) -> Answer {
    let under = begin(router, provider).await;
    back(router, &under.cookie, &issuer.consent(&under.location)).await
}

/// Who came in, as the gateway would put it.
pub(crate) async fn arrived(identity: &Identity, answer: &Answer) -> Caller {
    assert_eq!(
        (answer.status, answer.location.as_deref()),
        (303, Some("/orders?x=1")),
        "{answer:?}"
    );
    let found = identity.of_session(&answer.token()).await.unwrap().unwrap();
    Caller {
        tenant: found.tenant,
        principal: found.principal,
        scopes: found.scopes,
        trace: TraceId([2; 16]),
    }
}

/// What `GET /v1/me` shows.
pub(crate) async fn me(router: &Router, caller: &Caller) -> Value {
    ask("GET", "/v1/me").by(caller).send(router).await.body
}

/// Holds that nobody came in, and why.
pub(crate) fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{answer:?}");
    // The login is over, and there is no session.
    let cookie = answer.cookie.as_deref().unwrap();
    assert!(
        cookie.starts_with("__Host-caravan-login=;") && cookie.ends_with("Max-Age=0"),
        "{cookie}"
    );
}
