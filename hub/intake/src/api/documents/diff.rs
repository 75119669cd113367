//! Two lists of canonical records, side by side: what is the same, what changed and where, what only one has.
//!
//! Where a record came from (its byte range) does not count: a corrected file moves everything behind the correction.

use std::collections::{BTreeMap, VecDeque};

use axum::Extension;
use axum::extract::State;
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Json, Path, Problem, Query};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::super::wire::{DiffQuery, Stopped};
use super::which::one;
use super::{SHOWN_MAX as RECORDS_MAX, dry_run, records};
use crate::documents::DocumentRow;
use crate::intake::Intake;

/// Most records of each kind that are shown; the rest is counted.
const SHOWN_MAX: usize = 200;
/// Most places of one record.
const PLACES_MAX: usize = 100;

/// Two lists of records, side by side.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = RecordsDiff)]
pub(crate) struct Diff {
    /// Records that both have.
    same: usize,
    /// Records that are about the same and differ.
    changed_count: usize,
    only_left_count: usize,
    only_right_count: usize,
    /// The first 200.
    changed: Vec<Changed>,
    /// The first 200.
    #[schema(value_type = Vec<Object>)]
    only_left: Vec<Value>,
    /// The first 200.
    #[schema(value_type = Vec<Object>)]
    only_right: Vec<Value>,
}

/// A record that both have, and not alike.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordChanged)]
pub(crate) struct Changed {
    /// The first 100 places.
    places: Vec<Place>,
    #[schema(value_type = Object)]
    left: Value,
    #[schema(value_type = Object)]
    right: Value,
}

/// One place in a record.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RecordPlace)]
pub(crate) struct Place {
    /// JSON pointer (RFC 6901) into the record.
    #[schema(example = "/at/time")]
    pointer: String,
    /// Absent: it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    left: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    right: Option<Value>,
}

/// A document compared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentDiff)]
pub(crate) struct DiffOut {
    /// The document on the left.
    left: String,
    /// The one on the right; absent: what processing the left one would give now.
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<String>,
    #[serde(flatten)]
    diff: Diff,
    /// Only the first 1,000 records of each were compared.
    truncated: bool,
    /// Records of the left whose events the log has let go; they are not compared.
    forgotten: usize,
    /// Why the connector stopped, if it did in the dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<Stopped>,
}

/// Compare a document.
///
/// Its canonical records with those of another document, or, without `with`, with what processing it would give now: a dry run, for
/// which a profile or a connector was changed. Byte ranges do not count.
#[utoipa::path(
    get, path = "/v1/documents/{id}/diff", operation_id = "diffDocument", tag = "documents",
    params(("id" = String, Path, description = "The first 4 to 64 hex digits of its SHA-256; with `@` and a connection's id or name, that one's of the same bytes."), DiffQuery),
    security(("api_key" = ["documents:read"])),
    responses(
        (status = 200, description = "What is the same, what changed and where, what only one has.", body = DiffOut),
        (status = 400, description = "`document-id`"), (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn show(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(query): Query<DiffQuery>,
) -> Result<Json<DiffOut>, Problem> {
    let mut tx = TenantTx::read(intake.database(), caller.tenant).await?;
    let left = one(&mut tx, &id).await?;
    let right = match &query.with {
        Some(other) => Some(one(&mut tx, other).await?),
        None => None,
    };
    let (ours, forgotten) = stored(&mut tx, &left).await?;
    let theirs = match &right {
        Some(right) => Some(stored(&mut tx, right).await?.0),
        None => None,
    };
    tx.commit().await?;
    let (theirs, stopped) = match theirs {
        Some(theirs) => (theirs, None),
        None => {
            let run = dry_run(&intake, &left).await?;
            (run.records, run.stopped)
        }
    };
    let most = usize::try_from(RECORDS_MAX).unwrap_or(usize::MAX);
    let many = |row: &DocumentRow| row.records > RECORDS_MAX;
    let truncated = many(&left) || right.as_ref().is_some_and(many) || theirs.len() > most;
    let theirs = theirs.into_iter().take(most).collect();
    let diff = diff(ours, theirs);
    let (left, right) = (left.id, right.map(|right| right.id));
    Ok(Json(DiffOut { left, right, diff, truncated, forgotten, stopped }))
}

/// The records of a document as the log holds them, and how many it does not hold.
async fn stored(tx: &mut TenantTx, row: &DocumentRow) -> Result<(Vec<Value>, usize), Problem> {
    let listed = records(tx, row).await?;
    let all = listed.len();
    let held: Vec<Value> = listed.into_iter().filter_map(|record| record.data).collect();
    let forgotten = all.saturating_sub(held.len());
    Ok((held, forgotten))
}

/// What two records have in common, from narrow to wide.
type Likeness = fn(&Value) -> String;

/// Compares: first what is equal, then what is about the same number and status, then about the same number.
pub(super) fn diff(left: Vec<Value>, right: Vec<Value>) -> Diff {
    let mut diff = Diff::default();
    let (mut left, mut right) = (left, right);
    let (pairs, rest_left, rest_right) =
        pair(left, right, |record| without_source(record).to_string());
    diff.same = pairs.len();
    (left, right) = (rest_left, rest_right);
    let likenesses: [Likeness; 2] = [about_and_status, about];
    for likeness in likenesses {
        let (pairs, rest_left, rest_right) = pair(left, right, likeness);
        diff.changed_count = diff.changed_count.saturating_add(pairs.len());
        let room = SHOWN_MAX.saturating_sub(diff.changed.len());
        diff.changed.extend(pairs.into_iter().take(room).map(|(left, right)| Changed {
            places: places(&left, &right),
            left,
            right,
        }));
        (left, right) = (rest_left, rest_right);
    }
    diff.only_left_count = left.len();
    diff.only_right_count = right.len();
    left.truncate(SHOWN_MAX);
    right.truncate(SHOWN_MAX);
    Diff { only_left: left, only_right: right, ..diff }
}

type Paired = (Vec<(Value, Value)>, Vec<Value>, Vec<Value>);

/// Pairs records of the same likeness, each with the first of the other side that is left; and what is left of both.
fn pair(left: Vec<Value>, right: Vec<Value>, likeness: impl Fn(&Value) -> String) -> Paired {
    let mut waiting: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
    for (index, record) in right.iter().enumerate() {
        waiting.entry(likeness(record)).or_default().push_back(index);
    }
    let mut right: Vec<Option<Value>> = right.into_iter().map(Some).collect();
    let (mut pairs, mut rest) = (Vec::new(), Vec::new());
    for record in left {
        let found = waiting.get_mut(&likeness(&record)).and_then(VecDeque::pop_front);
        match found.and_then(|index| right.get_mut(index)).and_then(Option::take) {
            Some(other) => pairs.push((record, other)),
            None => rest.push(record),
        }
    }
    (pairs, rest, right.into_iter().flatten().collect())
}

fn without_source(record: &Value) -> Value {
    let mut record = record.clone();
    if let Some(fields) = record.as_object_mut() {
        fields.remove("source");
    }
    record
}

fn about(record: &Value) -> String {
    let part = |pointer: &str| record.pointer(pointer).map(Value::to_string).unwrap_or_default();
    format!("{} {} {}", part("/kind"), part("/number"), part("/references/0/value"))
}

fn about_and_status(record: &Value) -> String {
    let part = |pointer: &str| record.pointer(pointer).map(Value::to_string).unwrap_or_default();
    format!("{} {} {}", about(record), part("/status"), part("/at/time"))
}

fn places(left: &Value, right: &Value) -> Vec<Place> {
    let mut found = Vec::new();
    walk(String::new(), Some(&without_source(left)), Some(&without_source(right)), &mut found);
    found
}

fn walk(pointer: String, left: Option<&Value>, right: Option<&Value>, found: &mut Vec<Place>) {
    if left == right || found.len() >= PLACES_MAX {
        return;
    }
    match (left, right) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let below = name.replace('~', "~0").replace('/', "~1");
                walk(format!("{pointer}/{below}"), one.get(name), other.get(name), found);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            for index in 0..one.len().max(other.len()) {
                walk(format!("{pointer}/{index}"), one.get(index), other.get(index), found);
            }
        }
        _ => found.push(Place { pointer, left: left.cloned(), right: right.cloned() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(number: &str, status: &str, start: u64) -> Value {
        json!({ "references": [{ "kind": "pro", "value": number }], "status": status, "source": { "start": start } })
    }

    #[test]
    fn a_moved_record_is_the_same_and_a_changed_one_says_where() {
        let left =
            vec![record("A", "booked", 0), record("B", "booked", 9), record("C", "booked", 20)];
        let right =
            vec![record("A", "booked", 5), record("B", "delivered", 9), record("D", "booked", 20)];
        let diff = diff(left, right);
        assert_eq!((diff.same, diff.changed_count), (1, 1));
        assert_eq!((diff.only_left_count, diff.only_right_count), (1, 1));
        let place = Place {
            pointer: "/status".to_owned(),
            left: Some(json!("booked")),
            right: Some(json!("delivered")),
        };
        assert_eq!(diff.changed[0].places, [place]);
        assert_eq!(diff.only_right[0]["references"][0]["value"], "D");
    }

    #[test]
    fn what_one_side_lacks_is_a_place() {
        let found = places(&json!({ "a": [1, 2] }), &json!({ "a": [1], "b/c": true }));
        let pointers: Vec<&str> = found.iter().map(|place| place.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a/1", "/b~1c"]);
        assert_eq!(found[0].right, None);
    }
}
