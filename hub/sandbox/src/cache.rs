//! Compiled components on disk, so that a start does not compile; the crate's only unsafe code.
//!
//! A file is named by the component's content and the engine's compatibility hash, begins with the SHA-256 of what follows, and lies in
//! a folder that only we may enter. Anything that does not match is compiled again. Files from elsewhere are never read: machine code
//! is trusted by its maker, not by its looks.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::telemetry;

const DIGEST_BYTES: usize = 32;

/// How long a file is kept that no start has written anew. If its component is still in use, it is compiled once more.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// A folder of compiled components.
#[derive(Debug)]
pub(crate) struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// Makes the folder, closed to others. One that is another user's is refused, to root too: it is that user's machine code.
    pub(crate) fn open(dir: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, PermissionsExt};
            // A file of ours tells who we are.
            let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
            let ours = dir.join(format!("{}-{now}.partial", std::process::id()));
            let user = fs::File::create_new(&ours)?.metadata()?.uid();
            remove(&ours)?;
            if fs::metadata(&dir)?.uid() != user {
                let theirs = "the folder belongs to another user";
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, theirs));
            }
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
        if let Err(error) = store(&path, &compiled).and_then(|()| self.forget_old()) {
            tracing::warn!(path = %path.display(), %error, "a compiled component could not be kept; the next start compiles again");
        }
        deserialize(engine, &compiled)
    }

    /// Whether the folder has a file for this component; whether it is whole shows when it is read.
    pub(crate) fn has(&self, engine: &Engine, content_hash: &str) -> bool {
        self.path(engine, content_hash).is_file()
    }

    /// Removes what has not been written for long: components and engines of versions that are gone.
    fn forget_old(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            // Another process may remove the same one.
            let Ok(written) = entry.metadata().and_then(|metadata| metadata.modified()) else {
                continue;
            };
            if written.elapsed().is_ok_and(|age| age > KEPT) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    fn path(&self, engine: &Engine, content_hash: &str) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        self.dir.join(format!("{content_hash}-{:016x}.cwasm", hasher.finish()))
    }
}

fn load(engine: &Engine, path: &Path) -> Option<Component> {
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
fn store(path: &Path, compiled: &[u8]) -> io::Result<()> {
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

/// Removes a file that another process may remove too.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[expect(
    unsafe_code,
    reason = "machine code that this process or an earlier one of ours compiled, checked by its digest"
)]
fn deserialize(engine: &Engine, compiled: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `compiled` is either fresh output of `precompile_component`, or was read from our own closed folder and its digest fits.
    unsafe { Component::deserialize(engine, compiled) }
}
