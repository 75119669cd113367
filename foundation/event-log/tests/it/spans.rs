//! Spans across the log: of what was committed, and of the batches that it led to, each in its own trace.

use core::time::Duration;
use std::sync::Arc;

use async_trait::async_trait;
use caravan_event_log::{Consumer, Handler, HandlerError, Stored, append, append_system};
use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, RecordId, TenantId, TraceId};
use caravan_telemetry::traces;
use caravan_tenancy::{SystemTx, TenantTx};
use caravan_world::{Collector, Received};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Postgres;

/// Enough for whatever ends well.
const LONG: Duration = Duration::from_secs(60);
const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const ONE: TraceId = TraceId([0xa1; 16]);
const OTHER: TraceId = TraceId([0xb2; 16]);

/// An event whose id begins and ends with `number`: the beginning is what its span is known by.
fn event(number: u8, kind: Kind, trace: Option<TraceId>) -> Envelope {
    let mut id = [0; 16];
    (id[7], id[15]) = (number, number);
    Envelope {
        id: RecordId(Uuid::from_bytes(id)),
        tenant: TENANT,
        connection: ConnectionId(Uuid::from_u128(9)),
        document: DocumentHash([3; 32]),
        kind,
        key: "one".to_owned(),
        time_ms: 1_599_752_100_123,
        trace,
        data: "{}".to_owned(),
    }
}

/// Makes an event of each event, in its trace, and ends the consumer.
struct Follow(CancellationToken);

#[async_trait]
impl Handler for Follow {
    async fn handle(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        let follow = |stored: &Stored| {
            let number = stored.envelope.id.0.as_bytes()[15];
            event(number + 100, Kind::MILESTONE_RECORDED, stored.envelope.trace)
        };
        let made: Vec<Envelope> = batch.iter().map(follow).collect();
        append_system(tx, &made).await?;
        self.0.cancel();
        Ok(())
    }
}

#[tokio::test]
async fn a_trace_goes_on_behind_the_log() {
    let collector = Collector::start().await.unwrap();
    let url = collector.url().parse().unwrap();
    let config = traces::Config { collector: url, ratio: 1.0, service: "here".to_owned() };
    let (tracer, exporter) = config.start().unwrap();
    tracer.install();
    let world = Postgres::new().await;

    let received = |number, trace| event(number, Kind::ORDER_RECEIVED, trace);
    let mut undone = TenantTx::begin(&world.database, TENANT).await.unwrap();
    append(&mut undone, &[received(9, Some(ONE))]).await.unwrap();
    drop(undone);
    let events = [
        received(1, Some(ONE)),
        received(2, Some(OTHER)),
        received(3, Some(ONE)),
        received(4, None),
    ];
    for _ in 0..2 {
        // The second time they are there already, which makes nothing.
        let mut tx = TenantTx::begin(&world.database, TENANT).await.unwrap();
        append(&mut tx, &events).await.unwrap();
        tx.commit().await.unwrap();
    }
    let (log, stop) = (Arc::clone(&world.log), CancellationToken::new());
    let handler = Arc::new(Follow(stop.clone()));
    let topics = vec![Kind::ORDER_RECEIVED];
    Consumer::new(log, world.database.clone(), "spans", topics, handler).run(stop).await;
    assert_eq!(exporter.end(LONG).await, 0);

    let received = collector.received();
    let of = |trace: TraceId| -> Vec<&Received> {
        received.iter().filter(|found| found.span.trace_id == trace.0).collect()
    };
    assert_eq!((of(ONE).len(), of(OTHER).len()), (5, 3), "{received:?}");
    for (trace, numbers) in [(ONE, &[1_u8, 3][..]), (OTHER, &[2])] {
        let spans = of(trace);
        let known_as = |number: u8| {
            let id = u64::from(number).to_be_bytes();
            spans.iter().find(|found| found.span.span_id == id).unwrap()
        };
        let process = spans.iter().find(|found| found.span.name == "process spans").unwrap();
        assert_eq!(process.span.parent_span_id, u64::from(numbers[0]).to_be_bytes());
        let count = process.attribute("messaging.batch.message_count").unwrap();
        assert_eq!(count, numbers.len().to_string());
        assert_eq!(process.span.links.len(), numbers.len() - 1);
        for number in numbers {
            assert_eq!(known_as(*number).span.name, "publish caravan.order.received");
            let follow = known_as(number + 100);
            assert_eq!(follow.span.parent_span_id, process.span.span_id, "{number}");
        }
    }
}
