//! Signing in by an identity provider: two open routes that a browser is led through.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_web::{Path, Problem, Query};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use url::form_urlencoded;
use utoipa::IntoParams;
use uuid::Uuid;

use super::page;
use super::session::agent;
use crate::arrival::Answer;
use crate::entry::Door;
use crate::error::Error;
use crate::identity::Identity;
use crate::oidc::Refusal;
use crate::oidc::trip::LASTS_S;

/// Longest query that a provider sends a browser back with, in bytes.
const QUERY_BYTES_MAX: usize = 16 << 10;

/// Where to go afterwards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Begin {
    /// A path of this installation; `/` unless said.
    #[param(example = "/orders")]
    return_to: Option<String>,
}

/// Sign in by an identity provider.
///
/// For a browser: leads it to the provider, with a cookie that binds the login to it. A tenant hands out this path, `login_path` of the
/// provider, to its people.
#[utoipa::path(get, path = "/v1/session/oidc/{provider}", operation_id = "beginOidcLogin", tag = "identity", security(()),
    params(("provider" = String, Path, description = "The identity provider."), Begin),
    responses((status = 303, description = "to the provider"), (status = 400, description = "`return-path-invalid`"),
        (status = 404, description = "`provider-not-found`"), (status = 422, description = "`provider-denied`"),
        (status = 502, description = "`provider-unreachable`, `provider-answer-invalid`"),
        (status = 503, description = "`public-url-missing`, `database-unavailable`")))]
pub(crate) async fn begin(
    State(identity): State<Identity>,
    headers: HeaderMap,
    Path(provider): Path<Uuid>,
    Query(begin): Query<Begin>,
) -> Response {
    let return_to = begin.return_to.as_deref().unwrap_or("/");
    match identity.depart(provider, return_to).await {
        Ok(departure) => {
            let lasts = u64::try_from(LASTS_S).unwrap_or_default();
            let cookie = identity.cookie().set_trip(&departure.cookie, lasts);
            see_other(departure.location.as_str(), &[cookie])
        }
        Err(error) => page::answer(&headers, error.into()),
    }
}

/// Complete a login by an identity provider.
///
/// Where the provider sends the browser back to. Sets the session cookie and leads to the path that the login was begun for. Whatever
/// else a provider adds to the query is passed over (RFC 6749, section 4.1.2).
#[utoipa::path(get, path = "/v1/session/oidc/callback", operation_id = "completeOidcLogin", tag = "identity", security(()),
    params(("answer" = BTreeMap<String, String>, Query, style = Form, explode = true,
        description = "`code`, `state` and `iss`, or `error`, as the provider gives them.")),
    responses((status = 303, description = "signed in, to the path that was asked for"),
        (status = 400, description = "`login-state-invalid`"),
        (status = 403, description = "`provider-said-no`, `token-refused`, `address-unproven`, `address-foreign`, `not-invited`, `place-disabled`, `subject-differs`"),
        (status = 404, description = "`provider-not-found`"),
        (status = 502, description = "`provider-unreachable`, `provider-answer-invalid`"),
        (status = 503, description = "`provider-secret-unreadable`, `public-url-missing`, `database-unavailable`")))]
pub(crate) async fn complete(
    State(identity): State<Identity>,
    headers: HeaderMap,
    extensions: Extensions,
    RawQuery(query): RawQuery,
) -> Response {
    let address = extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let door = Door { address, session: identity.cookie().read(&headers), agent: agent(&headers) };
    let trip = identity.cookie().read_trip(&headers).unwrap_or_default();
    let arrived = match answer(query.as_deref().unwrap_or_default()) {
        Some(answer) => identity.arrive(trip, answer, door).await,
        None => Err(Error::Refused(Refusal::State)),
    };
    // Whatever became of it, the login is over.
    let over = identity.cookie().set_trip("", 0);
    match arrived {
        Ok(arrived) => {
            let session = identity.cookie().set(arrived.entered.token.expose_secret());
            see_other(&arrived.return_to, &[session, over])
        }
        Err(error) => {
            let mut response = page::answer(&headers, error.into());
            add_cookie(&mut response, &over);
            response
        }
    }
}

/// What a provider sends. None when a parameter that counts comes twice (RFC 6749 §3.1).
fn answer(query: &str) -> Option<Answer> {
    if query.len() > QUERY_BYTES_MAX {
        return None;
    }
    let (mut answer, mut state) = (Answer::default(), None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let place = match name.as_ref() {
            "state" => &mut state,
            "code" => &mut answer.code,
            "error" => &mut answer.error,
            "iss" => &mut answer.issuer,
            _ => continue,
        };
        if place.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    answer.state = state?;
    Some(answer)
}

fn see_other(location: &str, cookies: &[String]) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return Problem::internal(&Error::ReturnPathInvalid).into_response();
    };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    cookies.iter().for_each(|cookie| add_cookie(&mut response, cookie));
    response
}

fn add_cookie(response: &mut Response, line: &str) {
    if let Ok(mut value) = HeaderValue::from_str(line) {
        value.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn what_counts_comes_once_and_the_rest_is_passed_over() {
        let read =
            answer("state=a%20b&code=c&iss=https%3A%2F%2Fid.example&session_state=x&x=1&x=2");
        let read = read.unwrap();
        assert_eq!((read.state.as_str(), read.code.as_deref()), ("a b", Some("c")));
        assert_eq!((read.issuer.as_deref(), read.error), (Some("https://id.example"), None));
        let long = format!("state=a&x={}", "y".repeat(16 << 10));
        for bad in ["", "code=c", "state=a&state=a", "state=a&code=b&code=c", &long] {
            assert!(answer(bad).is_none(), "{bad:.40}");
        }
    }
}
