//! A stop while a long document is in hand: it is let go, and the next start has all of it once.

use std::fmt::Write as _;

use caravan_hub_intake::{Arrival, Body, Door, Worker};
use caravan_model::TraceId;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::world::{CARRIER, Document, PATIENCE, TENANT, World};

/// Sixteen portions.
const SETS: usize = 8_000;

fn long() -> String {
    let mut text = "ISA*00*          *00*          *02*DEMO           *ZZ*SHIPPER        *200910*1930*U*00401*000000001*0*P*>~\
                    GS*QM*DEMO*SHIPPER*20200910*1930*1*X*004010~"
        .to_owned();
    for set in 1..=SETS {
        write!(
            text,
            "ST*214*{set:04}~B10*PRO{set}*S{set}*DEMO~LX*1~AT7*X3*NS***20200911*0900*ET~SE*5*{set:04}~"
        )
        .unwrap();
    }
    write!(text, "GE*{SETS}*1~IEA*1*000000001~").unwrap();
    text
}

fn works(world: &World) -> (CancellationToken, JoinHandle<()>) {
    let stop = CancellationToken::new();
    (stop.clone(), tokio::spawn(Worker::new(world.intake.clone(), 1).run(stop)))
}

/// The one document, once it is as asked.
async fn once(world: &World, holds: impl Fn(&Document) -> bool) -> Document {
    let seen = async {
        loop {
            if let [document] = world.documents().await.as_slice()
                && holds(document)
            {
                return document.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_a_long_document_go_and_the_next_start_has_it_once() {
    let world = World::new().await;
    let arrival = Arrival {
        tenant: TENANT,
        connection: CARRIER,
        door: Door::Sftp,
        name: "long.edi".to_owned(),
        media_type: None,
        message: None,
        body: Body::Memory(long().into()),
        trace: TraceId([7; 16]),
    };
    world.intake.receive(arrival).await.unwrap();

    let (stop, running) = works(&world);
    let begun = "SELECT 'begun' FROM hub.documents WHERE component IS NOT NULL";
    let published = async {
        while world.texts(begun).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, published).await.unwrap();
    stop.cancel();
    running.await.unwrap();
    let left = world.documents().await.remove(0);
    assert_eq!((left.status.as_str(), left.class.as_deref()), ("received", None));
    let all = i64::try_from(SETS).unwrap();
    assert!(0 < left.records && left.records < all, "{left:?}");
    assert_eq!(world.outbox_files().await, 0, "nothing is acknowledged before its end");
    let tries = "SELECT attempts::text FROM hub.documents";
    assert_eq!(world.texts(tries).await, ["0"]);
    let steps = "SELECT detail FROM hub.document_steps WHERE step = 'let go'";
    assert_eq!(
        world.texts(steps).await,
        ["the hub stops; the next start reads it from its beginning"]
    );

    let (stop, running) = works(&world);
    let done = once(&world, |document| document.status == "done").await;
    stop.cancel();
    running.await.unwrap();
    assert_eq!((done.records, done.duplicates), (all, left.records));
    // Not by way of a failure: what was listed before is no obstacle.
    assert_eq!(world.texts(tries).await, ["1"]);
    let listed = "SELECT count(DISTINCT record_id) || ' of ' || count(*) FROM hub.document_records";
    assert_eq!(world.texts(listed).await, [format!("{all} of {all}")]);
    assert_eq!(world.outbox_files().await, 1);
}
