//! The events as an AsyncAPI 3.0 document, made of the list of kinds and the schemas that are kept beside it.
//!
//! It is written from our side: we *send*. The topic of a kind is its name; the same messages come over `/v1/stream`.

use caravan_events::{Kind, schema_of};
use serde_json::{Map, Value, json};

/// The document.
#[must_use]
pub fn asyncapi() -> Value {
    let (mut channels, mut operations) = (Map::new(), Map::new());
    let (mut messages, mut schemas) = (Map::new(), Map::new());
    schemas.insert("CloudEvent".to_owned(), cloud_event());
    for (kind, line) in Kind::ALL {
        let name = kind.as_str().to_owned();
        let summary = summary(line);
        let data = data(kind, &mut schemas);
        let reference = json!({ "$ref": format!("#/components/messages/{name}") });
        channels.insert(
            name.clone(),
            json!({ "address": name, "summary": summary, "messages": { name.clone(): reference } }),
        );
        let channel = format!("#/channels/{name}");
        operations.insert(
            name.clone(),
            json!({ "action": "send", "channel": { "$ref": channel }, "summary": summary }),
        );
        messages.insert(name, message(kind, &summary, &data));
    }
    channels.insert("stream".to_owned(), stream(&messages));
    let stream = json!({ "$ref": "#/channels/stream" });
    let all = "Every event that the caller's scopes open, as it is appended.";
    operations.insert(
        "stream".to_owned(),
        json!({ "action": "send", "channel": stream, "summary": all }),
    );
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Caravan events",
            "version": "1",
            "description": "CloudEvents 1.0. Delivery is at least once: (`source`, `id`) tells a repetition. Events with one \
                            `partitionkey` come in order. Members and kinds are added, never renamed: pass over what you do not know.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
    })
}

/// What a kind's line says before it says whose the data is.
fn summary(line: &str) -> String {
    let told =
        line.split_once("; data").map_or(line, |(told, _)| told).trim().trim_end_matches('.');
    format!("{told}.")
}

fn message(kind: &Kind, summary: &str, data: &Value) -> Value {
    json!({
        "name": kind.as_str(),
        "title": kind.as_str(),
        "summary": summary,
        "contentType": "application/cloudevents+json",
        "payload": {
            "allOf": [
                { "$ref": "#/components/schemas/CloudEvent" },
                { "type": "object", "properties": { "type": { "const": kind.as_str() }, "data": data } },
            ],
        },
    })
}

/// The channel that carries all of them, and the frames around them.
fn stream(messages: &Map<String, Value>) -> Value {
    let reference =
        |name: &String| (name.clone(), json!({ "$ref": format!("#/components/messages/{name}") }));
    let messages: Map<String, Value> = messages.keys().map(reference).collect();
    json!({
        "address": "/v1/stream",
        "summary": "Server-Sent Events or WebSocket.",
        "description": "Around the events there are the frames `ready`, `reset` and `end`; see docs/api.md.",
        "messages": messages,
    })
}

/// The schema of a kind's data, with what it refers to moved into `schemas`.
fn data(kind: &Kind, schemas: &mut Map<String, Value>) -> Value {
    let kept = schema_of(kind).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(Value::Object(mut schema)) = kept else {
        return json!({ "type": "object", "description": "As the service that makes it describes it." });
    };
    let name = kind.as_str();
    for key in ["$schema", "$id"] {
        schema.remove(key);
    }
    if let Some(Value::Object(parts)) = schema.remove("$defs") {
        for (part, mut schema) in parts {
            refer(&mut schema, name);
            schemas.insert(format!("{name}.{part}"), schema);
        }
    }
    let mut schema = Value::Object(schema);
    refer(&mut schema, name);
    schemas.insert(name.to_owned(), schema);
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Points references into `$defs` at where those are now.
fn refer(value: &mut Value, name: &str) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get_mut("$ref")
                && let Some(part) = target.strip_prefix("#/$defs/")
            {
                *target = format!("#/components/schemas/{name}.{part}");
            }
            object.values_mut().for_each(|value| refer(value, name));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| refer(value, name)),
        _ => {}
    }
}

/// The attributes that all events of ours have (CloudEvents 1.0.2, with our extensions).
fn cloud_event() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "tenantid", "partitionkey", "data"],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": text("The same event appended again has the same id."),
            "source": text("`/connections/<id>`, or `/services` for what a service of ours says."),
            "type": text("The kind; also the topic."),
            "subject": text("The reference of what it is about."),
            "time": { "type": "string", "format": "date-time" },
            "datacontenttype": { "const": "application/json" },
            "tenantid": text("Whose it is."),
            "documentid": text("SHA-256 of the document that it comes from."),
            "traceid": text("The trace that it belongs to."),
            "partitionkey": text("Events with the same one come in order."),
            "data": { "type": "object" },
        },
    })
}

#[cfg(test)]
mod tests {
    use caravan_events::{Envelope, cloud_event as wire};
    use caravan_model::{
        Classifier, ConnectionId, Direction, DocumentHash, Milestone, Moment, RawCode, Record,
        Reference, Scope, Span, Status, TenantId, ZoneSource,
    };
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_is_the_one_that_was_reviewed() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/asyncapi.json");
        caravan_web::openapi::snapshot(&asyncapi(), path).unwrap();
    }

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                if let Some(target) = object.get("$ref").and_then(Value::as_str) {
                    found.insert(target.to_owned());
                }
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_kind_is_there() {
        let document = asyncapi();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 30, "{found:?}");
        for target in found {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{target}");
        }
        for (kind, _) in Kind::ALL {
            for place in ["channels", "operations"] {
                assert!(document[place].get(kind.as_str()).is_some(), "{kind} in {place}");
            }
        }
    }

    #[test]
    fn an_event_as_we_write_it_is_what_the_document_describes() {
        let milestone = Milestone {
            key: None,
            status: Status::Departed,
            reason: None,
            classifier: Classifier::Actual,
            leg: None,
            direction: Direction::Forward,
            scope: Scope::SHIPMENT,
            at: Moment { instant_ms: 0, offset_min: 330, zone: ZoneSource::Sent },
            place: None,
            references: vec![Reference::new("pro", "7")],
            raw: RawCode { list: "x12/1650".into(), code: "AF".into(), text: None },
            raw_reason: None,
            source: Span { document: 0, start: 1, end: 2 },
            attributes: Vec::new(),
        };
        let record = Record::Milestone(Box::new(milestone));
        let id = uuid::Uuid::from_u128(7);
        let (tenant, connection) = (TenantId(id), ConnectionId(id));
        let event =
            Envelope::of_record(tenant, connection, DocumentHash([7; 32]), None, 1, &record)
                .unwrap();
        let mut event: Value = serde_json::from_str(&wire::to_json(&event).unwrap()).unwrap();
        let document = asyncapi();
        let payload = &document["components"]["messages"]["caravan.milestone.recorded"]["payload"];
        let schema = json!({ "allOf": [payload], "components": document["components"] });
        let schema = jsonschema::draft202012::new(&schema).unwrap();
        assert!(schema.is_valid(&event), "{:?}", schema.iter_errors(&event).next());
        event["data"]["status"] = json!(7);
        assert!(!schema.is_valid(&event), "the data is looked at, too");
    }
}
