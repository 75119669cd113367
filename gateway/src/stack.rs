//! The tower stack, outermost layer first, each with the reason for its place.

use core::convert::Infallible;
use core::time::Duration;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use caravan_model::TenantId;
use caravan_web::Problem;
use tower::{ServiceBuilder, ServiceExt as _};
use tower_http::catch_panic::CatchPanicLayer;

use crate::auth::{self, Rule};
use crate::gateway::{Config, DocumentError};
use crate::health::{self, Health};
use crate::identify::Identify;
use crate::rate::{self, Keys, Limit};
use crate::shed::{self, Places, Shares};
use crate::upstream::{Access, Class, Upstream, leads_to};
use crate::validate::{self, Checks};
use crate::{access_log, identity, openapi, origin, portal, secure, strict};

/// The whole gateway as one service.
///
/// # Errors
/// When the upstreams' documents contradict each other.
pub(crate) fn build(
    config: &Config,
    identify: &Arc<dyn Identify>,
    mut upstreams: Vec<Upstream>,
    health: Health,
) -> Result<Router, DocumentError> {
    let document = serde_json::to_value(openapi::merge(&upstreams)?)?;
    let checks = Arc::new(Checks::compile(&document)?);
    upstreams.push(openapi::upstream(&document, config.asyncapi.as_ref()));
    upstreams.push(portal::upstream());
    let addresses = Limit::<IpAddr>::new(config.requests_per_s_per_address);
    let limits = Limits {
        keys: Keys::new(config.requests_per_s_per_key),
        tenants: Limit::new(config.requests_per_s_per_tenant),
        logins: Limit::new(config.logins_per_s_per_address),
        shares: Shares::new(config.requests_at_once_max),
    };
    let mut table = Vec::new();
    for upstream in upstreams {
        let (prefixes, role) = (upstream.prefixes, upstream.role);
        let service = behind(config, identify, &limits, (upstream, Arc::clone(&checks)));
        table.extend(prefixes.iter().map(|prefix| (Route { role, prefix }, service.clone())));
    }
    let table = Arc::new(table);
    let router = Router::new()
        .fallback(move |request: Request| route(Arc::clone(&table), request))
        // Layers of one builder run from top to bottom.
        .layer(
            ServiceBuilder::new()
                // Outermost, so that it is on every answer, also on that of a panic; it cannot panic itself.
                .layer(from_fn_with_state(config.https_only, secure::layer))
                // Around all else, so that a panic anywhere below is still a problem with a status and not a cut connection.
                .layer(CatchPanicLayer::custom(panicked))
                // Before everything that logs or answers: the trace id is in every line and every problem.
                .layer(from_fn(identity::layer))
                // Sees every answer, also those of the refusals below.
                .layer(from_fn_with_state(config.traffic.clone(), access_log::layer))
                // Before the body is read and before the database is asked: refusing must stay cheap.
                .layer(from_fn_with_state(Places::new(config.requests_at_once_max), shed::layer))
                // By address first: who tries keys does so without one.
                .layer(from_fn_with_state(addresses, rate::by_address))
                // Cheap looks at the head, before anything is made of it: first whether it can be read in one way only …
                .layer(from_fn(strict::layer))
                // … then whether another site's page sent it, for open paths too.
                .layer(from_fn_with_state(
                    Arc::<[String]>::from(lower(&config.origins)),
                    origin::layer,
                )),
        )
        // Probes and metrics stand beside the stack: they must answer when everything else is shed.
        .merge(health::router(health));
    Ok(router)
}

/// What holds for every upstream that knows its callers, or makes them known.
struct Limits {
    keys: Keys,
    tenants: Limit<TenantId>,
    logins: Limit<IpAddr>,
    shares: Shares,
}

/// One upstream with what is its own: its access rule, its callers' limits, its body cap, its description, its deadline.
fn behind(
    config: &Config,
    identify: &Arc<dyn Identify>,
    limits: &Limits,
    (upstream, checks): (Upstream, Arc<Checks>),
) -> Router {
    let Upstream { service, access, body_bytes_max, class, .. } = upstream;
    let deadline = config.first_byte_timeout;
    let inner = ServiceBuilder::new()
        // After access: an unknown caller's body is never read, whatever its size.
        .layer(from_fn_with_state(body_bytes_max, body_cap))
        // Under the cap, since it reads the body; before the upstream, which sees only what its own document allows.
        .layer(from_fn_with_state(checks, validate::layer))
        // Innermost: the time is the upstream's alone. It ends when the headers are there, so that streams may go on.
        .layer(from_fn_with_state(deadline, timeout));
    let routes =
        Router::new().fallback_service(service).layer(inner).layer(DefaultBodyLimit::disable());
    let scopes = match access {
        // Before the body is read: a password costs us a hash, whoever sends it.
        Access::Open if class == Class::Login => {
            return routes.layer(from_fn_with_state(limits.logins.clone(), rate::by_login));
        }
        Access::Open => return routes,
        Access::Known => None,
        Access::Key { read, write } => Some((read, write)),
    };
    let rule = Rule { identify: Arc::clone(identify), cookie: config.session_cookie, scopes };
    routes.layer(
        ServiceBuilder::new()
            // The credentials make the tenant known …
            .layer(from_fn_with_state(rule, auth::layer))
            // … and only a known caller can be held to its rate: first the key, so that one program's excess does not count
            // against its tenant …
            .layer(from_fn_with_state((limits.keys.clone(), class == Class::Heavy), rate::by_key))
            // … then the tenant, whatever number of keys it has …
            .layer(from_fn_with_state(limits.tenants.clone(), rate::by_tenant))
            // … and last its share of the places, which is held while the request is under way.
            .layer(from_fn_with_state(limits.shares.clone(), shed::by_tenant)),
    )
}

/// Which set of paths a request went to, and the role that answers them: the labels of its log line and its measurements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) role: &'static str,
    pub(crate) prefix: &'static str,
}

/// Hands a request to the upstream of its prefix, path unchanged and without parameters of ours: an upstream's routes are its own.
async fn route(table: Arc<Vec<(Route, Router)>>, request: Request) -> Response {
    let path = request.uri().path();
    let found = table.iter().find(|(route, _)| leads_to(&[route.prefix], path));
    let Some((route, upstream)) = found else {
        let detail = format!("there is nothing at {}; GET /docs shows all paths", shortened(path));
        return Problem::new(StatusCode::NOT_FOUND, "no-such-path", detail).into_response();
    };
    let Ok(mut response) = upstream.clone().oneshot(request).await;
    response.extensions_mut().insert(*route);
    response
}

fn lower(origins: &[String]) -> Vec<String> {
    origins.iter().map(|origin| origin.to_ascii_lowercase()).collect()
}

fn shortened(path: &str) -> String {
    path.chars().take(200).collect()
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    metrics::counter!("caravan_http_panics_total").increment(1);
    tracing::error!("A handler panicked.");
    let detail = "the request met a defect of ours; give the operator the trace id";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into_response()
}

async fn body_cap(State(bytes_max): State<u64>, request: Request, next: Next) -> Response {
    let too_large = || {
        let detail =
            format!("the body is larger than {bytes_max} bytes; larger documents go by SFTP");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail).into_response()
    };
    if request.body().size_hint().lower() > bytes_max {
        return too_large();
    }
    let limit = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    let request = request.map(|body| Body::new(http_body_util::Limited::new(body, limit)));
    let response = next.run(request).await;
    // The extractors answer a body that ran over its limit with a 413 of their own, in plain text.
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE { too_large() } else { response }
}

async fn timeout(
    State(most): State<Duration>,
    request: Request,
    next: Next,
) -> Result<Response, Infallible> {
    Ok(tokio::time::timeout(most, next.run(request)).await.unwrap_or_else(|_| {
        let detail =
            "the service did not answer in time; what was sent may or may not have been taken";
        Problem::new(StatusCode::GATEWAY_TIMEOUT, "timeout", detail).into_response()
    }))
}
