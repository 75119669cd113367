//! Tenants, as their operator makes them.

use caravan_identity::{Error, Handed};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::world::{A, Answer, PASSWORD, World, ask};

async fn accept(world: &World, handed: &Handed, password: &str) -> Answer {
    let body = json!({ "token": handed.token.expose_secret(), "password": password });
    ask("POST", "/v1/invitations/accept").json(body).send(&world.router()).await
}

#[tokio::test]
async fn a_tenant_is_made_with_an_owner_who_chooses_a_password() {
    let world = World::new().await;
    let made = world.identity.create_tenant(" Acme Traders ", None, "Asha@Acme.example").await;
    let made = made.unwrap();
    assert_eq!(
        (made.short_name.as_str(), made.owner.email.as_str()),
        ("acme-traders", "asha@acme.example")
    );
    assert_eq!(world.trail(made.id).await, ["tenant.made", "user.invited"]);
    let accepted = accept(&world, &made.owner, PASSWORD).await;
    assert_eq!((accepted.status, &accepted.body["role"]), (200, &json!("owner")), "{accepted:?}");
    assert_eq!(accepted.body["tenant"], json!({ "id": made.id.0, "name": "Acme Traders" }));
    assert_eq!(accept(&world, &made.owner, PASSWORD).await.code(), "invitation-invalid");
    world.login("asha@acme.example").await;
    let tenants = world.identity.tenants(None, 2).await.unwrap();
    assert_eq!(tenants.len(), 2, "a page of two");
    let rest = world.identity.tenants(tenants.last().map(|last| last.id), 100).await.unwrap();
    let [acme] = rest.as_slice() else { panic!("{rest:?}") };
    assert_eq!((acme.id, acme.members, acme.status.as_str()), (made.id, 1, "active"));
    assert_eq!(acme.owners, ["asha@acme.example"]);
}

#[tokio::test]
async fn a_name_is_one_tenants_only_also_when_two_make_it_at_once() {
    let world = World::new().await;
    let make = async |name: &str, short: Option<&str>| {
        world
            .identity
            .create_tenant(name, short, "asha@acme.example")
            .await
            .map(|made| made.short_name)
    };
    for (name, short) in [("ALPHA", None), ("Alpha!", None), ("Another", Some("beta"))] {
        let refused = make(name, short).await;
        assert!(matches!(refused, Err(Error::TenantExists)), "{name} {short:?}: {refused:?}");
    }
    assert_eq!(make("Alpha!", Some("Alpha-2")).await.unwrap(), "alpha-2");
    assert!(matches!(make("X", Some("x_y")).await, Err(Error::ShortNameInvalid)));
    assert!(matches!(make(" ", None).await, Err(Error::NameInvalid)));
    // A name that gives no short one is named by its id.
    let hindi = make("नमस्ते", None).await.unwrap();
    assert!(hindi.starts_with("tenant-") && hindi.len() == 19, "{hindi}");
    for round in 0..5 {
        let name = format!("Twice {round}");
        let (one, other) = tokio::join!(make(&name, None), make(&name, None));
        assert_eq!(
            [&one, &other].iter().filter(|made| made.is_ok()).count(),
            1,
            "{one:?} {other:?}"
        );
    }
}

#[tokio::test]
async fn another_owner_is_invited_by_short_name_or_id() {
    let world = World::new().await;
    let made = world.identity.create_tenant("Acme", None, "first@acme.example").await.unwrap();
    // The first invitation ran out.
    world.run("UPDATE invitations SET expires_at = now()").await;
    assert_eq!(accept(&world, &made.owner, PASSWORD).await.code(), "invitation-invalid");
    let anew = world.identity.invite_as_owner(" Acme ", "first@acme.example").await.unwrap();
    assert_eq!(accept(&world, &anew, PASSWORD).await.status, 200);
    // Who has a password already shows it: a tenant more opens nobody's account.
    let id = A.0.to_string();
    let second = world.identity.invite_as_owner(&id, "first@acme.example").await.unwrap();
    assert_eq!(accept(&world, &second, "another horse entirely").await.code(), "login-failed");
    let both = accept(&world, &second, PASSWORD).await;
    assert_eq!(both.body["tenants"].as_array().unwrap().len(), 2, "{both:?}");
    let again = world.identity.invite_as_owner("acme", "first@acme.example").await;
    assert!(matches!(again, Err(Error::UserExists)), "{again:?}");
    for nobody in ["gamma", "", "00000000-0000-0000-0000-00000000000c"] {
        let refused = world.identity.invite_as_owner(nobody, "x@acme.example").await;
        assert!(matches!(refused, Err(Error::TenantNotFound)), "{nobody}: {refused:?}");
    }
}
