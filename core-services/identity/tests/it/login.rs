//! Coming in by password: who does, what the others are told, and when nobody is listened to.

use caravan_identity::scopes::Role;
use serde_json::json;

use crate::world::{A, B, PASSWORD, World, ask, email};

fn login(email: &str, password: &str) -> crate::world::Ask {
    ask("POST", "/v1/session").json(json!({ "email": email, "password": password }))
}

#[tokio::test]
async fn a_user_comes_in_with_a_cookie_that_only_the_browser_sees() {
    let world = World::new().await;
    let answer = login(" Owner@A.example ", PASSWORD).send(&world.router()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let cookie = answer.cookie.as_deref().unwrap();
    for part in ["Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(answer.body["user"]["email"], "owner@a.example");
    assert_eq!(answer.body["tenant"]["name"], "Alpha");
    assert_eq!(answer.body["role"], "owner");
    assert!(!answer.body.to_string().contains(&answer.token()), "the token is in the cookie alone");
    let found = world.identity.of_session(&answer.token()).await.unwrap().unwrap();
    assert_eq!(found.tenant, A);
    assert_eq!(found.scopes, Role::Owner.scopes());
    assert_eq!(world.trail(A).await.last().unwrap(), "session.begun");
}

#[tokio::test]
async fn whoever_does_not_come_in_is_told_the_same() {
    let world = World::new().await;
    let disabled = "UPDATE memberships SET status = 'disabled' WHERE role = 'viewer'";
    assert!(world.run(disabled).await > 0);
    let viewer = email(A, Role::Viewer);
    let mut bodies = Vec::new();
    for (email, password) in [
        ("owner@a.example", "wrong horse battery"),
        ("nobody@a.example", PASSWORD),
        ("not an address", PASSWORD),
        (viewer.as_str(), PASSWORD),
        ("owner@a.example", ""),
        ("owner@a.example", &"x".repeat(300)),
    ] {
        let answer = login(email, password).send(&world.router()).await;
        assert_eq!((answer.status, answer.code()), (401, "login-failed"), "{email}: {answer:?}");
        assert_eq!(answer.cookie, None);
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    // A tenant in which the user has no place is no tenant to it.
    let elsewhere = json!({ "email": "owner@a.example", "password": PASSWORD, "tenant": B.0 });
    let answer = ask("POST", "/v1/session").json(elsewhere).send(&world.router()).await;
    assert_eq!(answer.code(), "login-failed");
}

#[tokio::test]
async fn a_form_of_another_site_and_unknown_members_are_refused() {
    let world = World::new().await;
    let request =
        axum::http::Request::post("/v1/session").header("content-type", "application/json");
    let request = request.body(axum::body::Body::from("{}")).unwrap();
    let response = tower::ServiceExt::oneshot(world.router(), request).await.unwrap();
    assert_eq!(response.status(), 403);
    let body = json!({ "email": "owner@a.example", "password": PASSWORD, "role": "owner" });
    let answer = ask("POST", "/v1/session").json(body).send(&world.router()).await;
    assert_eq!((answer.status, answer.code()), (422, "body-invalid"));
    assert!(!answer.body.to_string().contains(PASSWORD), "{answer:?}");
}

#[tokio::test]
async fn an_account_that_is_tried_too_often_waits_known_or_not() {
    let world = World::new().await;
    for email in ["owner@a.example", "nobody@a.example"] {
        for _ in 0..11 {
            let answer = login(email, "wrong horse battery").send(&world.router()).await;
            assert_eq!(answer.code(), "login-failed", "{answer:?}");
        }
        // The right password does not help now.
        let answer = login(email, PASSWORD).send(&world.router()).await;
        assert_eq!((answer.status, answer.code()), (429, "too-many-attempts"), "{email}");
        assert_eq!(answer.retry_after.as_deref(), Some("1"));
    }
    assert_eq!(world.trail(A).await.iter().filter(|action| *action == "login.blocked").count(), 1);
    assert!(!world.trail(B).await.contains(&"login.blocked".to_owned()));
    // Others come in, and so does the owner when the wait is over; then the count begins anew.
    world.login("viewer@a.example").await;
    world.run("UPDATE attempts SET blocked_until = now() WHERE blocked_until IS NOT NULL").await;
    world.login("owner@a.example").await;
    let answer = login("owner@a.example", "wrong horse battery").send(&world.router()).await;
    assert_eq!(answer.code(), "login-failed");
    world.login("owner@a.example").await;
}

#[tokio::test]
async fn of_many_tries_at_once_each_is_counted() {
    let world = World::new().await;
    let tries: Vec<_> = (0..40)
        .map(|_| {
            let router = world.router();
            tokio::spawn(async move {
                login("owner@a.example", "wrong horse battery").send(&router).await.status
            })
        })
        .collect();
    let mut listened_to = 0;
    for each in tries {
        listened_to += usize::from(each.await.unwrap() == 401);
    }
    assert_eq!(listened_to, 11, "ten are free, and the eleventh makes the others wait");
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_waits() {
    let world = World::new().await;
    let mut codes = Vec::new();
    for number in 0..52 {
        let request =
            login(&format!("user{number}@a.example"), "wrong horse battery").from("192.0.2.7");
        codes.push(request.send(&world.router()).await.code().to_owned());
    }
    assert_eq!(codes.iter().filter(|code| *code == "login-failed").count(), 51);
    assert_eq!(codes[51], "too-many-attempts");
    let other = login("owner@a.example", PASSWORD).from("192.0.2.8").send(&world.router()).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn a_hash_of_an_old_cost_is_renewed_at_the_next_login() {
    let world = World::new().await;
    let mut config = crate::world::config(&world.database);
    config.cost = caravan_identity::Cost { memory_kib: 128, passes: 1 };
    let router = caravan_identity::router(caravan_identity::Identity::new(config).unwrap());
    let renewed = "SELECT 1 FROM passwords WHERE phc LIKE '%m=128,t=1%'";
    assert_eq!(world.run(renewed).await, 0);
    assert_eq!(login("owner@a.example", "wrong horse battery").send(&router).await.status, 401);
    assert_eq!(world.run(renewed).await, 0);
    for _ in 0..2 {
        assert_eq!(login("owner@a.example", PASSWORD).send(&router).await.status, 200);
        assert_eq!(world.run(renewed).await, 1);
    }
}
