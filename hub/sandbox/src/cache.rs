//! Compiled components on disk, so that a start does not compile; the crate's only unsafe code.
//!
//! A file is named by the component's content and the engine's compatibility hash, begins with the SHA-256 of what follows, and lies in
//! a folder that only we may enter. Anything that does not match is compiled again. Files from elsewhere are never read: machine code
//! is trusted by its maker, not by its looks.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::telemetry;

const DIGEST_BYTES: usize = 32;

/// A folder of compiled components.
#[derive(Debug)]
pub(crate) struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// Makes the folder, closed to others.
    pub(crate) fn open(dir: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self { dir })
    }

    /// The compiled form of `wasm`, from the folder if it is there and whole, else compiled and kept.
    pub(crate) fn component(
        &self,
        engine: &Engine,
        wasm: &[u8],
        content_hash: &str,
    ) -> wasmtime::Result<Component> {
        let path = self.path(engine, content_hash);
        if let Some(component) = load(engine, &path) {
            telemetry::cache("hit");
            return Ok(component);
        }
        telemetry::cache("miss");
        let compiled = engine.precompile_component(wasm)?;
        if let Err(error) = store(&path, &compiled) {
            tracing::warn!(path = %path.display(), %error, "a compiled component could not be kept; the next start compiles again");
        }
        deserialize(engine, &compiled)
    }

    /// Whether the folder has a file for this component; whether it is whole shows when it is read.
    pub(crate) fn has(&self, engine: &Engine, content_hash: &str) -> bool {
        self.path(engine, content_hash).is_file()
    }

    fn path(&self, engine: &Engine, content_hash: &str) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        self.dir.join(format!("{content_hash}-{:016x}.cwasm", hasher.finish()))
    }
}

fn load(engine: &Engine, path: &std::path::Path) -> Option<Component> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a compiled component could not be read; compiling again");
            return None;
        }
    };
    let (digest, compiled) = bytes.split_at_checked(DIGEST_BYTES)?;
    if Sha256::digest(compiled).as_slice() != digest {
        tracing::warn!(path = %path.display(), "a compiled component is damaged; compiling again");
        return None;
    }
    match deserialize(engine, compiled) {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::warn!(path = %path.display(), error = format!("{error:#}"), "a compiled component does not fit; compiling again");
            None
        }
    }
}

/// Writes under another name first, so that a file under its own name is always whole.
fn store(path: &std::path::Path, compiled: &[u8]) -> io::Result<()> {
    let partial = path.with_extension(format!("{}.partial", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&partial)?;
    file.write_all(&Sha256::digest(compiled))?;
    file.write_all(compiled)?;
    file.sync_all()?;
    fs::rename(&partial, path)
}

#[expect(
    unsafe_code,
    reason = "machine code that this process or an earlier one of ours compiled, checked by its digest"
)]
fn deserialize(engine: &Engine, compiled: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `compiled` is either fresh output of `precompile_component`, or was read from our own closed folder and its digest fits.
    unsafe { Component::deserialize(engine, compiled) }
}
