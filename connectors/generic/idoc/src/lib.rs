//! The generic SAP IDoc connector: ORDERS05 and DELVRY07 in, orders and deliveries out, SYSTAT01 back; settled bills as INVOIC02.
//!
//! Reading order: `profile` is the data, `values` and `mapper` the typed fields, `orders` and `delivery` the two messages,
//! `translate`, `acknowledge` and `hand_over` the operations as plain functions, `component` what the hub calls.

mod detail;
mod mapper;
mod values;

pub mod profile;

mod delivery;
mod orders;

pub mod acknowledge;
pub mod hand_over;
pub mod translate;

pub mod component;

pub use acknowledge::acknowledge;
pub use component::Idoc;
pub use profile::Profile;
pub use translate::Translation;

caravan_connector_sdk::register! {
    meta: { id: "idoc", title: "SAP IDoc (ORDERS05, DELVRY07, INVOIC02)", messages: ["idoc/ORDERS05", "idoc/DELVRY07"] },
    files: component::Idoc,
    documents: component::Idoc,
    settlements: component::Idoc,
    allocator: pool,
}
