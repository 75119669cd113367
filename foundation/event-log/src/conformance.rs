//! The suite that every log passes: give it a [`World`], get back what is wrong.
//!
//! It reads the log through [`EventLog`] only and appends through [`crate::append`] only, so that a log which is filled by a
//! relay passes it in the same way, and it disturbs what lies below through the world. Its effects are rows of its own schema ([`SCHEMA`]), in which nothing prevents a row from
//! being written twice: that each is there once is what is being tested.

mod groups;
mod order;
mod recorder;
mod trouble;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use async_trait::async_trait;
use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, RecordId, TenantId};
use caravan_tenancy::{Database, Schema, TenantTx};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{AppendError, Appended, EventLog};

pub use groups::{
    a_parked_event_is_tried_again_on_demand, a_parked_event_that_must_wait_holds_up_nothing,
    effects_happen_once_across_a_crash, effects_happen_once_without_fair_assignment,
    members_share_and_take_over, one_poisoned_event_is_set_aside,
};
pub use order::{
    duplicates_are_ignored, every_event_of_random_writers_arrives_once,
    late_commits_are_not_skipped, order_within_a_key, other_topics_are_passed_over,
    rolled_back_events_never_appear,
};

pub use trouble::{effects_happen_once_across_a_disturbance, members_come_and_go};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("src/conformance/migrations");

/// The schema that the suite's consumers work in; migrate it after [`crate::SCHEMA`].
pub const SCHEMA: Schema =
    Schema { name: "conformance", migrator: &MIGRATOR, login_role: "caravan_conformance" };

/// The kind of most of the suite's events.
pub(crate) const KIND: Kind = Kind::MILESTONE_RECORDED;

/// What a log's test gives to the suite.
#[async_trait]
pub trait World: Send + Sync {
    /// The log under test; empty for each check.
    fn log(&self) -> Arc<dyn EventLog>;
    /// A pool under [`SCHEMA`]'s login role: appends go through it, and effects.
    fn database(&self) -> &Database;
    /// How long to wait for what must come.
    fn patience(&self) -> Duration {
        Duration::from_secs(20)
    }
    /// Breaks what lies under the log in the worst way that it must survive (a crashed broker, lost connections, a relay that died
    /// before it noted what it had sent), and has it work again.
    async fn disturb(&self) -> Result<(), Failure> {
        Ok(())
    }
    /// How the suite appends; only a world with a planted bug has a way of its own.
    async fn append(
        &self,
        tx: &mut TenantTx,
        events: &[Envelope],
    ) -> Result<Appended, AppendError> {
        crate::append(tx, events).await
    }
}

/// How a log fails the suite.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Events were committed and never delivered.
    #[error("skipped {} of {wanted} events: {missing:?}", .missing.len())]
    Skipped {
        /// Ids never delivered.
        missing: Vec<RecordId>,
        /// How many there were.
        wanted: usize,
    },
    /// An effect happened more than once.
    #[error("the effects of {0:?} happened more than once")]
    Twice(Vec<RecordId>),
    /// Something else is not as promised.
    #[error("{0}")]
    Broken(String),
    /// The suite itself could not go on.
    #[error("the suite could not go on")]
    Trouble(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    /// The suite could not go on because of `cause`.
    pub fn trouble(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Trouble(cause.into())
    }

    pub(crate) fn broken(what: impl fmt::Display) -> Self {
        Self::Broken(what.to_string())
    }
}

macro_rules! trouble {
    ($($error:ty),+) => { $(impl From<$error> for Failure {
        fn from(error: $error) -> Self {
            Self::Trouble(Box::new(error))
        }
    })+ };
}
trouble!(
    crate::Error,
    crate::AppendError,
    caravan_tenancy::Error,
    sqlx::Error,
    tokio::task::JoinError
);

/// One of the suite's events: its number travels in `time_ms`.
pub(crate) fn event(tenant: u128, key: &str, number: i64) -> Envelope {
    let identity = format!("{tenant}/{key}/{number}");
    let high = crate::position::fnv1a(identity.bytes());
    let low = crate::position::fnv1a(identity.bytes().rev());
    Envelope {
        id: RecordId(Uuid::from_u64_pair(high, low)),
        tenant: TenantId(Uuid::from_u128(tenant)),
        connection: ConnectionId(Uuid::from_u128(tenant)),
        document: DocumentHash([7; 32]),
        kind: KIND,
        key: key.to_owned(),
        time_ms: number,
        trace: None,
        data: format!("{{\"number\":{number}}}"),
    }
}

/// Appends in a transaction of its own.
pub(crate) async fn commit(world: &dyn World, events: &[Envelope]) -> Result<Appended, Failure> {
    let mut appended = Appended::default();
    for of_tenant in events.chunk_by(|a, b| a.tenant == b.tenant) {
        let Some(first) = of_tenant.first() else { continue };
        let mut tx = TenantTx::begin(world.database(), first.tenant).await?;
        let part = world.append(&mut tx, of_tenant).await?;
        tx.commit().await?;
        appended.new = appended.new.saturating_add(part.new);
        appended.duplicate = appended.duplicate.saturating_add(part.duplicate);
        appended.ids.extend(part.ids);
    }
    Ok(appended)
}

/// Asks again until `done` says so or the world's patience is at an end; false then.
pub(crate) async fn eventually<F, T>(world: &dyn World, mut done: F) -> Result<bool, Failure>
where
    F: FnMut() -> T + Send,
    T: Future<Output = Result<bool, Failure>> + Send,
{
    let end = Instant::now() + world.patience();
    loop {
        if done().await? {
            return Ok(true);
        }
        if Instant::now() > end {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
