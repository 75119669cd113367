//! A connection: a tenant's account with one party.

use std::collections::BTreeMap;

use caravan_model::{ConnectionId, TenantId};
use secrecy::SecretString;

/// Which of the party's systems a connection talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// The party's live system.
    Production,
    /// Its test system.
    Sandbox,
}

impl Environment {
    /// The text form, also the key in a manifest's `base`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
        }
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Production, Self::Sandbox].into_iter().find(|each| each.as_str() == text)
    }
}

/// Why a connection does nothing at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// Failure class that paused it.
    pub class: String,
    /// One sentence for the operator.
    pub reason: String,
}

impl Paused {
    /// The class of a connection that people put to rest: its doors are shut, too.
    pub const DISABLED: &str = "disabled";

    /// Whether people put it to rest.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.class == Self::DISABLED
    }
}

/// A tenant's account with one party.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Tenant.
    pub tenant: TenantId,
    /// Id.
    pub id: ConnectionId,
    /// Grows with every change that people make; 0 for a draft that is not stored.
    pub version: i64,
    /// Party in the catalogue.
    pub party: String,
    /// The tenant's name for it, unique within the tenant.
    pub name: String,
    /// Production or sandbox.
    pub environment: Environment,
    /// Base URLs that the operator grants instead of the manifest's, by endpoint name.
    pub endpoints: BTreeMap<String, String>,
    /// Non-secret settings, of the manifest's schema.
    pub settings: serde_json::Value,
    /// Set while it is paused.
    pub paused: Option<Paused>,
}

/// Kinds of doors through which a party reaches us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoorKind {
    /// An SFTP account.
    Sftp,
    /// A webhook address.
    Hook,
}

impl DoorKind {
    /// The text form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sftp => "sftp",
            Self::Hook => "hook",
        }
    }
}

/// A door, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// Tenant.
    pub tenant: TenantId,
    /// Connection.
    pub connection: ConnectionId,
    /// OpenSSH public keys that may enter (SFTP).
    pub public_keys: Vec<String>,
}

/// What a new connection is made of.
#[derive(Debug)]
pub struct NewConnection {
    /// Its id, chosen by the caller so that setting up twice is one connection.
    pub id: ConnectionId,
    /// Party in the catalogue.
    pub party: String,
    /// Name.
    pub name: String,
    /// Production or sandbox.
    pub environment: Environment,
    /// Granted base URLs by endpoint name.
    pub endpoints: BTreeMap<String, String>,
    /// Settings.
    pub settings: serde_json::Value,
    /// Secrets by slot and field.
    pub secrets: BTreeMap<String, BTreeMap<String, SecretString>>,
    /// SFTP user name and its keys.
    pub sftp: Option<(String, Vec<String>)>,
    /// Token of its webhook address; only its hash is stored.
    pub hook_token: Option<SecretString>,
}
