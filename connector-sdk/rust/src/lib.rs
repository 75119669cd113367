//! What a connector author needs: a trait per operation, the host's services as one trait, and helpers.
//!
//! A connector is a library that implements some of [`Tracking`], [`Files`], [`Webhooks`], [`Documents`], [`Orders`],
//! [`Invoices`], [`Tenders`] and [`Settlements`] over `caravan_model` types, and names them in [`register!`].
//! Natively it is ordinary Rust, unit-tested against [`testing::FakeHost`];
//! for `wasm32-unknown-unknown` the same code becomes a component that imports nothing but `caravan:connector/*`.
//! The rules that it must keep are in `docs/spec/connector.md`.
#![warn(missing_docs)]

mod context;
mod document;
mod failure;
mod host;
mod http;
mod operations;
mod register;

pub mod codes;
pub mod date;
pub mod json;
pub mod meaning;
pub mod soap;
pub mod testing;
pub mod text;
pub mod xml;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;

pub use caravan_model as model;

pub use context::{Context, Descriptor};
pub use document::{Document, WINDOW_BYTES_MAX};
pub use failure::{BudgetKind, Failure, Outcome, Unreadable, UpstreamError, Violation};
pub use host::{Algorithm, CryptoError, Host, LogLevel, StateError, StateItem};
pub use http::{HttpError, HttpRequest, HttpResponse, Method};
pub use operations::{
    Documents, Files, Invoices, Orders, Page, Reader, Settlements, Submission, Tenders, Tracking,
    WebhookDelivery, WebhookReply, WebhookRequest, Webhooks,
};
