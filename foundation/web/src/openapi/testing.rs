//! For the tests of services: a document is true and complete when these say so.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use tower::ServiceExt as _;
use utoipa::openapi::OpenApi;

use super::{operations_mut, routes};

/// Methods that a path may have.
const METHODS: [Method; 5] =
    [Method::GET, Method::PUT, Method::POST, Method::PATCH, Method::DELETE];

/// Holds that `router` has every route of `document`, and no other method at their paths. The requests have no caller, so that no
/// route does anything; the router has decided by then.
///
/// # Errors
/// A sentence for the failing test.
pub async fn routes_are_there(document: &OpenApi, router: &Router) -> Result<(), String> {
    let routes = routes(document);
    if routes.is_empty() {
        return Err("the document describes no route".to_owned());
    }
    for (_, path) in &routes {
        for method in METHODS {
            let described = routes.iter().any(|(of, at)| at == path && *of == method.as_str());
            let there = is_there(router, &method, path).await?;
            if there != described {
                let (is, said) = if there { ("is", "not") } else { ("is not", "is") };
                return Err(format!("{method} {path} {is} there, and {said} described"));
            }
        }
    }
    Ok(())
}

async fn is_there(router: &Router, method: &Method, path: &str) -> Result<bool, String> {
    let request = Request::builder()
        .method(method)
        .uri(path.replace(['{', '}'], ""))
        .body(Body::empty())
        .map_err(|error| format!("{method} {path}: {error}"))?;
    let Ok(response) = router.clone().oneshot(request).await;
    let told = response.headers().get(header::CONTENT_TYPE);
    Ok(match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => false,
        // A parameter whose name is no value of it is a problem of the route's; where there is none, axum says nothing.
        StatusCode::NOT_FOUND => told.is_some(),
        _ => true,
    })
}

/// Holds that each route has an id of its own and a sentence as its summary, and asks for scopes that `are_right`: it is shown the
/// route, as `GET /v1/orders`, and what one of them must have.
///
/// # Errors
/// A sentence for the failing test.
pub fn routes_are_described(
    document: &OpenApi,
    are_right: impl Fn(&str, &[String]) -> bool,
) -> Result<(), String> {
    let mut document = document.clone();
    let mut ids = BTreeMap::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations_mut(item) {
            let route = format!("{method} {path}");
            let id = operation.operation_id.clone().unwrap_or_default();
            if let Some(other) = ids.insert(id, route.clone()) {
                return Err(format!("{route} and {other} have one operation id"));
            }
            if !operation.summary.as_deref().is_some_and(|summary| summary.ends_with('.')) {
                return Err(format!("the summary of {route} is no sentence"));
            }
            let scopes = scopes(operation.security.as_deref().unwrap_or_default())
                .map_err(|error| format!("{route}: {error}"))?;
            if !are_right(&route, &scopes) {
                return Err(format!("{route} asks for {scopes:?}"));
            }
        }
    }
    if ids.contains_key("") {
        return Err(format!("{} has no operation id", ids.get("").cloned().unwrap_or_default()));
    }
    Ok(())
}

/// All that the requirements name. Their value is private to utoipa, so it is read from their JSON.
fn scopes(security: &[utoipa::openapi::SecurityRequirement]) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for requirement in security {
        let json = serde_json::to_value(requirement).map_err(|error| error.to_string())?;
        let named: BTreeMap<String, Vec<String>> =
            serde_json::from_value(json).map_err(|error| error.to_string())?;
        all.extend(named.into_values().flatten());
    }
    Ok(all)
}

/// The routes of a document that change something, and those of them that a test has gone through: what a test of the audit trail
/// counts by, so that a route without a case fails it.
#[derive(Debug, Default)]
pub struct Changes {
    left: BTreeSet<String>,
    seen: BTreeSet<String>,
}

impl Changes {
    /// All routes of `document` but those by GET, and but `others`, as `POST /v1/quote`, which ask or leave their mark elsewhere.
    ///
    /// # Errors
    /// When one of `others` is no such route.
    pub fn of(document: &OpenApi, others: &[&str]) -> Result<Self, String> {
        let routes = routes(document).into_iter().filter(|(method, _)| *method != "GET");
        let mut left: BTreeSet<String> =
            routes.map(|(method, path)| format!("{method} {path}")).collect();
        match others.iter().find(|other| !left.remove(**other)) {
            Some(other) => Err(format!("{other} is no route that changes something")),
            None => Ok(Self { left, seen: BTreeSet::new() }),
        }
    }

    /// The method and the path of `route` with `ids` in its braces; it counts as gone through.
    ///
    /// # Errors
    /// When there is no such route, or another number of ids in it.
    pub fn take(&mut self, route: &str, ids: &[&str]) -> Result<(Method, String), String> {
        let known = self.left.remove(route) || self.seen.contains(route);
        let (method, path) = route.split_once(' ').filter(|_| known).ok_or_else(|| {
            format!("{route} is no route that changes something, or it was left out")
        })?;
        self.seen.insert(route.to_owned());
        let mut filled = path.to_owned();
        for id in ids {
            let part = filled.split_once('{').and_then(|(before, rest)| {
                rest.split_once('}').map(|(_, after)| format!("{before}{id}{after}"))
            });
            filled = part.ok_or_else(|| format!("{route} has no place for {id}"))?;
        }
        if filled.contains('{') {
            return Err(format!("{route} has more places than {ids:?}"));
        }
        let method = method.parse().map_err(|_| format!("{route} has no method"))?;
        Ok((method, filled))
    }

    /// Holds that every one was gone through.
    ///
    /// # Errors
    /// Those that were not.
    pub fn all_seen(&self) -> Result<(), String> {
        if self.left.is_empty() && !self.seen.is_empty() {
            return Ok(());
        }
        Err(format!("routes that change something and have no case: {:?}", self.left))
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use utoipa::OpenApi as _;

    use super::*;

    /// Show a thing.
    #[utoipa::path(
        get, path = "/v1/things/{id}", operation_id = "showThing", params(("id" = String, Path)),
        security(("api_key" = ["things:read"])), responses((status = 200)),
    )]
    #[expect(dead_code, reason = "only its description is asked for")]
    fn show() {}

    /// Show things
    #[utoipa::path(get, path = "/v1/things", operation_id = "showThing", responses((status = 200)))]
    #[expect(dead_code, reason = "only its description is asked for")]
    fn list() {}

    /// Rename a part.
    #[utoipa::path(
        put, path = "/v1/things/{id}/parts/{part}", operation_id = "renamePart", responses((status = 200)),
    )]
    #[expect(dead_code, reason = "only its description is asked for")]
    fn rename() {}

    /// Ask.
    #[utoipa::path(post, path = "/v1/quote", operation_id = "quote", responses((status = 200)))]
    #[expect(dead_code, reason = "only its description is asked for")]
    fn quote() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(show, rename, quote))]
    struct Changing;

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(show))]
    struct One;

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(show, list))]
    struct Two;

    async fn nothing() {}

    #[tokio::test]
    async fn a_route_too_few_or_too_many_is_found() {
        let document = One::openapi();
        let good = Router::new().route("/v1/things/{id}", get(nothing));
        assert_eq!(routes_are_there(&document, &good).await, Ok(()));
        let more = good.clone().route("/v1/things/{id}", post(nothing));
        let told = routes_are_there(&document, &more).await.unwrap_err();
        assert_eq!(told, "POST /v1/things/{id} is there, and not described");
        let told = routes_are_there(&document, &Router::new()).await.unwrap_err();
        assert_eq!(told, "GET /v1/things/{id} is not there, and is described");
        let none = Router::new().route("/v1/elsewhere", get(nothing));
        assert!(routes_are_there(&utoipa::openapi::OpenApi::default(), &none).await.is_err());
    }

    #[test]
    fn what_a_description_lacks_is_said() {
        let right = |_: &str, scopes: &[String]| scopes == ["things:read"];
        assert_eq!(routes_are_described(&One::openapi(), right), Ok(()));
        let told =
            routes_are_described(&One::openapi(), |_, scopes| scopes.is_empty()).unwrap_err();
        assert_eq!(told, "GET /v1/things/{id} asks for [\"things:read\"]");
        let told = routes_are_described(&Two::openapi(), |_, _| true).unwrap_err();
        assert_eq!(told, "the summary of GET /v1/things is no sentence");
    }
    #[test]
    fn changes_are_counted_by_their_routes() {
        let rename = "PUT /v1/things/{id}/parts/{part}";
        let mut changes = Changes::of(&Changing::openapi(), &["POST /v1/quote"]).unwrap();
        let told = changes.all_seen().unwrap_err();
        assert!(told.contains(rename) && !told.contains("quote"), "{told}");
        let path = "/v1/things/7/parts/a b".to_owned();
        assert_eq!(changes.take(rename, &["7", "a b"]), Ok((Method::PUT, path.clone())));
        assert_eq!(changes.take(rename, &["7", "a b"]), Ok((Method::PUT, path)), "once more");
        assert_eq!(changes.all_seen(), Ok(()));

        for (route, ids) in [
            ("POST /v1/quote", &[][..]),
            ("GET /v1/things/{id}", &["7"][..]),
            (rename, &["7"][..]),
            (rename, &["7", "8", "9"][..]),
        ] {
            changes.take(route, ids).unwrap_err();
        }
        Changes::of(&Changing::openapi(), &["GET /v1/things/{id}"]).unwrap_err();
        Changes::of(&One::openapi(), &[]).unwrap().all_seen().unwrap_err();
    }
}
