//! The tower stack, outermost layer first, each with the reason for its place.

use core::convert::Infallible;
use core::ops::ControlFlow;
use core::time::Duration;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use caravan_model::TenantId;
use caravan_web::Problem;
use tower::{Layer as _, ServiceBuilder, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

use crate::access_log::AccessLog;
use crate::around::{Around, around};
use crate::auth::{self, Rule};
use crate::door::Door;
use crate::gateway::{Config, DocumentError};
use crate::health::{self, Health};
use crate::identify::Identify;
use crate::origin::Origin;
use crate::rate::{ByAddress, ByKey, ByTenant, Keys, Limit, Of};
use crate::secure::Secure;
use crate::shed::{Places, Shares};
use crate::step::{Next, step, step_with};
use crate::strict::Strict;
use crate::upstream::{Access, Class, Upstream, leads_to};
use crate::validate::{self, Checks};
use crate::{identity, openapi, portal, track};

/// The whole gateway behind its door.
///
/// # Errors
/// When the upstreams' documents contradict each other.
pub(crate) fn build(
    config: &Config,
    identify: &Arc<dyn Identify>,
    mut upstreams: Vec<Upstream>,
    health: Health,
) -> Result<Door, DocumentError> {
    let document = serde_json::to_value(openapi::merge(&upstreams)?)?;
    let checks = Arc::new(Checks::compile(&document)?);
    upstreams.push(openapi::upstream(&document, config.asyncapi.as_ref()));
    upstreams.push(portal::upstream());
    upstreams.push(track::upstream());
    let addresses = Limit::<IpAddr>::new(config.requests_per_s_per_address);
    let limits = Limits {
        keys: Keys::new(config.requests_per_s_per_key),
        tenants: Limit::new(config.requests_per_s_per_tenant),
        logins: Limit::new(config.logins_per_s_per_address),
        public: Limit::new(config.public_per_s_per_address),
        shares: Shares::new(config.requests_at_once_max),
    };
    let mut table = Vec::new();
    for upstream in upstreams {
        let (prefixes, role) = (upstream.prefixes, upstream.role);
        let service = behind(config, identify, &limits, (upstream, Arc::clone(&checks)));
        table.extend(prefixes.iter().map(|prefix| (Route { role, prefix }, service.clone())));
    }
    let table: Arc<[(Route, Next)]> = table.into();
    let routes = service_fn(move |request| route(Arc::clone(&table), request));
    // Layers of one builder run from top to bottom.
    let stack = ServiceBuilder::new()
        // Outermost, so that it is on every answer, also on that of a panic; it cannot panic itself.
        .layer(around(Secure { https_only: config.https_only }))
        // Around all else, so that a panic anywhere below is still a problem with a status and not a cut connection.
        .layer(CatchPanicLayer::custom(panicked))
        // Before everything that logs or answers: the trace id is in every line and every problem.
        .layer(step(identity::layer))
        // Sees every answer, also those of the refusals below.
        .layer(around(AccessLog::new(config.traffic.clone())))
        // Before the body is read and before the database is asked: refusing must stay cheap.
        .layer(around(Places::new(config.requests_at_once_max)))
        // By address first: who tries keys does so without one.
        .layer(around(ByAddress(addresses, Of::Everybody)))
        // Cheap looks at the head, before anything is made of it: first whether it can be read in one way only …
        .layer(around(Strict))
        // … then whether another site's page sent it, for open paths too.
        .layer(around(Origin { ours: lower(&config.origins) }))
        .service(routes);
    Ok(Door::new(health::router(health), Next::new(stack)))
}

/// What holds for every upstream that knows its callers, or makes them known.
struct Limits {
    keys: Keys,
    tenants: Limit<TenantId>,
    logins: Limit<IpAddr>,
    public: Limit<IpAddr>,
    shares: Shares,
}

/// One upstream with what is its own: its access rule, its callers' limits, its body cap, its description, its deadline.
fn behind(
    config: &Config,
    identify: &Arc<dyn Identify>,
    limits: &Limits,
    (upstream, checks): (Upstream, Arc<Checks>),
) -> Next {
    let Upstream { service, access, body_bytes_max, class, .. } = upstream;
    let deadline = config.first_byte_timeout;
    let routes = ServiceBuilder::new()
        // Its extractors read as much as the cap below lets through.
        .layer(DefaultBodyLimit::disable())
        // After access: an unknown caller's body is never read, whatever its size.
        .layer(around(BodyCap { bytes_max: body_bytes_max }))
        // Under the cap, since it reads the body; before the upstream, which sees only what its own document allows.
        .layer(step_with(checks, validate::layer))
        // Innermost: the time is the upstream's alone. It ends when the headers are there, so that streams may go on.
        .layer(step_with(deadline, timeout))
        .service(service);
    let scopes = match access {
        // Before the body is read: a password costs us a hash, whoever sends it.
        Access::Open if class == Class::Login => {
            return Next::new(around(ByAddress(limits.logins.clone(), Of::Login)).layer(routes));
        }
        // Whoever tries tokens has no key that could be limited.
        Access::Open if class == Class::Public => {
            return Next::new(around(ByAddress(limits.public.clone(), Of::Visitor)).layer(routes));
        }
        Access::Open => return Next::new(routes),
        Access::Known => None,
        Access::Key { read, write } => Some((read, write)),
    };
    let rule = Rule { identify: Arc::clone(identify), cookie: config.session_cookie, scopes };
    let stack = ServiceBuilder::new()
        // The credentials make the tenant known …
        .layer(step_with(rule, auth::layer))
        // … and only a known caller can be held to its rate: first the key, so that one program's excess does not count
        // against its tenant …
        .layer(around(ByKey { keys: limits.keys.clone(), heavy: class == Class::Heavy }))
        // … then the tenant, whatever number of keys it has …
        .layer(around(ByTenant(limits.tenants.clone())))
        // … and last its share of the places, which is held while the request is under way.
        .layer(around(limits.shares.clone()))
        .service(routes);
    Next::new(stack)
}

/// Which set of paths a request went to, and the role that answers them: the labels of its log line and its measurements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) role: &'static str,
    pub(crate) prefix: &'static str,
}

/// Hands a request to the upstream of its prefix, path unchanged and without parameters of ours: an upstream's routes are its own.
async fn route(table: Arc<[(Route, Next)]>, request: Request) -> Result<Response, Infallible> {
    let path = request.uri().path();
    let found = table.iter().find(|(route, _)| leads_to(&[route.prefix], path));
    let Some((route, upstream)) = found else {
        let detail = format!("there is nothing at {}; GET /docs shows all paths", shortened(path));
        return Ok(Problem::new(StatusCode::NOT_FOUND, "no-such-path", detail).into_response());
    };
    let mut response = upstream.run(request).await;
    response.extensions_mut().insert(*route);
    Ok(response)
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

/// Refuses a body that is larger than its routes take, whether it says so or only turns out to be.
struct BodyCap {
    bytes_max: u64,
}

impl BodyCap {
    fn too_large(&self) -> Response {
        let most = self.bytes_max;
        let detail = format!("the body is larger than {most} bytes; larger documents go by SFTP");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail).into_response()
    }
}

impl Around for BodyCap {
    type Held = ();

    fn before(&self, request: &mut Request) -> ControlFlow<Response> {
        if request.body().size_hint().lower() > self.bytes_max {
            return ControlFlow::Break(self.too_large());
        }
        if !request.body().is_end_stream() {
            let limit = usize::try_from(self.bytes_max).unwrap_or(usize::MAX);
            let body = core::mem::take(request.body_mut());
            *request.body_mut() = Body::new(http_body_util::Limited::new(body, limit));
        }
        ControlFlow::Continue(())
    }

    fn after(&self, (): (), response: &mut Response) {
        // The extractors answer a body that ran over its limit with a 413 of their own, in plain text.
        if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
            *response = self.too_large();
        }
    }
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
