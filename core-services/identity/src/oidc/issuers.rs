//! What is known of providers: their descriptions and keys, fetched by one of those who wait and remembered for an hour.
//!
//! A token with a key that is not in the set has the set fetched again, since a provider may have changed its keys (§10.1.1); but at
//! most every half minute, as anybody can make up a key's name. A failure is remembered for a few seconds, so that a provider that is
//! away costs us no request for each of its users.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::Algorithm;
use tokio::time::Instant;

use super::client::Client;
use super::id_token::{Flaw, Header};
use super::keys::{Key, Keys};
use super::metadata::{Metadata, place};
use super::refusal::Refusal;

/// How long an answer is believed.
const BELIEVED: Duration = Duration::from_secs(3_600);
/// How long a failure is.
const FAILED: Duration = Duration::from_secs(5);
/// Between two looks for a key that was not there.
const LOOKED: Duration = Duration::from_secs(30);
/// Most issuers that are remembered: beyond it, all are forgotten and asked for anew.
const ISSUERS_MAX: usize = 500;

/// The memory.
#[derive(Debug)]
pub(crate) struct Issuers {
    client: Client,
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Issuer>>>>,
}

/// One issuer; whoever holds it asks, and the others wait.
#[derive(Debug, Default)]
struct Issuer {
    metadata: Option<(Instant, Result<Arc<Metadata>, Refusal>)>,
    keys: Option<(Instant, Result<Arc<Keys>, Refusal>)>,
    looked: Option<Instant>,
}

impl Issuers {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, known: Mutex::default() }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The description of an issuer.
    pub(crate) async fn metadata(&self, issuer: &str) -> Result<Arc<Metadata>, Refusal> {
        let held = self.held(issuer);
        let mut held = held.lock().await;
        self.described(&mut held, issuer).await
    }

    /// The key that a token was signed with.
    pub(crate) async fn key(&self, issuer: &str, header: &Header) -> Result<Key, Refusal> {
        let held = self.held(issuer);
        let mut held = held.lock().await;
        let metadata = self.described(&mut held, issuer).await?;
        let keys = match fresh(held.keys.as_ref()) {
            Some(known) => known?,
            None => self.fetch(&mut held, &metadata).await?,
        };
        let (id, algorithm): (Option<&str>, Algorithm) = (header.key.as_deref(), header.algorithm);
        if let Some(key) = keys.find(id, algorithm) {
            return Ok(key.clone());
        }
        if held.looked.is_some_and(|looked| looked.elapsed() < LOOKED) {
            return Err(Flaw::KeyUnknown.into());
        }
        held.looked = Some(Instant::now());
        let keys = self.fetch(&mut held, &metadata).await?;
        Ok(keys.find(id, algorithm).cloned().ok_or(Flaw::KeyUnknown)?)
    }

    /// Forgets what is known of an issuer, and asks it: when somebody has just configured it.
    pub(crate) async fn anew(&self, issuer: &str) -> Result<Arc<Metadata>, Refusal> {
        let held = self.held(issuer);
        let mut held = held.lock().await;
        *held = Issuer::default();
        let metadata = self.described(&mut held, issuer).await?;
        self.client.check(&metadata.authorization)?;
        self.client.check(&metadata.token)?;
        self.fetch(&mut held, &metadata).await?;
        Ok(metadata)
    }

    async fn described(&self, held: &mut Issuer, issuer: &str) -> Result<Arc<Metadata>, Refusal> {
        if let Some(known) = fresh(held.metadata.as_ref()) {
            return known;
        }
        let url = place(issuer)?;
        let answer = self.client.get("description", &url).await;
        let metadata = answer.and_then(|body| Metadata::parse(&body, issuer)).map(Arc::new);
        held.metadata = Some((Instant::now(), metadata.clone()));
        metadata
    }

    async fn fetch(&self, held: &mut Issuer, metadata: &Metadata) -> Result<Arc<Keys>, Refusal> {
        let answer = self.client.get("key set", &metadata.keys).await;
        let keys = answer.and_then(|body| Keys::parse(&body)).map(Arc::new);
        held.keys = Some((Instant::now(), keys.clone()));
        keys
    }

    fn held(&self, issuer: &str) -> Arc<tokio::sync::Mutex<Issuer>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ISSUERS_MAX && !known.contains_key(issuer) {
            known.clear();
        }
        Arc::clone(known.entry(issuer.to_owned()).or_default())
    }
}

/// What was found, while it is believed.
fn fresh<T: Clone>(found: Option<&(Instant, Result<T, Refusal>)>) -> Option<Result<T, Refusal>> {
    let (since, found) = found?;
    let lasts = if found.is_ok() { BELIEVED } else { FAILED };
    (since.elapsed() < lasts).then(|| found.clone())
}
