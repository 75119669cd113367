//! Errors as callers see them: what is wrong and what to do next. The codes are in docs/errors.md.

mod provider;

use axum::http::StatusCode;
use caravan_web::Problem;

use crate::error::Error;
use crate::scopes::Role;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Tenancy(error) => error.into(),
            Error::Hash(_) | Error::Client(_) | Error::Seal(_) => Self::internal(&error),
            Error::Refused(refusal) => provider::refused(&refusal),
            Error::ProviderNotFound
            | Error::ProvidersMany
            | Error::PublicUrlMissing
            | Error::SecretUnreadable(_)
            | Error::ReturnPathInvalid
            | Error::IssuerInvalid
            | Error::ClientInvalid
            | Error::DomainInvalid
            | Error::RoleMapInvalid => provider::kept(&error),
            Error::Conflict(problem) => *problem,
            Error::Busy => Self::unavailable(
                "logins-busy",
                "Many people are signing in right now; try again in a second.",
            ),
            Error::LoginFailed
            | Error::TooManyAttempts { .. }
            | Error::NoSession
            | Error::ProviderSession
            | Error::PasswordsOff
            | Error::NotAUser => entry(&error),
            Error::ScopesBeyond { scopes } => {
                let detail = format!(
                    "Nobody grants more than it has, and this would also grant {}; ask somebody who has it.",
                    scopes.join(", ")
                );
                Self::new(StatusCode::FORBIDDEN, "scopes-beyond", detail).member("scopes", scopes)
            }
            Error::UserNotFound
            | Error::UserExists
            | Error::LastOwner
            | Error::InvitationInvalid
            | Error::ResetInvalid
            | Error::NoPassword
            | Error::PasswordShared
            | Error::SessionNotFound
            | Error::PasswordsNeeded
            | Error::KeyNotFound => thing(&error),
            // The operator's, whom no request reaches.
            Error::TenantNotFound | Error::TenantExists | Error::ShortNameInvalid => {
                Self::internal(&error)
            }
            Error::EmailInvalid
            | Error::NameInvalid
            | Error::PasswordWeak { .. }
            | Error::RoleUnknown
            | Error::StatusInvalid
            | Error::ScopeUnknown { .. }
            | Error::NetworkInvalid
            | Error::ExpiryInvalid => value(&error),
        }
    }
}

/// What has to do with coming in.
fn entry(error: &Error) -> Problem {
    match error {
        Error::TooManyAttempts { wait } => {
            let detail = format!(
                "Too many logins failed in a row; the next is looked at in {} seconds. An owner of your tenant can have you set a new password.",
                wait.as_secs().max(1)
            );
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", detail)
                .retry_after(*wait)
        }
        Error::NoSession => {
            let detail = "There is no session, or it has ended; sign in with POST /v1/session.";
            Problem::new(StatusCode::UNAUTHORIZED, "credentials-missing", detail)
        }
        Error::ProviderSession => {
            let detail = "Your organisation's login opened this session: it holds in this tenant alone and changes no password. Sign in to the other tenant by its own way.";
            Problem::new(StatusCode::FORBIDDEN, "provider-session", detail)
        }
        Error::PasswordsOff => {
            let detail = "This tenant takes no passwords: sign in by its own login, which knows who is invited.";
            Problem::new(StatusCode::FORBIDDEN, "passwords-off", detail)
        }
        Error::NotAUser => {
            let detail =
                "Only a signed-in user can do this; an API key has no password and no session.";
            Problem::new(StatusCode::FORBIDDEN, "not-a-user", detail)
        }
        _ => {
            let detail =
                "E-mail address and password do not fit, or this user may not sign in here.";
            Problem::new(StatusCode::UNAUTHORIZED, "login-failed", detail)
        }
    }
}

/// What has to do with a user or a key that is, or is not, there.
fn thing(error: &Error) -> Problem {
    match error {
        Error::UserExists => Problem::conflict(
            "user-exists",
            "This user is a member already; change its role or its status with PATCH /v1/users/{id}.",
        ),
        Error::LastOwner => Problem::conflict(
            "last-owner",
            "A tenant keeps at least one active owner; make somebody else an owner first.",
        ),
        Error::InvitationInvalid => Problem::not_found(
            "invitation-invalid",
            "This invitation is unknown, was used, or has expired; ask for a new one.",
        ),
        Error::ResetInvalid => Problem::not_found(
            "reset-invalid",
            "This token for a new password is unknown, was used, or has expired; ask for a new one.",
        ),
        Error::NoPassword => Problem::conflict(
            "no-password",
            "There is no password to reset: this user is invited, disabled, or signs in by an identity provider. Invite it anew, enable it, or look at the provider.",
        ),
        Error::PasswordShared => Problem::conflict(
            "password-shared",
            "This user has a place in another tenant too, which the same password opens; the operator resets it with `caravan user reset`.",
        ),
        Error::PasswordsNeeded => Problem::conflict(
            "passwords-needed",
            "Without passwords no owner of this tenant could come in: have an owner sign in by an identity provider first, and keep it.",
        ),
        Error::SessionNotFound => Problem::not_found(
            "session-not-found",
            "You have no session of that id, or it has ended; GET /v1/me/sessions lists them.",
        ),
        Error::KeyNotFound => Problem::not_found(
            "key-not-found",
            "This tenant has no valid API key of that id; GET /v1/keys lists them.",
        ),
        _ => Problem::not_found(
            "user-not-found",
            "This tenant has no user of that id; GET /v1/users lists them.",
        ),
    }
}

/// A value that cannot be taken.
fn value(error: &Error) -> Problem {
    let (code, detail) = match error {
        Error::EmailInvalid => (
            "email-invalid",
            "This cannot be an e-mail address; write it as name@example.com.".to_owned(),
        ),
        Error::PasswordWeak { why } => {
            ("password-weak", format!("This password is too easily guessed: {why}."))
        }
        Error::RoleUnknown => {
            let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
            ("role-unknown", format!("There is no such role; use one of {}.", roles.join(", ")))
        }
        Error::StatusInvalid => (
            "status-invalid",
            "A user can be set to active or disabled; who is invited becomes active by accepting."
                .to_owned(),
        ),
        Error::ScopeUnknown { scope } => {
            let shown: String = scope.chars().take(60).collect();
            ("scope-unknown", format!("There is no scope {shown:?}; docs/api.md lists them."))
        }
        Error::NetworkInvalid => (
            "network-invalid",
            "Name at most 50 networks in CIDR notation, as 203.0.113.0/24 or 2001:db8::/32, or single addresses.".to_owned(),
        ),
        Error::ExpiryInvalid => (
            "expiry-invalid",
            "An expiry is a time in the future, as 2027-01-31T00:00:00Z.".to_owned(),
        ),
        _ => ("name-invalid", "A name has 1 to 200 bytes and no control characters.".to_owned()),
    };
    Problem::unprocessable(code, detail)
}
