//! What goes over HTTP.

use caravan_tenancy::Caller;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain;
use crate::store::deliveries::{Attempt, Delivery};
use crate::store::webhooks::Webhook;

/// An endpoint to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookIn)]
pub(crate) struct WebhookIn {
    /// What people call it.
    #[schema(min_length = 1, max_length = 100, example = "Our ERP")]
    pub(crate) name: String,
    /// Where to: `https`, a name and no address of a private network.
    #[schema(format = "uri", max_length = 2000, example = "https://erp.example.com/hooks/caravan")]
    pub(crate) url: String,
    /// Event kinds, each of which the maker may read; all of those unless said.
    #[serde(default)]
    #[schema(example = json!(["caravan.order.delivered"]))]
    pub(crate) kinds: Option<Vec<String>>,
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(crate) description: Option<String>,
}

/// What is to be changed of an endpoint; what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookPatch)]
pub(crate) struct WebhookPatch {
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    #[schema(format = "uri")]
    pub(crate) url: Option<String>,
    #[serde(default)]
    pub(crate) kinds: Option<Vec<String>>,
    /// `null` removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub(crate) description: Option<Option<String>>,
    /// `enabled` or `disabled`.
    #[serde(default)]
    pub(crate) status: Option<String>,
}

/// `null` is something else than nothing.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// An endpoint.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookOut {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    name: String,
    /// In full for those who may change it, else its host only: the rest of an address may be a secret.
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    kinds: Vec<String>,
    /// `enabled` or `disabled`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled: Option<DisabledOut>,
    /// Since when there was nothing but failures.
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
    /// Until then messages are signed with the secret before this one, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<String>,
    created_by: String,
    created_at: String,
    updated_at: String,
}

/// Why an endpoint gets nothing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookDisabled)]
pub(crate) struct DisabledOut {
    /// `by-hand`, `gone` (it answered 410) or `failing` (nothing but failures for five days).
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    at: String,
}

impl WebhookOut {
    pub(crate) fn new(row: &Webhook, caller: &Caller, now_ms: i64) -> Self {
        let url = if caller.may(super::http::WRITE) {
            row.url.clone()
        } else {
            domain::target(&row.url).map(|url| domain::shown(&url)).unwrap_or_default()
        };
        Self {
            id: row.id,
            name: row.name.clone(),
            url,
            description: row.description.clone(),
            kinds: row.kinds.clone(),
            status: if row.disabled.is_some() { "disabled" } else { "enabled" },
            disabled: row.disabled.as_ref().map(|disabled| DisabledOut {
                reason: disabled.reason.clone(),
                detail: disabled.detail.clone(),
                at: utc(disabled.at_ms),
            }),
            failing_since: row.failing_since_ms.map(utc),
            previous_secret_until: row.previous_until_ms.filter(|until| *until > now_ms).map(utc),
            created_by: row.made_by.clone(),
            created_at: utc(row.made_ms),
            updated_at: utc(row.changed_ms),
        }
    }
}

/// An endpoint that was made, or whose secret is new.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
pub(crate) struct WebhookMadeOut {
    #[serde(flatten)]
    pub(crate) webhook: WebhookOut,
    /// The signing secret, this once; absent when the answer is repeated for the same `idempotency-key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_…")]
    pub(crate) secret: Option<String>,
}

/// What came back of a test.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookTest)]
pub(crate) struct TestOut {
    /// The `webhook-id` that was sent.
    #[schema(value_type = String, format = "uuid")]
    pub(crate) event_id: Uuid,
    /// `delivered`, `refused`, `gone`, `timeout`, `unreachable`, `broken`, `denied` or `held-back`.
    pub(crate) outcome: &'static str,
    /// The status that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    pub(crate) duration_ms: i64,
    /// The beginning of what was answered, or why nothing was.
    pub(crate) response: String,
}

/// What is to be brought to an endpoint.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryOut {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// The event's id, sent as `webhook-id`.
    #[schema(value_type = String, format = "uuid")]
    event_id: Uuid,
    kind: String,
    /// What the event is about; absent for those who may not read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// `pending`, `delivered`, `failed` (the schedule is at its end) or `held` (the endpoint is disabled; recover it).
    status: String,
    /// Tries so far.
    attempts: i32,
    /// When it is tried next; absent while it is being tried, and when it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<String>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

impl DeliveryOut {
    pub(crate) fn new(row: Delivery, may_read: bool) -> Self {
        let waits = row.status == "pending" && !row.leased;
        Self {
            id: row.id,
            event_id: row.event,
            kind: row.kind,
            subject: may_read.then_some(row.subject),
            status: row.status,
            attempts: row.attempts,
            next_attempt_at: waits.then(|| utc(row.due_ms)),
            created_at: utc(row.made_ms),
            ended_at: row.ended_ms.map(utc),
        }
    }
}

/// A delivery with its tries and what is sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookDeliveryDetail)]
pub(crate) struct DeliveryDetailOut {
    #[serde(flatten)]
    pub(crate) delivery: DeliveryOut,
    /// In order.
    pub(crate) tries: Vec<AttemptOut>,
    /// The CloudEvents document; absent for those who may not read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) body: Option<Box<RawValue>>,
}

/// A try.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub(crate) struct AttemptOut {
    number: i32,
    at: String,
    /// As in a test; `unknown` while it is under way, or when whoever made it was stopped before it could tell.
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<i64>,
    /// The beginning of what was answered, or why nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<String>,
}

impl From<Attempt> for AttemptOut {
    fn from(row: Attempt) -> Self {
        Self {
            number: row.number,
            at: utc(row.at_ms),
            outcome: row.outcome.unwrap_or_else(|| "unknown".to_owned()),
            status: row.status,
            duration_ms: row.duration_ms,
            response: row.response,
        }
    }
}

/// From when on missed deliveries are sent again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookRecoverIn)]
pub(crate) struct RecoverIn {
    /// RFC 3339.
    #[schema(format = "date-time", example = "2026-11-20T00:00:00Z")]
    pub(crate) since: String,
}

/// What is sent again.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookRecovered)]
pub(crate) struct RecoveredOut {
    pub(crate) deliveries: u64,
    /// There are more than one request takes: ask again.
    pub(crate) more: bool,
}

fn utc(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}
