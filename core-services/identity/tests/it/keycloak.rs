//! The whole way by a real Keycloak: its own login page, its own tokens, its own change of keys.

use caravan_identity::scopes::Role;
use caravan_net::body::read_capped;
use caravan_world::Keycloak;
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::trip::{Under, arrived, back, begin, made, me, refused};
use crate::world::{A, B, PASSWORD, PUBLIC_URL, World, ask, email};

const CLIENT: &str = "caravan";
const SECRET: &str = "s3cret/of the client";

/// A realm with our client, which carries its roles in `realm_access.roles`, and people.
fn realm(name: &str, people: &[(&str, &str, bool)]) -> Value {
    let person = |(login, role, verified): &(&str, &str, bool)| {
        json!({
            "username": login, "email": login, "emailVerified": verified, "enabled": true,
            "firstName": "Asha", "lastName": "Rao", "realmRoles": [role],
            "credentials": [{ "type": "password", "value": PASSWORD, "temporary": false }],
        })
    };
    // Keycloak puts roles into the access token unless a mapper says otherwise.
    let roles = json!({
        "name": "roles", "protocol": "openid-connect", "protocolMapper": "oidc-usermodel-realm-role-mapper",
        "config": { "claim.name": "realm_access.roles", "multivalued": "true", "id.token.claim": "true", "jsonType.label": "String" },
    });
    json!({
        "realm": name, "enabled": true, "sslRequired": "none",
        "roles": { "realm": [{ "name": "freight-desk" }, { "name": "guests" }] },
        "clients": [{
            "clientId": CLIENT, "secret": SECRET, "publicClient": false, "standardFlowEnabled": true,
            "redirectUris": [format!("{PUBLIC_URL}/v1/session/oidc/callback")],
            "attributes": { "pkce.code.challenge.method": "S256" }, "protocolMappers": [roles],
        }],
        "users": people.iter().map(person).collect::<Vec<_>>(),
    })
}

/// Somebody signs in on Keycloak's own page; the query with which its browser is sent back to us.
async fn signs_in(under: &Under, login: &str) -> String {
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let client = client.unwrap();
    let page = client.get(&under.location).send().await.unwrap();
    assert_eq!(page.status(), 200, "{:?}", page.headers());
    let cookies: Vec<String> = page.headers().get_all(SET_COOKIE).iter().map(pair).collect();
    let page = text(page).await;
    // The form's address, as the page spells it.
    let (_, form) = page.split_once("action=\"").unwrap();
    let action = form.split('"').next().unwrap().replace("&amp;", "&");
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("username", login)
        .append_pair("password", PASSWORD)
        .finish();
    let posted = client
        .post(action)
        .header(COOKIE, cookies.join("; "))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    let posted = posted.send().await.unwrap();
    assert_eq!(posted.status(), 302, "{:?}", posted.headers());
    let location = Url::parse(posted.headers()["location"].to_str().unwrap()).unwrap();
    assert!(location.as_str().starts_with(&format!("{PUBLIC_URL}/v1/session/oidc/callback?")));
    location.query().unwrap().to_owned()
}

async fn text(response: reqwest::Response) -> String {
    let body = http::Response::<reqwest::Body>::from(response).into_body();
    String::from_utf8(read_capped(body, 1 << 20).await.unwrap().to_vec()).unwrap()
}

fn pair(value: &reqwest::header::HeaderValue) -> String {
    value.to_str().unwrap().split(';').next().unwrap().to_owned()
}

async fn provider(
    world: &World,
    keycloak: &Keycloak,
    tenant: caravan_model::TenantId,
    realm: &str,
) -> String {
    let set = json!({
        "name": "Keycloak", "issuer": keycloak.issuer(realm), "client_id": CLIENT, "client_secret": SECRET,
        "domains": ["a.example"], "role_claim": "realm_access.roles", "roles": { "freight-desk": "operations" },
    });
    made(world, tenant, set).await
}

/// One test, since a server takes ten seconds and 400 MB.
#[tokio::test]
async fn people_of_a_real_keycloak_come_in_and_nobody_else() {
    let (world, keycloak) = tokio::join!(World::new(), Keycloak::start());
    let keycloak = keycloak.unwrap();
    let owner = email(A, Role::Owner);
    let alpha = realm(
        "alpha",
        &[
            ("asha@a.example", "freight-desk", true),
            ("guest@a.example", "guests", true),
            ("new@a.example", "freight-desk", false),
        ],
    );
    let beta = realm("beta", &[(&owner, "freight-desk", true)]);
    for realm in [&alpha, &beta] {
        keycloak.admin(Method::POST, "/realms", realm).await.unwrap();
    }
    let router = world.router();
    let ours = provider(&world, &keycloak, A, "alpha").await;

    let under = begin(&router, &ours).await;
    let query = signs_in(&under, "asha@a.example").await;
    let asha = arrived(&world.identity, &back(&router, &under.cookie, &query).await).await;
    let shown = me(&router, &asha).await;
    assert_eq!(
        (&shown["role"], &shown["user"]["name"]),
        (&json!("operations"), &json!("Asha Rao"))
    );
    refused(&back(&router, &under.cookie, &query).await, 400, "login-state-invalid");

    // No role, no verified address.
    for (login, code) in [("guest@a.example", "not-invited"), ("new@a.example", "address-unproven")]
    {
        let under = begin(&router, &ours).await;
        let query = signs_in(&under, login).await;
        refused(&back(&router, &under.cookie, &query).await, 403, code);
    }

    // Sent off with another login's nonce, the token is not ours to take.
    let (mine, other) = (begin(&router, &ours).await, begin(&router, &ours).await);
    let swapped = Under { location: with_nonce_of(&mine.location, &other.location), ..mine };
    let query = signs_in(&swapped, "asha@a.example").await;
    refused(&back(&router, &swapped.cookie, &query).await, 403, "token-refused");
    // Nor is a code that was asked for with another challenge: Keycloak says so.
    let query = signs_in(&other, "asha@a.example").await;
    let mine = begin(&router, &ours).await;
    let (_, code) = query.split_once("&code=").unwrap();
    let state = Url::parse(&mine.location).unwrap();
    let (_, state) = state.query_pairs().find(|(name, _)| name == "state").unwrap();
    let (_, iss) = query.split_once("&iss=").unwrap();
    let iss = iss.split('&').next().unwrap();
    let mixed = format!("state={state}&iss={iss}&code={code}");
    refused(&back(&router, &mine.cookie, &mixed).await, 403, "provider-said-no");

    // Another tenant's realm says to be our owner, and is believed in its own tenant only.
    let theirs = provider(&world, &keycloak, B, "beta").await;
    let under = begin(&router, &theirs).await;
    let query = signs_in(&under, &owner).await;
    let came = back(&router, &under.cookie, &query).await;
    assert_eq!(arrived(&world.identity, &came).await.tenant, B);
    let over =
        ask("POST", "/v1/session/tenant").cookie(&came.token()).json(json!({ "tenant": A.0 }));
    assert_eq!(over.send(&router).await.code(), "provider-session");

    // A key of higher priority signs from now on; we do not know it yet.
    let rotated = json!({
        "name": "next", "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider",
        "config": { "priority": ["1000"], "algorithm": ["RS256"] },
    });
    keycloak.admin(Method::POST, "/realms/alpha/components", &rotated).await.unwrap();
    let under = begin(&router, &ours).await;
    let query = signs_in(&under, "asha@a.example").await;
    let again = arrived(&world.identity, &back(&router, &under.cookie, &query).await).await;
    assert_eq!(again.principal, asha.principal);
}

/// The first address, with the nonce of the second.
fn with_nonce_of(location: &str, other: &str) -> String {
    let nonce = |url: &str| {
        let url = Url::parse(url).unwrap();
        url.query_pairs().find(|(name, _)| name == "nonce").unwrap().1.into_owned()
    };
    location.replace(&nonce(location), &nonce(other))
}
