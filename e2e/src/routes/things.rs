//! What the parameters of a path name: for each prefix of a route that ends with one, a thing of the demo tenant and one that nobody
//! has.
//!
//! The first of the list at the prefix's parent is taken; where the demo has none, or none that may be used up, one is made here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::bodies;
use super::document::Route;
use super::issuer::Issuer;
use crate::http::{Http, list, number, text};
use crate::samples;
use crate::steps;
use crate::steps::orders::{CARRIER, order};
use crate::wait::until;
use crate::wrong::{Wrong, ensure};

const SOON: Duration = Duration::from_secs(20);
/// What is the same for every tenant.
const SHARED: &[&str] = &["/v1/parties/{party}"];
/// What cannot be had without a browser, so that nothing is found there by anybody: whose account at a provider this is.
const UNPROVEN: &[&str] = &["/v1/identity-providers/{id}/users/{user}"];

/// A thing that a path leads to.
#[derive(Debug)]
pub(super) struct Thing {
    /// The path to the demo tenant's.
    pub(super) ours: String,
    /// A path to nothing, of the same form.
    pub(super) nobodys: String,
    /// Whether every tenant has it.
    pub(super) shared: bool,
    /// Whether whoever owns it finds it.
    pub(super) proven: bool,
}

/// All of them, by their prefix.
#[derive(Debug)]
pub(super) struct Things {
    by_prefix: BTreeMap<String, Thing>,
    /// Asked about as long as things are.
    issuer: Issuer,
}

impl Things {
    /// Finds or makes what the routes need.
    pub(super) async fn find(http: &Http, password: &str, routes: &[Route]) -> Result<Self, Wrong> {
        steps::demo_is_there(http).await?;
        let issuer = Issuer::start().await?;
        let asked = routes.iter().filter(|route| route.needs.is_some());
        let prefixes: BTreeSet<&str> = asked.filter_map(Route::prefix).collect();
        let mut things = Self { by_prefix: BTreeMap::new(), issuer };
        let mut missing = Vec::new();
        for prefix in prefixes {
            let ours = match made((http, password), &things.issuer.url, prefix).await {
                Ok(Some(made)) => Some(made),
                Ok(None) => things.listed(http, prefix).await?,
                Err(wrong) => return Err(Wrong(format!("{prefix}: {wrong}"))),
            };
            match ours {
                Some(ours) => things.keep(prefix, ours),
                None => missing.push(prefix),
            }
        }
        ensure(missing.is_empty(), || {
            format!("the demo has nothing at {missing:?}; make it in e2e/src/routes/things.rs")
        })?;
        Ok(things)
    }

    pub(super) fn count(&self) -> usize {
        self.by_prefix.len()
    }

    /// What the route is about; none when its path has no parameter.
    pub(super) fn of(&self, route: &Route) -> Option<&Thing> {
        self.by_prefix.get(route.prefix()?)
    }

    /// The last parts of the paths to what is ours alone: nothing that another tenant should ever read.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let ours = self.by_prefix.values().filter(|thing| !thing.shared);
        // A version's number says nothing.
        ours.filter_map(|thing| thing.ours.rsplit('/').next()).filter(|part| part.len() >= 8)
    }

    fn keep(&mut self, prefix: &str, ours: String) {
        let (parent, last) = ours.rsplit_once('/').unwrap_or_default();
        let thing = Thing {
            nobodys: format!("{parent}/{}", nobodys(last)),
            shared: SHARED.contains(&prefix),
            proven: !UNPROVEN.contains(&prefix),
            ours,
        };
        self.by_prefix.insert(prefix.to_owned(), thing);
    }

    /// The first of the list above; none where there is no list, or nothing in it.
    async fn listed(&self, http: &Http, prefix: &str) -> Result<Option<String>, Wrong> {
        let Some((parent, parameter)) = prefix.rsplit_once("/{") else { return Ok(None) };
        let parameter = parameter.trim_end_matches('}');
        let parent = match parent.rfind('}').and_then(|end| parent.split_at_checked(end + 1)) {
            None => parent.to_owned(),
            Some((prefix, rest)) => match self.by_prefix.get(prefix) {
                Some(thing) => format!("{}{rest}", thing.ours),
                None => return Ok(None),
            },
        };
        let answer = http.get(&parent).await?;
        if answer.status != 200 {
            return Ok(None);
        }
        let first = list(&answer.json()?, "items").into_iter().next().unwrap_or_default();
        let value = [parameter, "id"].into_iter().map(|name| text(&first, name));
        let value = value.into_iter().find(|value| !value.is_empty());
        Ok(value.map(|value| format!("{parent}/{value}")))
    }
}

/// Something of the same form that nobody has.
fn nobodys(value: &str) -> String {
    let hex = value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if value.len() == 36 && hex {
        "00000000-0000-7000-8000-000000000099".to_owned()
    } else if value.bytes().all(|byte| byte.is_ascii_digit()) {
        "999983".to_owned()
    } else if hex {
        "f".repeat(value.len())
    } else {
        "q".repeat(value.len())
    }
}

/// The path to what is made for this prefix; none for what the demo has.
async fn made(
    (http, password): (&Http, &str),
    url: &str,
    prefix: &str,
) -> Result<Option<String>, Wrong> {
    let made = match prefix {
        "/v1/disputes/{id}" => dispute(http).await?,
        "/v1/documents/{id}" => {
            let page = http.get("/v1/documents?status=done").await?.expect(200)?.json()?;
            text(&first(&page)?, "id").to_owned()
        }
        "/v1/documents/{id}/answers/{hash}" => answer(http).await?,
        "/v1/freight-invoices/{id}" => bill(http, "ROUTES-1").await?,
        "/v1/hand-overs/{id}" => hand_over(http).await?,
        "/v1/identity-providers/{id}" => provider(http, url).await?,
        "/v1/identity-providers/{id}/users/{user}" => {
            let page = http.get("/v1/users").await?.expect(200)?.json()?;
            let user = text(&first(&page)?, "id").to_owned();
            let page = http.get("/v1/identity-providers").await?.expect(200)?.json()?;
            format!("{}/users/{user}", text(&first(&page)?, "id"))
        }
        "/v1/keys/{id}" => {
            posted(http, "/v1/keys", json!({ "name": "routes", "scopes": ["orders:read"] })).await?
        }
        "/v1/me/sessions/{id}" => session(http, password).await?,
        "/v1/orders/{id}" => posted(http, "/v1/orders", order("ROUTES-1")).await?,
        "/v1/orders/{id}/conflicts/{conflict}" => conflict(http).await?,
        "/v1/orders/imports/{id}" => import(http).await?,
        "/v1/rate-contracts/{id}/versions/{version}" => {
            let made = http.posted("/v1/rate-contracts", &bodies::terms("Routes"), 201).await?;
            format!("{}/versions/{}", text(&made, "contract_id"), number(&made, "version"))
        }
        "/v1/rate-jobs/{id}" => {
            let asked = json!({ "from": "2026-11-01", "to": "2026-11-02" });
            let made = http.posted("/v1/rate-jobs", &asked, 202).await?;
            text(&made, "id").to_owned()
        }
        "/v1/shipments/{reference}/links/{id}" => {
            let page = http.get("/v1/shipments").await?.expect(200)?.json()?;
            let path = format!("{}/links", text(&first(&page)?, "reference"));
            let id = posted(http, &format!("/v1/shipments/{path}"), json!({})).await?;
            format!("{path}/{id}")
        }
        "/v1/users/{id}" => {
            let asked = json!({ "email": "routes@demo.example", "name": "R", "role": "viewer" });
            let made = http.posted("/v1/users", &asked, 201).await?;
            made.pointer("/user/id").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        "/v1/webhooks/{id}" => webhook(http, url).await?,
        "/v1/webhooks/{id}/deliveries/{delivery}" => delivery(http).await?,
        _ => return Ok(None),
    };
    ensure(!made.is_empty(), || "what was made has no id".to_owned())?;
    // Everything above is the end of a path behind its collection.
    let collection = prefix.split("/{").next().unwrap_or_default();
    Ok(Some(format!("{collection}/{made}")))
}

/// A carrier's 990 and the 997 that it got.
async fn answer(http: &Http) -> Result<String, Wrong> {
    let path = "/v1/connections/demo-carrier/documents";
    let declined = samples::made_990(770_002, CARRIER, "ROUTES-997");
    let posted = http.post(path, "application/edi-x12", declined).await?.expect(200)?;
    let id = posted.header("caravan-document").to_owned();
    let shown = http.get(&format!("/v1/documents/{id}")).await?.expect(200)?.json()?;
    let answer = list(&shown, "answers").into_iter().next();
    let answer = answer.ok_or_else(|| Wrong::new("a posted 990 has no answer"))?;
    Ok(format!("{id}/answers/{}", text(&answer, "document")))
}

/// Of the owner, begun for this.
async fn session(http: &Http, password: &str) -> Result<String, Wrong> {
    let mut browser = http.browser();
    browser.login("owner@demo.example", password).await?.expect(200)?;
    let page = browser.call(Method::GET, "/v1/me/sessions", None).await?.expect(200)?.json()?;
    let all = list(&page, "items");
    let this = all.iter().find(|session| session.get("current") == Some(&Value::Bool(true)));
    this.map(|session| text(session, "id").to_owned())
        .ok_or_else(|| Wrong::new("no session is the current one"))
}

fn first(page: &Value) -> Result<Value, Wrong> {
    let first = list(page, "items").into_iter().next();
    first.ok_or_else(|| Wrong(format!("the list is empty: {page}")))
}

/// The id of what is made.
async fn posted(http: &Http, path: &str, body: Value) -> Result<String, Wrong> {
    let made = http.posted(path, &body, 201).await?;
    Ok(text(&made, "id").to_owned())
}

async fn bill(http: &Http, number: &str) -> Result<String, Wrong> {
    let bill = json!({
        "carrier": CARRIER, "number": number, "currency": "INR", "total": "10.00", "billed_date": "2026-11-25",
        "references": [{ "kind": "pro", "value": number }], "lines": [{ "description": "Linehaul", "amount": "10.00" }],
    });
    posted(http, "/v1/freight-invoices", bill).await
}

async fn dispute(http: &Http) -> Result<String, Wrong> {
    let thing = format!("/v1/freight-invoices/{}", bill(http, "ROUTES-2").await?);
    let asked = json!({ "reason": "rate", "text": "not agreed" });
    let shown = http.act(&thing, &format!("{thing}/dispute"), Some(&asked)).await?.expect(200)?;
    let id = shown.json()?.pointer("/disputes/0/id").and_then(Value::as_str).map(str::to_owned);
    id.ok_or_else(|| Wrong::new("a disputed bill shows no dispute"))
}

/// Of the demo's own bill, which is too high: somebody approves it all the same.
async fn hand_over(http: &Http) -> Result<String, Wrong> {
    let page = http.get("/v1/freight-invoices?number=DEMO-INV-77").await?.expect(200)?.json()?;
    let thing = format!("/v1/freight-invoices/{}", text(&first(&page)?, "id"));
    let asked = json!({ "reason": "for the routes" });
    http.act(&thing, &format!("{thing}/approve"), Some(&asked)).await?.expect(200)?;
    posted(http, "/v1/hand-overs", json!({})).await
}

async fn provider(http: &Http, issuer: &str) -> Result<String, Wrong> {
    let asked = json!({
        "name": "Routes", "issuer": issuer, "client_id": "c", "client_secret": "s", "domains": ["demo.example"],
    });
    posted(http, "/v1/identity-providers", asked).await
}

/// An order that nobody has offered is accepted.
async fn conflict(http: &Http) -> Result<String, Wrong> {
    let id = posted(http, "/v1/orders", order("ROUTES-990")).await?;
    let accepted = samples::made_990(770_001, CARRIER, "ROUTES-990");
    let path = "/v1/connections/demo-carrier/documents";
    http.post(path, "application/edi-x12", accepted).await?.expect(200)?;
    until(SOON, "the order has a conflict", async || {
        let order = http.get(&format!("/v1/orders/{id}")).await?.expect(200)?.json()?;
        let conflict = list(&order, "conflicts").into_iter().next();
        Ok(conflict.map(|conflict| format!("{id}/conflicts/{}", text(&conflict, "id"))))
    })
    .await
}

async fn import(http: &Http) -> Result<String, Wrong> {
    let file = b"order number,pickup city,delivery city\nROUTES-3,Pune,Chennai\n".to_vec();
    let answer = http.post("/v1/orders/imports?file_name=routes.csv", "text/csv", file).await?;
    let id = text(&answer.expect(201)?.json()?, "id").to_owned();
    let path = format!("/v1/orders/imports/{id}");
    until(SOON, "the import is ready", async || {
        let shown = http.get(&path).await?.expect(200)?.json()?;
        Ok((text(&shown, "status") != "checking").then_some(()))
    })
    .await?;
    Ok(id)
}

async fn webhook(http: &Http, url: &str) -> Result<String, Wrong> {
    let kinds = ["caravan.order.placed"];
    let asked = json!({ "name": "Routes", "url": format!("{url}/hook"), "kinds": kinds });
    posted(http, "/v1/webhooks", asked).await
}

/// An order is placed, and the webhook is told.
async fn delivery(http: &Http) -> Result<String, Wrong> {
    let page = http.get("/v1/webhooks").await?.expect(200)?.json()?;
    let id = text(&first(&page)?, "id").to_owned();
    posted(http, "/v1/orders", order("ROUTES-HOOK")).await?;
    let path = format!("/v1/webhooks/{id}/deliveries");
    until(SOON, "the webhook has a delivery", async || {
        let page = http.get(&path).await?.expect(200)?.json()?;
        let first = list(&page, "items").into_iter().next();
        Ok(first.map(|delivery| format!("{id}/deliveries/{}", text(&delivery, "id"))))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_is_of_the_same_form() {
        for (value, wanted) in [
            ("0198c3a0-6f5e-7d3b-9a41-1f2e3d4c5b6a", "00000000-0000-7000-8000-000000000099"),
            ("12", "999983"),
            ("00ffab12", "ffffffff"),
            ("PRODEMO1005", "qqqqqqqqqqq"),
        ] {
            assert_eq!(nobodys(value), wanted);
        }
    }
}
