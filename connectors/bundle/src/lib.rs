//! Every connector as a component, every profile, and the catalogue of parties, inside the binary.
//!
//! `build.rs` makes the components from the connector folders; nothing here is written by hand but the catalogue.
#![forbid(unsafe_code)]

/// A connector as a WASM component.
#[derive(Clone, Copy)]
pub struct Component {
    /// The connector's id, its folder's name: `x12`.
    pub id: &'static str,
    /// The component.
    pub wasm: &'static [u8],
    /// Its `connector.toml`.
    pub manifest: &'static str,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, wasm, .. } = self;
        f.debug_struct("Component")
            .field("id", id)
            .field("wasm_bytes", &wasm.len())
            .finish_non_exhaustive()
    }
}

/// A party's code tables and options.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// Whose it is, its folder's name: `odfl`.
    pub party: &'static str,
    /// `profile.json`.
    pub json: &'static str,
}

/// `connectors/catalog.toml`: a component and a profile for each party.
pub const CATALOG: &str = include_str!("../../catalog.toml");

include!(concat!(env!("OUT_DIR"), "/components.rs"));

/// The component of that id.
#[must_use]
pub fn component(id: &str) -> Option<&'static Component> {
    COMPONENTS.iter().find(|component| component.id == id)
}

/// The profile of that party.
#[must_use]
pub fn profile(party: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.party == party)
}
