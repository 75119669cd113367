//! New passwords for who forgot the old ones: who may have one made, and what a token opens.

use caravan_identity::Error;
use caravan_identity::scopes::Role;
use caravan_tenancy::Caller;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::trip::{arrived, open_to_all, sign_in};
use crate::world::{A, Answer, B, PASSWORD, World, ask, email};

const NEW: &str = "another horse entirely";

async fn make(world: &World, by: &Caller, user: &str) -> Answer {
    let path = format!("/v1/users/{user}/password-reset");
    ask("POST", &path).by(by).send(&world.router()).await
}

async fn complete(world: &World, token: &Value, password: &str) -> Answer {
    let body = json!({ "token": token, "password": password });
    ask("POST", "/v1/password-resets/complete").json(body).send(&world.router()).await
}

async fn login(world: &World, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    ask("POST", "/v1/session").json(body).send(&world.router()).await
}

/// The id of a tenant's user.
async fn id(world: &World, tenant: caravan_model::TenantId, role: Role) -> String {
    world.caller(tenant, role).await.principal.trim_start_matches("user/").to_owned()
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_once_and_all_sessions_end() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let viewer = email(A, Role::Viewer);
    let session = world.login(&viewer).await.token();
    assert!(world.identity.of_session(&session).await.unwrap().is_some());
    let user = id(&world, A, Role::Viewer).await;
    let first = make(&world, &owner, &user).await;
    let made = make(&world, &owner, &user).await;
    assert_eq!((made.status, &made.body["email"]), (201, &json!(viewer)), "{made:?}");
    let token = &made.body["token"];
    // The one before it is replaced, nothing else is a token, and a weak password does not use it up.
    assert_eq!(complete(&world, &first.body["token"], NEW).await.code(), "reset-invalid");
    for guess in ["", "x", &"0".repeat(43), &session] {
        assert_eq!(complete(&world, &json!(guess), NEW).await.code(), "reset-invalid", "{guess}");
    }
    assert_eq!(complete(&world, token, "short").await.code(), "password-weak");
    assert!(world.identity.of_session(&session).await.unwrap().is_some());
    let done = complete(&world, token, NEW).await;
    assert_eq!((done.status, &done.cookie), (204, &None), "{done:?}");
    assert_eq!(world.identity.of_session(&session).await.unwrap(), None);
    assert_eq!(world.elsewhere().of_session(&session).await.unwrap(), None);
    assert_eq!(complete(&world, token, NEW).await.code(), "reset-invalid");
    assert_eq!(login(&world, &viewer, PASSWORD).await.code(), "login-failed");
    assert_eq!(login(&world, &viewer, NEW).await.status, 200);
    let trail = world.trail(A).await;
    let count = |action: &str| trail.iter().filter(|each| *each == action).count();
    assert_eq!((count("password.reset-made"), count("password.reset")), (2, 1), "{trail:?}");
    let shown = ask("GET", "/v1/audit").by(&owner).send(&world.router()).await;
    assert!(!shown.body.to_string().contains(token.as_str().unwrap()), "{shown:?}");
    // A hash is stored, and nothing is left.
    assert_eq!(world.run("SELECT 1 FROM resets").await, 0);
}

#[tokio::test]
async fn a_token_ends_with_its_day_and_with_every_other_new_password() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let user = id(&world, A, Role::Viewer).await;
    let made = make(&world, &owner, &user).await;
    let day = "SELECT 1 FROM resets WHERE expires_at BETWEEN now() + interval '23 hours' AND now() + interval '24 hours'";
    assert_eq!(world.run(day).await, 1);
    world.run("UPDATE resets SET expires_at = now()").await;
    assert_eq!(complete(&world, &made.body["token"], NEW).await.code(), "reset-invalid");
    let made = make(&world, &owner, &user).await;
    let viewer = world.caller(A, Role::Viewer).await;
    let change = json!({ "current": PASSWORD, "new": "a third horse in here" });
    let change = ask("PUT", "/v1/me/password").by(&viewer).json(change);
    assert_eq!(change.send(&world.router()).await.status, 200);
    assert_eq!(complete(&world, &made.body["token"], NEW).await.code(), "reset-invalid");
}

/// The password opens every tenant of its user, so no tenant's owner sets one that opens another's.
#[tokio::test]
async fn an_owner_resets_nobody_who_has_a_place_elsewhere() {
    let world = World::new().await;
    let (owner, finance) = (world.caller(A, Role::Owner).await, email(A, Role::Finance));
    let user = id(&world, A, Role::Finance).await;
    let made = make(&world, &owner, &user).await;
    // Only invited there: nothing opens yet, and A is not told of it.
    let theirs = world.caller(B, Role::Owner).await;
    let body = json!({ "email": finance, "name": "Guest", "role": "viewer" });
    let invited = ask("POST", "/v1/users").by(&theirs).json(body).send(&world.router()).await;
    assert_eq!(make(&world, &theirs, &user).await.code(), "no-password", "B has not its consent");
    let made_again = make(&world, &owner, &user).await;
    assert_eq!((made.status, made_again.status), (201, 201));
    let accept = json!({ "token": invited.body["token"], "password": PASSWORD });
    let accept = ask("POST", "/v1/invitations/accept").json(accept).send(&world.router()).await;
    assert_eq!(accept.status, 200);
    // What was made before is of no use, and nothing new is made by either.
    let late = complete(&world, &made_again.body["token"], NEW).await;
    assert_eq!(late.code(), "reset-invalid");
    for by in [&owner, &theirs] {
        let refused = make(&world, by, &user).await;
        assert_eq!((refused.status, refused.code()), (409, "password-shared"));
    }
    // The operator's is for everybody, and both tenants are told.
    let handed = world.identity.reset_password(&finance).await.unwrap();
    assert_eq!(complete(&world, &json!(handed.token.expose_secret()), NEW).await.status, 204);
    assert_eq!(login(&world, &finance, NEW).await.status, 200);
    for tenant in [A, B] {
        let trail = world.trail(tenant).await;
        assert!(trail.contains(&"password.reset".to_owned()), "{tenant}: {trail:?}");
    }
    let nobody = world.identity.reset_password("nobody@a.example").await;
    assert!(matches!(nobody, Err(Error::UserNotFound)), "{nobody:?}");
}

#[tokio::test]
async fn there_is_nothing_to_reset_where_no_password_opens() {
    let (world, issuer) = (World::new().await, Issuer::start().await);
    let owner = world.caller(B, Role::Owner).await;
    // B's own provider says to be A's owner: that gives B no way to A's password.
    let provider = open_to_all(&world, B, &issuer, "a.example").await;
    issuer.claim("email", json!(email(A, Role::Owner)));
    let came = sign_in(&world.router(), &provider, &issuer).await;
    let victim = arrived(&world.identity, &came).await.principal;
    let refused = make(&world, &owner, victim.trim_start_matches("user/")).await;
    assert_eq!((refused.status, refused.code()), (409, "no-password"), "{refused:?}");
    let viewer = id(&world, B, Role::Viewer).await;
    let disable = json!({ "status": "disabled" });
    let path = format!("/v1/users/{viewer}");
    assert_eq!(
        ask("PATCH", &path).by(&owner).json(disable).send(&world.router()).await.status,
        200
    );
    assert_eq!(make(&world, &owner, &viewer).await.code(), "no-password");
    assert_eq!(world.run("SELECT 1 FROM resets").await, 0);
}

/// Whoever has the token can act in the user's name, so only who may everything has one made.
#[tokio::test]
async fn only_who_has_all_that_an_owner_has_makes_a_token() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let viewer = id(&world, A, Role::Viewer).await;
    let scopes = Role::Viewer.scopes().into_iter().chain(["users:read", "users:write"]);
    let keeper = Caller { scopes: scopes.map(str::to_owned).collect(), ..owner };
    let refused = make(&world, &keeper, &viewer).await;
    assert_eq!((refused.status, refused.code()), (403, "scopes-beyond"));
}

#[tokio::test]
async fn who_tries_tokens_waits_and_who_was_locked_out_does_not() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let viewer = email(A, Role::Viewer);
    let user = id(&world, A, Role::Viewer).await;
    let made = make(&world, &owner, &user).await;
    for _ in 0..11 {
        login(&world, &viewer, "wrong horse battery").await;
    }
    assert_eq!(login(&world, &viewer, PASSWORD).await.code(), "too-many-attempts");
    assert_eq!(complete(&world, &made.body["token"], NEW).await.status, 204);
    assert_eq!(login(&world, &viewer, NEW).await.status, 200, "the account starts afresh");
    let guess = |address: &'static str| {
        let body = json!({ "token": "0".repeat(43), "password": NEW });
        ask("POST", "/v1/password-resets/complete").json(body).from(address)
    };
    let mut codes = Vec::new();
    for _ in 0..52 {
        codes.push(guess("192.0.2.7").send(&world.router()).await.code().to_owned());
    }
    assert_eq!(codes.iter().filter(|code| *code == "reset-invalid").count(), 51);
    assert_eq!(codes[51], "too-many-attempts");
    assert_eq!(guess("192.0.2.8").send(&world.router()).await.code(), "reset-invalid");
}

/// Of a reset and a change of place that run at once, the one behind sees what the other did.
#[tokio::test]
async fn no_token_slips_past_a_user_who_joins_another_tenant_meanwhile() {
    let world = World::new().await;
    let (owner, theirs) = (world.caller(A, Role::Owner).await, world.caller(B, Role::Owner).await);
    for round in 0..5 {
        let address = format!("guest{round}@a.example");
        let made =
            world.identity.ensure_user(A, &address, "Guest", Role::Viewer, PASSWORD.into()).await;
        let user = made.unwrap().to_string();
        let token = make(&world, &owner, &user).await.body["token"].clone();
        let body = json!({ "email": address, "name": "Guest", "role": "viewer" });
        let invited = ask("POST", "/v1/users").by(&theirs).json(body).send(&world.router()).await;
        let accept = json!({ "token": invited.body["token"], "password": PASSWORD });
        let router = world.router();
        let (reset, joined) = tokio::join!(
            complete(&world, &token, NEW),
            ask("POST", "/v1/invitations/accept").json(accept).send(&router),
        );
        let both = (reset.status, joined.status);
        assert!([(204, 401), (404, 200)].contains(&both), "round {round}: {reset:?} {joined:?}");
    }
}
