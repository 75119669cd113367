//! ASC X12 for motor carriers: 214 becomes milestones, 210 a freight invoice; 997 and TA1 go back.
//!
//! In the order of a document's way through: [`mapper`] follows the envelope and keeps one set at a time,
//! [`status`] and [`invoice`] read the segments of a 214 and a 210, [`notes`] turns what is wrong into rejects and AK codes,
//! [`acknowledge`] answers. What a code means is the party's [`profile`], never code.
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

pub mod mapper;

pub mod invoice;
pub mod status;

pub mod notes;
pub mod profile;
pub mod values;
pub mod zone;

pub mod acknowledge;
mod component;

pub use component::{X12Documents, X12Files, X12Reader};

caravan_connector_sdk::register! {
    meta: {
        id: "x12",
        title: "ASC X12 motor carrier messages",
        messages: ["x12/214", "x12/210", "x12/997"],
    },
    files: X12Files,
    documents: X12Documents,
    allocator: pool,
}
