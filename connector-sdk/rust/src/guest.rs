//! The component side: generated bindings, adapters from our traits to the exported interfaces, and the allocator.
//!
//! The only module with unsafe code: what wit-bindgen generates for the canonical ABI, and the bump allocator.
#![expect(unsafe_code, reason = "generated canonical-ABI code and the guest's allocator")]
#![allow(missing_docs, missing_debug_implementations, reason = "hidden: only register! uses it")]

mod adapters;
mod bindings;
mod bump;
mod host;
mod wire;

pub use adapters::{Adapter, descriptor};
pub use bindings::{base, documents, files, invoices, orders, tracking, webhooks};
pub use bump::Bump;
pub use host::GuestHost;
