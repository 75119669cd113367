//! `GET /v1/stream`: Server-Sent Events, or a WebSocket for who asks for one.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_events::Kind;
use caravan_tenancy::Caller;
use caravan_web::{Problem, Query};
use core::convert::Infallible;
use futures_util::StreamExt as _;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::cursors::Cursors;
use crate::feed::Feed;
use crate::socket;
use crate::subscription::{Begin, subscribe};
use caravan_visibility::Visible;

/// Most kinds that one stream asks for.
const KINDS_MAX: usize = 50;
/// First of all: how long a client waits before it connects again, in milliseconds.
const RETRY: Bytes = Bytes::from_static(b"retry: 2000\n\n");

#[derive(utoipa::OpenApi)]
#[openapi(tags((name = "events", description = "Canonical events as they are appended.")))]
struct Api;

fn routes() -> OpenApiRouter<Feed> {
    OpenApiRouter::with_openapi(Api::openapi()).routes(routes!(stream))
}

/// `GET /v1/stream`. Every request carries a [`Caller`]; it sees the events that its scopes open, and without one that opens any it
/// is refused here.
pub fn router(feed: Feed) -> axum::Router {
    let (router, _) = routes().split_for_parts();
    router.with_state(feed)
}

/// What [`router`] serves, as OpenAPI 3.1.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    caravan_web::openapi::complete(routes().into_openapi())
}

/// What a stream shows, and from where on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StreamQuery {
    /// Only these kinds, with commas between them.
    #[param(example = "caravan.milestone.recorded,caravan.timeline.corrected")]
    kinds: Option<String>,
    /// The same as the header `Last-Event-ID`, for WebSockets, which cannot send it.
    last_event_id: Option<String>,
}

/// Follow the events live.
///
/// Server-Sent Events, or with `Upgrade: websocket` one JSON object `{id, event, data}` a message, with the same frames: `ready`
/// (the stream stands here), the events (a CloudEvents 1.0 document each, under its type), `reset` (the gap is too long: read your
/// lists again) and `end` (why it ends; connect again). Each carries an `id`; with the last one seen a stream goes on after it, and
/// an event may then come twice. A caller sees the events that its scopes open.
#[utoipa::path(
    get, path = "/v1/stream", operation_id = "streamEvents", tag = "events",
    params(StreamQuery, ("last-event-id" = Option<String>, Header, description = "The last id seen.")),
    security(
        ("api_key" = ["events:read"]), ("api_key" = ["connections:read"]), ("api_key" = ["documents:read"]),
        ("api_key" = ["orders:read"]), ("api_key" = ["settlement:read"]), ("api_key" = ["shipments:read"]),
    ),
    responses(
        (status = 200, description = "Events, for ever.", content_type = "text/event-stream", body = String),
        (status = 101, description = "The same over a WebSocket."),
        (status = 400, description = "`last-event-id-invalid`, `kinds-invalid`, `upgrade-invalid`"),
        (status = 403, description = "`scope-missing`, `origin-foreign`"),
        (status = 503, description = "`streams-exhausted`, `overloaded`"),
    ),
)]
async fn stream(
    State(feed): State<Feed>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<StreamQuery>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let visible = Visible::new(&caller, kinds(query.kinds.as_deref())?);
    if !visible.anything() {
        return Err(Problem::scope_missing("events:read"));
    }
    let last_id = match headers.get("last-event-id") {
        Some(value) => Some(value.to_str().unwrap_or("?").to_owned()),
        None => query.last_event_id,
    };
    let from = last_id.filter(|id| !id.is_empty()).map(|id| cursors(&feed, &id)).transpose()?;
    let place = Arc::clone(&feed.inner.places).try_acquire_owned().map_err(|_| {
        Problem::unavailable("streams-exhausted", "Too many streams are open here; try again.")
    })?;
    let begin = Begin { tenant: caller.tenant, visible, from, place };
    if !wants_socket(&headers) {
        let frames = subscribe(feed, begin).await.map(|message| message.sse());
        let lines = futures_util::stream::iter([RETRY]).chain(frames).map(Ok::<_, Infallible>);
        let headers = [
            (header::CONTENT_TYPE, "text/event-stream"),
            (header::CACHE_CONTROL, "no-store"),
            // Proxies that collect answers would hold events back.
            (header::HeaderName::from_static("x-accel-buffering"), "no"),
        ];
        return Ok((headers, Body::from_stream(lines)).into_response());
    }
    same_origin(&headers)?;
    let upgrade = upgrade.map_err(|rejection| {
        let detail = format!("This is not a WebSocket handshake: {}.", rejection.body_text());
        Problem::bad_request("upgrade-invalid", detail)
    })?;
    Ok(socket::answer(upgrade, feed, begin))
}

fn kinds(text: Option<&str>) -> Result<Vec<Kind>, Problem> {
    let all: Vec<&str> = text
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|kind| !kind.is_empty())
        .collect();
    let known = all.iter().all(|kind| kind.starts_with("caravan.") && kind.len() <= 100);
    if all.len() > KINDS_MAX || !known {
        let detail = format!(
            "`kinds` is a list of at most {KINDS_MAX} event types such as caravan.milestone.recorded, with commas between them."
        );
        return Err(Problem::bad_request("kinds-invalid", detail));
    }
    Ok(all.into_iter().map(|kind| Kind::new(kind.to_owned())).collect())
}

fn cursors(feed: &Feed, text: &str) -> Result<Cursors, Problem> {
    Cursors::read(text, feed.inner.log.partitions()).ok_or_else(|| {
        let detail = "This id was not given out by a stream of this Caravan; connect without one and read your lists again.";
        Problem::bad_request("last-event-id-invalid", detail)
    })
}

fn wants_socket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// A browser sends its page's origin with a WebSocket handshake and is held back by nothing else: another site's page must not
/// listen with our user's cookie (RFC 6455, §10.2).
fn same_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let host = text(header::HOST).unwrap_or_default();
    let of_origin = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    if of_origin.eq_ignore_ascii_case(host) {
        return Ok(());
    }
    let detail = "A WebSocket can only be opened by a page of this address.";
    Err(Problem::new(StatusCode::FORBIDDEN, "origin-foreign", detail))
}
