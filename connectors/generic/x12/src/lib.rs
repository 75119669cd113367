//! ASC X12 for motor carriers: a tender becomes a 204; 990 becomes its answer, 214 milestones, 210 a freight invoice; 997 and TA1
//! go back.
//!
//! In the order of a document's way through: [`mapper`] follows the envelope and keeps one set at a time,
//! [`response`], [`status`], [`invoice`] and [`receipt`] read the segments of a 990, a 214, a 210 and a 997, [`notes`] turns what is wrong into
//! rejects and AK codes, [`acknowledge`] answers. [`tender`] writes to the [`address`] of a carrier. What a code means is the party's [`profile`], never code.
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

pub mod mapper;

pub mod invoice;
pub mod receipt;
pub mod response;
pub mod status;

pub mod notes;
pub mod profile;
pub mod values;
pub mod zone;

pub mod acknowledge;
pub mod address;
pub mod tender;

mod component;

pub use component::{X12Documents, X12Files, X12Reader, X12Tenders};

caravan_connector_sdk::register! {
    meta: {
        id: "x12",
        title: "ASC X12 motor carrier messages",
        messages: ["x12/214", "x12/210", "x12/990"],
    },
    files: X12Files,
    documents: X12Documents,
    tenders: X12Tenders,
    allocator: pool,
}
