//! The demo components, profiles and catalogue that this binary carries, loaded.

use std::path::PathBuf;
use std::sync::Arc;

use caravan_connectors_bundle::{CATALOG, COMPONENTS, PROFILES};
use caravan_hub_registry::{Bundled, Catalog, Components, Profiles};
use caravan_hub_sandbox::{Config, Sandbox};

use crate::failure::Failure;

/// What serves parties.
pub(crate) struct Parts {
    /// Keeps the guest threads alive.
    pub(crate) sandbox: Sandbox,
    pub(crate) components: Arc<Components>,
    pub(crate) profiles: Arc<Profiles>,
    pub(crate) catalog: Arc<Catalog>,
}

/// The catalogue alone.
pub(crate) fn catalog() -> Result<Catalog, Failure> {
    Catalog::parse(CATALOG).map_err(|error| Failure::of("the catalogue", &error))
}

/// Loads everything; compiled components are kept in `cache`.
pub(crate) fn load(cache: Option<PathBuf>) -> Result<Parts, Failure> {
    let sandbox = Sandbox::new(Config { cache_dir: cache, ..Config::default() })
        .map_err(|error| Failure::of("the sandbox cannot be made", &error))?;
    let bundled = COMPONENTS.iter().map(|each| Bundled {
        id: each.id,
        wasm: each.wasm,
        manifest: each.manifest,
    });
    let components = Components::load(&sandbox, bundled)
        .map_err(|error| Failure::of("the components cannot be loaded", &error))?;
    let profiles = Profiles::load(PROFILES.iter().map(|each| (each.party, each.json)))
        .map_err(|error| Failure::of("the profiles cannot be loaded", &error))?;
    Ok(Parts {
        sandbox,
        components: Arc::new(components),
        profiles: Arc::new(profiles),
        catalog: Arc::new(catalog()?),
    })
}
