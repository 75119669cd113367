//! Something is not there: it is shown so, and the rest is told all the same.

use core::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::routing::get;
use caravan_event_log::{EventLog as _, PostgresLog};
use caravan_operations::{Brokers, Found, PATH, Peer, Peers};
use caravan_tenancy::Database;
use serde_json::json;

use crate::world::{Known, OURS, World, caller, check};

const SCOPE: &str = "operations:read";

struct Nowhere;

#[async_trait]
impl Peers for Nowhere {
    async fn each(&self) -> std::io::Result<Vec<Found>> {
        Err(std::io::Error::other("no such host"))
    }
}

/// A cluster that nobody can reach.
struct Gone;

#[async_trait]
impl Brokers for Gone {
    async fn count(&self) -> Result<usize, caravan_event_log::Error> {
        Err(caravan_event_log::Error::Broker {
            operation: "ask which brokers there are",
            source: "planted".into(),
        })
    }
}

#[tokio::test]
async fn a_role_is_as_well_as_its_processes() {
    let world = World::new().await;
    let well = world.process("order", |_| {}).router();
    let unwell = world
        .process("order", |parts| parts.checks = vec![("database", check(Err("no answer")))])
        .router();
    let silent = Router::new().route(PATH, get(pending::<()>));
    let foreign = Router::new().route(PATH, get(async || "{}"));
    let peer = |role, processes: Vec<Router>| Peer { role, processes: Box::new(Known(processes)) };
    let peers = vec![
        peer("hub", vec![silent]),
        peer("order", vec![well, unwell]),
        peer("tracking", vec![foreign]),
        Peer { role: "settlement", processes: Box::new(Nowhere) },
    ];
    let stand = world.stand(caller(OURS, SCOPE), peers, None).await;
    assert_eq!(stand["status"], "degraded");
    let shown: Vec<_> =
        stand["roles"].as_array().unwrap().iter().map(|role| &role["status"]).collect();
    assert_eq!(shown, ["ok", "unreachable", "degraded", "unreachable", "unreachable"], "{stand}");
    assert_eq!(stand["roles"][2]["processes"], 2);
    let details: Vec<_> = stand["processes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|process| process["checks"].as_array().unwrap())
        .filter_map(|check| check["detail"].as_str())
        .collect();
    assert_eq!(
        details,
        [
            "it did not answer within 700 ms",
            "no answer",
            "its answer is not a report; it may be of another version",
            "its name leads nowhere",
        ]
    );
    assert_eq!(stand["yours"]["unread"], true, "a process that is silent may know of more");
}

#[tokio::test]
async fn a_group_that_nobody_reads_for_degrades_the_whole() {
    let world = World::new().await;
    let member = PostgresLog::new(world.relay.clone()).join("tracking").await.unwrap();
    let stand = world.stand(caller(OURS, SCOPE), Vec::new(), None).await;
    assert_eq!((&stand["status"], &stand["log"]["status"]), (&json!("ok"), &json!("ok")));
    drop(member);
    // The server ends the session in its own time.
    let stand = loop {
        let stand = world.stand(caller(OURS, SCOPE), Vec::new(), None).await;
        if stand["log"]["groups"][0]["members"] == 0 {
            break stand;
        }
    };
    assert_eq!(
        (&stand["status"], &stand["log"]["status"]),
        (&json!("degraded"), &json!("degraded"))
    );
}

#[tokio::test]
async fn stores_that_do_not_answer_are_shown_as_unreachable() {
    let world = World::new().await;
    let kafka = Some(Arc::new(Gone) as Arc<dyn Brokers>);
    let stand = world.stand(caller(OURS, SCOPE), Vec::new(), kafka).await;
    assert_eq!(stand["kafka"], json!({ "status": "unreachable" }));
    assert_eq!((&stand["log"]["kind"], &stand["status"]), (&json!("kafka"), &json!("degraded")));

    let closed = Database::connect(&world.raw.url("caravan_relay"), 1).await.unwrap();
    closed.close().await;
    let world = World { relay: closed, ..world };
    let stand = world.stand(caller(OURS, SCOPE), Vec::new(), None).await;
    assert_eq!(stand["database"], json!({ "status": "unreachable" }));
    assert_eq!(
        (&stand["log"]["status"], &stand["log"]["groups"]),
        (&json!("unreachable"), &json!([]))
    );
    assert_eq!(stand["yours"]["unread"], true);
}
