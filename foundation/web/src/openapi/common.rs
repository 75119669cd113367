//! The answers that many routes have in common: the gateway's, and those of the extractors of this crate.

use axum::http::StatusCode;
use utoipa::ToSchema as _;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{
    Content, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Type,
};

use crate::ProblemBody;

/// A problem that routes of one shape may answer with.
struct Common {
    status: u16,
    /// Under which name the document has it.
    name: &'static str,
    /// Its codes.
    codes: &'static str,
    /// Which routes may answer with it.
    of: fn(&Operation) -> bool,
}

/// In the order of their statuses.
const COMMON: &[Common] = &[
    Common {
        status: 400,
        name: "BadRequest",
        codes: "`query-unknown`, `query-invalid`, `query-nul`, `path-ambiguous`, `header-repeated`; of a body `body-missing`, \
                `body-cut-short`, `json-invalid`, `json-key-twice`; of a key `idempotency-key-invalid`",
        of: |_| true,
    },
    Common {
        status: 401,
        name: "Unauthorized",
        codes: "`credentials-missing`, `credentials-wrong`",
        of: |_| true,
    },
    Common {
        status: 403,
        name: "Forbidden",
        codes: "`scope-missing`, `csrf-header-missing`, `cross-site`",
        of: |_| true,
    },
    Common {
        status: 404,
        name: "NotFound",
        codes: "`path-invalid`",
        of: |operation| has(operation, &ParameterIn::Path, None),
    },
    Common { status: 409, name: "Conflict", codes: "`idempotency-key-in-use`", of: is_repeatable },
    Common {
        status: 412,
        name: "PreconditionFailed",
        codes: "`version-conflict`",
        of: |operation| has(operation, &ParameterIn::Header, Some(IF_MATCH)),
    },
    Common {
        status: 413,
        name: "ContentTooLarge",
        codes: "`body-too-large`",
        of: |operation| operation.request_body.is_some(),
    },
    Common {
        status: 415,
        name: "UnsupportedMediaType",
        codes: "`content-type-unsupported`",
        of: takes_json,
    },
    Common {
        status: 422,
        name: "UnprocessableContent",
        codes: "`request-invalid`, `body-invalid`; of a key `idempotency-key-reused`",
        of: |operation| takes_json(operation) || is_repeatable(operation),
    },
    Common {
        status: 428,
        name: "PreconditionRequired",
        codes: "`precondition-required`",
        of: must_say_version,
    },
    Common { status: 429, name: "TooManyRequests", codes: "`rate-limited`", of: |_| true },
    Common { status: 500, name: "InternalServerError", codes: "`internal`", of: |_| true },
    Common { status: 502, name: "BadGateway", codes: "`service-lost`", of: |_| true },
    Common {
        status: 503,
        name: "ServiceUnavailable",
        codes: "`overloaded`, `database-unavailable`, `identity-unavailable`, `service-unavailable`",
        of: |_| true,
    },
    Common { status: 504, name: "GatewayTimeout", codes: "`timeout`", of: |_| true },
];

const IF_MATCH: &str = "if-match";
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What [`describe`] refers to.
pub(super) fn responses() -> impl Iterator<Item = (String, RefOr<Response>)> {
    COMMON.iter().map(|common| {
        let mut response = ResponseBuilder::new().description(common.codes).build();
        describe_problem(common.status, &mut response);
        (common.name.to_owned(), RefOr::T(response))
    })
}

/// Adds what the operation's annotation leaves out.
pub(super) fn describe(operation: &mut Operation) {
    describe_version(operation);
    let of_its_shape: Vec<&Common> =
        COMMON.iter().filter(|common| (common.of)(operation)).collect();
    let responses = &mut operation.responses.responses;
    for common in of_its_shape {
        responses
            .entry(common.status.to_string())
            .or_insert_with(|| RefOr::Ref(Ref::from_response_name(common.name)));
    }
    for (status, response) in responses {
        match (status.parse(), response) {
            (Ok(status @ 400..), RefOr::T(response)) => describe_problem(status, response),
            (Ok(status), RefOr::T(response)) => name(status, response),
            _ => {}
        }
    }
}

/// A route that refuses another version, or none, reads it from `if-match`.
fn describe_version(operation: &mut Operation) {
    let answers = |status: &str| operation.responses.responses.contains_key(status);
    let (must, may) = (answers("428"), answers("412"));
    if !(must || may) || has(operation, &ParameterIn::Header, Some(IF_MATCH)) {
        return;
    }
    let parameter = ParameterBuilder::new()
        .name(IF_MATCH)
        .parameter_in(ParameterIn::Header)
        .required(if must { Required::True } else { Required::False })
        .description(Some("The `etag` of what was read."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
}

/// Gives an answer without words those of its status: OpenAPI requires some (3.1.0 §4.8.17, 3.0.3 §4.7.17).
fn name(status: u16, response: &mut Response) {
    if response.description.is_empty() {
        let status = StatusCode::from_u16(status).ok();
        let words = status.and_then(|status| status.canonical_reason()).unwrap_or("Problem");
        words.clone_into(&mut response.description);
    }
}

fn describe_problem(status: u16, response: &mut Response) {
    name(status, response);
    if response.content.is_empty() {
        let problem = Content::new(Some(Ref::from_schema_name(ProblemBody::name())));
        response.content.insert("application/problem+json".to_owned(), RefOr::T(problem));
    }
}

/// Whether there is a parameter at `place`; of `name`, if one is asked for.
fn has(operation: &Operation, place: &ParameterIn, name: Option<&str>) -> bool {
    parameters(operation).any(|parameter| {
        parameter.parameter_in == *place && name.is_none_or(|name| parameter.name == name)
    })
}

fn is_repeatable(operation: &Operation) -> bool {
    has(operation, &ParameterIn::Header, Some(IDEMPOTENCY_KEY))
}

fn must_say_version(operation: &Operation) -> bool {
    parameters(operation)
        .any(|parameter| parameter.name == IF_MATCH && parameter.required == Required::True)
}

fn takes_json(operation: &Operation) -> bool {
    match &operation.request_body {
        Some(RefOr::T(body)) => body.content.keys().all(|kind| kind == "application/json"),
        Some(RefOr::Ref(_)) | None => false,
    }
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}
