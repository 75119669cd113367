//! The questions, and what each must be answered.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

use super::Matrix;
use super::callers::Caller;
use super::document::Route;
use super::things::Thing;
use crate::http::{Http, text};
use crate::report::Report;
use crate::wrong::{Wrong, ensure};

/// What is changed or ended and has no version.
const UNVERSIONED: &[&str] = &[
    "PUT /v1/me/password",
    "DELETE /v1/me/sessions",
    "DELETE /v1/me/sessions/{id}",
    "DELETE /v1/users/{id}/sessions",
    "DELETE /v1/identity-providers/{id}/users/{user}",
    "DELETE /v1/keys/{id}",
    "DELETE /v1/shipments/{reference}/links/{id}",
];
/// What ends all sessions of a caller: asked last.
const ENDS_SESSIONS: &str = "DELETE /v1/me/sessions";
/// Most mismatches that are printed of one step.
const TOLD_MAX: usize = 30;

pub(super) async fn all(report: &mut Report, matrix: &Matrix) {
    let Ok(asker) = Asker::new(matrix) else {
        report.step("the client is set up", async { Err(Wrong::new("it is not")) }).await;
        return;
    };
    report.step("nobody gets in without credentials", asker.strangers()).await;
    report.step("no role reaches what its scopes do not open", asker.refused()).await;
    report.step("no key reaches what it lacks a scope for", asker.keys_refused()).await;
    report.step("every role, and a key of just its scopes, reaches a route", asker.let_in()).await;
    report.step("another tenant's things are not there, for no role", asker.foreign()).await;
    report.step("no list shows another tenant's things", asker.lists()).await;
    report.step("no edit goes without the version that it is of", asker.unversioned()).await;
    report.step("whoever they belong to finds them", asker.owned()).await;
}

/// An answer, as far as it is judged.
#[derive(Debug)]
struct Told {
    status: u16,
    body: String,
}

impl Told {
    fn code(&self) -> String {
        let problem: Value = serde_json::from_str(&self.body).unwrap_or_default();
        text(&problem, "code").to_owned()
    }

    fn is(&self, status: u16, code: &str) -> bool {
        self.status == status && self.code() == code
    }

    /// Whether the caller got as far as the route's own rules, and these did not break.
    fn got_in(&self) -> bool {
        let turned_away = match self.status {
            401 => self.code().starts_with("credentials-"),
            403 => self.code() == "scope-missing",
            status => status >= 500 || matches!(status, 405 | 429),
        };
        !turned_away
    }

    /// Whether what was sent needs a scope beside those of its route: a webhook, that of the events that it is to get.
    fn wants_more(&self, route: &Route) -> bool {
        let problem: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let scope = text(&problem, "scope");
        let named = route.needs.iter().flatten().any(|set| set.contains(scope));
        self.is(403, "scope-missing") && !scope.is_empty() && !named
    }
}

/// What was asked, and what was not answered as it should be.
#[derive(Debug, Default)]
struct Found {
    asked: usize,
    wrong: Vec<String>,
}

impl Found {
    fn judge(&mut self, right: bool, route: &Route, caller: &Caller, told: &Told) {
        self.asked = self.asked.saturating_add(1);
        if !right {
            let shown: String = told.body.chars().take(300).collect();
            let (name, status) = (route.name(), told.status);
            self.wrong.push(format!("{name} by {}: {status} {shown}", caller.name));
        }
    }

    fn end(self) -> Result<String, Wrong> {
        ensure(self.asked > 0, || "nothing was asked".to_owned())?;
        ensure(self.wrong.is_empty(), || {
            let shown: Vec<&str> = self.wrong.iter().take(TOLD_MAX).map(String::as_str).collect();
            format!("{} of {}:\n      {}", self.wrong.len(), self.asked, shown.join("\n      "))
        })?;
        Ok(format!("{} requests", self.asked))
    }
}

struct Asker<'a> {
    matrix: &'a Matrix,
    client: Client,
}

impl<'a> Asker<'a> {
    fn new(matrix: &'a Matrix) -> Result<Self, Wrong> {
        let redirects = reqwest::redirect::Policy::none();
        let client = Client::builder().no_proxy().redirect(redirects);
        Ok(Self { matrix, client: client.timeout(Duration::from_secs(45)).build()? })
    }

    /// Routes that ask who it is.
    fn guarded(&self) -> impl Iterator<Item = &'a Route> {
        self.matrix.routes.iter().filter(|route| route.needs.is_some())
    }

    /// Where the route leads to our thing, or as it is.
    fn ours(&self, route: &Route) -> String {
        self.at(route, |thing| &thing.ours)
    }

    /// Where it leads to nothing.
    fn nobodys(&self, route: &Route) -> String {
        self.at(route, |thing| &thing.nobodys)
    }

    fn at(&self, route: &Route, which: impl Fn(&Thing) -> &String) -> String {
        let thing = self.matrix.things.of(route);
        thing.map_or_else(|| route.template.clone(), |thing| route.at(which(thing)))
    }

    /// A whole request of the route, each a new one for idempotency, of whatever version.
    async fn ask(&self, route: &Route, path: &str, caller: &Caller) -> Result<Told, Wrong> {
        self.ask_of(route, path, caller, Some("*")).await
    }

    async fn ask_of(
        &self,
        route: &Route,
        path: &str,
        caller: &Caller,
        version: Option<&str>,
    ) -> Result<Told, Wrong> {
        static ASKED: AtomicU64 = AtomicU64::new(0);
        let mut url = reqwest::Url::parse(&format!("{}{path}", self.matrix.callers.url))
            .map_err(|error| Wrong(format!("{path}: {error}")))?;
        if !route.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&route.query);
        }
        let mut request = caller.sign(self.client.request(route.method.clone(), url));
        if !route.reads() {
            let key = format!("routes-{}", ASKED.fetch_add(1, Ordering::Relaxed));
            request = request.header("idempotency-key", key);
            request =
                version.into_iter().fold(request, |all, version| all.header("if-match", version));
        }
        if let Some((kind, bytes)) = &route.body {
            request = request.header("content-type", kind).body(bytes.clone());
        }
        if route.endless {
            let response = request.send().await?;
            let status = response.status().as_u16();
            if status == 200 {
                // The head is enough of what has no end.
                return Ok(Told { status, body: String::new() });
            }
            let answer = Http::read(response).await?;
            return Ok(Told { status, body: answer.text() });
        }
        let answer = Http::send(request).await?;
        Ok(Told { status: answer.status, body: answer.text() })
    }

    async fn strangers(&self) -> Result<String, Wrong> {
        let mut found = Found::default();
        let callers = &self.matrix.callers;
        for route in &self.matrix.routes {
            let told = self.ask(route, &self.ours(route), &callers.nobody).await?;
            let refused = told.is(401, "credentials-missing");
            found.judge(refused == route.needs.is_some(), route, &callers.nobody, &told);
        }
        for route in self.guarded() {
            for stranger in &callers.strangers {
                let told = self.ask(route, &self.ours(route), stranger).await?;
                found.judge(told.is(401, "credentials-wrong"), route, stranger, &told);
            }
        }
        found.end()
    }

    async fn refused(&self) -> Result<String, Wrong> {
        let mut found = Found::default();
        for route in self.guarded() {
            for caller in &self.matrix.callers.ours {
                if !route.opens_to(&caller.scopes) {
                    let told = self.ask(route, &self.ours(route), caller).await?;
                    found.judge(told.is(403, "scope-missing"), route, caller, &told);
                }
            }
        }
        found.end()
    }

    async fn keys_refused(&self) -> Result<String, Wrong> {
        let mut found = Found::default();
        for route in self.guarded() {
            for key in self.matrix.callers.lacking(route) {
                let told = self.ask(route, &self.ours(route), key).await?;
                found.judge(told.is(403, "scope-missing"), route, key, &told);
            }
        }
        found.end()
    }

    /// A change is tried on what nobody has, so that it changes nothing; one that names nothing in its path is made.
    async fn let_in(&self) -> Result<String, Wrong> {
        let mut found = Found::default();
        for route in self.guarded().filter(|route| route.name() != ENDS_SESSIONS) {
            let callers = self.matrix.callers.ours.iter();
            for caller in callers.filter(|caller| route.opens_to(&caller.scopes)) {
                self.reach(route, caller, &mut found).await?;
            }
            for key in self.matrix.callers.exact(route) {
                self.reach(route, key, &mut found).await?;
            }
        }
        found.end()
    }

    async fn reach(&self, route: &Route, caller: &Caller, found: &mut Found) -> Result<(), Wrong> {
        let (about, shared) = match self.matrix.things.of(route) {
            Some(thing) => (true, thing.shared),
            None => (false, false),
        };
        let reads_ours = route.reads() && !shared;
        let path = if reads_ours { self.ours(route) } else { self.nobodys(route) };
        let told = self.ask(route, &path, caller).await?;
        let right = match (route.reads(), about) {
            (true, true) if shared => told.status == 404,
            (true, _) => told.status == 200,
            // Some changes are an owner's only, whatever its keys may do.
            (false, true) => told.status == 404 || told.is(403, "scopes-beyond"),
            (false, false) => (told.got_in() && told.status != 404) || told.wants_more(route),
        };
        found.judge(right, route, caller, &told);
        Ok(())
    }

    async fn foreign(&self) -> Result<String, Wrong> {
        let mut found = Found::default();
        for route in self.guarded() {
            let Some(thing) = self.matrix.things.of(route).filter(|thing| !thing.shared) else {
                continue;
            };
            for caller in &self.matrix.callers.theirs {
                let told = self.ask(route, &route.at(&thing.ours), caller).await?;
                if !route.opens_to(&caller.scopes) {
                    // Either says nothing; which of them, depends on where the second scope is asked for.
                    let refused = told.is(403, "scope-missing") || told.status == 404;
                    found.judge(refused, route, caller, &told);
                    continue;
                }
                // It must look like what nobody has.
                let none = self.ask(route, &route.at(&thing.nobodys), caller).await?;
                let same = told.is(404, &none.code()) && none.status == 404;
                found.judge(same, route, caller, &told);
            }
        }
        found.end()
    }

    async fn lists(&self) -> Result<String, Wrong> {
        let mut found = Found::default();
        let secrets: BTreeSet<&str> = self.matrix.things.secrets().collect();
        ensure(secrets.len() > 10, || format!("there is too little to look for: {secrets:?}"))?;
        for route in self.guarded().filter(|route| route.reads() && !route.endless) {
            if route.prefix().is_some() {
                continue;
            }
            for caller in &self.matrix.callers.theirs {
                let told = self.ask(route, &route.template, caller).await?;
                let shows = secrets.iter().any(|secret| told.body.contains(secret));
                found.judge(!shows, route, caller, &told);
            }
        }
        found.end()
    }

    /// Of two who edit one thing, neither overwrites the other without being told.
    async fn unversioned(&self) -> Result<String, Wrong> {
        let mut found = Found::default();
        let owner = self.owner()?;
        let edits = [Method::PUT, Method::PATCH, Method::DELETE];
        for route in self.guarded().filter(|route| edits.contains(&route.method)) {
            if UNVERSIONED.contains(&route.name().as_str()) {
                continue;
            }
            let told = self.ask_of(route, &self.ours(route), owner, None).await?;
            found.judge(told.is(428, "precondition-required"), route, owner, &told);
        }
        found.end()
    }

    fn owner(&self) -> Result<&Caller, Wrong> {
        let callers = &self.matrix.callers;
        let owner = callers.ours.iter().find(|caller| caller.scopes.is_superset(&callers.scopes));
        owner.ok_or_else(|| Wrong::new("no role has every scope"))
    }

    /// Last, since it changes and removes what the others needed.
    async fn owned(&self) -> Result<String, Wrong> {
        let mut found = Found::default();
        let callers = &self.matrix.callers;
        let owner = self.owner()?;
        let removes = |route: &&Route| route.method == Method::DELETE;
        let (last, first): (Vec<&Route>, Vec<&Route>) = self.guarded().partition(removes);
        for route in first.into_iter().chain(last) {
            let Some(thing) = self.matrix.things.of(route).filter(|thing| thing.proven) else {
                continue;
            };
            let told = self.ask(route, &route.at(&thing.ours), owner).await?;
            found.judge(told.got_in() && told.status != 404, route, owner, &told);
        }
        for route in self.guarded().filter(|route| route.name() == ENDS_SESSIONS) {
            for caller in &callers.ours {
                let told = self.ask(route, &route.template, caller).await?;
                found.judge(told.status == 204, route, caller, &told);
            }
        }
        found.end()
    }
}
