//! People: two tenants' logins, what each role may do, and what a neighbour does not see.

use reqwest::Method;
use serde_json::json;

use crate::http::{Browser, list, text};
use crate::report::Report;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

pub(super) async fn walk(report: &mut Report, world: &World) {
    report.step("a wrong password is refused, and says nothing of the user", wrong(world)).await;
    report.step("an owner logs in, is known, and logs out", owner(world)).await;
    report.step("a viewer reads orders and may not place one", viewer(world)).await;
    report.step("a change without the CSRF header is refused", csrf(world)).await;
    report.step("a neighbour sees none of the demo's shipments", neighbour(world)).await;
    report.step("a new API key opens what it was given, once revoked nothing", key(world)).await;
    report.step("the audit trail verifies", audit(world)).await;
}

fn password(world: &World) -> Result<String, Wrong> {
    let line = world.caravan.banner.lines().find_map(|line| line.strip_prefix("password"));
    line.map(|rest| rest.trim().to_owned()).ok_or_else(|| Wrong::new("the banner has no password"))
}

/// A browser with a session.
async fn logged_in(world: &World, email: &str) -> Result<Browser, Wrong> {
    let mut browser = world.http.browser();
    browser.login(email, &password(world)?).await?.expect(200)?;
    Ok(browser)
}

async fn wrong(world: &World) -> Result<String, Wrong> {
    let mut browser = world.http.browser();
    let known =
        browser.login("owner@demo.example", "not the password").await?.expect(401)?.json()?;
    let unknown = browser.login("nobody@demo.example", "not the password").await?.expect(401)?;
    let unknown = unknown.json()?;
    ensure(text(&known, "detail") == text(&unknown, "detail"), || format!("{known} {unknown}"))?;
    Ok(text(&known, "code").to_owned())
}

async fn owner(world: &World) -> Result<String, Wrong> {
    let browser = logged_in(world, "owner@demo.example").await?;
    let me = browser.call(Method::GET, "/v1/me", None).await?.expect(200)?;
    let shown = me.text();
    ensure(shown.contains("owner@demo.example"), || shown.clone())?;
    browser.call(Method::DELETE, "/v1/session", None).await?.expect(204)?;
    browser.call(Method::GET, "/v1/me", None).await?.expect(401)?;
    Ok(String::new())
}

async fn viewer(world: &World) -> Result<String, Wrong> {
    let browser = logged_in(world, "viewer@demo.example").await?;
    browser.call(Method::GET, "/v1/orders", None).await?.expect(200)?;
    let order = super::orders::order("VIEWER-1");
    let refused = browser.call(Method::POST, "/v1/orders", Some(&order)).await?.expect(403)?;
    Ok(text(&refused.json()?, "detail").to_owned())
}

async fn csrf(world: &World) -> Result<String, Wrong> {
    let url = format!("{}/v1/session", world.http.url);
    let body = json!({ "email": "owner@demo.example", "password": "x" }).to_string();
    let answer = world.http.post_to(&url, ("origin", "https://evil.example"), body).await?;
    let problem = answer.expect(403)?.json()?;
    Ok(text(&problem, "code").to_owned())
}

async fn neighbour(world: &World) -> Result<String, Wrong> {
    let browser = logged_in(world, "owner@neighbour.example").await?;
    let page = browser.call(Method::GET, "/v1/shipments", None).await?.expect(200)?.json()?;
    let seen = list(&page, "items").len();
    ensure(seen == 0, || page.to_string())?;
    let path = format!("/v1/shipments/{}/timeline", crate::samples::PUBLISHED_PRO);
    browser.call(Method::GET, &path, None).await?.expect(404)?;
    Ok(String::new())
}

async fn key(world: &World) -> Result<String, Wrong> {
    let asked = json!({ "name": "walk", "scopes": ["orders:read"] });
    let made = world.http.posted("/v1/keys", &asked, 201).await?;
    let (id, secret) = (text(&made, "id"), text(&made, "key"));
    ensure(!secret.is_empty(), || {
        format!("no secret in {:?}", made.as_object().map(|o| o.keys()))
    })?;
    let with_key = world.http.with_key(secret);
    with_key.get("/v1/orders").await?.expect(200)?;
    with_key.get("/v1/documents").await?.expect(403)?;
    world.http.bare(Method::DELETE, &format!("/v1/keys/{id}"), "*").await?.expect(204)?;
    with_key.get("/v1/orders").await?.expect(401)?;
    Ok(String::new())
}

async fn audit(world: &World) -> Result<String, Wrong> {
    let found = world.http.posted("/v1/audit/verify", &json!({}), 200).await?;
    ensure(found.get("ok") == Some(&json!(true)), || found.to_string())?;
    Ok(format!("{} entries", crate::http::number(&found, "count")))
}
