//! The JSON forms: read back unchanged, and held against the published schemas.

use caravan_model::{
    Classifier, ConnectionId, Direction, DocumentHash, Leg, PartyRole, ScopeKind, Status, TenantId,
    TenderAnswer, ZoneSource,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Error, Reporter, examples, from_json, to_json};
use crate::{Envelope, Kind};

fn schema(name: &str) -> Value {
    let text = match name {
        "milestone" => include_str!("../../schemas/milestone.json"),
        "order" => include_str!("../../schemas/order.json"),
        "freight-invoice" => include_str!("../../schemas/freight-invoice.json"),
        "tender-response" => include_str!("../../schemas/tender-response.json"),
        other => panic!("no schema {other}"),
    };
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_is_written_is_read_back() {
    for record in examples::records() {
        let json = to_json(&record).unwrap();
        assert_eq!(from_json(&Kind::of(&record), &json).unwrap(), record, "{json}");
    }
}

#[test]
fn who_reported_a_milestone_stands_in_the_event_and_not_in_its_id() {
    let (tenant, connection) = (TenantId(Uuid::nil()), ConnectionId(Uuid::from_u128(7)));
    let reporter = Reporter { party: "odfl".into(), scac: Some("ODFL".into()) };
    for record in examples::records() {
        let document = DocumentHash([7; 32]);
        let plain = Envelope::of_record(tenant, connection, document, None, 1, &record).unwrap();
        let told =
            Envelope::of_report(tenant, connection, document, None, 1, &record, &reporter).unwrap();
        assert_eq!((told.id, &told.key), (plain.id, &plain.key));
        assert_eq!(from_json(&told.kind, &told.data).unwrap(), record);
        let data: Value = serde_json::from_str(&told.data).unwrap();
        let is_milestone = matches!(record, caravan_model::Record::Milestone(_));
        assert_eq!(data["reported_by"]["party"] == "odfl", is_milestone);
        let known = schema("milestone")["properties"].as_object().unwrap().clone();
        assert!(
            !is_milestone || data.as_object().unwrap().keys().all(|key| known.contains_key(key))
        );
    }
}

#[test]
fn the_examples_are_valid_under_the_schemas_and_damaged_ones_are_not() {
    for (name, record) in ["milestone", "order", "freight-invoice", "tender-response"]
        .into_iter()
        .zip(examples::records())
    {
        let validator = jsonschema::validator_for(&schema(name)).unwrap();
        let mut json: Value = serde_json::from_str(&to_json(&record).unwrap()).unwrap();
        if let Err(error) = validator.validate(&json) {
            panic!("{name}: {error} at {}", error.instance_path());
        }
        // Every field that we write is in the schema: strict on our side, open to readers.
        let known = schema(name)["properties"].as_object().unwrap().clone();
        for field in json.as_object().unwrap().keys() {
            assert!(known.contains_key(field), "{name}.{field} is not in the schema");
        }
        json["references"] = json!("B-1");
        assert!(!validator.is_valid(&json), "{name}: references as text");
    }
}

#[test]
fn the_schemas_list_every_text_of_every_enumeration() {
    let texts = |all: Vec<&str>| json!(all);
    let milestone = schema("milestone");
    let at = |path: &str| milestone.pointer(path).unwrap().clone();
    assert_eq!(
        at("/properties/status/enum"),
        texts(Status::ALL.iter().map(|s| s.as_str()).collect())
    );
    assert_eq!(
        at("/properties/classifier/enum"),
        texts(Classifier::ALL.iter().map(|s| s.as_str()).collect())
    );
    assert_eq!(at("/properties/leg/enum"), texts(Leg::ALL.iter().map(|s| s.as_str()).collect()));
    assert_eq!(
        at("/properties/direction/enum"),
        texts(Direction::ALL.iter().map(|s| s.as_str()).collect())
    );
    assert_eq!(
        at("/properties/scope/properties/kind/enum"),
        texts(ScopeKind::ALL.iter().map(|s| s.as_str()).collect())
    );
    assert_eq!(
        at("/$defs/moment/properties/zone/enum"),
        texts(ZoneSource::ALL.iter().map(|s| s.as_str()).collect())
    );
    assert_eq!(
        schema("order").pointer("/$defs/party/properties/role/enum").unwrap().clone(),
        texts(PartyRole::ALL.iter().map(|s| s.as_str()).collect())
    );
    assert_eq!(
        schema("tender-response").pointer("/properties/answer/enum").unwrap().clone(),
        texts(TenderAnswer::ALL.iter().map(|s| s.as_str()).collect())
    );
}

#[test]
fn wrong_texts_are_named() {
    let record = &examples::records()[0];
    let json = to_json(record).unwrap();
    let read = |json: &str| from_json(&Kind::MILESTONE_RECORDED, json);
    assert!(matches!(read(&json.replace("delivery-attempted", "gone")), Err(Error::Text(_))));
    assert!(matches!(read(&json.replace("2020-09-10T", "2020-13-10T")), Err(Error::Time { .. })));
    assert!(matches!(read("{}"), Err(Error::Json(_))));
    assert!(matches!(from_json(&Kind::new("caravan.other"), "{}"), Err(Error::Kind { .. })));
}
