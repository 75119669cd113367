//! Exceptions, counts and stays as callers see them, and what callers say of exceptions.

use std::collections::BTreeMap;

use caravan_model::Said;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::utc;
use crate::domain::Stay;
use crate::store::exceptions::{Exception, Line};

/// Something wrong with a shipment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Exception)]
pub(crate) struct ExceptionOut {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The best of the shipment's numbers.
    pub(crate) reference: String,
    /// `delay`, `halt`, `silence`, `failed-attempt`, `return`, `damage` or `problem`.
    pub(crate) cause: String,
    /// `open`, `snoozed` or `resolved`.
    pub(crate) status: &'static str,
    /// The rule that opened it.
    #[schema(example = "promise-passed")]
    pub(crate) rule: String,
    /// What the rule found, in words.
    pub(crate) detail: String,
    /// Since when it is so.
    pub(crate) since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) snoozed_until: Option<String>,
    pub(crate) opened_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolution: Option<String>,
    /// Stable kebab-case word for what `resolution` says, where it is Caravan's own sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "passed")]
    pub(crate) resolution_kind: Option<String>,
    /// What `resolution` names, for whoever says it in another language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) resolution_values: BTreeMap<String, String>,
    /// For `if-match`.
    pub(crate) version: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) history: Option<Vec<ExceptionLine>>,
}

/// Who did what about an exception.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExceptionLine {
    /// `opened`, `assigned`, `snoozed`, `commented`, `resolved`, `reopened`; `moved` or `joined` when the shipment turned out to be
    /// another.
    action: String,
    actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Stable kebab-case word for what `text` says, where it is Caravan's own sentence; not for `opened`, which has the exception's rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    text_kind: Option<String>,
    /// What `text` names, for whoever says it in another language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    text_values: BTreeMap<String, String>,
    at: String,
}

/// A sentence, its kind and its values, each as it is shown.
fn parts(said: Option<Said>) -> (Option<String>, Option<String>, BTreeMap<String, String>) {
    said.map_or_else(Default::default, |said| (Some(said.text), said.kind, said.values))
}

impl From<Line> for ExceptionLine {
    fn from(line: Line) -> Self {
        let (text, text_kind, text_values) = parts(line.text);
        let Line { action, actor, at_ms, .. } = line;
        Self { action, actor, text, text_kind, text_values, at: utc(at_ms) }
    }
}

impl ExceptionOut {
    /// At `now_ms`, which decides whether it is still snoozed.
    pub(crate) fn new(row: Exception, now_ms: i64) -> Self {
        let snoozed = row.snoozed_until_ms.filter(|until| *until > now_ms);
        let status = match (row.is_open, snoozed) {
            (false, _) => "resolved",
            (true, Some(_)) => "snoozed",
            (true, None) => "open",
        };
        let (resolution, resolution_kind, resolution_values) = parts(row.resolution);
        Self {
            id: row.id.to_string(),
            reference: row.reference,
            cause: row.cause,
            status,
            rule: row.rule,
            detail: row.detail,
            since: utc(row.since_ms),
            owner: row.owner,
            snoozed_until: snoozed.map(utc),
            opened_at: utc(row.opened_ms),
            resolved_at: row.resolved_ms.map(utc),
            resolved_by: row.resolved_by,
            resolution,
            resolution_kind,
            resolution_values,
            version: row.version,
            history: None,
        }
    }
}

/// The filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExceptionQuery {
    /// `open` (without snoozed ones), `snoozed` or `resolved`.
    pub(crate) status: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) owner: Option<String>,
    /// The shipment's best number.
    pub(crate) reference: Option<String>,
}

/// Something that is done to an exception.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum ExceptionAct {
    /// Gives it an owner; the caller when none is named.
    Assign {
        #[serde(default)]
        owner: Option<String>,
    },
    /// Puts it away until a time: RFC 3339 with an offset.
    Snooze {
        until: String,
        #[serde(default)]
        reason: Option<String>,
    },
    Comment {
        text: String,
    },
    /// Ends it, and says how.
    Resolve {
        reason: String,
    },
    /// Opens it again.
    Reopen {
        reason: String,
    },
}

/// The same done to many.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct BulkIn {
    /// At most 200.
    #[schema(value_type = Vec<String>)]
    pub(crate) ids: Vec<Uuid>,
    pub(crate) act: ExceptionAct,
}

/// What became of one of many.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BulkOut {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    pub(crate) done: bool,
    /// The problem's code, when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

/// What became of each, in order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BulkResults {
    pub(crate) results: Vec<BulkOut>,
}

/// How many shipments stand somewhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StatusCountOut {
    pub(crate) status: String,
    pub(crate) shipments: i64,
}

/// How many exceptions of one cause are open.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CauseCountOut {
    pub(crate) cause: String,
    /// Snoozed ones too.
    pub(crate) open: i64,
    pub(crate) snoozed: i64,
}

/// What moves, is late, is stuck, is an exception.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CountsOut {
    /// On their way.
    pub(crate) moving: i64,
    pub(crate) delivered: i64,
    /// With an open delay.
    pub(crate) late: i64,
    /// With an open halt or silence.
    pub(crate) stuck: i64,
    /// Open exceptions of all causes.
    pub(crate) exceptions: i64,
    pub(crate) by_status: Vec<StatusCountOut>,
    pub(crate) by_cause: Vec<CauseCountOut>,
}

/// A stay at a stop, and what of it is over the free time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DetentionOut {
    /// `pickup` or `delivery`.
    stop: &'static str,
    arrived_at: String,
    /// Left out while it stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    departed_at: Option<String>,
    minutes: i64,
    /// Minutes that cost nothing; a contract may say otherwise.
    free_minutes: i64,
    detained_minutes: i64,
}

impl DetentionOut {
    pub(crate) fn new(stay: &Stay, now_ms: i64, free_min: i64) -> Self {
        Self {
            stop: stay.stop,
            arrived_at: stay.arrived.to_rfc3339(),
            departed_at: stay.departed.map(|at| at.to_rfc3339()),
            minutes: stay.minutes(now_ms),
            free_minutes: free_min,
            detained_minutes: stay.detained_min(now_ms, free_min),
        }
    }
}
