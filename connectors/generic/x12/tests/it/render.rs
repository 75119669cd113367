//! A plain rendering of a document's result, for comparison and for reading.

use std::path::Path;

use caravan_connector_x12::acknowledge::acknowledge;
use caravan_connector_x12::mapper::{Mapper, NotReadable};
use caravan_connector_x12::profile::Profile;
use caravan_mappings_x12::Limits;
use caravan_model::{
    Batch, FreightInvoice, Milestone, Moment, Party, Place, Record, Reference, Span, TenderResponse,
};
use serde_json::{Map, Value, json};

/// 2020-09-10T11:35:00Z, the time of every acknowledgement in the golden cases.
pub(crate) const NOW_MS: i64 = 1_599_737_700_000;

/// Everything that a document gave, and how the reading ended.
pub(crate) fn read(
    bytes: &[u8],
    message: Option<&str>,
    profile: &[u8],
    window_bytes: u32,
) -> (Batch, Option<NotReadable>) {
    let profile = Profile::parse(profile).unwrap();
    let limits = Limits { window_bytes, ..Limits::default() };
    let mut all = Batch::default();
    let mut mapper = match Mapper::open(bytes, profile, message, limits) {
        Ok(mapper) => mapper,
        Err(error) => return (all, Some(error)),
    };
    loop {
        match mapper.next_batch() {
            Ok(batch) => {
                all.records.extend(batch.records);
                all.rejects.extend(batch.rejects);
                all.verdicts.extend(batch.verdicts);
                if batch.done {
                    all.done = true;
                    return (all, None);
                }
            }
            Err(error) => return (all, Some(error)),
        }
    }
}

/// The profile of a party when it has one, else nothing: the standard profile.
pub(crate) fn profile_of(party: &str) -> Vec<u8> {
    let path = format!("../../../mappings/profiles/{party}/profile.json");
    std::fs::read(Path::new(&path)).unwrap_or_default()
}

/// The rendering of a result.
pub(crate) fn render(batch: &Batch, failure: Option<&NotReadable>) -> Value {
    let acknowledgement: Vec<Value> = acknowledge(&batch.verdicts, 1, NOW_MS)
        .into_iter()
        .map(|outgoing| {
            let body = String::from_utf8(outgoing.body).unwrap();
            let segments: Vec<&str> = body.split_terminator('~').collect();
            json!({ "kind": outgoing.kind, "file": outgoing.file_name, "segments": segments })
        })
        .collect();
    let rejects: Vec<Value> = batch
        .rejects
        .iter()
        .map(|reject| {
            json!({
                "severity": reject.severity.as_str(), "code": reject.code, "path": reject.path,
                "message": reject.message, "source": span(reject.source),
            })
        })
        .collect();
    let verdicts: Vec<Value> = batch
        .verdicts
        .iter()
        .map(|verdict| {
            json!([verdict.level.as_str(), verdict.kind, verdict.control, verdict.outcome.as_str()])
        })
        .collect();
    let mut result = Map::new();
    result.insert("records".into(), batch.records.iter().map(record).collect());
    result.insert("rejects".into(), rejects.into());
    result.insert("verdicts".into(), verdicts.into());
    result.insert("acknowledgement".into(), acknowledgement.into());
    if let Some(failure) = failure {
        let shown = json!({ "code": failure.code, "message": failure.message, "source": span(failure.source) });
        result.insert("failure".into(), shown);
    }
    Value::Object(result)
}

fn record(record: &Record) -> Value {
    match record {
        Record::Milestone(milestone) => self::milestone(milestone),
        Record::FreightInvoice(invoice) => self::invoice(invoice),
        Record::TenderResponse(response) => self::response(response),
        Record::Order(_) => unreachable!("no X12 set that is read here holds an order"),
    }
}

fn span(span: Span) -> Value {
    json!([span.start, span.end])
}

fn moment(moment: Moment) -> Value {
    json!([moment.to_rfc3339(), moment.zone.as_str()])
}

fn references(references: &[Reference]) -> Value {
    references.iter().map(|reference| json!([reference.kind, reference.value])).collect()
}

/// Only what is there, so that a case stays readable.
fn compact(pairs: Vec<(&str, Value)>) -> Value {
    let is_there =
        |value: &Value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
    Value::Object(
        pairs
            .into_iter()
            .filter(|(_, value)| is_there(value))
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

fn place(place: &Place) -> Value {
    compact(vec![
        ("name", json!(place.name)),
        ("region", json!(place.region)),
        ("postal-code", json!(place.postal_code)),
        ("country", json!(place.country)),
        ("lat-e7", json!(place.lat_e7)),
        ("lon-e7", json!(place.lon_e7)),
    ])
}

fn milestone(milestone: &Milestone) -> Value {
    compact(vec![
        ("status", json!(milestone.status.as_str())),
        ("classifier", json!(milestone.classifier.as_str())),
        ("reason", json!(milestone.reason)),
        ("leg", json!(milestone.leg.map(|leg| leg.as_str()))),
        ("direction", json!(milestone.direction.as_str())),
        ("scope", json!([milestone.scope.kind.as_str(), milestone.scope.id])),
        ("at", moment(milestone.at)),
        ("place", milestone.place.as_ref().map(place).unwrap_or_default()),
        ("references", references(&milestone.references)),
        ("raw", json!([milestone.raw.list, milestone.raw.code])),
        ("raw-reason", json!(milestone.raw_reason.as_ref().map(|raw| &raw.code))),
        ("attributes", json!(milestone.attributes)),
        ("source", span(milestone.source)),
    ])
}

fn response(response: &TenderResponse) -> Value {
    let raw = |raw: &caravan_model::RawCode| json!([raw.list, raw.code]);
    compact(vec![
        ("number", json!(response.number)),
        ("carrier", json!(response.carrier)),
        ("answer", json!(response.answer.as_str())),
        ("reason", json!(response.reason)),
        ("carrier-reference", json!(response.carrier_reference)),
        ("answered-at", response.answered_at.map(moment).unwrap_or_default()),
        ("references", references(&response.references)),
        ("raw", raw(&response.raw)),
        ("raw-reason", response.raw_reason.as_ref().map(raw).unwrap_or_default()),
        ("attributes", json!(response.attributes)),
        ("source", span(response.source)),
    ])
}

fn party(party: &Party) -> Value {
    compact(vec![
        ("role", json!([party.role.as_str(), party.raw_role])),
        ("id", json!(party.id)),
        ("name", json!(party.name)),
        ("street", json!(party.street)),
        ("place", if party.place.is_empty() { Value::Null } else { place(&party.place) }),
    ])
}

fn invoice(invoice: &FreightInvoice) -> Value {
    let charges: Vec<Value> = invoice
        .charges
        .iter()
        .map(|charge| {
            let measure = |measure: &Option<caravan_model::Measure>| {
                json!(measure.as_ref().map(|measure| format!("{} {}", measure.value, measure.unit)))
            };
            compact(vec![
                ("line", json!(charge.line)),
                ("code", json!(charge.code)),
                ("description", json!(charge.description)),
                ("amount", json!(charge.amount.to_decimal())),
                ("currency", json!(charge.amount.currency)),
                ("rate", json!(charge.rate)),
                ("per", json!(charge.rate_qualifier)),
                ("weight", measure(&charge.weight)),
                ("quantity", measure(&charge.quantity)),
                ("source", span(charge.source)),
            ])
        })
        .collect();
    compact(vec![
        ("number", json!(invoice.number)),
        ("scac", json!(invoice.scac)),
        ("correction", json!(invoice.correction)),
        ("payment-method", json!(invoice.payment_method)),
        ("references", references(&invoice.references)),
        ("parties", invoice.parties.iter().map(party).collect()),
        ("billed-at", invoice.billed_at.map(moment).unwrap_or_default()),
        ("delivered-at", invoice.delivered_at.map(moment).unwrap_or_default()),
        ("total", json!([invoice.total.to_decimal(), invoice.total.currency])),
        ("charges", charges.into()),
        ("attributes", json!(invoice.attributes)),
        ("source", span(invoice.source)),
    ])
}
