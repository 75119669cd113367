//! The webhook door: the connector verifies, the bytes are stored, the events appended, and only then is the party answered.
//!
//! Verification comes before storing: the address is open to everybody, and what nobody vouches for is not kept.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use caravan_fault::{Class, error_chain};
use caravan_hub_capabilities::MemoryReplies;
use caravan_hub_sandbox::{CallError, WebhookDelivery, WebhookReply, WebhookRequest};
use caravan_model::TraceId;
use caravan_telemetry::traces::Place;
use caravan_web::Problem;
use secrecy::SecretString;
use uuid::Uuid;

use crate::documents::Door;
use crate::intake::Intake;
use crate::live::{Live, by_document};
use crate::process::IntakeError;
use crate::request::KeptRequest;

/// Routes under `/hooks/{token}`; the token is the connection's unguessable address.
pub fn hook_router(intake: Intake) -> Router {
    Router::new()
        .route("/hooks/{token}", any(root))
        .route("/hooks/{token}/{*rest}", any(below))
        .with_state(intake)
}

async fn root(
    State(intake): State<Intake>,
    Path(token): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    receive(intake, token, String::new(), Posted { method, query, headers, body }).await
}

async fn below(
    State(intake): State<Intake>,
    Path((token, rest)): Path<(String, String)>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    receive(intake, token, rest, Posted { method, query, headers, body }).await
}

struct Posted {
    method: Method,
    query: Option<String>,
    headers: HeaderMap,
    body: Bytes,
}

async fn receive(intake: Intake, token: String, rest: String, posted: Posted) -> Response {
    match deliver(&intake, token, rest, posted).await {
        Ok(Some(reply)) => answer(reply),
        Ok(None) => {
            let detail = "there is no webhook at this address";
            Problem::not_found("no-such-hook", detail).into_response()
        }
        Err(error) => refused(&error),
    }
}

/// None: nobody's address. Otherwise what the party is answered, after everything is durable.
async fn deliver(
    intake: &Intake,
    token: String,
    rest: String,
    posted: Posted,
) -> Result<Option<Option<WebhookReply>>, IntakeError> {
    let connections = intake.inner.registry.connections();
    let door = connections
        .hook_door(&SecretString::from(token))
        .await
        .map_err(caravan_hub_registry::ResolveError::from)?;
    let Some(door) = door else { return Ok(None) };
    let resolved = intake.inner.registry.resolve(door.tenant, door.connection).await?;
    if !resolved.component.connector.operations().webhooks {
        return Ok(None);
    }
    let trace = trace_of(&posted.headers);
    let replies = Arc::new(MemoryReplies::default());
    let call = intake.call(&resolved, None, trace, false, Arc::clone(&replies)).await?;
    let body = posted.body.clone();
    let request = request(&rest, posted);
    let kept = KeptRequest::of(&request, &intake.secrets(&resolved).await?);
    let received = resolved.component.connector.receive(call, request).await;
    let live = Live {
        resolved: &resolved,
        door: Door::Webhook,
        name: format!("hook/{rest}"),
        trace,
        request: Some(kept),
    };
    match received {
        Ok(WebhookDelivery { batch, reply }) => {
            // Replies that the guest fetched meanwhile are rare; its records all hang on the request.
            let mut parts = by_document(batch, 1).into_iter();
            intake.publish_live(&live, body, parts.next().unwrap_or_default()).await?;
            Ok(Some(reply))
        }
        Err(error) => {
            // What passed verification and could not be read is kept for an operator.
            if matches!(error.class(), Class::Permanent | Class::Poison) {
                let code = "webhook-not-read".to_owned();
                intake
                    .quarantine_live(&live, body, (error.class(), code, error.to_string()))
                    .await?;
            }
            Err(error.into())
        }
    }
}

/// The trace that the gateway gave the request.
fn trace_of(headers: &HeaderMap) -> TraceId {
    let place = headers.get("traceparent").and_then(|value| Place::read(value.to_str().ok()?));
    place.map_or_else(|| TraceId(*Uuid::new_v4().as_bytes()), |place| place.trace)
}

fn request(rest: &str, posted: Posted) -> WebhookRequest {
    let Posted { method, query, headers, body } = posted;
    let query = query.unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes());
    WebhookRequest {
        method: method.as_str().to_owned(),
        path: format!("/{rest}"),
        query: query.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
        headers: headers
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect(),
        body: body.to_vec(),
    }
}

/// The party's retry depends on the status: 5xx is sent again, 4xx is not.
fn refused(error: &IntakeError) -> Response {
    tracing::warn!(class = error.class().as_str(), error = error_chain(error), "Webhook refused.");
    let guest_says = matches!(error, IntakeError::Guest(CallError::Failed(_)));
    let problem = match error.class() {
        Class::Auth if guest_says => Problem::new(
            StatusCode::UNAUTHORIZED,
            "hook-not-verified",
            "the request is not signed as agreed",
        ),
        Class::Permanent if guest_says => Problem::unprocessable(
            "hook-not-read",
            "the request cannot be read as agreed; it is kept for the operator",
        ),
        _ => {
            Problem::unavailable("hook-later", "the request could not be taken now; send it again")
        }
    };
    problem.into_response()
}

fn answer(reply: Option<WebhookReply>) -> Response {
    let Some(WebhookReply { status, headers, body }) = reply else {
        return StatusCode::OK.into_response();
    };
    let mut builder = axum::http::Response::builder().status(status);
    // Only the media type is the connector's to say.
    if let Some((name, value)) =
        headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        builder = builder.header(name, value);
    }
    builder.body(axum::body::Body::from(body)).unwrap_or_else(|_| StatusCode::OK.into_response())
}
