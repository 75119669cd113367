//! Who asks: the users of two tenants by role, keys of exactly the scopes that a route names, keys of all others, and nobody.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::document::Route;
use crate::caravan::Caravan;
use crate::http::{Http, list, text};
use crate::wrong::{Wrong, ensure};

/// What a caller shows.
#[derive(Debug, Clone)]
enum Shows {
    Nothing,
    Key(String),
    /// A session's cookie.
    Session(String),
}

/// One caller.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// For messages.
    pub(super) name: String,
    pub(super) scopes: BTreeSet<String>,
    shows: Shows,
}

impl Caller {
    /// Adds the credentials, as their holder would.
    pub(super) fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.shows {
            Shows::Nothing => request,
            Shows::Key(key) => request.bearer_auth(key),
            Shows::Session(cookie) => request.header("cookie", cookie).header("caravan-csrf", "1"),
        }
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct Callers {
    pub(super) url: String,
    pub(super) nobody: Caller,
    /// A key that was revoked, and one that never was.
    pub(super) strangers: Vec<Caller>,
    /// The demo tenant's users.
    pub(super) ours: Vec<Caller>,
    /// The neighbour tenant's.
    pub(super) theirs: Vec<Caller>,
    /// Keys of the demo tenant by what they open.
    pub(super) keys: BTreeMap<BTreeSet<String>, Caller>,
    /// Every scope there is.
    pub(super) scopes: BTreeSet<String>,
    password: String,
    http: Http,
}

impl Callers {
    /// Logs everybody in, and makes the keys that the routes want.
    pub(super) async fn gather(
        caravan: &Caravan,
        http: &Http,
        routes: &[Route],
    ) -> Result<Self, Wrong> {
        let password = password(caravan)?;
        let known = http.get("/v1/roles").await?.expect(200)?.json()?;
        let named = |list: Vec<Value>| -> BTreeSet<String> {
            list.iter().map(|scope| text(scope, "name").to_owned()).collect()
        };
        let mut callers = Self {
            url: http.url.clone(),
            nobody: Caller {
                name: "nobody".to_owned(),
                scopes: BTreeSet::new(),
                shows: Shows::Nothing,
            },
            strangers: Vec::new(),
            ours: Vec::new(),
            theirs: Vec::new(),
            keys: BTreeMap::new(),
            scopes: named(list(&known, "scopes")),
            password,
            http: http.clone(),
        };
        for role in list(&known, "roles") {
            for tenant in ["demo", "neighbour"] {
                let email = format!("{}@{tenant}.example", text(&role, "name"));
                let scopes = strings(&role, "scopes");
                let caller = callers.log_in(&email, scopes).await?;
                if tenant == "demo" { &mut callers.ours } else { &mut callers.theirs }.push(caller);
            }
        }
        ensure(callers.ours.len() >= 4, || format!("there are too few roles: {known}"))?;
        callers.make_keys(routes).await?;
        callers.make_strangers().await?;
        Ok(callers)
    }

    async fn log_in(&self, email: &str, scopes: BTreeSet<String>) -> Result<Caller, Wrong> {
        let answer = self.http.browser().login(email, &self.password).await?.expect(200)?;
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default();
        let shows = Shows::Session(cookie.to_owned());
        Ok(Caller { name: email.to_owned(), scopes, shows })
    }

    /// For each set that a route wants a key of just that, and for each of its scopes a key of all others.
    async fn make_keys(&mut self, routes: &[Route]) -> Result<(), Wrong> {
        let mut wanted = BTreeSet::new();
        for route in routes {
            for set in route.needs.iter().flatten().filter(|set| !set.is_empty()) {
                wanted.insert(set.clone());
            }
            wanted.extend(without(route, &self.scopes));
        }
        for scopes in wanted {
            let unknown: Vec<_> = scopes.difference(&self.scopes).collect();
            ensure(unknown.is_empty(), || {
                format!("a route asks for {unknown:?}, which nobody has")
            })?;
            let made = json!({ "name": "routes", "scopes": scopes });
            let made = self.http.posted("/v1/keys", &made, 201).await?;
            let key = Caller {
                name: format!("a key of {}", named(&scopes, &self.scopes)),
                scopes: scopes.clone(),
                shows: Shows::Key(text(&made, "key").to_owned()),
            };
            self.keys.insert(scopes, key);
        }
        Ok(())
    }

    async fn make_strangers(&mut self) -> Result<(), Wrong> {
        let made = json!({ "name": "revoked", "scopes": self.scopes });
        let made = self.http.posted("/v1/keys", &made, 201).await?;
        let path = format!("/v1/keys/{}", text(&made, "id"));
        self.http.bare(Method::DELETE, &path, "*").await?.expect(204)?;
        let key = text(&made, "key");
        let never: String = key.chars().rev().collect();
        for (name, key) in [("a revoked key", key.to_owned()), ("a key that is none", never)] {
            let (name, scopes) = (name.to_owned(), self.scopes.clone());
            self.strangers.push(Caller { name, scopes, shows: Shows::Key(key) });
        }
        Ok(())
    }

    /// Keys that lack what the route asks for, by one scope each.
    pub(super) fn lacking<'a>(&'a self, route: &Route) -> impl Iterator<Item = &'a Caller> {
        without(route, &self.scopes).into_iter().filter_map(|scopes| self.keys.get(&scopes))
    }

    /// Keys of just what the route asks for.
    pub(super) fn exact<'a>(&'a self, route: &'a Route) -> impl Iterator<Item = &'a Caller> {
        route.needs.iter().flatten().filter_map(|scopes| self.keys.get(scopes))
    }
}

/// The one that all of the demo's users have.
pub(super) fn password(caravan: &Caravan) -> Result<String, Wrong> {
    let line = caravan.banner.lines().find_map(|line| line.strip_prefix("password"));
    line.map(|rest| rest.trim().to_owned()).ok_or_else(|| Wrong::new("the banner has no password"))
}

/// Everything without one scope of each set that would open the route.
fn without(route: &Route, all: &BTreeSet<String>) -> Vec<BTreeSet<String>> {
    let needs = route.needs.as_deref().unwrap_or_default();
    match needs {
        [set] => set.iter().map(|scope| &*all - &BTreeSet::from([scope.clone()])).collect(),
        // Of alternatives all are taken away.
        [] => Vec::new(),
        sets => {
            let any: BTreeSet<String> = sets.iter().flatten().cloned().collect();
            vec![all - &any]
        }
    }
}

fn named(scopes: &BTreeSet<String>, all: &BTreeSet<String>) -> String {
    let missing: Vec<&str> = all.difference(scopes).map(String::as_str).collect();
    if missing.len() < scopes.len() {
        format!("all but {}", missing.join(", "))
    } else {
        scopes.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

fn strings(value: &Value, key: &str) -> BTreeSet<String> {
    list(value, key).iter().filter_map(|each| each.as_str().map(str::to_owned)).collect()
}
