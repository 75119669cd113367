//! The loaded components: each passed the import gate, each with its manifest.

use std::collections::BTreeMap;
use std::sync::Arc;

use caravan_hub_sandbox::{Connector, LoadError, Sandbox};
use caravan_manifest::{Manifest, Violations};

/// A component as it is shipped.
#[derive(Debug, Clone, Copy)]
pub struct Bundled<'a> {
    /// Its folder's name.
    pub id: &'a str,
    /// The WASM component.
    pub wasm: &'a [u8],
    /// Its `connector.toml`.
    pub manifest: &'a str,
}

/// A component ready to be called.
#[derive(Debug, Clone)]
pub struct Component {
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// Its code.
    pub connector: Arc<Connector>,
}

/// Why a component cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// The manifest breaks its schema; every violation is in the text.
    #[error("the manifest of component {id:?} is not valid")]
    Manifest {
        /// Component.
        id: String,
        /// What is wrong, each with its path.
        #[source]
        violations: Violations,
    },
    /// The sandbox refused it.
    #[error("component {id:?} cannot be loaded")]
    Load {
        /// Component.
        id: String,
        /// The cause.
        #[source]
        source: LoadError,
    },
}

/// All loaded components by id.
#[derive(Debug, Clone, Default)]
pub struct Components {
    by_id: BTreeMap<String, Component>,
}

impl Components {
    /// Loads every component; compiles what the cache does not hold.
    ///
    /// # Errors
    /// At the first component whose manifest or code is refused.
    pub fn load<'a>(
        sandbox: &Sandbox,
        bundled: impl IntoIterator<Item = Bundled<'a>>,
    ) -> Result<Self, ComponentError> {
        let mut by_id = BTreeMap::new();
        for Bundled { id, wasm, manifest } in bundled {
            let manifest = Manifest::parse(manifest).map_err(|violations| {
                ComponentError::Manifest { id: id.to_owned(), violations: violations.into() }
            })?;
            let connector = sandbox
                .load(wasm)
                .map_err(|source| ComponentError::Load { id: id.to_owned(), source })?;
            by_id.insert(id.to_owned(), Component { manifest: Arc::new(manifest), connector });
        }
        Ok(Self { by_id })
    }

    /// The component with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Component> {
        self.by_id.get(id)
    }

    /// The component that reads messages of a dialect (`x12` of `x12/214`) by its standard profile.
    pub fn for_message(&self, message: &str) -> Option<(&str, &Component)> {
        self.by_id
            .iter()
            .find(|(_, component)| component.manifest.reads(message))
            .map(|(id, component)| (id.as_str(), component))
    }

    /// Every message kind that some component reads, sorted.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        let mut kinds: Vec<String> = self
            .by_id
            .values()
            .flat_map(|component| {
                component.manifest.messages.iter().map(|message| message.kind.clone())
            })
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }
}
