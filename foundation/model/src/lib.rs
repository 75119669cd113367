//! The words that every side of Caravan shares: pure values, no I/O, compiles to WASM.
//!
//! A connector (guest) and the hub (host) both speak these types; each boundary (WIT, event JSON, HTTP)
//! converts at its own edge in a file called `wire.rs`.
#![forbid(unsafe_code)]

mod text_enum;

pub mod ids;

pub mod code;
pub mod moment;
pub mod money;
pub mod place;
pub mod span;

pub mod freight_invoice;
pub mod milestone;
pub mod order;
pub mod record;
pub mod settled_bill;
pub mod tender;
pub mod verdict;
pub mod words;

pub use code::{RawCode, Reference};
pub use freight_invoice::{Charge, FreightInvoice};
pub use ids::{ConnectionId, DocumentHash, RecordId, TenantId, TraceId};
pub use milestone::{Classifier, Direction, Leg, Milestone, Scope, ScopeKind, Status};
pub use moment::{Moment, ZoneSource};
pub use money::Money;
pub use order::{DocumentKind, Measure, Order, OrderLine, Party, PartyRole, Purpose};
pub use place::Place;
pub use record::{Batch, Record, Reject, Severity};
pub use settled_bill::{SettledBill, SettledLine, SettledTax};
pub use span::Span;
pub use tender::{Payment, StopKind, Tender, TenderAnswer, TenderResponse, TenderStop};
pub use text_enum::UnknownText;
pub use verdict::{Level, Outgoing, Verdict, VerdictOutcome};
pub use words::{Said, Words};
