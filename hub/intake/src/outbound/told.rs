//! The handler of the group `hub-outbound`: what events of orders and bills ask for, written beside the offsets.

use async_trait::async_trait;
use caravan_event_log::{Handler, HandlerError, Stored};
use caravan_events::{Envelope, Kind};
use caravan_tenancy::SystemTx;

use super::books::SettledEvent;
use super::store::{self, Asked};
use super::wire::OrderEvent;

/// Reads the events of orders and bills.
pub(super) struct Told;

#[async_trait]
impl Handler for Told {
    async fn handle(&self, tx: &mut SystemTx, batch: &[Stored]) -> Result<(), HandlerError> {
        for stored in batch {
            if stored.envelope.kind == Kind::FREIGHT_INVOICE_SETTLED {
                settled(tx, &stored.envelope).await?;
            } else {
                tender(tx, &stored.envelope).await?;
            }
        }
        Ok(())
    }
}

async fn tender(tx: &mut SystemTx, envelope: &Envelope) -> Result<(), HandlerError> {
    let event: OrderEvent = serde_json::from_str(&envelope.data).map_err(HandlerError::poison)?;
    let Some(tender) = &event.tender else { return Ok(()) };
    tx.scope(envelope.tenant).await?;
    let asked = Asked { order: event.order_id, tender: tender.number };
    if envelope.kind == Kind::ORDER_TENDERED {
        let (number, carrier) = (event.number.as_str(), tender.carrier.as_str());
        store::offer(tx, envelope, asked, number, carrier).await?;
    } else if matches!(tender.answer.as_str(), "withdrawn" | "silent") {
        // Nobody waits for the carrier any more, whoever or whatever decided that.
        store::take_back(tx, envelope, asked).await?;
    }
    Ok(())
}

async fn settled(tx: &mut SystemTx, envelope: &Envelope) -> Result<(), HandlerError> {
    let event: SettledEvent = serde_json::from_str(&envelope.data).map_err(HandlerError::poison)?;
    if event.bill.is_none() {
        return Ok(());
    }
    tx.scope(envelope.tenant).await?;
    let asked = (event.invoice.id, event.hand_over_id);
    store::book(tx, envelope, asked, &event.invoice.number, event.carrier()).await?;
    Ok(())
}
