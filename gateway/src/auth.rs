//! Who calls: an API key or a session becomes a `Caller`, and the route's scope is asked of it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_fault::error_chain;
use caravan_model::TraceId;
use caravan_tenancy::{Caller, CurrentSession};
use caravan_web::Problem;
use uuid::Uuid;

use crate::identify::{Identify, Presented};
use crate::identity::Trace;
use crate::step::Next;

/// A browser adds it to a request of another site's page only after asking us, and we never say yes.
const CSRF: HeaderName = HeaderName::from_static("caravan-csrf");
/// The other place for an API key.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// What a set of routes asks of a caller.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) identify: Arc<dyn Identify>,
    /// Name of the session cookie.
    pub(crate) cookie: &'static str,
    /// Scopes for reading and for writing; none where the service asks for them by itself.
    pub(crate) scopes: Option<(&'static str, &'static str)>,
}

/// Lets a request through only with credentials that have the route's scope; puts the `Caller` into its extensions.
pub(crate) async fn layer(State(rule): State<Rule>, mut request: Request, next: Next) -> Response {
    let asked = Asked {
        credentials: Credentials::read(request.headers(), rule.cookie),
        // HEAD is a GET whose body stays here.
        reads: matches!(*request.method(), Method::GET | Method::HEAD),
        changes: changes(request.method()),
        csrf: request.headers().contains_key(CSRF),
        trace: request.extensions().get::<Trace>().map_or(TraceId([0; 16]), |trace| trace.0),
        from: request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip()),
    };
    match caller(&rule, asked).await {
        Ok((caller, session)) => {
            // What is behind us learns who calls, and not how it showed that.
            for secret in [header::AUTHORIZATION, header::COOKIE, API_KEY] {
                request.headers_mut().remove(secret);
            }
            request.extensions_mut().insert(caller);
            if let Some(id) = session {
                request.extensions_mut().insert(CurrentSession(id));
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Whether a request of this method may change something (RFC 9110 §9.2.1).
pub(crate) fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// What a request asks, taken out of it so that its body is not held while we look.
struct Asked {
    credentials: Credentials,
    reads: bool,
    changes: bool,
    csrf: bool,
    trace: TraceId,
    from: Option<IpAddr>,
}

/// What a request shows.
enum Credentials {
    None,
    ApiKey(String),
    Session(String),
}

impl Credentials {
    /// A key that is sent on purpose counts more than a cookie that the browser sends by itself.
    fn read(headers: &HeaderMap, cookie: &str) -> Self {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(&header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        match bearer.or_else(|| text(&API_KEY)) {
            Some(key) => Self::ApiKey(key.to_owned()),
            None => {
                session(headers, cookie).map_or(Self::None, |token| Self::Session(token.to_owned()))
            }
        }
    }
}

/// The session's token. Two cookies of the name are none: nobody knows which of them is ours.
fn session<'a>(headers: &'a HeaderMap, cookie: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut ours = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == cookie)
        .map(|(_, value)| value);
    ours.next().filter(|_| ours.next().is_none())
}

async fn caller(rule: &Rule, asked: Asked) -> Result<(Caller, Option<Uuid>), Problem> {
    let presented = match &asked.credentials {
        Credentials::None => {
            let detail = "Send an API key as `Authorization: Bearer crv_live_…`, or sign in with POST /v1/session.";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "credentials-missing", detail));
        }
        Credentials::ApiKey(key) => Presented::ApiKey(key),
        Credentials::Session(_) if asked.changes && !asked.csrf => {
            let detail = "A change under a session needs the header `caravan-csrf: 1`: it shows that this is not a form of another site.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "csrf-header-missing", detail));
        }
        Credentials::Session(token) => Presented::Session(token),
    };
    let holder = rule.identify.identify(presented, asked.from).await.map_err(|error| {
        tracing::error!(error = error_chain(&error), "Credentials cannot be checked.");
        Problem::unavailable(
            "identity-unavailable",
            "The credentials could not be checked; try again in a second.",
        )
    })?;
    let Some(holder) = holder else {
        let detail = match presented {
            Presented::ApiKey(_) => {
                "This API key is unknown, expired or revoked; ask the tenant's owner for another."
            }
            Presented::Session(_) => "The session has ended; sign in with POST /v1/session.",
        };
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "credentials-wrong", detail));
    };
    if !holder.admitted {
        let detail = "This API key may not be used from your address; the tenant's owner said from which networks it may.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "address-denied", detail));
    }
    let caller = Caller {
        tenant: holder.tenant,
        principal: holder.principal,
        scopes: holder.scopes,
        trace: asked.trace,
    };
    let scope = rule.scopes.map(|(read, write)| if asked.reads { read } else { write });
    match scope {
        Some(scope) if !caller.may(scope) => Err(Problem::scope_missing(scope)),
        _ => Ok((caller, holder.session)),
    }
}
