//! Who calls: the API key becomes a `Caller`, and the route's scope is asked of it.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use caravan_fault::error_chain;
use caravan_model::TraceId;
use caravan_tenancy::Caller;

use crate::identity::Trace;
use crate::keys::Keys;
use crate::problem::Problem;

/// What a set of routes asks of a key.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) keys: Keys,
    pub(crate) read: &'static str,
    pub(crate) write: &'static str,
}

/// Lets a request through only with a key that has the route's scope; puts the `Caller` into its extensions.
pub(crate) async fn layer(State(rule): State<Rule>, mut request: Request, next: Next) -> Response {
    let asked = Asked {
        presented: presented(request.headers()).map(str::to_owned),
        reads: matches!(*request.method(), Method::GET | Method::HEAD),
        trace: request.extensions().get::<Trace>().map_or(TraceId([0; 16]), |trace| trace.0),
    };
    match caller(&rule, asked).await {
        Ok(caller) => {
            request.headers_mut().remove(header::AUTHORIZATION);
            request.headers_mut().remove("x-api-key");
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// What a request asks, taken out of it so that its body is not held while we look.
struct Asked {
    presented: Option<String>,
    reads: bool,
    trace: TraceId,
}

async fn caller(rule: &Rule, asked: Asked) -> Result<Caller, Problem> {
    let unauthorized = || {
        let detail = "send a valid API key as `Authorization: Bearer crv_live_…`";
        Problem::new(StatusCode::UNAUTHORIZED, "api-key-missing-or-wrong", detail)
    };
    let presented = asked.presented.ok_or_else(unauthorized)?;
    let holder = rule
        .keys
        .find(&presented)
        .await
        .map_err(|error| {
            tracing::error!(error = error_chain(&error), "API key cannot be looked up.");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "keys-unavailable",
                "the key could not be checked; try again",
            )
        })?
        .ok_or_else(unauthorized)?;
    let caller = Caller {
        tenant: holder.tenant,
        principal: holder.key_id,
        scopes: holder.scopes,
        trace: asked.trace,
    };
    let scope = if asked.reads { rule.read } else { rule.write };
    if !caller.may(scope) {
        let detail = format!(
            "this API key lacks the scope {scope}; ask the tenant's owner for a key that has it"
        );
        return Err(Problem::new(StatusCode::FORBIDDEN, "scope-missing", detail));
    }
    Ok(caller)
}

fn presented(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    text("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .or_else(|| text("x-api-key"))
}
