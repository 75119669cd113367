//! A draft under examination: its schema, its account, what it reaches; and whether it may be saved after that.

use std::time::Instant;

use caravan_hub_registry::{Component, Connection, Party, ResolveError, account_is_free};
use caravan_manifest::Violation;
use caravan_model::ConnectionId;
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Problem, Violation as WebViolation};
use serde_json::Value;

use super::super::{parties, unavailable};
use super::wire::{SampleIo, SaveIn};
use crate::draft::Draft;
use crate::intake::Intake;
use crate::request::Secrets;
use crate::trial::{Sample, Step, Trial};

/// Whose draft it is, and which connection it would be.
pub(super) struct Subject<'a> {
    intake: &'a Intake,
    caller: &'a Caller,
    pub(super) party: &'a Party,
    pub(super) component: &'a Component,
    id: ConnectionId,
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        intake: &'a Intake,
        caller: &'a Caller,
        party: &str,
        id: ConnectionId,
    ) -> Result<Self, Problem> {
        let found = parties::find(intake, party);
        let (party, component) = found.ok_or_else(|| {
            let detail =
                format!("there is no party {party:?}; `GET /v1/parties` lists those there are");
            Problem::unprocessable("party-unknown", detail)
        })?;
        Ok(Self { intake, caller, party, component, id })
    }
}

/// The draft, or what is wrong with it; and what its test came to.
pub(super) type Examined = (Result<Draft, Vec<Violation>>, Trial);

/// Reads `draft` and tries it; what it reaches only when `outward`.
pub(super) async fn examine(
    subject: &Subject<'_>,
    draft: &Value,
    kept: Secrets,
    sample: Option<SampleIo>,
    outward: bool,
) -> Result<Examined, Problem> {
    let began = Instant::now();
    let manifest = &subject.component.manifest;
    if sample.as_ref().is_some_and(|sample| !sample.fits()) {
        let detail = "A `sample` has a kind and a value of 1 to 64 bytes each.";
        return Err(Problem::unprocessable("sample-invalid", detail));
    }
    let draft = match Draft::read(manifest, draft, &kept) {
        Ok(draft) => draft,
        Err(wrong) => {
            let trial = Trial::of_bad_draft(manifest, &wrong, began);
            return Ok((Err(wrong), trial));
        }
    };
    let mut steps = vec![Step::ok("schema", "the draft fits its party's schema")];
    if let Some((user, _)) = &draft.sftp {
        steps.push(account(subject, user).await?);
    }
    if outward {
        let connection = Connection {
            tenant: subject.caller.tenant,
            id: subject.id,
            version: 0,
            party: subject.party.id.clone(),
            name: draft.name.clone(),
            environment: draft.environment,
            endpoints: draft.endpoints.clone(),
            settings: draft.settings.clone(),
            paused: None,
        };
        let resolved = subject.intake.registry().resolve_as(connection);
        let resolved = resolved.map_err(|error: ResolveError| Problem::internal(&error))?;
        let own = manifest.sample.as_ref().map(|own| Sample {
            reference: caravan_model::Reference::new(own.kind.clone(), own.value.clone()),
            chosen: false,
        });
        let sample = sample.map(SampleIo::chosen).or(own);
        let secrets = draft.secrets_with(kept);
        let reached = subject.intake.reach(&resolved, secrets, sample, subject.caller.trace).await;
        steps.extend(reached.map_err(|error| unavailable(&error))?);
    }
    let trial = Trial::of(steps, began);
    tracing::info!(
        party = subject.party.id, connection = %subject.id, ok = trial.ok, trace_id = %subject.caller.trace,
        "Connection examined."
    );
    Ok((Ok(draft), trial))
}

/// Whether the SFTP account can be the connection's.
async fn account(subject: &Subject<'_>, user: &str) -> Result<Step, Problem> {
    let mut tx = TenantTx::begin(subject.intake.database(), subject.caller.tenant).await?;
    let free = account_is_free(&mut tx, user, subject.id).await?;
    tx.commit().await?;
    Ok(if free {
        Step::ok("sftp", format!("the account {user:?} can be opened"))
    } else {
        let hint = "user names are unique over this whole installation: choose another, mostly with your company's name in it";
        Step::failed("sftp", format!("the user name {user:?} is taken"), ("user-taken", hint))
    })
}

/// The draft, when it may be saved.
///
/// # Errors
/// 422 `connection-invalid` with each place; 422 `connection-test-failed` with the test.
pub(super) fn may_save((draft, trial): Examined) -> Result<(Draft, Trial), Problem> {
    let draft = draft.map_err(|wrong| {
        let errors: Vec<WebViolation> = wrong
            .iter()
            .map(|one| WebViolation {
                pointer: format!("/connection{}", one.pointer()),
                code: "value-invalid",
                message: one.message.clone(),
            })
            .collect();
        let detail = "The connection does not fit its party's schema: `errors` lists each place, `GET /v1/parties/{party}` has the schema.";
        Problem::unprocessable("connection-invalid", detail).errors(&errors)
    })?;
    if trial.ok {
        return Ok((draft, trial));
    }
    let detail = "The connection's test failed: `test` says where, and what to do. To save it all the same, send `untested` with a reason.";
    Err(Problem::unprocessable("connection-test-failed", detail).member("test", trial))
}

/// The reason of a change; one that leaves the test out must have it.
pub(super) fn reason_of(save: &SaveIn) -> Result<Option<String>, Problem> {
    match &save.reason {
        None if !save.untested => Ok(None),
        given => reason(given.as_deref()).map(Some),
    }
}

/// A reason that says something.
pub(super) fn reason(given: Option<&str>) -> Result<String, Problem> {
    let reason = given.unwrap_or_default().trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        let detail = "Say in 1 to 500 characters why.";
        return Err(Problem::unprocessable("reason-missing", detail));
    }
    Ok(reason.to_owned())
}
