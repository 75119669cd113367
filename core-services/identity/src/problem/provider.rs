//! What a login by an identity provider, or the keeping of one, ends with.

use axum::http::StatusCode;
use caravan_fault::error_chain;
use caravan_web::Problem;

use crate::error::Error;
use crate::oidc::Refusal;
use crate::telemetry;

/// Why there is no session.
pub(super) fn refused(refusal: &Refusal) -> Problem {
    let problem = told(refusal);
    telemetry::refused(problem.code(), &error_chain(refusal));
    problem
}

fn told(refusal: &Refusal) -> Problem {
    let (status, code, detail) = match refusal {
        Refusal::State => (
            StatusCode::BAD_REQUEST,
            "login-state-invalid",
            "This login was begun in another browser, was completed before, or took longer than ten minutes; begin it again.",
        ),
        Refusal::Denied { why } => {
            let detail = format!(
                "The identity provider is at an address that may not be called: {why}. A tenant's owner corrects the issuer."
            );
            return Problem::unprocessable("provider-denied", detail);
        }
        Refusal::Unreachable { what, .. } => {
            let detail = format!(
                "The identity provider could not be reached for its {what}; try again in a minute, or sign in with a password."
            );
            return Problem::new(StatusCode::BAD_GATEWAY, "provider-unreachable", detail);
        }
        Refusal::Answer { what, why } => {
            let detail = format!(
                "The identity provider's {what} cannot be used: {why}. A tenant's owner compares the issuer with the provider's own words."
            );
            return Problem::new(StatusCode::BAD_GATEWAY, "provider-answer-invalid", detail);
        }
        Refusal::Said { error } => {
            let detail = format!(
                "The identity provider said no ({error}); begin the login again, and if it stays so, have a tenant's owner look at the client there."
            );
            return Problem::new(StatusCode::FORBIDDEN, "provider-said-no", detail);
        }
        Refusal::Token(flaw) => {
            let detail = format!(
                "The identity provider's token is not taken: {flaw}. Begin the login again, and if it stays so, tell a tenant's owner."
            );
            return Problem::new(StatusCode::FORBIDDEN, "token-refused", detail);
        }
        Refusal::AddressUnproven => (
            StatusCode::FORBIDDEN,
            "address-unproven",
            "The identity provider names no e-mail address of yours that it has verified; have it verified there.",
        ),
        Refusal::AddressForeign => (
            StatusCode::FORBIDDEN,
            "address-foreign",
            "Your e-mail address is of a domain that this login is not for; a tenant's owner can add it to the provider's domains.",
        ),
        Refusal::NotInvited => (
            StatusCode::FORBIDDEN,
            "not-invited",
            "You have no role in this tenant; ask its owner to invite you, or for a group that has one.",
        ),
        Refusal::PlaceDisabled => (
            StatusCode::FORBIDDEN,
            "place-disabled",
            "Your place in this tenant is disabled; ask its owner.",
        ),
        Refusal::SubjectDiffers => (
            StatusCode::FORBIDDEN,
            "subject-differs",
            "Another account of the identity provider is known under your e-mail address; a tenant's owner can have it forgotten with DELETE /v1/identity-providers/{id}/users/{user}.",
        ),
    };
    Problem::new(status, code, detail)
}

/// What has to do with the keeping of providers.
pub(super) fn kept(error: &Error) -> Problem {
    match error {
        Error::ProviderNotFound => Problem::not_found(
            "provider-not-found",
            "There is no identity provider of that id; GET /v1/identity-providers lists the tenant's.",
        ),
        Error::ProvidersMany => Problem::conflict(
            "providers-many",
            "A tenant has at most 20 identity providers; remove one that is not in use.",
        ),
        Error::PublicUrlMissing => Problem::unavailable(
            "public-url-missing",
            "The operator has not said under which address this installation is reached (--public-url); until then, sign in with a password.",
        ),
        Error::SecretUnreadable(_) => {
            let detail = "The provider's client secret cannot be read any more, as the key of this installation is another; a tenant's owner sets it again.";
            Problem::unavailable("provider-secret-unreadable", detail).caused_by(error)
        }
        Error::ReturnPathInvalid => Problem::bad_request(
            "return-path-invalid",
            "`return_to` is a path of this installation, as /orders; it leads to no other site.",
        ),
        Error::IssuerInvalid => Problem::unprocessable(
            "issuer-invalid",
            "An issuer is an https URL without query or fragment, as the provider spells it in its tokens.",
        ),
        Error::ClientInvalid => Problem::unprocessable(
            "client-invalid",
            "`client_id` and `client_secret` are those that the identity provider gave out; a new provider needs both.",
        ),
        Error::DomainInvalid => Problem::unprocessable(
            "domain-invalid",
            "Name 1 to 50 domains of e-mail addresses, as example.com; a subdomain is a domain of its own.",
        ),
        _ => Problem::unprocessable(
            "role-map-invalid",
            "`role_claim` and `roles` go together: the claim that has the words, and at most 100 words with their roles.",
        ),
    }
}
