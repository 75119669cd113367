//! The tables. Every statement names the tenant although row-level security does too: the planner then starts with it.
//!
//! Statements take a connection and a tenant, since the HTTP side works in a `TenantTx` and the consumer in a scoped `SystemTx`.

mod conflicts;
mod movements;
mod rates;
mod read;
mod received;
mod search;
mod tenders;
mod write;

pub(crate) use conflicts::{Conflict, conflicts, insert_conflicts, resolve};
pub(crate) use movements::{
    keep_movements, kept_movements, lock, lock_shared, orders_by_references,
};
pub(crate) use rates::{candidates, insert_contract};
pub(crate) use read::{by_ids, by_number, counts, history, ids_by_numbers, one, sum_up_counts};
pub(crate) use received::{Receipt, cancelled_before, is_received, write_receipt};
pub(crate) use search::{Filter, Found, Order as ListOrder, Sought, TooWide, search};
pub(crate) use tenders::{Due, claim, tenders};
pub(crate) use write::{Change, save};

use caravan_model::{ConnectionId, DocumentHash};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::domain::{Order, OrderId, Progress, State};
use crate::wire::{OrderIn, Stored};

/// The columns of `orders` that make an [`Order`].
const ORDER_COLUMNS: &str = "o.id, o.state, o.held_from, o.version, o.connection_id, o.source_digest, o.content, o.progress, \
                             o.created_ms, o.updated_ms";

/// A row of [`ORDER_COLUMNS`].
fn order(row: &PgRow) -> Result<Order, sqlx::Error> {
    let content: OrderIn = json(row, "content")?;
    let progress: Stored = json(row, "progress")?;
    let held_from: Option<&str> = row.try_get("held_from")?;
    let digest: Option<&[u8]> = row.try_get("source_digest")?;
    Ok(Order {
        id: OrderId(row.try_get("id")?),
        version: row.try_get("version")?,
        state: state(row.try_get("state")?)?,
        held_from: held_from.map(state).transpose()?,
        connection: row.try_get::<Option<_>, _>("connection_id")?.map(ConnectionId),
        source_digest: digest.map(<[u8; 32]>::try_from).transpose().map_err(decode)?,
        // What was stored was read once before, so there is nothing wrong with it now.
        content: content.read().0,
        progress: Progress::try_from(progress).map_err(decode)?,
        created_ms: row.try_get("created_ms")?,
        updated_ms: row.try_get("updated_ms")?,
    })
}

fn json<T: serde::de::DeserializeOwned>(row: &PgRow, column: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(row.try_get(column)?).map_err(decode)
}

fn state(text: &str) -> Result<State, sqlx::Error> {
    State::parse(text).ok_or_else(|| decode(Unreadable { what: "state", text: text.to_owned() }))
}

fn document(bytes: Option<&[u8]>) -> Result<Option<DocumentHash>, sqlx::Error> {
    bytes.map(<[u8; 32]>::try_from).transpose().map(|hash| hash.map(DocumentHash)).map_err(decode)
}

/// A stored text that is none of its enumeration's values.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is no {what}")]
pub(crate) struct Unreadable {
    pub(crate) what: &'static str,
    pub(crate) text: String,
}

pub(crate) fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// Values that JSON can always carry; that they cannot be written would be a defect.
pub(crate) fn encode(value: &impl serde::Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}
