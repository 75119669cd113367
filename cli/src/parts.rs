//! The demo components, profiles and catalogue that this binary carries, loaded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use caravan_connectors_bundle::{CATALOG, COMPONENTS, PROFILES};
use caravan_hub_registry::{Bundled, Catalog, Components, Profiles};
use caravan_hub_sandbox::{Config, Error as SandboxError, Sandbox};
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::folder::Folder;

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

/// The parts on their way. What the cache does not hold yet is compiled by a process of its own, whose memory goes with it, while
/// this one starts the database.
pub(crate) struct Preparing {
    sandbox: Sandbox,
    compiler: Option<Child>,
}

/// Begins to make the parts of a process that stays.
pub(crate) fn prepare(folder: &Folder) -> Result<Preparing, Failure> {
    let sandbox = sandbox(folder.root())?;
    let compiled = COMPONENTS.iter().all(|each| sandbox.is_compiled(each.wasm));
    let compiler = if compiled { None } else { Some(compile_apart(folder)?) };
    Ok(Preparing { sandbox, compiler })
}

impl Preparing {
    /// Waits for the compiler and loads everything. What it could not compile is compiled here.
    pub(crate) async fn finish(self) -> Result<Parts, Failure> {
        if let Some(mut compiler) = self.compiler {
            let status = compiler.wait().await.map_err(|error| not_compiled(&error))?;
            if !status.success() {
                tracing::warn!(%status, "Compiling the components apart failed; this process does it.");
            }
        }
        finish(self.sandbox)
    }
}

/// Loads everything, and compiles here what is not compiled yet.
pub(crate) fn load(data: &Path) -> Result<Parts, Failure> {
    finish(sandbox(data)?)
}

/// Compiled components are kept with the user, for every data folder and command; where that cannot be (a service's user without a
/// home), with the data folder, if there is one.
fn sandbox(data: &Path) -> Result<Sandbox, Failure> {
    let with = |cache_dir| Sandbox::new(Config { cache_dir, ..Config::default() });
    let of_folder = || with(data.is_dir().then(|| data.join("cache")));
    let made = match of_user() {
        None => of_folder(),
        Some(cache) => with(Some(cache)).or_else(|error| match error {
            SandboxError::Cache { .. } => {
                let error = caravan_fault::error_chain(&error);
                tracing::warn!(
                    error,
                    "The user's folder of compiled components cannot be used; the data folder's is."
                );
                of_folder()
            }
            other => Err(other),
        }),
    };
    made.map_err(|error| Failure::of("the sandbox cannot be made", &error))
}

/// The user's own, by the XDG Base Directory Specification 0.8: `$XDG_CACHE_HOME`, else `~/.cache`; relative ones do not count.
fn of_user() -> Option<PathBuf> {
    let named = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))?;
    Some(base.join("caravan"))
}

/// Has this program compile the components into that cache.
fn compile_apart(folder: &Folder) -> Result<Child, Failure> {
    let program = std::env::current_exe().map_err(|error| not_compiled(&error))?;
    Command::new(program)
        .arg("--data-dir")
        .arg(folder.root())
        .arg("compile-components")
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| not_compiled(&error))
}

fn not_compiled(error: &std::io::Error) -> Failure {
    Failure::of("the components cannot be compiled", error)
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
