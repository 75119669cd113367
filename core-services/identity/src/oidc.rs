//! OpenID Connect, as a relying party: authorization code with PKCE, and nothing else of it.
//!
//! In the order of a login: [`trip`] binds it to a browser, [`metadata`] and [`keys`] say what a provider is and what it signs with,
//! [`issuers`] remembers both, [`client`] asks for them, [`id_token`] is every check of a token, and [`who`] is what remains of one.
//! All but the client and the memory are pure. Sections named are those of OpenID Connect Core 1.0, unless said.

pub(crate) mod trip;

pub(crate) mod keys;
pub(crate) mod metadata;

pub(crate) mod client;
pub(crate) mod issuers;

pub(crate) mod id_token;
pub(crate) mod who;

mod refusal;

pub use id_token::Flaw;
pub use refusal::Refusal;

pub(crate) use refusal::shortened;
