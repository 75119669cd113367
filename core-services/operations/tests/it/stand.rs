//! All is there: what is everybody's, and what is one tenant's.

use core::time::Duration;
use std::sync::Arc;

use axum::http::StatusCode;
use caravan_event_log::{EventLog as _, PostgresLog};
use caravan_operations::{PATH, Peer};
use serde_json::json;

use crate::world::{Known, OURS, PlantedHub, THEIRS, World, caller, check, get};

const SCOPE: &str = "operations:read";

#[tokio::test]
async fn every_process_and_store_is_in_one_answer() {
    let world = World::new().await;
    let _member = PostgresLog::new(world.relay.clone()).join("tracking").await.unwrap();
    world.traffic.record("hub", "/v1/documents", 200, Duration::from_millis(20));
    world.traffic.record("hub", "/v1/documents", 503, Duration::from_millis(20));
    let hub = world.process("hub", |parts| {
        parts.hub = Some(Arc::new(PlantedHub));
        parts.checks = vec![("database", check(Ok(())))];
    });
    let peer = Peer { role: "hub", processes: Box::new(Known(vec![hub.router()])) };
    let stand = world.stand(caller(OURS, SCOPE), vec![peer], None).await;
    assert_eq!(stand["status"], "ok", "{stand}");
    let [gateway, hub] = stand["roles"].as_array().unwrap().as_slice() else { panic!("{stand}") };
    assert_eq!((&gateway["status"], &gateway["requests_per_min"]), (&json!("ok"), &json!(0.0)));
    assert_eq!(
        (&hub["status"], &hub["processes"], &hub["failed"]),
        (&json!("ok"), &json!(1), &json!(0.5))
    );
    let p95 = hub["p95_ms"].as_f64().unwrap();
    assert!((19.0..21.0).contains(&p95), "{hub}");
    assert_eq!(stand["traffic"]["routes"][0]["route"], "/v1/documents");
    assert_eq!(stand["traffic"]["minutes"][0]["requests"], 2);
    let process = &stand["processes"][1];
    assert_eq!(process["checks"][0]["name"], "database", "{process}");
    assert_eq!(process["pools"][1]["name"], "caravan_conformance");
    assert_eq!(process["pools"][1]["most"], 4);
    assert!(process["memory_bytes"].as_u64().unwrap() > 1 << 20);
    assert!(stand["database"]["bytes"].as_u64().unwrap() > 1 << 20, "{stand}");
    let (now, most) = (&stand["database"]["connections"], &stand["database"]["connections_max"]);
    assert!(now.as_u64().unwrap() > 0 && now.as_u64() <= most.as_u64(), "{stand}");
    assert_eq!(stand["log"]["groups"][0]["group"], "tracking");
    assert_eq!(stand["log"]["groups"][0]["members"], 1);
    assert_eq!(stand["disks"], json!([{ "bytes": 100, "free_bytes": 40 }]));
    assert_eq!(stand.get("kafka"), None);
}

#[tokio::test]
async fn a_tenant_sees_its_own_things_and_no_other_tenants() {
    let world = World::new().await;
    world.park(OURS, "tracking").await;
    world.park(OURS, "tracking").await;
    world.park(THEIRS, "order").await;
    let hub = || {
        let process = world.process("hub", |parts| parts.hub = Some(Arc::new(PlantedHub)));
        vec![Peer { role: "hub", processes: Box::new(Known(vec![process.router()])) }]
    };
    let ours = &world.stand(caller(OURS, SCOPE), hub(), None).await["yours"];
    assert_eq!(ours["quarantined"], 2);
    assert_eq!(ours["breakers"][0]["connection"], "dhl-main");
    assert_eq!(ours["breakers"][0]["refuses_for_ms"], 4_000);
    let parked = ours["parked"].as_array().unwrap();
    assert_eq!(parked.len(), 1, "both processes read the same table: {ours}");
    assert_eq!((&parked[0]["group"], &parked[0]["events"]), (&json!("tracking"), &json!(2)));
    let theirs = &world.stand(caller(THEIRS, SCOPE), hub(), None).await["yours"];
    assert_eq!((&theirs["quarantined"], &theirs["breakers"]), (&json!(0), &json!([])));
    assert_eq!(theirs["parked"][0]["group"], "order");
    assert_eq!(theirs["parked"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_process_tells_nobody_without_the_scope() {
    let world = World::new().await;
    let router = || world.process("order", |_| {}).router();
    let (status, body) = get(router(), PATH, caller(OURS, "orders:read")).await;
    assert_eq!((status, &body["scope"]), (StatusCode::FORBIDDEN, &json!(SCOPE)));
    let (status, body) = get(router(), PATH, caller(OURS, SCOPE)).await;
    assert_eq!((status, &body["process"]["roles"]), (StatusCode::OK, &json!(["order"])));
}

#[test]
fn the_one_route_is_described() {
    let document = caravan_operations::openapi();
    let routes = caravan_web::openapi::routes(&document);
    assert_eq!(routes, [("GET", "/v1/operations".to_owned())]);
}
