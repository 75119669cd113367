//! The component side: generated bindings, adapters from our traits to the exported interfaces, and the allocators.
//!
//! The only module with unsafe code: what wit-bindgen generates for the canonical ABI, and the allocators.
#![expect(unsafe_code, reason = "generated canonical-ABI code and the guest's allocators")]
#![allow(missing_docs, missing_debug_implementations, reason = "hidden: only register! uses it")]

mod adapters;
mod bindings;
mod bump;
mod host;
mod pool;
mod wire;

pub use adapters::{Adapter, descriptor};
pub use bindings::{
    base, documents, files, invoices, orders, settlements, tenders, tracking, webhooks,
};
pub use bump::Bump;
pub use host::GuestHost;
pub use pool::Pool;
