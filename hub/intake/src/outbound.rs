//! What goes out of our own accord: an order that is offered becomes a message for its carrier, and so does its withdrawal; a
//! freight bill that is settled becomes one for the books.
//!
//! In the order of a message's way: [`told`] reads the events of orders and bills and writes what they ask for beside its offsets,
//! so that it is asked for once; [`send`] takes it, with a lease and a counted attempt, chooses the connection and its control number,
//! has the connector write the message, and puts it into the party's outbox; [`wire`] is what an event says of an order, [`books`] what one says of a bill.
//!
//! **The same bytes**: connection, control number and time are fixed before the first attempt, so every attempt writes the same
//! message, and a crash between two steps sends nothing twice.
//!
//! **Nothing is swallowed**: a tender that cannot be sent is told to its order as `caravan.tender.undeliverable`, with what to do;
//! what becomes of a bill stands in `/v1/outgoing`.

mod books;
mod send;
mod told;
mod wire;

pub(crate) mod store;

use std::sync::Arc;

use caravan_event_log::Consumer;
use caravan_events::Kind;
use tokio_util::sync::CancellationToken;

use crate::intake::Intake;

/// The consumer group; its name is stored with its offsets, so it never changes.
const GROUP: &str = "hub-outbound";

/// The hub's outbound part, ready to [`Outbound::run`].
pub struct Outbound {
    consumer: Consumer,
    intake: Intake,
}

impl Outbound {
    /// Outbound over the parts of `intake`.
    #[must_use]
    pub fn new(intake: Intake) -> Self {
        let topics = vec![
            Kind::ORDER_TENDERED,
            Kind::ORDER_TENDER_WITHDRAWN,
            Kind::ORDER_TENDER_ANSWERED,
            Kind::ORDER_CHANGED,
            Kind::ORDER_CANCELLED,
            Kind::ORDER_HELD,
            Kind::FREIGHT_INVOICE_SETTLED,
        ];
        let (log, database) = (Arc::clone(&intake.inner.log), intake.database().clone());
        let consumer = Consumer::new(log, database, GROUP, topics, Arc::new(told::Told));
        Self { consumer, intake }
    }

    /// Works until `shutdown`; what is in hand then is finished first.
    pub async fn run(self, shutdown: CancellationToken) {
        tokio::join!(self.consumer.run(shutdown.clone()), send::run(self.intake, shutdown));
    }
}

impl core::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Outbound").field("consumer", &self.consumer).finish_non_exhaustive()
    }
}
