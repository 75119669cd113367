//! The documents, and requests that are held to them.

use axum::extract::Path;
use caravan_gateway::{Access, Upstream};
use caravan_web::{Json, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::world::{self, BODY_MAX, World};

/// What is sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parcel {
    #[schema(min_length = 1, max_length = 10)]
    label: String,
    #[schema(minimum = 1)]
    weight_g: u32,
    /// Where, if known.
    place: Option<Place>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Place {
    #[schema(pattern = "^[A-Z]{2}$")]
    country: String,
}

/// Weigh a parcel.
#[utoipa::path(
    post, path = "/v1/parcels/{id}", operation_id = "weighParcel", request_body = Parcel,
    params(("id" = String, Path), ("unit" = Option<String>, Query)), responses((status = 200, body = Parcel)),
)]
async fn weigh(
    Path(id): Path<String>,
    Json(parcel): Json<Parcel>,
) -> Result<Json<Parcel>, Problem> {
    if id == "0" { Err(Problem::not_found("parcel-not-found", "No.")) } else { Ok(Json(parcel)) }
}

/// List the parcels, in the old way.
#[utoipa::path(
    get, path = "/v1/parcels", operation_id = "listParcels", responses((status = 200, body = [Parcel])),
    extensions(("x-deprecated-at" = json!("2026-01-01T00:00:00Z")), ("x-sunset-at" = json!("2027-03-31T12:00:00Z"))),
)]
async fn list() -> Json<Vec<Parcel>> {
    Json(Vec::new())
}

/// Described by the same service, and nothing that leads here.
#[utoipa::path(get, path = "/v1/elsewhere", operation_id = "elsewhere", responses((status = 200)))]
async fn elsewhere() {}

fn router() -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(weigh)).routes(routes!(list)).routes(routes!(elsewhere))
}

pub(crate) fn upstream() -> Upstream {
    let (router, document) = router().split_for_parts();
    let cap = u64::try_from(BODY_MAX).unwrap();
    Upstream::in_process(&["/v1/parcels"], router, Access::Open, cap)
        .described_by(caravan_web::openapi::complete(document))
}

async fn document(world: &World, path: &str) -> Value {
    let answer = world.ask("GET", path, None, "", &[]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn the_document_holds_what_leads_somewhere_and_every_route_of_it_is_there() {
    let world = World::start(|_| ()).await;
    let document = document(&world, "/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/v1/parcels/{id}") && !paths.contains_key("/v1/elsewhere"));
    assert!(document.pointer("/components/schemas/Problem").is_some());
    assert!(paths.len() > 5, "identity's are there too");
    for (path, item) in paths {
        for method in item.as_object().unwrap().keys() {
            let answer = world
                .ask(&method.to_uppercase(), &path.replace(['{', '}'], ""), None, "", &[])
                .await;
            let code = answer.code();
            let nowhere = answer.status == 405 || code.as_deref() == Some("no-such-path");
            // A parameter that its name is no value of says so: there is a route.
            let there = answer.status != 404 || code.as_deref() == Some("path-invalid");
            assert!(!nowhere && there, "{method} {path}: {answer:?}");
        }
    }
}

/// Everything that OpenAPI 3.0 could not read, by its place.
fn too_new(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let names = place.ends_with("/properties") || place.ends_with("/schemas");
            for (key, value) in object {
                let place = format!("{place}/{key}");
                let new = matches!(
                    key.as_str(),
                    "const" | "prefixItems" | "propertyNames" | "$defs" | "webhooks"
                ) || (key == "type" && value.is_array())
                    || (key == "type" && value == "null")
                    || (key.starts_with("exclusive") && value.is_number())
                    || (key == "examples" && value.is_array())
                    || (key == "$ref" && object.len() > 1);
                if new && !names {
                    found.push(place.clone());
                }
                too_new(value, &place, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| too_new(value, place, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_older_rendering_has_nothing_that_it_cannot_say() {
    let world = World::start(|_| ()).await;
    let (new, old) =
        (document(&world, "/openapi.json").await, document(&world, "/openapi-3.0.json").await);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    too_new(&new, "", &mut before);
    too_new(&old, "", &mut after);
    assert!(!before.is_empty(), "the check sees nothing");
    assert_eq!(after, Vec::<String>::new());
    assert_eq!(old["openapi"], "3.0.3");
    let keys = |document: &Value| {
        document["paths"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(keys(&new), keys(&old));
    let country = "/components/schemas/Place/properties/country/pattern";
    assert_eq!(old.pointer(country), new.pointer(country));
    assert!(old.pointer("/components/schemas/Parcel/properties/place/nullable").is_some(), "{old}");
}

/// What the OpenAPI Initiative's own schema of 3.0 documents says against `document`.
fn against_the_published(document: &Value) -> Vec<String> {
    let schema = include_str!("../../../fixtures/openapi/oas-3.0-2021-09-28.json");
    let schema = serde_json::from_str(schema).unwrap();
    let published = jsonschema::draft4::new(&schema).unwrap();
    let found = published.iter_errors(document).map(|error| {
        let shown: String = error.to_string().chars().take(300).collect();
        format!("{}: {shown}", error.instance_path())
    });
    found.collect()
}

#[tokio::test]
async fn the_older_rendering_is_what_the_published_schema_describes() {
    let world = World::start(|_| ()).await;
    let old = document(&world, "/openapi-3.0.json").await;
    assert_eq!(against_the_published(&old), Vec::<String>::new());
    // It would not pass for whatever is there.
    let new = document(&world, "/openapi.json").await;
    assert!(!against_the_published(&new).is_empty(), "3.1 is not 3.0");
    let place = "/components/schemas/Place/properties/country";
    for (at, broken) in [
        ("/openapi", json!("3.1.0")),
        ("/paths/~1v1~1parcels/get/responses", json!({})),
        (place, json!({ "type": ["string", "null"] })),
        (place, json!({ "type": "string", "minimum": "1" })),
        (place, json!({ "type": "integer", "exclusiveMinimum": 0 })),
        (place, json!({ "type": "string", "const": "IN" })),
    ] {
        let mut document = old.clone();
        *document.pointer_mut(at).unwrap() = broken.clone();
        assert!(!against_the_published(&document).is_empty(), "{at} as {broken} passes");
    }
}

#[tokio::test]
async fn the_pages_need_no_key_and_no_network() {
    let world = World::start(|_| ()).await;
    for (path, kind) in [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/page.js", "text/javascript; charset=utf-8"),
        ("/docs/page.css", "text/css; charset=utf-8"),
        ("/docs/problems/scope-missing", "text/html; charset=utf-8"),
    ] {
        let answer = world.ask("GET", path, None, "", &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
    }
    let unknown = world.ask("GET", "/docs/problems/%3Cscript%3E", None, "", &[]).await;
    assert_eq!((unknown.status, unknown.code().as_deref()), (404, Some("no-such-path")));
}

async fn weigh_with(world: &World, query: &str, kind: &str, body: &str) -> world::Answer {
    let kind = format!("content-type: {kind}");
    world.ask("POST", &format!("/v1/parcels/7{query}"), None, body, &[&kind]).await
}

#[tokio::test]
async fn a_body_is_held_to_its_schema_and_every_mistake_is_named() {
    let world = World::start(|_| ()).await;
    let json = "application/json";
    let good = r#"{"label": "a", "weight_g": 5, "place": {"country": "IN"}}"#;
    let taken = weigh_with(&world, "?unit=g", json, good).await;
    assert_eq!(taken.status, 200, "{taken:?}");
    assert!(taken.body.contains(r#""weight_g":5"#), "{taken:?}");
    let bad = r#"{"label": "secret-secret", "weight_g": 0, "place": {"country": "India"}}"#;
    let refused = weigh_with(&world, "", json, bad).await;
    assert_eq!((refused.status, refused.code().as_deref()), (422, Some("request-invalid")));
    let problem: Value = serde_json::from_str(&refused.body).unwrap();
    let mut places: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    places.sort_unstable();
    assert_eq!(places, ["/label", "/place/country", "/weight_g"]);
    assert!(
        !refused.body.contains("secret-secret"),
        "what was sent is not repeated: {}",
        refused.body
    );
}

#[tokio::test]
async fn what_the_document_does_not_describe_gets_nowhere() {
    let world = World::start(|_| ()).await;
    let json = "application/json";
    let good = r#"{"label": "a", "weight_g": 5}"#;
    for (query, kind, body, status, code) in [
        ("?until=7", json, good, 400, "query-unknown"),
        ("?unit=g&%75nit=kg", json, good, 400, "query-unknown"),
        ("", json, r#"{"label": "a", "label": "b", "weight_g": 5}"#, 400, "json-key-twice"),
        ("", json, r#"{"label": "a", "weight_g": 5, "x": 1}"#, 422, "request-invalid"),
        ("", json, r#"{"label": "#, 400, "json-invalid"),
        ("", "text/plain", good, 415, "content-type-unsupported"),
        ("", json, "", 400, "body-missing"),
    ] {
        let answer = weigh_with(&world, query, kind, body).await;
        assert_eq!(
            (answer.status, answer.code().as_deref()),
            (status, Some(code)),
            "{query} {body}: {answer:?}"
        );
    }
    let large = format!(r#"{{"label": "{}", "weight_g": 5}}"#, "a".repeat(BODY_MAX));
    let answer = weigh_with(&world, "", json, &large).await;
    assert_eq!((answer.status, answer.code().as_deref()), (413, Some("body-too-large")));
}

/// An identity provider sends browsers back with parameters of its own (RFC 6749, section 4.1.2).
#[tokio::test]
async fn a_map_in_the_query_has_anybodys_names() {
    let world = World::start(|_| ()).await;
    let path = "/v1/session/oidc/callback?state=a&session_state=b&code=c";
    let answer = world.ask("GET", path, None, "", &[]).await;
    assert_eq!(answer.code().as_deref(), Some("login-state-invalid"), "{answer:?}");
}

#[tokio::test]
async fn a_route_that_will_go_says_when() {
    let world = World::start(|_| ()).await;
    let answer = world.ask("GET", "/v1/parcels", None, "", &[]).await;
    assert_eq!(answer.header("deprecation"), Some("@1767225600"));
    assert_eq!(answer.header("sunset"), Some("Wed, 31 Mar 2027 12:00:00 GMT"));
    let other =
        weigh_with(&world, "", "application/json", r#"{"label": "a", "weight_g": 5}"#).await;
    assert_eq!(other.header("deprecation"), None);
}
