//! The documents: what all upstreams say about their routes, as one OpenAPI 3.1 text, its 3.0 rendering, and a page to read it.

mod down;
mod merge;
mod page;
mod problems;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use caravan_web::Problem;
use serde_json::Value;

pub use merge::Clash;
pub(crate) use merge::merge;

use crate::upstream::{Access, Upstream};

/// The paths of the documents: open to everybody, as what they say is no secret.
pub(crate) const PREFIXES: &[&str] =
    &["/openapi.json", "/openapi-3.0.json", "/asyncapi.json", "/docs"];

/// A page may run and fetch what comes from here and nothing else, and nobody may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The documents as they are served, written once at the start.
#[derive(Debug)]
struct Texts {
    openapi: Bytes,
    openapi_3_0: Bytes,
    asyncapi: Option<Bytes>,
    problems: problems::Pages,
}

/// The upstream that serves the documents: `openapi` is the merged one.
pub(crate) fn upstream(openapi: &Value, asyncapi: Option<&Value>) -> Upstream {
    let texts = Arc::new(Texts {
        openapi: openapi.to_string().into(),
        openapi_3_0: down::convert(openapi.clone()).to_string().into(),
        asyncapi: asyncapi.map(|document| document.to_string().into()),
        problems: problems::Pages::read(problems::ERRORS),
    });
    Upstream::in_process(PREFIXES, router(texts), Access::Open, 0)
}

fn router(texts: Arc<Texts>) -> Router {
    let json = |bytes: Bytes| typed("application/json", bytes);
    let (new, old, events) =
        (texts.openapi.clone(), texts.openapi_3_0.clone(), texts.asyncapi.clone());
    Router::new()
        .route("/openapi.json", get(move || core::future::ready(json(new.clone()))))
        .route("/openapi-3.0.json", get(move || core::future::ready(json(old.clone()))))
        .route(
            "/asyncapi.json",
            get(move || {
                core::future::ready(events.clone().map_or_else(
                    || {
                        Problem::not_found("no-such-path", "Events are not described here.")
                            .into_response()
                    },
                    json,
                ))
            }),
        )
        .route("/docs", get(async || typed("text/html; charset=utf-8", page::HTML.into())))
        .route(
            "/docs/page.js",
            get(async || typed("text/javascript; charset=utf-8", page::SCRIPT.into())),
        )
        .route("/docs/page.css", get(async || typed("text/css; charset=utf-8", page::STYLE.into())))
        .route(
            "/docs/problems/{code}",
            get(move |Path(code): Path<String>| core::future::ready(problem(&texts, &code))),
        )
}

/// The page of an error code: where the `type` of a problem leads.
fn problem(texts: &Texts, code: &str) -> Response {
    match texts.problems.page(code) {
        Some(html) => typed("text/html; charset=utf-8", html.into()),
        None => {
            let detail = "There is no such code; all of them are listed in docs/errors.md.";
            Problem::new(StatusCode::NOT_FOUND, "no-such-path", detail).into_response()
        }
    }
}

fn typed(media_type: &'static str, bytes: Bytes) -> Response {
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, bytes).into_response()
}
