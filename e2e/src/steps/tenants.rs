//! The operator's commands: a tenant with its first owner, and a new password for who forgot the old one.

use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{Browser, list, text};
use crate::report::Report;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

const OWNER: &str = "owner@walk.example";
const PASSWORD: &str = "walking from door to door";
const ANOTHER: &str = "walking back home again";

pub(super) async fn walk(report: &mut Report, world: &World) {
    report
        .step("tenant create makes one with an owner, and no second of the name", made(world))
        .await;
    report.step("its owner accepts, and sees nothing of the demo's", accepted(world)).await;
    report.step("user reset gives a new password, and ends the sessions", reset(world)).await;
    report.step("an owner resets a member, who has a place here alone", by_owner(world)).await;
    report
        .step(
            "audit checkpoint signs where the chains end, and verify holds them to it",
            checkpoint(world),
        )
        .await;
}

async fn told(world: &World, arguments: &[&str]) -> Result<Value, Wrong> {
    Ok(serde_json::from_str(&world.place.told(arguments).await?)?)
}

async fn made(world: &World) -> Result<String, Wrong> {
    let create = ["tenant", "create", "Walk Mills", "--owner", OWNER, "--json"];
    let made = told(world, &create).await?;
    ensure(text(&made, "short_name") == "walk-mills", || text(&made, "short_name").to_owned())?;
    let again = world.place.run(&create).await?;
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    ensure(again.status.code() == Some(1) && said.contains("hint: "), || said.clone())?;
    let all = list(&told(world, &["tenant", "list", "--json"]).await?, "tenants");
    let listed = all.iter().find(|tenant| text(tenant, "id") == text(&made, "tenant"));
    ensure(listed.is_some_and(|tenant| text(tenant, "name") == "Walk Mills"), || {
        format!("it is not among {} tenants", all.len())
    })?;
    Ok(format!("{} tenants", all.len()))
}

/// A fresh invitation takes the first one's place.
async fn accepted(world: &World) -> Result<String, Wrong> {
    let invited = told(world, &["tenant", "invite", "walk-mills", OWNER, "--json"]).await?;
    let body = json!({ "token": text(&invited, "token"), "password": PASSWORD });
    let browser = world.http.browser();
    browser.call(Method::POST, "/v1/invitations/accept", Some(&body)).await?.expect(200)?;
    browser.call(Method::POST, "/v1/invitations/accept", Some(&body)).await?.expect(404)?;
    let browser = logged_in(world, OWNER, PASSWORD).await?;
    let page = browser.call(Method::GET, "/v1/shipments", None).await?.expect(200)?.json()?;
    ensure(list(&page, "items").is_empty(), || page.to_string())?;
    Ok(String::new())
}

async fn reset(world: &World) -> Result<String, Wrong> {
    let before = logged_in(world, OWNER, PASSWORD).await?;
    let handed = told(world, &["user", "reset", OWNER, "--json"]).await?;
    complete(world, text(&handed, "token")).await?;
    before.call(Method::GET, "/v1/me", None).await?.expect(401)?;
    world.http.browser().login(OWNER, PASSWORD).await?.expect(401)?;
    logged_in(world, OWNER, ANOTHER).await?;
    let nobody = world.place.run(&["user", "reset", "nobody@walk.example"]).await?;
    ensure(nobody.status.code() == Some(1), || format!("exit {}", nobody.status))?;
    Ok(String::new())
}

async fn by_owner(world: &World) -> Result<String, Wrong> {
    let owner = logged_in(world, OWNER, ANOTHER).await?;
    let member = "clerk@walk.example";
    let body = json!({ "email": member, "name": "Clerk", "role": "viewer" });
    let invited = owner.call(Method::POST, "/v1/users", Some(&body)).await?.expect(201)?.json()?;
    let body = json!({ "token": text(&invited, "token"), "password": PASSWORD });
    let clerk = world.http.browser();
    let joined = clerk.call(Method::POST, "/v1/invitations/accept", Some(&body)).await?;
    let joined = joined.expect(200)?.json()?;
    let id = joined.get("user").map(|user| text(user, "id").to_owned()).unwrap_or_default();
    let path = format!("/v1/users/{id}/password-reset");
    let handed = owner.call(Method::POST, &path, None).await?.expect(201)?.json()?;
    complete(world, text(&handed, "token")).await?;
    logged_in(world, member, ANOTHER).await?;
    Ok(String::new())
}

/// A checkpoint, with which a chain that went on still agrees; then the same with another time in it.
async fn checkpoint(world: &World) -> Result<String, Wrong> {
    let folder = world.place.scratch.join("checkpoints");
    let argument = crate::caravan::argument(&folder);
    let told = world.place.told(&["audit", "checkpoint", &argument]).await?;
    let line = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name));
        line.map(|rest| rest.trim().to_owned()).unwrap_or_default()
    };
    let (path, key) = (line("checkpoint"), line("key"));
    logged_in(world, OWNER, ANOTHER).await?;
    let verify = ["audit", "verify", "--checkpoints", &argument, "--key", &key];
    let chains = world.place.told(&verify).await?;
    let count = chains.lines().count();
    ensure(count >= 3 && chains.lines().all(|line| line.contains("\"ok\":true")), || chains)?;
    let note = std::fs::read_to_string(&path)?;
    std::fs::write(&path, note.replacen(':', ":0", 1))?;
    let changed = world.place.run(&verify).await?;
    let said = String::from_utf8_lossy(&changed.stderr).into_owned();
    ensure(
        changed.status.code() == Some(1) && said.contains("changed after it was signed"),
        || said,
    )?;
    Ok(format!("{count} chains"))
}

async fn complete(world: &World, token: &str) -> Result<(), Wrong> {
    let body = json!({ "token": token, "password": ANOTHER });
    let browser = world.http.browser();
    browser.call(Method::POST, "/v1/password-resets/complete", Some(&body)).await?.expect(204)?;
    browser.call(Method::POST, "/v1/password-resets/complete", Some(&body)).await?.expect(404)?;
    Ok(())
}

async fn logged_in(world: &World, email: &str, password: &str) -> Result<Browser, Wrong> {
    let mut browser = world.http.browser();
    browser.login(email, password).await?.expect(200)?;
    Ok(browser)
}
