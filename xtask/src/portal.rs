//! The portal: its packages, its build into `portal/dist`, which the gateway bakes in, and its suites.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use crate::{compile, need, tree};

/// What the built files are made of, below `portal/`.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "tools",
    "index.html",
    "track.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
];
/// Says with its time that `npm ci` was done.
const INSTALLED: &str = "node_modules/.package-lock.json";
const BUILT: &str = "dist/index.html";

/// Builds it when something changed. A machine without Node.js gets a binary whose pages say what is missing, and a line here.
pub(crate) fn build_if_possible() -> Result<(), String> {
    match need::to_build_portal() {
        Ok(()) => build(),
        Err(message) => {
            eprintln!("without the portal: {message}");
            Ok(())
        }
    }
}

/// Builds it when something changed since the last time.
pub(crate) fn build() -> Result<(), String> {
    let folder = folder()?;
    install(&folder)?;
    let built = changed_at(&folder.join(BUILT));
    let sources = SOURCES.iter().filter_map(|name| changed_at(&folder.join(name))).max();
    if built.is_some() && built > sources {
        return Ok(());
    }
    compile::finish(&mut npm(&folder, &["run", "build"]))
}

/// Logic, without a browser.
pub(crate) fn unit_tests() -> Result<(), String> {
    compile::finish(&mut npm(&folder()?, &["test"]))
}

/// Chromium through every screen of a real system: the built `target/release/caravan`.
pub(crate) fn walk() -> Result<(), String> {
    compile::walk(&mut npm(&folder()?, &["run", "walk"]))
}

fn folder() -> Result<PathBuf, String> {
    Ok(tree::root()?.join("portal"))
}

/// Exactly what the lock file names, when that changed.
fn install(folder: &Path) -> Result<(), String> {
    let installed = changed_at(&folder.join(INSTALLED));
    if installed.is_some() && installed >= changed_at(&folder.join("package-lock.json")) {
        return Ok(());
    }
    compile::finish(&mut npm(folder, &["ci", "--no-audit", "--no-fund"]))
}

fn npm(folder: &Path, arguments: &[&str]) -> Command {
    eprintln!("$ npm {}", arguments.join(" "));
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// When a file, or the newest one below a folder, was changed.
fn changed_at(path: &Path) -> Option<SystemTime> {
    let own = fs::metadata(path).ok()?.modified().ok()?;
    let Ok(entries) = fs::read_dir(path) else { return Some(own) };
    entries.flatten().filter_map(|entry| changed_at(&entry.path())).chain([own]).max()
}
