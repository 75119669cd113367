//! The bug that loses events, planted: a reader whose cursor is the bare sequence number. The suite must see it.

use core::time::Duration;
use std::sync::Arc;

use async_trait::async_trait;
use caravan_event_log::conformance::{Failure, late_commits_are_not_skipped};
use caravan_event_log::{Cursor, Error, EventLog, Fetched, Membership, Position, Stored, Wake};
use caravan_events::{Envelope, Kind};
use caravan_model::{ConnectionId, DocumentHash, RecordId, TenantId};
use caravan_tenancy::{Database, SystemTx};
use uuid::Uuid;

use crate::Postgres;

/// Right in everything but the one thing.
struct BareCursor {
    reader: Database,
    right: Arc<dyn EventLog>,
}

type Row = (i64, Uuid, Uuid, String, i64);

#[async_trait]
impl EventLog for BareCursor {
    fn partitions(&self) -> u16 {
        self.right.partitions()
    }
    async fn fetch(&self, from: &[Cursor], _: &[Kind], max: usize) -> Result<Fetched, Error> {
        let mut fetched = Fetched::default();
        for cursor in from {
            let after: i64 = cursor.position.as_str().parse().unwrap_or_default();
            let mut tx = SystemTx::begin(&self.reader).await.map_err(Error::Fetch)?;
            let rows: Vec<Row> = sqlx::query_as(
                "SELECT pos, tenant_id, id, key, time_ms FROM log.events
                  WHERE partition = $1 AND pos > $2 ORDER BY pos LIMIT $3",
            )
            .bind(i16::try_from(cursor.partition.0).unwrap())
            .bind(after)
            .bind(i64::try_from(max).unwrap())
            .fetch_all(tx.conn())
            .await
            .unwrap();
            for (pos, tenant, id, key, time_ms) in rows {
                let position = Position::new(pos.to_string());
                let envelope = Envelope {
                    id: RecordId(id),
                    tenant: TenantId(tenant),
                    connection: ConnectionId(tenant),
                    document: DocumentHash([0; 32]),
                    kind: Kind::MILESTONE_RECORDED,
                    key,
                    time_ms,
                    trace: None,
                    data: String::new(),
                };
                let partition = cursor.partition;
                fetched.cursors.push(Cursor { partition, position: position.clone() });
                fetched.events.push(Stored { partition, position, appended_ms: 0, envelope });
            }
        }
        Ok(fetched)
    }
    async fn end(&self) -> Result<Vec<Cursor>, Error> {
        self.right.end().await
    }
    async fn backlog(&self, cursor: &Cursor) -> Result<u64, Error> {
        self.right.backlog(cursor).await
    }
    async fn join(&self, group: &str) -> Result<Box<dyn Membership>, Error> {
        self.right.join(group).await
    }
    fn wake(&self) -> Wake {
        self.right.wake()
    }
}

#[tokio::test]
async fn the_suite_catches_the_bare_cursor() {
    let mut world = Postgres::new().await;
    // What is lost stays lost, however long one waits.
    world.patience = Duration::from_millis(500);
    world.log =
        Arc::new(BareCursor { reader: world.reader.clone(), right: Arc::clone(&world.log) });
    let failure = late_commits_are_not_skipped(&world).await.unwrap_err();
    let Failure::Skipped { missing, wanted: 2 } = &failure else { panic!("{failure:?}") };
    assert_eq!(missing.len(), 1, "the late commit, and only that");
}
