//! The JSON forms of connections.

use caravan_hub_registry::{Managed, SecretName};
use caravan_model::Reference;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::trial::{Sample, Trial};

/// A connection, without its secrets, which nobody can read back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connection)]
pub(crate) struct ConnectionOut {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The tenant's name for it.
    name: String,
    /// The party's key in the catalogue.
    party: String,
    /// `production` or `sandbox`.
    environment: &'static str,
    /// Base URLs in place of the connector's own.
    #[schema(value_type = Object)]
    endpoints: Value,
    /// Of the connector's own schema.
    settings: Value,
    /// Which secrets are set, and since when.
    secrets: Vec<SecretOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sftp: Option<SftpOut>,
    /// Whether its party may post to an address of its own.
    webhook: bool,
    /// The last test of what is stored now; absent: it was saved untested.
    #[serde(skip_serializing_if = "Option::is_none")]
    tested: Option<TestedOut>,
    /// Set while it makes no calls.
    paused: Option<PausedOut>,
    version: i64,
    created_ms: i64,
    updated_ms: i64,
}

/// A secret's name and age.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectionSecret)]
pub(crate) struct SecretOut {
    slot: String,
    field: String,
    set_ms: i64,
}

/// An SFTP account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SftpAccount)]
pub(crate) struct SftpOut {
    user: String,
    public_keys: Vec<String>,
}

/// What the last test came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectionTested)]
pub(crate) struct TestedOut {
    at_ms: i64,
    ok: bool,
}

/// Why a connection makes no calls.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Paused)]
pub(crate) struct PausedOut {
    /// `disabled` when people did it, else the failure class that did.
    class: String,
    reason: String,
}

impl From<SecretName> for SecretOut {
    fn from(SecretName { slot, field, set_ms }: SecretName) -> Self {
        Self { slot, field, set_ms }
    }
}

impl From<Managed> for ConnectionOut {
    fn from(managed: Managed) -> Self {
        let connection = managed.connection;
        Self {
            id: connection.id.to_string(),
            name: connection.name,
            party: connection.party,
            environment: connection.environment.as_str(),
            endpoints: connection.endpoints.into_iter().collect(),
            settings: connection.settings,
            secrets: managed.secrets.into_iter().map(SecretOut::from).collect(),
            // A shut account keeps its name and has no key.
            sftp: managed
                .sftp
                .filter(|(_, keys)| !keys.is_empty())
                .map(|(user, public_keys)| SftpOut { user, public_keys }),
            webhook: managed.hook_ms.is_some(),
            tested: managed.tested.map(|tested| TestedOut { at_ms: tested.at_ms, ok: tested.ok }),
            paused: connection
                .paused
                .map(|paused| PausedOut { class: paused.class, reason: paused.reason }),
            version: connection.version,
            created_ms: managed.created_ms,
            updated_ms: managed.updated_ms,
        }
    }
}

/// A connection as it was saved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectionSaved)]
pub(crate) struct SavedOut {
    #[serde(flatten)]
    pub(crate) connection: ConnectionOut,
    /// The path that its party posts to, below this installation's address; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) webhook_path: Option<String>,
    /// What its test came to; absent: it was saved untested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) test: Option<Trial>,
}

/// A reference to ask about.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Sample)]
pub(crate) struct SampleIo {
    /// `tracking`, `awb`, …
    #[schema(max_length = 64)]
    kind: String,
    #[schema(min_length = 1, max_length = 64, example = "7777777770")]
    value: String,
}

impl From<&caravan_manifest::Sample> for SampleIo {
    fn from(sample: &caravan_manifest::Sample) -> Self {
        Self { kind: sample.kind.clone(), value: sample.value.clone() }
    }
}

impl SampleIo {
    pub(crate) fn chosen(self) -> Sample {
        Sample { reference: Reference::new(self.kind, self.value), chosen: true }
    }

    pub(crate) fn fits(&self) -> bool {
        let fits = |text: &str| (1..=64).contains(&text.len()) && !text.contains(char::is_control);
        fits(&self.kind) && fits(&self.value)
    }
}

// No `Debug` on what holds a draft: secrets are in it.

/// A draft to test.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConnectionTestRequest)]
pub(crate) struct TestIn {
    /// The party's key in the catalogue.
    #[schema(example = "dhl")]
    pub(crate) party: String,
    /// Of the party's `connection_schema`.
    #[schema(value_type = Object)]
    pub(crate) connection: Value,
    /// What to ask the party about; the connector's own unless said.
    pub(crate) sample: Option<SampleIo>,
}

/// A connection to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConnectionNew)]
pub(crate) struct MakeIn {
    /// The party's key in the catalogue.
    #[schema(example = "dhl")]
    pub(crate) party: String,
    /// Of the party's `connection_schema`.
    #[schema(value_type = Object)]
    connection: Value,
    /// What to ask the party about; the connector's own unless said.
    sample: Option<SampleIo>,
    /// Save it without the test of what it reaches; needs a reason.
    #[serde(default)]
    untested: bool,
    /// For the audit trail.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

impl MakeIn {
    pub(crate) fn save(self) -> SaveIn {
        let Self { connection, sample, untested, reason, .. } = self;
        SaveIn { connection, sample, untested, reason }
    }
}

/// The new state of a connection.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConnectionChange)]
pub(crate) struct SaveIn {
    /// Of the party's `connection_schema`; secrets that are left out stay.
    #[schema(value_type = Object)]
    pub(crate) connection: Value,
    /// What to ask the party about; the connector's own unless said.
    pub(crate) sample: Option<SampleIo>,
    /// Save it without the test of what it reaches; needs a reason.
    #[serde(default)]
    pub(crate) untested: bool,
    /// For the audit trail.
    #[schema(max_length = 500)]
    pub(crate) reason: Option<String>,
}

/// What to ask the party about.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ConnectionRetest)]
pub(crate) struct RetestIn {
    /// The connector's own unless said.
    pub(crate) sample: Option<SampleIo>,
}

/// Why a connection is put to rest.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConnectionDisable)]
pub(crate) struct DisableIn {
    /// For the audit trail; 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}
