//! A tenant's users: invited, accepted, changed, disabled.

use caravan_identity::scopes::Role;
use caravan_tenancy::Caller;
use serde_json::{Value, json};

use crate::world::{A, Answer, B, PASSWORD, World, ask, email};

async fn invite(world: &World, by: &Caller, email: &str, role: &str) -> Answer {
    let body = json!({ "email": email, "name": "Asha Rao", "role": role });
    ask("POST", "/v1/users").by(by).json(body).send(&world.router()).await
}

async fn accept(world: &World, token: &Value, password: &str) -> Answer {
    let body = json!({ "token": token, "password": password });
    ask("POST", "/v1/invitations/accept").json(body).send(&world.router()).await
}

async fn change(world: &World, by: &Caller, id: &Value, patch: Value) -> Answer {
    let path = format!("/v1/users/{}", id.as_str().unwrap());
    ask("PATCH", &path).by(by).json(patch).send(&world.router()).await
}

#[tokio::test]
async fn who_is_invited_chooses_a_password_and_is_in() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let invited = invite(&world, &owner, "Asha@a.example", "operations").await;
    assert_eq!(invited.status, 201, "{invited:?}");
    assert_eq!(invited.body["user"]["status"], "invited");
    let login = json!({ "email": "asha@a.example", "password": PASSWORD });
    let early = ask("POST", "/v1/session").json(login).send(&world.router()).await;
    assert_eq!(early.code(), "login-failed");
    let token = &invited.body["token"];
    assert_eq!(accept(&world, token, "short").await.code(), "password-weak");
    let accepted = accept(&world, token, PASSWORD).await;
    assert_eq!(accepted.status, 200, "{accepted:?}");
    assert_eq!(
        (&accepted.body["role"], &accepted.body["user"]["name"]),
        (&json!("operations"), &json!("Asha Rao"))
    );
    assert!(world.identity.of_session(&accepted.token()).await.unwrap().is_some());
    // Once.
    assert_eq!(accept(&world, token, PASSWORD).await.code(), "invitation-invalid");
    world.login("asha@a.example").await;
    assert_eq!(invite(&world, &owner, "asha@a.example", "viewer").await.code(), "user-exists");
    let trail = world.trail(A).await;
    assert!(
        trail.contains(&"user.invited".to_owned()) && trail.contains(&"user.joined".to_owned()),
        "{trail:?}"
    );
}

#[tokio::test]
async fn an_invitation_is_replaced_expires_and_cannot_be_guessed() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let first = invite(&world, &owner, "asha@a.example", "viewer").await;
    let second = invite(&world, &owner, "asha@a.example", "finance").await;
    assert_eq!((second.status, &second.body["user"]["role"]), (201, &json!("finance")));
    assert_eq!(accept(&world, &first.body["token"], PASSWORD).await.code(), "invitation-invalid");
    for guess in ["", "x", &"0".repeat(43)] {
        assert_eq!(accept(&world, &json!(guess), PASSWORD).await.code(), "invitation-invalid");
    }
    world.run("UPDATE invitations SET expires_at = now()").await;
    assert_eq!(accept(&world, &second.body["token"], PASSWORD).await.code(), "invitation-invalid");
}

#[tokio::test]
async fn an_invitation_gives_nobody_another_ones_account() {
    let world = World::new().await;
    let owner = world.caller(B, Role::Owner).await;
    // A's owner is invited into B; B's owner has the token and not the password.
    let invited = invite(&world, &owner, &email(A, Role::Owner), "viewer").await;
    assert_eq!(invited.status, 201);
    assert_eq!(invited.body["user"]["name"], "Asha Rao", "B learns nothing that A calls its user");
    let token = &invited.body["token"];
    assert_eq!(accept(&world, token, "a password of my own").await.code(), "login-failed");
    world.login(&email(A, Role::Owner)).await;
    let accepted = accept(&world, token, PASSWORD).await;
    assert_eq!((accepted.status, &accepted.body["tenant"]["name"]), (200, &json!("Beta")));
    assert_eq!(accepted.body["tenants"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn nobody_gives_more_than_it_has() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let clerk = Caller {
        // Somebody else: what is one's own may always be ended.
        principal: world.caller(A, Role::Finance).await.principal,
        scopes: ["users:read", "users:write"]
            .into_iter()
            .chain(Role::Viewer.scopes())
            .map(str::to_owned)
            .collect(),
        ..owner.clone()
    };
    assert_eq!(invite(&world, &clerk, "x@a.example", "viewer").await.status, 201);
    let beyond = invite(&world, &clerk, "y@a.example", "finance").await;
    assert_eq!((beyond.status, beyond.code()), (403, "scopes-beyond"));
    assert!(beyond.body["scopes"].as_array().unwrap().contains(&json!("settlement:approve")));
    // Nor does anybody change who has more.
    let list = ask("GET", "/v1/users").by(&owner).send(&world.router()).await;
    let id = |role: &str| {
        let users = list.body["items"].as_array().unwrap().iter();
        users.clone().find(|user| user["role"] == role).unwrap()["id"].clone()
    };
    for patch in
        [json!({ "status": "disabled" }), json!({ "role": "viewer" }), json!({ "name": "x" })]
    {
        assert_eq!(
            change(&world, &clerk, &id("owner"), patch.clone()).await.code(),
            "scopes-beyond"
        );
        let path = format!("/v1/users/{}/sessions", id("owner").as_str().unwrap());
        assert_eq!(
            ask("DELETE", &path).by(&clerk).send(&world.router()).await.code(),
            "scopes-beyond"
        );
    }
    assert_eq!(
        change(&world, &clerk, &id("viewer"), json!({ "role": "owner" })).await.code(),
        "scopes-beyond"
    );
    assert_eq!(
        change(&world, &clerk, &id("viewer"), json!({ "status": "disabled" })).await.status,
        200
    );
}

#[tokio::test]
async fn a_change_of_role_holds_at_once_and_a_disabled_user_is_out() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let login = world.login(&email(A, Role::Operations)).await;
    let (id, token) = (login.body["user"]["id"].clone(), login.token());
    let scopes =
        async || world.identity.of_session(&token).await.unwrap().map(|found| found.scopes);
    assert!(scopes().await.unwrap().contains(&"orders:write".to_owned()));
    let changed = change(&world, &owner, &id, json!({ "role": "viewer" })).await;
    assert_eq!((changed.status, &changed.body["role"]), (200, &json!("viewer")));
    assert!(!scopes().await.unwrap().contains(&"orders:write".to_owned()));
    // The keys that it made go on, and are named.
    let maker = Caller { principal: format!("user/{}", id.as_str().unwrap()), ..owner.clone() };
    let key = json!({ "name": "ERP", "scopes": ["orders:read"] });
    let key = ask("POST", "/v1/keys").by(&maker).json(key).send(&world.router()).await;
    let disabled = change(&world, &owner, &id, json!({ "status": "disabled" })).await;
    assert_eq!(disabled.body["keys"], json!([key.body["id"]]));
    assert_eq!(scopes().await, None);
    assert_eq!(world.elsewhere().of_session(&token).await.unwrap(), None);
    // Enabled again it has to sign in again.
    assert_eq!(change(&world, &owner, &id, json!({ "status": "active" })).await.status, 200);
    assert_eq!(world.elsewhere().of_session(&token).await.unwrap(), None);
    world.login(&email(A, Role::Operations)).await;
    for bad in [
        json!({ "status": "invited" }),
        json!({ "role": "king" }),
        json!({ "name": "" }),
        json!({ "tenant_id": B.0 }),
    ] {
        assert_eq!(change(&world, &owner, &id, bad.clone()).await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn who_disables_a_user_can_have_its_keys_end_too() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let maker = world.caller(A, Role::Operations).await;
    let maker = Caller { scopes: owner.scopes.clone(), ..maker };
    let make = async |by: &Caller| {
        let body = json!({ "name": "ERP", "scopes": ["orders:read"] });
        ask("POST", "/v1/keys").by(by).json(body).send(&world.router()).await.body
    };
    let (theirs, ours) = (make(&maker).await, make(&owner).await);
    let opens = async |key: &Value| {
        world.identity.of_key(key["key"].as_str().unwrap()).await.unwrap().is_some()
    };
    assert!(opens(&theirs).await && opens(&ours).await);
    let id = json!(maker.principal.trim_start_matches("user/"));
    let patch = json!({ "status": "disabled", "revoke_keys": true });
    let scopes = owner.scopes.iter().filter(|scope| *scope != "keys:write").cloned().collect();
    let keeper = Caller { scopes, ..owner.clone() };
    assert_eq!(change(&world, &keeper, &id, patch.clone()).await.code(), "scope-missing");
    let changed = change(&world, &owner, &id, patch).await;
    assert_eq!(
        (changed.status, &changed.body["keys"], &changed.body["revoked_keys"]),
        (200, &json!([]), &json!([theirs["id"]]))
    );
    assert!(!opens(&theirs).await && opens(&ours).await);
    let trail = world.trail(A).await;
    assert_eq!(&trail[trail.len() - 2..], ["user.changed", "key.revoked"]);
}

#[tokio::test]
async fn a_tenant_keeps_an_owner_also_when_two_go_at_once() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let me = ask("GET", "/v1/me").by(&owner).send(&world.router()).await.body["user"]["id"].clone();
    for patch in [json!({ "role": "viewer" }), json!({ "status": "disabled" })] {
        assert_eq!(change(&world, &owner, &me, patch).await.code(), "last-owner");
    }
    let second = world
        .identity
        .ensure_user(A, "second@a.example", "Second", Role::Owner, PASSWORD.into())
        .await;
    let second = json!(second.unwrap());
    for round in 0..5 {
        let (one, other) = tokio::join!(
            change(&world, &owner, &me, json!({ "role": "viewer" })),
            change(&world, &owner, &second, json!({ "role": "viewer" })),
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}: {one:?} {other:?}");
        for id in [&me, &second] {
            assert_eq!(change(&world, &owner, id, json!({ "role": "owner" })).await.status, 200);
        }
    }
}

#[tokio::test]
async fn two_who_change_one_user_see_each_other() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let id = world.login(&email(A, Role::Viewer)).await.body["user"]["id"].clone();
    let path = format!("/v1/users/{}", id.as_str().unwrap());
    let seen = ask("GET", &path).by(&owner).send(&world.router()).await;
    let etag = seen.etag.unwrap();
    let patch = |name: &str| {
        ask("PATCH", &path).by(&owner).header("if-match", &etag).json(json!({ "name": name }))
    };
    assert_eq!(patch("First").send(&world.router()).await.status, 200);
    let second = patch("Second").send(&world.router()).await;
    assert_eq!((second.status, second.code()), (412, "version-conflict"));
    assert_eq!(second.body["current"]["name"], "First");
}

#[tokio::test]
async fn the_list_pages_through_all_users_once() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ask("GET", &format!("/v1/users?limit=3{cursor}"))
            .by(&owner)
            .send(&world.router())
            .await;
        seen.extend(
            page.body["items"].as_array().unwrap().iter().map(|user| user["email"].clone()),
        );
        let Some(next) = page.body["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    seen.sort_by_key(ToString::to_string);
    assert_eq!(
        seen,
        ["finance@a.example", "operations@a.example", "owner@a.example", "viewer@a.example"]
    );
}

#[tokio::test]
async fn ending_sessions_ends_them_all() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    let (one, two) =
        (world.login(&email(A, Role::Viewer)).await, world.login(&email(A, Role::Viewer)).await);
    assert!(world.identity.of_session(&one.token()).await.unwrap().is_some());
    let path = format!("/v1/users/{}/sessions", one.body["user"]["id"].as_str().unwrap());
    assert_eq!(ask("DELETE", &path).by(&owner).send(&world.router()).await.status, 204);
    for token in [one.token(), two.token()] {
        assert_eq!(world.identity.of_session(&token).await.unwrap(), None);
    }
    // One's own, without the scope over others.
    let viewer = world.caller(A, Role::Viewer).await;
    assert_eq!(
        ask("DELETE", "/v1/me/sessions").by(&viewer).send(&world.router()).await.status,
        204
    );
}

#[tokio::test]
async fn everybody_knows_the_names_of_colleagues_and_no_more_of_them() {
    let world = World::new().await;
    let owner = world.caller(A, Role::Owner).await;
    invite(&world, &owner, "asha@a.example", "operations").await;
    let users = ask("GET", "/v1/users").by(&owner).send(&world.router()).await;
    let named = |user: &Value| json!({ "id": user["id"], "name": user["name"] });
    let names: Vec<Value> = users.body["items"].as_array().unwrap().iter().map(named).collect();
    assert!(names.len() > 4 && names.iter().any(|one| one["name"] == "Asha Rao"), "{names:?}");
    let mut viewer = world.caller(A, Role::Viewer).await;
    let colleagues = ask("GET", "/v1/me/colleagues").by(&viewer).send(&world.router()).await;
    assert_eq!((colleagues.status, &colleagues.body["items"]), (200, &json!(names)));
    // Page by page they are the same.
    let mut path = "/v1/me/colleagues?limit=2".to_owned();
    let mut paged = Vec::new();
    loop {
        let page = ask("GET", &path).by(&viewer).send(&world.router()).await;
        paged.extend(page.body["items"].as_array().unwrap().clone());
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("/v1/me/colleagues?limit=2&cursor={next}");
    }
    assert_eq!(paged, names);
    // A key learns no names, whatever it may do.
    viewer.principal = "key/abcdefgh".to_owned();
    viewer.scopes = Role::Owner.scopes().into_iter().map(str::to_owned).collect();
    let key = ask("GET", "/v1/me/colleagues").by(&viewer).send(&world.router()).await;
    assert_eq!((key.status, key.code()), (403, "not-a-user"));
}
