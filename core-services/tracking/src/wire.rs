//! The JSON forms: what the HTTP side shows, and the data of `caravan.timeline.corrected`.

pub(crate) mod etas;
pub(crate) mod exceptions;
pub(crate) mod links;
pub(crate) mod list;
pub(crate) mod outside;
mod parts;
pub(crate) mod thresholds;

use caravan_events::wire::Reference;
use caravan_events::{Envelope, Kind};
use caravan_model::{self as model, Moment, RecordId, TenantId, ZoneSource};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::domain::{Cause, Correction, Entry, Fact, Standing};
use crate::store::FactRow;

pub(crate) use parts::{PlaceOut, RawCodeOut, ReferenceOut, ScopeOut};

/// What may stand behind `?` of a timeline.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimelineQuery {
    /// The kind of the reference, where several shipments go by the same number.
    #[param(example = "pro")]
    pub(crate) kind: Option<String>,
}

/// What a reference may have meant.
#[derive(Serialize, ToSchema)]
pub(crate) struct CandidateOut {
    /// The kind under which the shipment is known by the number asked for.
    pub(crate) kind: String,
    /// The best of its numbers, and that one's kind.
    pub(crate) reference: String,
    pub(crate) reference_kind: String,
}

/// A shipment's timeline.
#[derive(Serialize, ToSchema)]
pub(crate) struct TimelineOut {
    /// The best of its numbers.
    pub(crate) reference: String,
    pub(crate) references: Vec<ReferenceOut>,
    #[serde(flatten)]
    pub(crate) standing: StandingOut,
    /// Until when the delivery was promised, by the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) promised_by: Option<String>,
    /// The milestone that decided the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decided_by: Option<String>,
    /// When something was last heard of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_heard_at: Option<String>,
    /// What is wrong with it now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) exceptions: Vec<exceptions::ExceptionOut>,
    /// How long vehicles were kept at its stops.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) detention: Vec<exceptions::DetentionOut>,
    /// When the delivery is expected, by each source that says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) expected: Vec<etas::ExpectationOut>,
    /// Everything that the carrier announced and that has not come.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) eta: Vec<EtaOut>,
    pub(crate) milestones: Vec<MilestoneOut>,
    /// There are older milestones that are not shown.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub(crate) truncated: bool,
}

/// Where it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct StandingOut {
    pub(crate) status: String,
    pub(crate) direction: String,
    pub(crate) status_since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delivered_at: Option<String>,
}

impl From<Standing> for StandingOut {
    fn from(standing: Standing) -> Self {
        Self {
            status: standing.status.as_str().to_owned(),
            direction: standing.direction.as_str().to_owned(),
            status_since: standing.since.map(|at| at.to_rfc3339()),
            delivered_at: standing.delivered_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// An expectation.
#[derive(Serialize, ToSchema)]
pub(crate) struct EtaOut {
    id: String,
    status: &'static str,
    classifier: &'static str,
    direction: &'static str,
    at: String,
    zone_source: &'static str,
    scope: ScopeOut,
    recorded_at: String,
}

impl From<&Fact> for EtaOut {
    fn from(fact: &Fact) -> Self {
        Self {
            id: fact.id.to_string(),
            status: fact.status.as_str(),
            classifier: fact.classifier.as_str(),
            direction: fact.direction.as_str(),
            at: fact.at.to_rfc3339(),
            zone_source: fact.at.zone.as_str(),
            scope: fact.scope.clone().into(),
            recorded_at: utc(fact.recorded_ms),
        }
    }
}

/// A milestone with where it came from.
#[derive(Serialize, ToSchema)]
pub(crate) struct MilestoneOut {
    id: String,
    status: String,
    reason: Option<String>,
    classifier: String,
    leg: Option<String>,
    direction: String,
    scope: ScopeOut,
    at: String,
    zone_source: &'static str,
    place: Option<PlaceOut>,
    raw: RawCodeOut,
    raw_reason: Option<RawCodeOut>,
    connection: String,
    document: String,
    /// The bytes of the document, half open.
    start: Option<u64>,
    end: Option<u64>,
    recorded_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrects: Option<String>,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    superseded: bool,
}

impl MilestoneOut {
    /// `entry` is the place of `row` in its timeline.
    pub(crate) fn new(entry: &Entry<'_>, row: &FactRow) -> Self {
        let milestone = row.milestone.clone();
        Self {
            id: entry.fact.id.to_string(),
            status: milestone.status,
            reason: milestone.reason,
            classifier: milestone.classifier,
            leg: milestone.leg,
            direction: milestone.direction,
            scope: milestone.scope.into(),
            at: entry.fact.at.to_rfc3339(),
            zone_source: entry.fact.at.zone.as_str(),
            place: milestone.place.map(Into::into),
            raw: milestone.raw.into(),
            raw_reason: milestone.raw_reason.map(Into::into),
            connection: row.connection.to_string(),
            document: row.document.to_string(),
            start: milestone.source.as_ref().map(|span| span.start),
            end: milestone.source.as_ref().map(|span| span.end),
            recorded_at: utc(entry.fact.recorded_ms),
            corrects: entry.corrects.map(|id| id.to_string()),
            superseded: entry.superseded,
        }
    }
}

/// The data of `caravan.timeline.corrected`.
///
/// WHEN CHANGING THIS: a written event is read for years; add fields, never rename them.
#[derive(Serialize)]
struct CorrectedData {
    reference: Reference,
    /// Every number that the shipment goes by.
    references: Vec<Reference>,
    causes: Vec<CauseData>,
    status_changed: bool,
    before: StandingOut,
    after: StandingOut,
}

/// Why, and by which milestone.
#[derive(Serialize)]
struct CauseData {
    /// `late`, `corrected`, `merged`, or `revoked`: what happened later shows that the delivery was none.
    cause: &'static str,
    milestone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrects: Option<String>,
}

/// The event about `correction`; connection, document, trace and time are those of the milestone that brought it, `by`.
///
/// None when it cannot be written as JSON, which texts and numbers always can.
pub(crate) fn correction(
    tenant: TenantId,
    by: &Envelope,
    (main, references): (&model::Reference, &[model::Reference]),
    correction: &Correction,
) -> Option<Envelope> {
    let mut hash = Sha256::new();
    hash.update(Kind::TIMELINE_CORRECTED.as_str());
    let causes = correction.triggers.iter().map(|trigger| {
        hash.update(trigger.milestone.0.as_bytes());
        let (cause, corrects) = match trigger.cause {
            Cause::Late => ("late", None),
            Cause::Corrected { corrects } => ("corrected", Some(corrects.to_string())),
            Cause::Merged => ("merged", None),
            Cause::Revoked => ("revoked", None),
        };
        CauseData { cause, milestone: trigger.milestone.to_string(), corrects }
    });
    let data = CorrectedData {
        reference: main.clone().into(),
        references: references.iter().cloned().map(Into::into).collect(),
        causes: causes.collect(),
        status_changed: correction.before.status != correction.after.status,
        before: correction.before.into(),
        after: correction.after.into(),
    };
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    Some(Envelope {
        id: RecordId(Uuid::new_v8(bytes)),
        tenant,
        connection: by.connection,
        document: by.document,
        kind: Kind::TIMELINE_CORRECTED,
        key: main.value.clone(),
        time_ms: by.time_ms,
        trace: by.trace,
        data: serde_json::to_string(&data).ok()?,
    })
}

pub(crate) fn utc(instant_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(instant_ms)
        .map_or_else(|_| format!("{instant_ms} ms"), |at| at.to_string())
}

/// Milliseconds of an RFC 3339 time with an offset.
pub(crate) fn instant_ms(text: &str) -> Option<i64> {
    Moment::from_rfc3339(text, ZoneSource::Sent).map(|at| at.instant_ms)
}
