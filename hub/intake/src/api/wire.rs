//! The JSON forms of the hub's interface.

use caravan_hub_registry::Party;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::documents::DocumentRow;

/// A party of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Party)]
pub(crate) struct PartyOut {
    /// Our key, lower-case kebab.
    #[schema(example = "dhl")]
    id: String,
    /// Name as the party writes it.
    name: String,
    /// `express`, `road-ltl`, `air`, `ocean`, `erp`, …
    modes: Vec<String>,
    /// The component that speaks its dialect.
    component: String,
    /// The profile with its code tables.
    profile: String,
    /// How far it is verified: `spec`, `sandbox` or `production`.
    verification: &'static str,
    /// Message kinds that it exchanges.
    messages: Vec<String>,
    /// Standard Carrier Alpha Code, where it has one.
    scac: Option<String>,
}

impl From<&Party> for PartyOut {
    fn from(party: &Party) -> Self {
        Self {
            id: party.id.clone(),
            name: party.name.clone(),
            modes: party.modes.clone(),
            component: party.component.clone(),
            profile: party.profile.clone(),
            verification: party.verification.as_str(),
            messages: party.messages.clone(),
            scac: party.scac.clone(),
        }
    }
}

/// What to poll a party about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Watch {
    /// At most 1,000, each of 1 to 64 bytes.
    #[schema(max_items = 1000, example = json!(["1234567"]))]
    pub(crate) references: Vec<String>,
    /// Kind of the references; `tracking` unless said.
    pub(crate) kind: Option<String>,
    /// Seconds between two polls; 900 unless said.
    #[schema(minimum = 1)]
    pub(crate) interval_s: Option<i32>,
}

/// How many references are polled about from now on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Watched {
    pub(crate) watched: u64,
}

/// The filters of the documents.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DocumentQuery {
    /// At most four words, all of which it has: numbers in it (shipments, orders, bills), its file name or words of that. Each as a
    /// whole, or by its beginning of at least three letters and `*`.
    #[param(example = "PRO1")]
    pub(crate) q: Option<String>,
    /// `received`, `processing`, `done`, `rejected` or `quarantined`.
    pub(crate) status: Option<String>,
    /// The party's key in the catalogue.
    pub(crate) party: Option<String>,
    /// Id or name.
    pub(crate) connection: Option<String>,
    /// The kind of an event made of it (`caravan.milestone.recorded`), of a message in it (`214`), or the one that was asked for (`idoc/ORDERS05`).
    pub(crate) kind: Option<String>,
    /// `sftp`, `erp`, `webhook` or `poll`.
    pub(crate) door: Option<String>,
    /// Received at or after this time, in milliseconds since 1970 UTC.
    pub(crate) from_ms: Option<i64>,
    /// Received before this time.
    pub(crate) to_ms: Option<i64>,
}

/// What a document is compared with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffQuery {
    /// Another document; left out: what processing this one would give now.
    pub(crate) with: Option<String>,
}

/// How a document is to be processed again.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReplayQuery {
    /// Show what that would give, and change nothing.
    #[serde(default)]
    pub(crate) dry_run: bool,
    /// Why, for the audit trail.
    pub(crate) reason: Option<String>,
}

/// What kind of document is posted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PostQuery {
    /// `idoc/ORDERS05`; none: the connector looks.
    pub(crate) message: Option<String>,
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TailQuery {
    /// `beginning` for everything that is kept; from now on unless said.
    pub(crate) from: Option<String>,
    /// One kind of event only.
    #[param(example = "caravan.milestone.recorded")]
    pub(crate) kind: Option<String>,
}

/// A document with everything that is known about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentShown {
    #[serde(flatten)]
    pub(crate) document: DocumentRow,
    /// The first 1,000 records made of it; `records` counts all.
    pub(crate) shown_records: Vec<ShownRecord>,
    /// The first 1,000 parts that were not understood; `rejects` and `warnings` count all.
    pub(crate) shown_rejects: Vec<ShownReject>,
    /// What was done with it, with times.
    pub(crate) steps: Vec<StepOut>,
    /// What was answered to its sender.
    pub(crate) answers: Vec<AnswerOut>,
    /// Other connections that received the same bytes, the latest first: each has a document of its own, `<id>@<connection>`.
    pub(crate) elsewhere: Vec<ElsewhereOut>,
}

/// Another connection that received a document's bytes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentElsewhere)]
pub(crate) struct ElsewhereOut {
    /// Its id.
    pub(crate) connection: String,
    /// Its name.
    pub(crate) name: String,
    pub(crate) party: String,
    pub(crate) received_ms: i64,
}

/// A canonical record, with the bytes that it comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownRecord {
    pub(crate) position: i64,
    /// The id of its event.
    pub(crate) id: String,
    #[schema(example = "caravan.milestone.recorded")]
    pub(crate) kind: String,
    /// First byte.
    pub(crate) start: i64,
    /// One past the last byte.
    pub(crate) end: i64,
    /// The event's data; null once the log has let it go.
    pub(crate) data: Option<Value>,
}

/// A part that was not understood, or not fully.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownReject {
    /// `error` or `warning`.
    pub(crate) severity: String,
    pub(crate) code: String,
    /// Where, in the dialect's own words.
    pub(crate) path: String,
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
    /// First byte.
    pub(crate) start: i64,
    /// One past the last byte.
    pub(crate) end: i64,
}

/// A step of a document's processing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentStep)]
pub(crate) struct StepOut {
    pub(crate) attempt: i32,
    pub(crate) step: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) started_ms: i64,
    pub(crate) duration_us: i64,
    pub(crate) detail: String,
}

/// A file that was made for the sender.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentAnswer)]
pub(crate) struct AnswerOut {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) media_type: String,
    /// The answer's own id, by which its bytes are fetched.
    pub(crate) document: String,
    pub(crate) size_bytes: u64,
    pub(crate) created_ms: i64,
}

/// What a replay came to: the document is processed again, or, in a dry run, what that would give.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Replayed {
    /// It is processed again.
    Begun {
        id: String,
        /// `received`.
        status: &'static str,
    },
    /// Nothing was changed.
    DryRun(DryRun),
}

/// What processing would give.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DryRun {
    pub(crate) id: String,
    pub(crate) dry_run: bool,
    pub(crate) records: Vec<Value>,
    pub(crate) rejects: Vec<DryReject>,
    /// Why the connector stopped, if it did.
    pub(crate) stopped: Option<Stopped>,
}

/// A part that would not be understood.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DryReject {
    pub(crate) severity: &'static str,
    pub(crate) code: String,
    pub(crate) path: String,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// First byte.
    pub(crate) start: u64,
    /// One past the last byte.
    pub(crate) end: u64,
}

/// Why a connector stopped.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stopped {
    /// Failure class.
    pub(crate) class: &'static str,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// A posted document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentReceipt)]
pub(crate) struct ReceiptOut {
    /// SHA-256 of what was posted.
    pub(crate) document: String,
    /// `received` while it is being processed, else how that ended.
    pub(crate) status: String,
    /// The same bytes came before.
    pub(crate) duplicate: bool,
}

/// How a posted document ended, where its dialect has no answer of its own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentEnd)]
pub(crate) struct EndOut {
    #[serde(flatten)]
    pub(crate) receipt: ReceiptOut,
    pub(crate) records: i64,
    pub(crate) duplicates: i64,
    pub(crate) rejects: i64,
    pub(crate) code: Option<String>,
    pub(crate) detail: Option<String>,
}
