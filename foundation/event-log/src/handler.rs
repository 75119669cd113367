//! What a consumer does with its events, and the two ways in which that can fail.

use async_trait::async_trait;
use caravan_tenancy::SystemTx;

use crate::{AppendError, Stored};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a handler did not take its events.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The moment is bad, the events are not: they are tried again, as often as it takes.
    #[error("not now")]
    Later(#[source] Cause),
    /// These events fail every time: each is tried alone, and those that fail are set aside in `consumer_parked`.
    #[error("the event cannot be handled")]
    Poison(#[source] Cause),
}

impl HandlerError {
    /// Try again later.
    pub fn later(cause: impl Into<Cause>) -> Self {
        Self::Later(cause.into())
    }

    /// Set the event aside.
    pub fn poison(cause: impl Into<Cause>) -> Self {
        Self::Poison(cause.into())
    }
}

/// A lost connection is the moment's fault; a refused value is the event's.
impl From<caravan_tenancy::Error> for HandlerError {
    fn from(error: caravan_tenancy::Error) -> Self {
        if error.is_transient() { Self::later(error) } else { Self::poison(error) }
    }
}

impl From<sqlx::Error> for HandlerError {
    fn from(error: sqlx::Error) -> Self {
        caravan_tenancy::Error::from(error).into()
    }
}

impl From<AppendError> for HandlerError {
    fn from(error: AppendError) -> Self {
        let transient = matches!(&error, AppendError::Append(source) if source.is_transient());
        if transient { Self::later(error) } else { Self::poison(error) }
    }
}

/// What a consumer does with its events.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Applies `batch`, in order, in `tx`, and in nothing else: what is done in `tx` happens once, what is done elsewhere may be
    /// repeated. The batch spans tenants, so name each with `tx.scope(…)` before touching its rows. Never commits.
    async fn handle(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError>;
}
