//! Connections as people keep them, over HTTP: tested before they are saved, secrets in and never out, changed by version.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::Response;
use caravan_hub_intake::{Worker, router};
use caravan_model::{ConnectionId, Reference, TenantId, TraceId};
use caravan_tenancy::Caller;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::world::{NUMBER, TEN_EVENTS, TENANT, World};

const NEIGHBOUR: TenantId = TenantId(Uuid::from_u128(0xB));
const SECRET: &str = "a-key-that-nobody-sees";

/// An answer: status, entity tag, body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    etag: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    /// The outcome of a step of the test in it.
    fn step(&self, name: &str) -> (&str, &str) {
        let test = if self.body["test"].is_object() { &self.body["test"] } else { &self.body };
        let steps = test["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["step"] == name).unwrap();
        (step["outcome"].as_str().unwrap(), step["hint"].as_str().unwrap_or_default())
    }
}

pub(crate) struct Asking<'a> {
    pub(crate) world: &'a World,
    pub(crate) tenant: TenantId,
    pub(crate) scopes: &'a [&'a str],
}

impl Asking<'_> {
    fn caller(&self) -> Caller {
        let scopes = self.scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let (principal, trace) = ("test".to_owned(), TraceId([1; 16]));
        Caller { tenant: self.tenant, principal, scopes, trace }
    }

    /// Posts a document that must be taken; its id.
    pub(crate) async fn hand_over(&self, path: &str, name: &str, bytes: &str) -> String {
        let request = Request::post(path).extension(self.caller()).header("x-file-name", name);
        let request = request.body(Body::from(bytes.to_owned())).unwrap();
        let response = router(self.world.intake.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{name}");
        response.headers()["caravan-document"].to_str().unwrap().to_owned()
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        tag: Option<&str>,
        body: Value,
    ) -> Answer {
        let request = Request::builder().method(method).uri(path).extension(self.caller());
        let request = request.header("content-type", "application/json");
        let request = tag.into_iter().fold(request, |request, tag| request.header("if-match", tag));
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let response =
            router(self.world.intake.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let etag = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(!text.contains(SECRET), "a secret came out of {method} {path}: {text}");
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer { status, etag: etag.unwrap_or_default(), body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None, Value::Null).await
    }

    /// An answer that is no JSON.
    pub(crate) async fn bytes(&self, path: &str) -> Response {
        let request = Request::get(path).extension(self.caller()).body(Body::empty()).unwrap();
        let response = router(self.world.intake.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, None, body).await
    }
}

pub(crate) fn as_owner(world: &World) -> Asking<'_> {
    Asking { world, tenant: TENANT, scopes: &["*"] }
}

pub(crate) fn dhl(world: &World, name: &str) -> Value {
    json!({
        "party": "dhl",
        "connection": {
            "name": name, "environment": "sandbox", "endpoints": { "api": world.address },
            "secrets": { "key": { "value": SECRET } },
        },
    })
}

#[tokio::test]
async fn a_party_says_what_a_connection_to_it_is_made_of() {
    let world = World::new().await;
    let shown = as_owner(&world).get("/v1/parties/dhl").await;
    assert_eq!(shown.status, 200);
    let key = &shown.body["connection_schema"]["properties"]["secrets"]["properties"]["key"];
    let value = &key["properties"]["value"];
    assert_eq!(value["writeOnly"], true);
    assert!(value["description"].as_str().unwrap().contains("developer.dhl.com"), "{value}");
    assert_eq!(shown.body["sample"]["value"], NUMBER);
    assert_eq!(shown.body["operations"], json!(["tracking"]));
    let none = as_owner(&world).get("/v1/parties/nobody").await;
    assert_eq!(none.code(), (404, "party-not-found"));
}

#[tokio::test]
async fn a_connection_is_tested_before_it_is_saved_and_asks_its_party_from_then_on() {
    let world = World::new().await;
    let ours = as_owner(&world);
    world.party_answers(401, &[], r#"{"status":401,"title":"Unauthorized"}"#);
    let tried = ours.post("/v1/connections/test", dhl(&world, "mine")).await;
    assert_eq!((tried.status, &tried.body["ok"]), (200, &json!(false)), "{}", tried.body);
    assert_eq!(tried.step("tcp").0, "ok");
    assert_eq!(tried.step("tls").0, "skipped");
    let (outcome, hint) = tried.step("auth");
    assert_eq!(outcome, "failed");
    assert!(hint.contains("My Apps, your app: the Consumer Key"), "{hint}");
    assert_eq!(tried.step("sample").0, "skipped");
    let refused = ours.post("/v1/connections", dhl(&world, "mine")).await;
    assert_eq!(refused.code(), (422, "connection-test-failed"));
    assert_eq!(refused.step("auth").0, "failed");
    assert_eq!(ours.get("/v1/connections/mine").await.status, 404);

    world.party_answers(200, &[], TEN_EVENTS);
    let made = ours.post("/v1/connections", dhl(&world, "mine")).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!((made.step("auth").0, made.step("sample").0), ("ok", "ok"));
    let shown = ours.get("/v1/connections/mine").await;
    assert_eq!(shown.body["tested"]["ok"], true);
    assert_eq!(shown.body["secrets"][0]["slot"], "key");
    let again = ours.post("/v1/connections", dhl(&world, "mine")).await;
    assert_eq!(again.code(), (409, "connection-name-used"));

    let id: Uuid = made.body["id"].as_str().unwrap().parse().unwrap();
    let resolved = world.intake.registry().resolve(TENANT, ConnectionId(id)).await.unwrap();
    let asked = world.intake.poll(&resolved, vec![Reference::new("tracking", NUMBER)]).await;
    assert_eq!(asked.unwrap()[0].result.as_ref().ok(), Some(&10));
    let kept = "SELECT action || ' ' || detail::text FROM audit.entries ORDER BY seq";
    let trail = world.audited(kept).await;
    assert_eq!(trail.len(), 1, "{trail:?}");
    assert!(trail[0].starts_with("connection.made ") && trail[0].contains("key.value"));
    assert!(!trail[0].contains(SECRET));
}

#[tokio::test]
async fn every_obstacle_is_told_with_the_next_step() {
    let world = World::new().await;
    let ours = as_owner(&world);
    let at = |address: &str| {
        let mut draft = dhl(&world, "far");
        draft["connection"]["endpoints"]["api"] = json!(address);
        draft
    };
    let nowhere = ours.post("/v1/connections/test", at("http://127.0.0.1:1")).await;
    assert_eq!((nowhere.step("dns").0, nowhere.step("tcp").0), ("ok", "failed"));
    assert!(nowhere.step("tcp").1.contains("check the port"), "{}", nowhere.body);
    assert_eq!(nowhere.step("sample").0, "skipped");
    let inside = ours.post("/v1/connections/test", at("https://169.254.169.254")).await;
    assert_eq!(inside.step("dns").0, "failed", "{}", inside.body);
    assert!(inside.step("dns").1.contains("public https address"), "{}", inside.body);
    let plain =
        ours.post("/v1/connections/test", at(&world.address.replace("http", "https"))).await;
    assert_eq!((plain.step("tcp").0, plain.step("tls").0), ("ok", "failed"), "{}", plain.body);

    let mut wrong = dhl(&world, "wrong");
    wrong["connection"]["settings"] = json!({ "zone": "Berlin" });
    let told = ours.post("/v1/connections/test", wrong.clone()).await;
    assert_eq!((told.step("schema").0, told.step("dns").0), ("failed", "skipped"));
    let refused = ours.post("/v1/connections", wrong).await;
    assert_eq!(refused.code(), (422, "connection-invalid"));
    assert_eq!(refused.body["errors"][0]["pointer"], "/connection/settings/zone");

    let mut untested = at("http://127.0.0.1:1");
    untested["untested"] = json!(true);
    let why = ours.post("/v1/connections", untested.clone()).await;
    assert_eq!(why.code(), (422, "reason-missing"));
    untested["reason"] = json!("the party opens on Monday");
    let made = ours.post("/v1/connections", untested).await;
    assert_eq!((made.status, &made.body["tested"]), (201, &Value::Null), "{}", made.body);
    let tested = ours.post("/v1/connections/far/test", Value::Null).await;
    assert_eq!(tested.step("tcp").0, "failed");
    let shown = ours.get("/v1/connections/far").await;
    assert_eq!(shown.body["tested"]["ok"], false);
}

#[tokio::test]
async fn a_change_names_its_version_keeps_secrets_and_asks_for_them_when_they_would_go_elsewhere() {
    let world = World::new().await;
    let ours = as_owner(&world);
    let made = ours.post("/v1/connections", dhl(&world, "mine")).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let mut draft = json!({ "connection": dhl(&world, "renamed")["connection"] });
    draft["connection"].as_object_mut().unwrap().remove("secrets");
    let put = async |tag: Option<&str>, body: &Value| {
        let path = format!("/v1/connections/{}", made.body["id"].as_str().unwrap());
        ours.ask("PUT", &path, tag, body.clone()).await
    };
    assert_eq!(put(None, &draft).await.code(), (428, "precondition-required"));
    let changed = put(Some(&made.etag), &draft).await;
    assert_eq!((changed.status, &changed.body["name"]), (200, &json!("renamed")));
    assert_eq!(changed.body["secrets"].as_array().unwrap().len(), 1);
    assert_eq!(changed.step("auth").0, "ok", "the kept secret was tried");
    assert_eq!(put(Some(&made.etag), &draft).await.code(), (412, "version-conflict"));

    let elsewhere = world.address.replace("127.0.0.1", "localhost");
    draft["connection"]["endpoints"]["api"] = json!(elsewhere);
    let refused = put(Some(&changed.etag), &draft).await;
    assert_eq!(refused.code(), (422, "connection-invalid"));
    assert_eq!(refused.body["errors"][0]["pointer"], "/connection/secrets");
    let message = refused.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("written anew"), "{message}");
    draft["connection"]["secrets"] = json!({ "key": { "value": SECRET } });
    assert_eq!(put(Some(&changed.etag), &draft).await.status, 200);
}

#[tokio::test]
async fn a_disabled_connection_takes_nothing_until_it_is_enabled() {
    let world = World::new().await;
    let ours = as_owner(&world);
    let why = json!({ "reason": "audit of the carrier" });
    let path = "/v1/connections/demo-carrier";
    assert_eq!(ours.post(&format!("{path}/disable"), json!({ "reason": " " })).await.status, 422);
    let rests = ours.post(&format!("{path}/disable"), why.clone()).await;
    assert_eq!(rests.body["paused"]["class"], "disabled", "{}", rests.body);
    assert_eq!(ours.post(&format!("{path}/disable"), why).await.etag, rests.etag, "done once");
    let posted = ours.post(&format!("{path}/documents"), json!("ISA")).await;
    assert_eq!(posted.code(), (409, "connection-disabled"));
    let wakes = ours.post(&format!("{path}/enable"), Value::Null).await;
    assert_eq!(wakes.body["paused"], Value::Null);
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(Worker::new(world.intake.clone(), 1).run(stop.clone()));
    let posted = ours.post(&format!("{path}/documents"), json!("ISA")).await;
    assert_ne!(posted.status, 409);
    stop.cancel();
    running.await.unwrap();
    let trail = world.audited("SELECT action FROM audit.entries ORDER BY seq").await;
    assert_eq!(trail, ["connection.disabled", "connection.enabled"]);
}

#[tokio::test]
async fn an_account_of_a_new_connection_opens_at_once_and_its_name_is_nobody_elses() {
    let world = World::new().await;
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    let carrier = |key: &str| {
        json!({
            "party": "demo-carrier",
            "connection": {
                "name": "by file", "environment": "production", "sftp": { "user": "acme-file", "public_keys": [key] },
            },
        })
    };
    let ours = as_owner(&world);
    let bad = ours.post("/v1/connections", carrier("ssh-ed25519 nonsense")).await;
    assert_eq!(bad.code(), (422, "connection-invalid"));
    assert_eq!(bad.body["errors"][0]["pointer"], "/connection/sftp/public_keys/0");
    let made = ours.post("/v1/connections", carrier(key)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!((made.step("sftp").0, made.step("sample").0), ("ok", "skipped"));
    let door = world.intake.registry().connections().sftp_door("acme-file").await.unwrap();
    assert_eq!(door.unwrap().public_keys, [key]);

    let neighbour = Asking { world: &world, tenant: NEIGHBOUR, scopes: &["*"] };
    let tried = neighbour.post("/v1/connections/test", carrier(key)).await;
    assert_eq!(tried.step("sftp").0, "failed", "{}", tried.body);
    let refused = neighbour.post("/v1/connections", carrier(key)).await;
    assert_eq!(refused.code(), (422, "connection-test-failed"));
}

#[tokio::test]
async fn a_neighbour_and_a_reader_change_nothing() {
    let world = World::new().await;
    let neighbour = Asking { world: &world, tenant: NEIGHBOUR, scopes: &["*"] };
    assert_eq!(neighbour.get("/v1/connections/dhl").await.code(), (404, "not-found"));
    let test = "/v1/connections/dhl/test";
    assert_eq!(neighbour.post(test, Value::Null).await.code(), (404, "not-found"));
    let reader = Asking { world: &world, tenant: TENANT, scopes: &["connections:read"] };
    assert_eq!(reader.get("/v1/connections/dhl").await.status, 200);
    for (path, body) in [
        ("/v1/connections", dhl(&world, "x")),
        ("/v1/connections/test", dhl(&world, "x")),
        (test, Value::Null),
        ("/v1/connections/dhl/disable", json!({ "reason": "why not" })),
        ("/v1/connections/dhl/enable", Value::Null),
        ("/v1/connections/dhl/watch", json!({ "references": ["1"] })),
    ] {
        assert_eq!(reader.post(path, body).await.code(), (403, "scope-missing"), "{path}");
    }
    let writer = Asking { world: &world, tenant: TENANT, scopes: &["connections:write"] };
    assert_eq!(writer.get("/v1/connections").await.code(), (403, "scope-missing"));
}
