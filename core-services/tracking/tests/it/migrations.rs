//! Rows that an older version stored are as if this one had stored them.

use caravan_model::Status;
use serde_json::json;

use crate::world::{A, World, event, milestone};

/// A shipment with two numbers and a fact, as version 2 of the schema had them.
const STORED: &str = r#"
INSERT INTO shipments (tenant_id, id, reference_kind, reference, status, direction, since_ms, since_offset_min, facts, updated_ms)
VALUES (app_tenant(), '00000000-0000-0000-0000-000000000007', 'pro', 'ÄB-1/7', 'exception', 'forward', 600000, 330, 2, 9000);
INSERT INTO shipment_references (tenant_id, kind, value, shipment_id, identifies)
VALUES (app_tenant(), 'pro', 'ÄB-1/7', '00000000-0000-0000-0000-000000000007', true),
       (app_tenant(), 'order', '--', '00000000-0000-0000-0000-000000000007', false);
INSERT INTO facts (tenant_id, id, shipment_id, fact_key, status, classifier, direction, scope_kind, instant_ms, offset_min, zone,
                   recorded_ms, connection_id, document, data)
SELECT app_tenant(), id::uuid, '00000000-0000-0000-0000-000000000007', id::uuid, 'exception', 'actual', 'forward', 'shipment', 600000,
       330, 'sent', recorded_ms, '00000000-0000-0000-0000-00000000000c', decode(repeat('07', 32), 'hex'),
       '{"status":"exception","reason":"customs","classifier":"actual","direction":"forward","scope":{"kind":"shipment"},'
       || '"at":{"time":"1970-01-01T05:40:00+05:30","zone":"sent"},"place":' || place
       || ',"references":[{"kind":"pro","value":"ÄB-1/7"}],"raw":{"list":"test/status","code":"exception"}}'
  FROM (VALUES ('00000000-0000-0000-0000-00000000000a', 9000, '{"unlocode":"INBOM ","name":"Mumbai"}'),
               ('00000000-0000-0000-0000-00000000000b', 5000, '{"name":" Pune"}')) AS f (id, recorded_ms, place);
INSERT INTO promises (tenant_id, kind, value, order_number, latest_ms, told_ms)
VALUES (app_tenant(), 'pro', 'ÄB-1/7', 'O-1', 3786912000000, 1);
"#;

#[tokio::test]
async fn what_version_two_stored_is_shown_found_and_gone_on_with() {
    let world = World::since(2, STORED).await;
    let timeline = world.timeline("%C3%84B-1%2F7").await;
    assert_eq!(
        (&timeline["status"], &timeline["reference"]),
        (&json!("exception"), &json!("ÄB-1/7"))
    );
    for query in ["numbers=%C3%A4b17", "numbers=--", "q=%C3%A4b", "sort=created&q=%C3%84B1"] {
        let (_, _, page) = world.get(A, &format!("/v1/shipments?{query}")).await;
        assert_eq!(page["items"][0]["created_at"], "1970-01-01T00:00:05Z", "{query}: {page}");
    }
    let of = "SELECT count(*) FROM facts WHERE reason = 'customs' AND place IN ('unlocode inbom', 'name pune')";
    assert_eq!(world.count(of).await, 2);
    let on = milestone(&["pro ÄB-1/7"], Status::Departed, 20);
    world.append(&[event(A, on, 10_000)]).await;
    let service = world.start();
    let path = "/v1/shipments/%C3%84B-1%2F7/timeline";
    let shown = world.until(path, |shown| shown["status"] == "departed").await;
    assert_eq!(shown["promised_by"], "2090-01-01T00:00:00Z", "{shown}");
    assert_eq!(shown["milestones"].as_array().unwrap().len(), 3);
    service.abort();
    assert_eq!(world.violations().await, Vec::<String>::new());
}
