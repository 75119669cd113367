//! `connector.toml` as types: what a connector is, what it can do, and what it may reach.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::violation::Violation;
use crate::words::Words;
use crate::{rules, schema};

/// A connector's manifest. Made by [`Manifest::parse`] only, so a value of this type has passed every check.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Manifest {
    /// Who the connector is.
    pub connector: Connector,
    /// Which operations it exports.
    pub operations: Operations,
    /// What it may call, by the name that the guest uses.
    #[serde(default)]
    pub endpoints: BTreeMap<String, Endpoint>,
    /// How its calls are authenticated, by slot name. The secrets themselves belong to the connection.
    #[serde(default)]
    pub auth: BTreeMap<String, Auth>,
    /// Keys that it may sign, verify or compare with, by slot name.
    #[serde(default)]
    pub crypto: BTreeMap<String, Crypto>,
    /// What it may remember between calls; nothing when left out.
    #[serde(default)]
    pub state: StateKeys,
    /// How often and how much it asks when polled.
    #[serde(default)]
    pub polling: Polling,
    /// JSON Schema of the connection's settings; `{}` accepts anything, left out accepts none.
    #[serde(default)]
    pub settings: Option<Value>,
    /// What the test of a connection asks about when nobody names anything else.
    #[serde(default)]
    pub sample: Option<Sample>,
    /// What a connection's form says in other languages: by language (`hi`), and in each by the English title, description or
    /// help, or by the name of a property that has no title.
    #[serde(default)]
    pub words: Words,
    /// The kinds of document that it reads or writes.
    #[serde(default)]
    pub messages: Vec<Message>,
}

/// `[connector]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Connector {
    /// The folder's name: `dhl`.
    pub id: String,
    /// For people: `DHL Shipment Tracking – Unified`.
    pub title: String,
    /// How much a call may use.
    pub class: LimitsClass,
    /// What it does, in a few sentences.
    #[serde(default)]
    pub description: Option<String>,
    /// The party's published documents that the connector was written from.
    #[serde(default)]
    pub source: Vec<String>,
}

/// The limits class of a call; `hub/sandbox` gives each its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum LimitsClass {
    /// A small API reply.
    S,
    /// A document of usual size.
    M,
    /// A bulk file.
    L,
}

impl LimitsClass {
    /// Largest reply body in bytes where the endpoint names none: the guest holds the bytes and what it makes of them, so a
    /// reply takes at most an eighth of its memory.
    #[must_use]
    pub const fn reply_bytes_max(self) -> u64 {
        match self {
            Self::S => 2 << 20,
            Self::M => 4 << 20,
            Self::L => 8 << 20,
        }
    }
}

/// `[operations]`: what the component exports beside `meta`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Operations {
    /// `tracking.track`.
    pub tracking: bool,
    /// `files.open`.
    pub files: bool,
    /// `webhooks.receive`.
    pub webhooks: bool,
    /// `documents.acknowledge`.
    pub documents: bool,
    /// `orders.fetch`.
    pub orders: bool,
    /// `invoices.submit`.
    pub invoices: bool,
    /// `tenders.offer`.
    pub tenders: bool,
    /// `settlements.hand-over`.
    pub settlements: bool,
}

/// `[endpoints.<name>]`: one place that may be called.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Endpoint {
    /// Base URL per environment (`production`, `sandbox`, `demo`); empty when each connection brings its own.
    #[serde(default)]
    pub base: BTreeMap<String, String>,
    /// Upper-case HTTP methods.
    pub methods: Vec<String>,
    /// Path prefixes by segment; `*` stands for anything within one segment; `/` allows every path.
    pub paths: Vec<String>,
    /// Auth slots that may be used here.
    #[serde(default)]
    pub auth: Vec<String>,
    /// The party's published rate, if it publishes one.
    #[serde(default)]
    pub requests_per_s: Option<u32>,
    /// Largest reply body in bytes; left out: what the class's memory is made for.
    #[serde(default)]
    pub reply_bytes_max: Option<u64>,
    /// What this party means by an HTTP status (`403`), where its documents say something else than the status does.
    /// The host believes this and not the guest, so that a guest cannot excuse a refusal.
    #[serde(default)]
    pub means: BTreeMap<String, StatusMeaning>,
}

/// What a party means by an HTTP status that is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusMeaning {
    /// The credentials are refused: the connection rests.
    Auth,
    /// Too often: asked again later.
    RateLimited,
    /// A failure that passes.
    Transient,
    /// This request makes no sense to the party; others may.
    Permanent,
}

/// `[auth.<slot>]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Auth {
    /// For the person who fills the slot in.
    #[serde(default)]
    pub title: Option<String>,
    /// The secret fields that a connection must give, in the order that the kind uses them. After parsing never empty.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Where a person finds the value, by field.
    #[serde(default)]
    pub help: BTreeMap<String, String>,
    /// How the host uses the fields.
    #[serde(flatten)]
    pub kind: AuthKind,
}

/// How the host authenticates a call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum AuthKind {
    /// `<header>: <prefix><value>`; fields default to `value`.
    Header {
        /// Header name.
        header: String,
        /// Put before the value, with its space.
        #[serde(default)]
        prefix: String,
    },
    /// RFC 7617; fields default to `username`, `password`.
    Basic,
    /// RFC 6750; fields default to `value`.
    Bearer,
    /// RFC 6749 §4.4; fields default to `client_id`, `client_secret`.
    #[serde(rename = "oauth2-client-credentials")]
    OAuth2ClientCredentials {
        /// The endpoint that issues tokens; a name of `[endpoints]`.
        token_endpoint: String,
        /// Path below that endpoint's base.
        token_path: String,
        /// Asked scope.
        #[serde(default)]
        scope: Option<String>,
        /// Where the client's credentials go.
        #[serde(default)]
        client_auth: ClientAuth,
    },
    /// `{{slot.field}}` in a request body, filled in by the host.
    Placeholder,
}

/// Where an OAuth2 client puts its credentials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// `Authorization: Basic` (RFC 6749 §2.3.1).
    #[default]
    Basic,
    /// `client_id` and `client_secret` in the form body.
    Body,
}

/// `[crypto.<slot>]`: a key that the host uses for the guest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Crypto {
    /// For the person who fills the slot in.
    #[serde(default)]
    pub title: Option<String>,
    /// Where a person finds the key.
    #[serde(default)]
    pub help: Option<String>,
    /// The secret field that holds the key.
    #[serde(default = "value_field")]
    pub field: String,
    /// What may be done with it.
    pub uses: Vec<CryptoUse>,
    /// HMAC algorithms; needed for `hmac-verify` and `hmac-sign`.
    #[serde(default)]
    pub algorithms: Vec<Digest>,
}

fn value_field() -> String {
    "value".to_owned()
}

/// What a guest may ask of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CryptoUse {
    /// Check a signature.
    HmacVerify,
    /// Make a signature.
    HmacSign,
    /// Compare with the secret.
    SecretEquals,
}

impl CryptoUse {
    /// As written in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacVerify => "hmac-verify",
            Self::HmacSign => "hmac-sign",
            Self::SecretEquals => "secret-equals",
        }
    }
}

/// A digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Digest {
    /// SHA-1: only because parties still sign webhooks with it.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
    /// MD5: only because parties still sign with it.
    Md5,
}

impl Digest {
    /// As written in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
            Self::Md5 => "md5",
        }
    }
}

/// `[state]`: what may be remembered between calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct StateKeys {
    /// Allowed keys; a trailing `*` stands for any ending. Empty: none.
    pub keys: Vec<String>,
}

/// `[polling]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Polling {
    /// Seconds between two polls of the same shipment.
    pub interval_s: u32,
    /// References asked in one call.
    pub references_max: u32,
}

impl Default for Polling {
    fn default() -> Self {
        Self { interval_s: 900, references_max: 1 }
    }
}

/// `[sample]`: a reference that the party's test system knows, or that at least has the form of one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sample {
    /// Kind: `tracking`, `awb`.
    pub kind: String,
    /// The number.
    pub value: String,
}

/// An operation that reads messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reading {
    /// Replies of `tracking.track`.
    Tracking,
    /// Documents of `files.open`.
    Files,
    /// Requests of `webhooks.receive`.
    Webhooks,
}

/// `[[messages]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// `dialect/message`: `x12/214`, `idoc/ORDERS05`.
    pub kind: String,
    /// Who sends it.
    #[serde(default)]
    pub direction: Direction,
    /// By which operation it is read, where the connector has several that read.
    #[serde(default)]
    pub operation: Option<Reading>,
    /// For people.
    #[serde(default)]
    pub title: Option<String>,
}

/// Who sends a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The party sends it to us.
    #[default]
    In,
    /// We send it to the party.
    Out,
}

impl Manifest {
    /// Reads and checks a `connector.toml`.
    ///
    /// # Errors
    /// Every violation found, sorted by path; a text that is no TOML is one violation without path.
    pub fn parse(text: &str) -> Result<Self, Vec<Violation>> {
        let table: toml::Table =
            toml::from_str(text).map_err(|error| vec![Violation::new("", error.to_string())])?;
        let value = serde_json::to_value(table)
            .map_err(|error| vec![Violation::new("", error.to_string())])?;
        let violations = schema::CONNECTOR.violations(&value);
        if !violations.is_empty() {
            return Err(violations);
        }
        let mut manifest: Self = serde_json::from_value(value)
            .map_err(|error| vec![Violation::new("", error.to_string())])?;
        rules::fill_default_fields(&mut manifest);
        let violations = rules::violations(&manifest);
        if violations.is_empty() { Ok(manifest) } else { Err(violations) }
    }

    /// Checks a connection's settings (a JSON object) against `[settings]`.
    ///
    /// # Errors
    /// Every violation. A connector without `[settings]` takes an empty object only.
    pub fn validate_settings(&self, settings: &Value) -> Result<(), Vec<Violation>> {
        let Some(schema) = &self.settings else {
            let empty = settings.as_object().is_some_and(serde_json::Map::is_empty);
            let message = format!("{} takes no settings", self.connector.id);
            return if empty { Ok(()) } else { Err(vec![Violation::new("", message)]) };
        };
        let violations = schema::against(schema, settings)
            .unwrap_or_else(|reason| vec![Violation::new("settings", reason)]);
        if violations.is_empty() { Ok(()) } else { Err(violations) }
    }

    /// Whether the connector reads documents of `kind`.
    #[must_use]
    pub fn reads(&self, kind: &str) -> bool {
        self.messages
            .iter()
            .any(|message| message.kind == kind && message.direction == Direction::In)
    }

    /// The kind of what `operation` reads, when there is but one.
    #[must_use]
    pub fn kind_of(&self, operation: Reading) -> Option<&str> {
        let read = self.messages.iter().filter(|message| message.direction == Direction::In);
        let mut kinds = read
            .filter(|message| message.operation.is_none_or(|one| one == operation))
            .map(|message| message.kind.as_str());
        kinds.next().filter(|_| kinds.next().is_none())
    }

    /// The secret fields that a connection must give: slot, then field.
    pub fn secret_fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let auth = self.auth.iter().flat_map(|(slot, auth)| {
            auth.fields.iter().map(move |field| (slot.as_str(), field.as_str()))
        });
        auth.chain(self.crypto.iter().map(|(slot, crypto)| (slot.as_str(), crypto.field.as_str())))
    }
}
