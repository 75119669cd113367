//! The tables: whole batches at a time, each statement within the tenant that the transaction is scoped to.
//!
//! Every statement names the tenant although row-level security does too: the planner then starts with it.

pub(crate) mod etas;
pub(crate) mod exceptions;
pub(crate) mod links;
pub(crate) mod list;
pub(crate) mod promises;
mod read;
pub(crate) mod thresholds;
pub(crate) mod turn;
mod words;
mod write;

pub(crate) use read::{Candidate, FactRow, candidates, milestones, outline};
pub(crate) use turn::lock;
pub(crate) use words::{carry_words, write_carriers, write_words};
pub(crate) use write::{
    Main, Shipment, facts, known, mains, merge, references_of, write_facts, write_references,
    write_shipments,
};

use core::str::FromStr as _;

use caravan_model::{
    Classifier, Direction, Moment, RecordId, Scope, ScopeKind, Status, UnknownText, ZoneSource,
};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::domain::{Fact, FactKey};

/// The columns of `facts` that make a [`Fact`].
const FACT_COLUMNS: &str = "id, fact_key, status, classifier, direction, scope_kind, scope_id, \
                            instant_ms, offset_min, zone, recorded_ms, reason, place";

/// A row of [`FACT_COLUMNS`].
fn fact(row: &PgRow) -> Result<Fact, sqlx::Error> {
    Ok(Fact {
        id: RecordId(row.try_get("id")?),
        key: FactKey(row.try_get("fact_key")?),
        status: word(Status::from_str(row.try_get("status")?))?,
        classifier: word(Classifier::from_str(row.try_get("classifier")?))?,
        direction: word(Direction::from_str(row.try_get("direction")?))?,
        scope: Scope {
            kind: word(ScopeKind::from_str(row.try_get("scope_kind")?))?,
            id: row.try_get("scope_id")?,
        },
        at: Moment {
            instant_ms: row.try_get("instant_ms")?,
            offset_min: row.try_get("offset_min")?,
            zone: word(ZoneSource::from_str(row.try_get("zone")?))?,
        },
        recorded_ms: row.try_get("recorded_ms")?,
        reason: row.try_get("reason")?,
        place: row.try_get("place")?,
    })
}

fn word<T>(read: Result<T, UnknownText>) -> Result<T, sqlx::Error> {
    read.map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
