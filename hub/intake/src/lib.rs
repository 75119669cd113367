//! Intake: whatever a party sends or answers becomes durable, and then canonical events.
//!
//! The files are in the order of a document's life: `receive` stores the bytes and the receipt (from here on nothing can be
//! lost), `worker` claims what is due, `process` runs the guest, `validate` distrusts it, `publish` appends the events,
//! `answer` makes the acknowledgement last. `outbound` is the other way: what orders ask us to send. `draft` and `trial` read and try a connection before it is saved. `webhook` and `mailbox` are doors; `api` is what the gateway routes to us.
//!
//! **Invariant:** an event is durable before its source is acknowledged.
#![forbid(unsafe_code)]

mod intake;
mod object;

mod receive;
mod worker;

mod process;
mod services;
mod steps;
mod validate;

mod publish;

mod answer;

mod outbound;

mod documents;
mod terms;

mod figures;

mod draft;
mod trial;

mod api;
mod live;
mod mailbox;
mod poll;
mod replay;
mod request;
mod webhook;

mod telemetry;

pub use api::{openapi, router};
pub use documents::{DocumentKey, Door};
pub use figures::{BreakerFigure, Figures};
pub use intake::{Intake, Parts};
pub use mailbox::HubMailbox;
pub use object::{Body, ObjectError, Objects, Space, Stored};
pub use outbound::Outbound;
pub use poll::{PollFailure, Polled, watch};
pub use process::IntakeError;
pub use receive::{Arrival, Receipt};
pub use services::{ServiceError, ServiceFactory};
pub use webhook::hook_router;
pub use worker::Worker;
