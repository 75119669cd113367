//! The demo components, profiles and catalogue that this binary carries, loaded.

use std::path::{Path, PathBuf};
use std::process::Command;
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

/// Loads everything for a process that stays; what `cache` does not hold yet is compiled by a process of its own, whose memory
/// goes with it.
pub(crate) fn load_lean(data: &Path, cache: PathBuf) -> Result<Parts, Failure> {
    let sandbox = sandbox(Some(cache))?;
    if !COMPONENTS.iter().all(|each| sandbox.is_compiled(each.wasm)) {
        compile_apart(data)?;
    }
    finish(sandbox)
}

/// Loads everything; compiled components are kept in `cache`.
pub(crate) fn load(cache: Option<PathBuf>) -> Result<Parts, Failure> {
    finish(sandbox(cache)?)
}

fn sandbox(cache: Option<PathBuf>) -> Result<Sandbox, Failure> {
    Sandbox::new(Config { cache_dir: cache, ..Config::default() })
        .map_err(|error| Failure::of("the sandbox cannot be made", &error))
}

/// Has this program compile the components into the data folder's cache. When that fails, loading compiles them here.
fn compile_apart(data: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::of("the components cannot be compiled", &error);
    let program = std::env::current_exe().map_err(failed)?;
    let status = Command::new(program)
        .arg("--data-dir")
        .arg(data)
        .arg("compile-components")
        .status()
        .map_err(failed)?;
    if !status.success() {
        tracing::warn!(%status, "Compiling the components apart failed; this process does it.");
    }
    Ok(())
}

fn finish(sandbox: Sandbox) -> Result<Parts, Failure> {
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
