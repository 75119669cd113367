//! Results as JSON for people: only what is there, spans as `start..end`.

use caravan_connector_sdk::Failure;
use caravan_connector_sdk::model::{
    Batch, Measure, Money, Order, OrderLine, Outgoing, Party, Record, Reference, Reject, Span,
    Verdict,
};
use serde_json::{Map, Value, json};

/// Drops nulls, empty texts and empty lists, so that an expectation says only what matters.
fn lean(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().map(|(key, value)| (key, lean(value)));
            Value::Object(kept.filter(|(_, value)| !is_nothing(value)).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(lean).collect()),
        other => other,
    }
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Null)
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(Map::is_empty)
}

fn span(span: Span) -> String {
    format!("{}..{}", span.start, span.end)
}

fn measure(measure: &Option<Measure>) -> Option<String> {
    measure
        .as_ref()
        .map(|measure| format!("{} {}", measure.value, measure.unit).trim_end().to_owned())
}

fn money(money: &Option<Money>) -> Option<String> {
    money.as_ref().map(|money| format!("{} {}", money.to_decimal(), money.currency))
}

fn references(references: &[Reference]) -> Vec<String> {
    references.iter().map(|reference| format!("{} {}", reference.kind, reference.value)).collect()
}

fn party(party: &Party) -> Value {
    json!({
        "role": party.role.as_str(), "raw": party.raw_role, "id": party.id, "name": party.name, "street": party.street,
        "city": party.place.name, "region": party.place.region, "postal-code": party.place.postal_code,
        "country": party.place.country,
    })
}

fn line(line: &OrderLine) -> Value {
    json!({
        "number": line.number, "material": line.material, "description": line.description,
        "quantity": measure(&line.quantity), "gross-weight": measure(&line.gross_weight), "volume": measure(&line.volume),
        "net-value": money(&line.net_value), "references": references(&line.references),
    })
}

fn order(order: &Order) -> Value {
    let dates: Vec<String> = order
        .dates
        .iter()
        .map(|(name, moment)| format!("{name} {} ({})", moment.to_rfc3339(), moment.zone.as_str()))
        .collect();
    let attributes: Vec<String> =
        order.attributes.iter().map(|(name, value)| format!("{name} {value}")).collect();
    json!({
        "key": order.key, "kind": order.kind.as_str(), "purpose": order.purpose.as_str(), "number": order.number,
        "references": references(&order.references), "parties": order.parties.iter().map(party).collect::<Vec<_>>(),
        "dates": dates, "gross-weight": measure(&order.gross_weight), "volume": measure(&order.volume),
        "packages": order.packages, "incoterms": order.incoterms,
        "lines": order.lines.iter().map(line).collect::<Vec<_>>(), "source": span(order.source), "attributes": attributes,
    })
}

fn record(record: &Record) -> Value {
    match record {
        Record::Order(found) => order(found),
        other => json!({ "unexpected": format!("{other:?}") }),
    }
}

fn reject(reject: &Reject) -> Value {
    json!({
        "severity": reject.severity.as_str(), "code": reject.code, "path": reject.path, "message": reject.message,
        "hint": reject.hint, "source": span(reject.source),
    })
}

fn verdict(verdict: &Verdict) -> Value {
    json!({
        "level": verdict.level.as_str(), "kind": verdict.kind, "control": verdict.control,
        "outcome": verdict.outcome.as_str(), "note": verdict.note, "source": span(verdict.source),
    })
}

fn outgoing(outgoing: &Outgoing) -> Value {
    let body = String::from_utf8_lossy(&outgoing.body);
    json!({ "kind": outgoing.kind, "file": outgoing.file_name, "media-type": outgoing.media_type, "body": body })
}

/// All portions of a document, and the answer to its sender.
pub(crate) fn document(batches: &[Batch], answer: &[Outgoing]) -> Value {
    let all = || batches.iter();
    lean(json!({
        "records": all().flat_map(|batch| &batch.records).map(record).collect::<Vec<_>>(),
        "rejects": all().flat_map(|batch| &batch.rejects).map(reject).collect::<Vec<_>>(),
        "verdicts": all().flat_map(|batch| &batch.verdicts).map(verdict).collect::<Vec<_>>(),
        "answer": answer.iter().map(outgoing).collect::<Vec<_>>(),
    }))
}

/// A document that could not be read.
pub(crate) fn failure(failure: &Failure) -> Value {
    match failure {
        Failure::Unreadable(what) => lean(json!({
            "unreadable": { "code": what.code, "message": what.message, "source": span(what.source) },
        })),
        other => json!({ "failure": other.to_string() }),
    }
}
