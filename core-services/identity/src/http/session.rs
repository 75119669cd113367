//! Signing in and out: the open routes.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use caravan_model::TenantId;
use caravan_web::{Json, Problem};
use secrecy::{ExposeSecret as _, SecretString};

use crate::entry::{Door, Entered};
use crate::identity::Identity;
use crate::wire::{AcceptIn, LoginIn, MeOut, SwitchIn};

/// A header that a page of another site cannot send without asking us first, which we never allow.
const CSRF: HeaderName = HeaderName::from_static("caravan-csrf");

/// Where a request comes from; extracting it also refuses one without the header [`CSRF`].
pub(crate) struct Came {
    address: Option<std::net::IpAddr>,
    headers: HeaderMap,
}

impl<S: Send + Sync> FromRequestParts<S> for Came {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if !parts.headers.contains_key(CSRF) {
            let detail = "Send the header `caravan-csrf: 1`: it shows that this is not a form of another site.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "csrf-header-missing", detail));
        }
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        Ok(Self { address, headers: parts.headers.clone() })
    }
}

impl Came {
    pub(crate) fn address(&self) -> Option<std::net::IpAddr> {
        self.address
    }

    pub(crate) fn door<'a>(&'a self, identity: &Identity) -> Door<'a> {
        Door { address: self.address, session: self.session(identity), agent: agent(&self.headers) }
    }

    fn session(&self, identity: &Identity) -> Option<&str> {
        identity.cookie().read(&self.headers)
    }
}

/// What a browser calls itself.
pub(crate) fn agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok())
}

/// Sign in.
///
/// The answer sets the session cookie. Too many failures in a row make an account, and an address, wait.
#[utoipa::path(post, path = "/v1/session", operation_id = "login", tag = "identity", request_body = LoginIn, security(()),
    responses((status = 200, body = MeOut), (status = 401, description = "`login-failed`"),
        (status = 403, description = "`csrf-header-missing`, `cross-site`"),
        (status = 429, description = "`too-many-attempts`, `rate-limited`"),
        (status = 503, description = "`logins-busy`, `database-unavailable`")))]
pub(crate) async fn login(
    State(identity): State<Identity>,
    came: Came,
    Json(login): Json<LoginIn>,
) -> Result<Response, Problem> {
    let password = SecretString::from(login.password);
    let tenant = login.tenant.map(TenantId);
    let entered = identity.login(&login.email, password, tenant, came.door(&identity)).await?;
    entered_as(&identity, entered)
}

/// Sign out.
///
/// Ends the session of the cookie, if it is one, and takes the cookie away.
#[utoipa::path(delete, path = "/v1/session", operation_id = "logout", tag = "identity", security(()),
    responses((status = 204, description = "signed out"), (status = 403, description = "`csrf-header-missing`, `cross-site`")))]
pub(crate) async fn logout(
    State(identity): State<Identity>,
    came: Came,
) -> Result<Response, Problem> {
    if let Some(session) = came.session(&identity) {
        identity.logout(session).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, &identity.cookie().clear())?;
    Ok(response)
}

/// Go over into another tenant.
///
/// The session of the cookie ends, and a new one begins there.
#[utoipa::path(post, path = "/v1/session/tenant", operation_id = "switchTenant", tag = "identity", request_body = SwitchIn, security(()),
    responses((status = 200, body = MeOut), (status = 401, description = "`credentials-missing`, `login-failed`"),
        (status = 403, description = "`csrf-header-missing`, `cross-site`")))]
pub(crate) async fn switch(
    State(identity): State<Identity>,
    came: Came,
    Json(switch): Json<SwitchIn>,
) -> Result<Response, Problem> {
    let entered = identity.switch(came.door(&identity), TenantId(switch.tenant)).await?;
    entered_as(&identity, entered)
}

/// Accept an invitation.
///
/// A new user chooses a password; one who has a password shows it. The answer sets the session cookie.
#[utoipa::path(post, path = "/v1/invitations/accept", operation_id = "acceptInvitation", tag = "identity",
    request_body = AcceptIn, security(()),
    responses((status = 200, body = MeOut), (status = 401, description = "`login-failed`"),
        (status = 403, description = "`csrf-header-missing`, `cross-site`, `passwords-off`"),
        (status = 404, description = "`invitation-invalid`"), (status = 422, description = "`password-weak`"),
        (status = 429, description = "`too-many-attempts`, `rate-limited`")))]
pub(crate) async fn accept(
    State(identity): State<Identity>,
    came: Came,
    Json(accept): Json<AcceptIn>,
) -> Result<Response, Problem> {
    let password = SecretString::from(accept.password);
    let entered = identity.accept(&accept.token, password, came.door(&identity)).await?;
    entered_as(&identity, entered)
}

/// The answer to whoever came in.
pub(crate) fn entered_as(identity: &Identity, entered: Entered) -> Result<Response, Problem> {
    let mut response = Json(MeOut::from(entered.me)).into_response();
    set_cookie(&mut response, &identity.cookie().set(entered.token.expose_secret()))?;
    Ok(response)
}

fn set_cookie(response: &mut Response, line: &str) -> Result<(), Problem> {
    let mut value = HeaderValue::from_str(line).map_err(|error| Problem::internal(&error))?;
    value.set_sensitive(true);
    response.headers_mut().insert(header::SET_COOKIE, value);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(())
}
