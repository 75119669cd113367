//! Whether a connection would work: step by step, each with what to do next when it does not.
//!
//! Nothing is saved, nothing is published, and no breaker or limit of the real connection hears of it. The steps go through the
//! same guard, resolver, client and connector as every call, so what passes here is what a poll finds, too.
//!
//! # Time
//! Every wait is bounded (three seconds for a name, five for a connection, ten for the sample call), so that a trial ends well
//! within the gateway's half minute.

mod words;

use core::time::Duration;
use std::time::Instant;

use caravan_hub_capabilities::{ConnectionGrants, base};
use caravan_hub_registry::Resolved;
use caravan_hub_resilience::Obstacle;
use caravan_manifest::{Manifest, Violation};
use caravan_model::{Reference, TraceId};
use futures_util::future::join_all;
use serde::Serialize;
use url::Url;
use utoipa::ToSchema;

use crate::intake::Intake;
use crate::request::Secrets;
use crate::services::{self, ServiceError};

/// Longest wait for a name's addresses.
const NAME_WAIT: Duration = Duration::from_secs(3);
/// Longest wait for a connection, TLS included.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// Longest sample call.
const SAMPLE_WAIT: Duration = Duration::from_secs(10);

/// What a trial came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConnectionTest)]
pub(crate) struct Trial {
    /// No step failed.
    pub(crate) ok: bool,
    took_ms: i64,
    /// In their order: `schema`, `sftp`, for each endpoint `dns`, `tcp` and `tls`, then `auth` and `sample`.
    pub(crate) steps: Vec<Step>,
}

/// A step of a connection's test.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConnectionTestStep)]
pub(crate) struct Step {
    /// `schema`, `sftp`, `dns`, `tcp`, `tls`, `auth` or `sample`.
    pub(crate) step: &'static str,
    /// Which of the connector's endpoints, where that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    pub(crate) outcome: Outcome,
    /// What was seen.
    detail: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    /// Stable kebab-case code of the hint.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "credentials-wrong")]
    hint_code: Option<&'static str>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ConnectionTestOutcome)]
pub(crate) enum Outcome {
    /// It passed.
    Ok,
    /// It did not.
    Failed,
    /// There was nothing to try, or an earlier step failed.
    Skipped,
}

impl Step {
    fn new(step: &'static str, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { step, endpoint: None, outcome, detail: detail.into(), hint: None, hint_code: None }
    }

    pub(crate) fn ok(step: &'static str, detail: impl Into<String>) -> Self {
        Self::new(step, Outcome::Ok, detail)
    }

    /// With the code of the hint before the hint.
    pub(crate) fn failed(
        step: &'static str,
        detail: impl Into<String>,
        (code, hint): (&'static str, impl Into<String>),
    ) -> Self {
        let (hint, hint_code) = (Some(hint.into()), Some(code));
        Self { hint, hint_code, ..Self::new(step, Outcome::Failed, detail) }
    }

    pub(crate) fn skipped(step: &'static str, detail: impl Into<String>) -> Self {
        Self::new(step, Outcome::Skipped, detail)
    }

    fn at(self, endpoint: Option<&str>) -> Self {
        Self { endpoint: endpoint.map(str::to_owned), ..self }
    }
}

impl Trial {
    pub(crate) fn of(steps: Vec<Step>, began: Instant) -> Self {
        let ok = steps.iter().all(|step| step.outcome != Outcome::Failed);
        let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Self { ok, took_ms, steps }
    }

    /// A trial that ended at the draft itself.
    pub(crate) fn of_bad_draft(manifest: &Manifest, wrong: &[Violation], began: Instant) -> Self {
        let places: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        let hint = (
            "draft-invalid",
            "mend the draft: `GET /v1/parties/{party}` has its schema, with a hint at each secret",
        );
        let mut steps = vec![Step::failed("schema", places.join("; "), hint)];
        let why = "the draft comes first";
        for endpoint in manifest.endpoints.keys() {
            let skipped = |step| Step::skipped(step, why).at(Some(endpoint));
            steps.extend(["dns", "tcp", "tls"].map(skipped));
        }
        steps.extend(["auth", "sample"].map(|step| Step::skipped(step, why)));
        Self::of(steps, began)
    }
}

/// What the sample call asks about, and whether somebody chose it.
pub(crate) struct Sample {
    pub(crate) reference: Reference,
    pub(crate) chosen: bool,
}

impl Intake {
    /// Tries what a draft that fits its schema would reach: every endpoint, then the connector's own call.
    ///
    /// # Errors
    /// When the parts of the way out cannot be set up.
    pub(crate) async fn reach(
        &self,
        resolved: &Resolved,
        secrets: Secrets,
        sample: Option<Sample>,
        trace: TraceId,
    ) -> Result<Vec<Step>, ServiceError> {
        let manifest = &resolved.component.manifest;
        let (grants, services) = self.inner.services.for_trial(resolved, secrets, SAMPLE_WAIT)?;
        let probes =
            manifest.endpoints.keys().map(|endpoint| self.probe(manifest, &grants, endpoint));
        let mut steps: Vec<Step> = join_all(probes).await.into_iter().flatten().collect();
        let reached = steps.iter().all(|step| step.outcome != Outcome::Failed);
        // The only endpoint is the one that the sample call goes to.
        let only =
            if manifest.endpoints.len() == 1 { manifest.endpoints.keys().next() } else { None };
        let only = only.map(String::as_str);
        let skip = |why: &str| ["auth", "sample"].map(|step| Step::skipped(step, why).at(only));
        if manifest.endpoints.is_empty() {
            steps.extend(skip("this connector calls nobody: the party comes to us"));
            return Ok(steps);
        }
        if !resolved.component.connector.operations().tracking {
            steps.extend(skip(
                "this connector has no question to try; its first document will show",
            ));
            return Ok(steps);
        }
        if !reached {
            steps.extend(skip("the endpoint comes first"));
            return Ok(steps);
        }
        let Some(sample) = sample else {
            steps.extend(skip("nothing to ask about: name a number of yours as `sample`"));
            return Ok(steps);
        };
        let call = services::call_with(resolved, services, None, trace, true);
        let asked = resolved.component.connector.track(call, vec![sample.reference.clone()]);
        // The requests end before the sandbox's own deadline, so this one is for a connector that does not.
        let answer = tokio::time::timeout(SAMPLE_WAIT + Duration::from_secs(2), asked).await;
        let two = words::of_sample(manifest, &sample, answer);
        steps.extend(two.into_iter().map(|step| step.at(only)));
        Ok(steps)
    }

    async fn probe(
        &self,
        manifest: &Manifest,
        grants: &ConnectionGrants,
        endpoint: &str,
    ) -> Vec<Step> {
        let steps = match base(manifest, grants, endpoint) {
            Ok(url) => self.probe_url(&url, grants.allow_http).await,
            Err(denied) => vec![
                Step::failed(
                    "dns",
                    denied.to_string(),
                    ("address-missing", "give the endpoint a base URL"),
                ),
                Step::skipped("tcp", words::NO_NAME),
                Step::skipped("tls", words::NO_NAME),
            ],
        };
        steps.into_iter().map(|step| step.at(Some(endpoint))).collect()
    }

    async fn probe_url(&self, url: &Url, allow_http: bool) -> Vec<Step> {
        let egress = self.inner.services.egress();
        let host = url.host_str().unwrap_or_default();
        match egress.look_up(url, allow_http, NAME_WAIT).await {
            Ok(_) => {
                let dns = Step::ok("dns", format!("{host} has an address that may be called"));
                let connected = egress.connect(url, allow_http, CONNECT_WAIT).await;
                let mut steps = vec![dns];
                steps.extend(words::of_connecting(url, connected));
                steps
            }
            Err(obstacle) => vec![
                words::of_name(url, &obstacle),
                Step::skipped("tcp", words::NO_NAME),
                Step::skipped("tls", words::NO_NAME),
            ],
        }
    }
}

/// Whether the obstacle stands in the way of TLS rather than before it.
fn is_of_tls(obstacle: &Obstacle) -> bool {
    matches!(obstacle, Obstacle::NotTls | Obstacle::Certificate(_))
}
