//! From the log to deliveries: one row for each endpoint and event, in the transaction of the offsets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use caravan_event_log::{Handler, HandlerError, Stored};
use caravan_events::cloud_event;
use caravan_model::TenantId;
use caravan_tenancy::SystemTx;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::store::plan::{self, Message, Planned};
use crate::telemetry;

/// The handler of the group `notification`.
pub(crate) struct FanOut {
    pub(crate) clock: Clock,
    pub(crate) wake: Arc<Notify>,
}

#[async_trait]
impl Handler for FanOut {
    async fn handle(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        let now_ms = self.clock.now_ms();
        let tenants: BTreeSet<TenantId> =
            batch.iter().map(|stored| stored.envelope.tenant).collect();
        let mut listeners: BTreeMap<TenantId, Vec<plan::Listener>> = BTreeMap::new();
        for listener in plan::listeners(tx, &tenants, now_ms).await? {
            listeners.entry(listener.tenant).or_default().push(listener);
        }
        let (mut messages, mut planned) = (Vec::new(), Vec::new());
        for stored in batch {
            let event = &stored.envelope;
            let all = listeners.get(&event.tenant).into_iter().flatten();
            let wanting =
                all.filter(|one| one.kinds.iter().any(|kind| kind == event.kind.as_str()));
            let before = planned.len();
            planned.extend(wanting.map(|one| Planned {
                webhook: one.id,
                message: messages.len(),
                is_held: one.is_disabled,
            }));
            if planned.len() > before {
                let body = cloud_event::to_json(event).map_err(HandlerError::poison)?;
                messages.push(Message { event, body });
            }
        }
        if planned.is_empty() {
            return Ok(());
        }
        let written = plan::write(tx, &messages, &planned, now_ms).await?;
        let wake = Arc::clone(&self.wake);
        tx.after_commit(move || {
            telemetry::planned(written);
            wake.notify_one();
        });
        Ok(())
    }
}
