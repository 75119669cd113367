//! Every route × every role × another tenant's id, generated from the OpenAPI document: a route that is added is tested, and one
//! without a row here fails.

use caravan_identity::scopes::{Role, SCOPES};
use caravan_model::TenantId;
use caravan_tenancy::Caller;
use caravan_web::openapi::testing;
use serde_json::{Value, json};

use crate::world::{A, Answer, B, World, ask};

/// Who is asked for what: every route of the document has one row.
const ROUTES: &[(&str, &str, Needs)] = &[
    ("POST", "/v1/session", Needs::Nobody),
    ("DELETE", "/v1/session", Needs::Nobody),
    ("POST", "/v1/session/tenant", Needs::Nobody),
    ("POST", "/v1/invitations/accept", Needs::Nobody),
    ("POST", "/v1/password-resets/complete", Needs::Nobody),
    ("GET", "/v1/session/oidc/{provider}", Needs::Nobody),
    ("GET", "/v1/session/oidc/callback", Needs::Nobody),
    // Before those that end the caller's sessions.
    ("DELETE", "/v1/me/sessions/{id}", Needs::Caller),
    ("GET", "/v1/identity-providers", Needs::Scope("users:read")),
    ("POST", "/v1/identity-providers", Needs::Scope("users:write")),
    ("GET", "/v1/identity-providers/{id}", Needs::Scope("users:read")),
    ("PUT", "/v1/identity-providers/{id}", Needs::Scope("users:write")),
    ("DELETE", "/v1/identity-providers/{id}/users/{user}", Needs::Scope("users:write")),
    ("DELETE", "/v1/identity-providers/{id}", Needs::Scope("users:write")),
    ("GET", "/v1/session/providers", Needs::Nobody),
    ("GET", "/v1/tenant", Needs::Caller),
    ("PATCH", "/v1/tenant", Needs::Scope("users:write")),
    ("GET", "/v1/me", Needs::Caller),
    ("PUT", "/v1/me/password", Needs::Caller),
    ("GET", "/v1/me/sessions", Needs::Caller),
    ("GET", "/v1/me/colleagues", Needs::Caller),
    ("DELETE", "/v1/me/sessions", Needs::Caller),
    ("GET", "/v1/roles", Needs::Nobody),
    ("GET", "/v1/users", Needs::Scope("users:read")),
    ("POST", "/v1/users", Needs::Scope("users:write")),
    ("GET", "/v1/users/{id}", Needs::Scope("users:read")),
    ("PATCH", "/v1/users/{id}", Needs::Scope("users:write")),
    ("DELETE", "/v1/users/{id}/sessions", Needs::Scope("users:write")),
    ("POST", "/v1/users/{id}/password-reset", Needs::Scope("users:write")),
    ("GET", "/v1/keys", Needs::Scope("keys:read")),
    ("POST", "/v1/keys", Needs::Scope("keys:write")),
    ("GET", "/v1/keys/{id}", Needs::Scope("keys:read")),
    ("DELETE", "/v1/keys/{id}", Needs::Scope("keys:write")),
    ("GET", "/v1/audit", Needs::Scope("audit:read")),
    ("POST", "/v1/audit/verify", Needs::Scope("audit:read")),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Open, or the same for everybody.
    Nobody,
    /// Whoever it is.
    Caller,
    Scope(&'static str),
}

/// A body that the route takes.
fn body(method: &str, path: &str) -> Option<Value> {
    match (method, path) {
        ("POST", "/v1/users") => {
            Some(json!({ "email": "new@a.example", "name": "New", "role": "viewer" }))
        }
        // An issuer that nobody is asked about.
        ("POST" | "PUT", path) if path.starts_with("/v1/identity-providers") => Some(json!({
            "name": "Login", "issuer": "https://", "client_id": "c", "client_secret": "s", "domains": ["a.example"],
        })),
        ("PATCH", "/v1/tenant") => Some(json!({ "passwords": true })),
        ("PATCH", _) => Some(json!({ "name": "Renamed" })),
        ("POST", "/v1/keys") => Some(json!({ "name": "k", "scopes": ["orders:read"] })),
        ("PUT", "/v1/me/password") => Some(json!({ "current": "wrong", "new": "wrong" })),
        _ => None,
    }
}

async fn send(
    world: &World,
    method: &str,
    path: &str,
    id: &str,
    caller: Option<&Caller>,
) -> Answer {
    let nobody = nobody(path);
    let user = caller.map_or(&*nobody, |caller| caller.principal.trim_start_matches("user/"));
    let mut request = ask(method, &path.replace("{id}", id).replace("{user}", user));
    if let Some(body) = body(method, path) {
        request = request.json(body);
    }
    if let Some(caller) = caller {
        request = request.by(caller);
    }
    request.send(&world.router()).await
}

#[test]
fn every_route_of_the_document_has_its_row() {
    let mut described = caravan_web::openapi::routes(&caravan_identity::openapi());
    let mut rows: Vec<(&str, String)> =
        ROUTES.iter().map(|(method, path, _)| (*method, (*path).to_owned())).collect();
    described.sort();
    rows.sort();
    assert_eq!(described, rows);
}

#[test]
fn every_route_is_described_and_says_its_scope() {
    let right = |route: &str, scopes: &[String]| {
        let row = ROUTES.iter().find(|(method, path, _)| format!("{method} {path}") == route);
        match row {
            Some((_, _, Needs::Scope(scope))) => {
                scopes == [*scope] && SCOPES.iter().any(|(known, _)| known == scope)
            }
            Some(_) => scopes.is_empty(),
            None => false,
        }
    };
    testing::routes_are_described(&caravan_identity::openapi(), right).unwrap();
    let paths = [caravan_identity::OPEN_PATHS, caravan_identity::PATHS].concat();
    assert!(ROUTES.iter().all(|(_, path, _)| paths.iter().any(|prefix| path.starts_with(prefix))));
}

#[tokio::test]
async fn every_described_route_is_there_and_nothing_else_at_its_path() {
    let world = World::new().await;
    testing::routes_are_there(&caravan_identity::openapi(), &world.router()).await.unwrap();
}

#[tokio::test]
async fn every_role_reaches_what_its_scopes_open_and_nothing_else() {
    let world = World::new().await;
    let mut reached = 0;
    for role in Role::ALL {
        let caller = world.caller(A, role).await;
        for (method, path, needs) in ROUTES {
            let Needs::Scope(scope) = needs else { continue };
            let answer = send(&world, method, path, &nobody(path), Some(&caller)).await;
            let may = role.scopes().contains(scope);
            let refused = answer.status == 403 && answer.code() == "scope-missing";
            assert_eq!(!refused, may, "{role:?} {method} {path}: {answer:?}");
            assert!(answer.status < 500, "{role:?} {method} {path}: {answer:?}");
            reached += usize::from(may);
        }
        // No scope at all, and one of a near name.
        let bare =
            Caller { scopes: vec!["users".into(), "keys:".into(), "audit:readx".into()], ..caller };
        for (method, path, needs) in
            ROUTES.iter().filter(|(_, _, needs)| matches!(needs, Needs::Scope(_)))
        {
            let answer = send(&world, method, path, &nobody(path), Some(&bare)).await;
            assert_eq!(
                (answer.status, answer.code()),
                (403, "scope-missing"),
                "{method} {path} {needs:?}"
            );
        }
    }
    assert!(reached > 15, "{reached}");
}

/// An id of the right form that nobody has.
fn nobody(path: &str) -> String {
    if path.contains("/keys/") {
        "abcdefgh".to_owned()
    } else {
        uuid::Uuid::from_u128(99).to_string()
    }
}

#[tokio::test]
async fn another_tenants_id_is_as_unknown_as_none() {
    let world = World::new().await;
    let (ours, theirs) = (world.caller(A, Role::Owner).await, world.caller(B, Role::Owner).await);
    let key = json!({ "name": "theirs", "scopes": ["orders:read"] });
    let key = ask("POST", "/v1/keys").by(&theirs).json(key).send(&world.router()).await;
    let their_key = key.body["id"].as_str().unwrap().to_owned();
    let their_user = theirs.principal.trim_start_matches("user/").to_owned();
    let their_provider = provider(&world, &their_user).await;
    let list = ask("GET", "/v1/me/sessions").by(&theirs).send(&world.router()).await;
    let their_session = list.body["items"][0]["id"].as_str().unwrap().to_owned();
    let mut tried = 0;
    for (method, path, _) in ROUTES.iter().filter(|(_, path, _)| path.contains("{id}")) {
        let id = match path.split('/').nth(2) {
            Some("keys") => &their_key,
            Some("me") => &their_session,
            Some("identity-providers") => &their_provider,
            _ => &their_user,
        };
        let foreign = send(&world, method, path, id, Some(&ours)).await;
        let none = send(&world, method, path, &nobody(path), Some(&ours)).await;
        assert_eq!(foreign.status, 404, "{method} {path}: {foreign:?}");
        assert_eq!(foreign.body, none.body, "{method} {path}");
        // Whoever it belongs to finds it.
        let own = send(&world, method, path, id, Some(&theirs)).await;
        assert!(own.status < 300 || own.code() == "issuer-invalid", "{method} {path}: {own:?}");
        tried += 1;
    }
    assert_eq!(tried, 11);
    // Lists and the trail show nothing of theirs.
    for path in
        ["/v1/users", "/v1/keys", "/v1/audit", "/v1/identity-providers", "/v1/me/colleagues"]
    {
        let list = ask("GET", path).by(&ours).send(&world.router()).await;
        for secret in [&their_key, &their_user, &their_provider, "b.example", "Beta"] {
            assert!(!list.body.to_string().contains(secret), "{path} shows {secret}");
        }
    }
}

/// A provider of theirs by which a user of theirs has come.
async fn provider(world: &World, user: &str) -> String {
    let id = uuid::Uuid::now_v7();
    let mut tx = caravan_tenancy::TenantTx::begin(&world.database, B).await.unwrap();
    let made = "INSERT INTO identity_providers (tenant_id, provider_id, name, issuer, client_id, client_secret, domains)
      VALUES ($1, $2, 'Beta login', 'https://id.b.example', 'c', '', '{b.example}')";
    sqlx::query(made).bind(B.0).bind(id).execute(tx.conn()).await.unwrap();
    let linked = "INSERT INTO subjects (tenant_id, provider_id, subject, user_id, made) VALUES ($1, $2, 's', $3, false)";
    let user: uuid::Uuid = user.parse().unwrap();
    sqlx::query(linked).bind(B.0).bind(id).bind(user).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    id.to_string()
}

#[tokio::test]
async fn another_tenants_caller_changes_nothing_here() {
    let world = World::new().await;
    let (ours, theirs) = (world.caller(A, Role::Owner).await, world.caller(B, Role::Owner).await);
    let our_user = ours.principal.trim_start_matches("user/").to_owned();
    let before = snapshot(&world, A).await;
    for (method, path, _) in ROUTES.iter().filter(|(_, path, _)| path.contains("{id}")) {
        let id = if path.contains("/keys/") { "abcdefgh" } else { our_user.as_str() };
        assert_eq!(
            send(&world, method, path, id, Some(&theirs)).await.status,
            404,
            "{method} {path}"
        );
    }
    assert_eq!(snapshot(&world, A).await, before);
}

/// A tenant's members and keys, as text.
async fn snapshot(world: &World, tenant: TenantId) -> String {
    let mut tx = caravan_tenancy::TenantTx::begin(&world.database, tenant).await.unwrap();
    sqlx::query_scalar(
        "SELECT COALESCE(string_agg(m::text || u.email, ',' ORDER BY m.user_id), '') ||
                (SELECT COALESCE(string_agg(k::text, ',' ORDER BY k.key_id), '') FROM api_keys k)
           FROM memberships m JOIN users u USING (user_id)",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_route_that_asks_for_a_caller_does_not_answer_without_one() {
    let world = World::new().await;
    for (method, path, needs) in ROUTES {
        if *needs == Needs::Nobody {
            continue;
        }
        let answer = send(&world, method, path, &nobody(path), None).await;
        // Whoever mounts the router puts the caller there; without one it is a defect, and nothing is shown.
        assert_eq!(answer.status, 500, "{method} {path}: {answer:?}");
    }
}
