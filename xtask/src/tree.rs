//! The checkout: its root, its tracked files, its packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The workspace's root folder.
pub(crate) fn root() -> Result<PathBuf, String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(Path::to_path_buf).ok_or_else(|| "xtask has no parent folder".to_owned())
}

/// Files that git tracks or would track, relative to the root, that still exist.
pub(crate) fn files() -> Result<Vec<String>, String> {
    let listing = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let root = root()?;
    let text = output(Command::new("git").args(listing).current_dir(&root))?;
    Ok(text.lines().filter(|name| root.join(name).is_file()).map(str::to_owned).collect())
}

/// One of our packages.
#[derive(Debug)]
pub(crate) struct Package {
    /// Folder relative to the root.
    pub(crate) folder: String,
    /// Folders of our own packages that it depends on, except in tests.
    pub(crate) depends_on: Vec<String>,
}

/// Our packages, sorted by folder.
pub(crate) fn packages() -> Result<Vec<Package>, String> {
    let root = root()?;
    let arguments = ["metadata", "--format-version", "1", "--no-deps"];
    let text = output(Command::new("cargo").args(arguments).current_dir(&root))?;
    let metadata: Value =
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let relative = |path: &str| {
        let path = Path::new(path);
        path.strip_prefix(&root).unwrap_or(path).to_string_lossy().into_owned()
    };
    let text_of = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let list = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let mut packages: Vec<Package> = list(&metadata, "packages")
        .iter()
        .map(|package| {
            let manifest = text_of(package, "manifest_path");
            let mut depends_on: Vec<String> = list(package, "dependencies")
                .iter()
                .filter(|dependency| text_of(dependency, "kind") != "dev")
                .filter_map(|dependency| {
                    dependency.get("path").and_then(Value::as_str).map(relative)
                })
                .collect();
            depends_on.sort();
            depends_on.dedup();
            Package { folder: relative(manifest.trim_end_matches("/Cargo.toml")), depends_on }
        })
        .collect();
    packages.sort_by(|a, b| a.folder.cmp(&b.folder));
    Ok(packages)
}

fn output(command: &mut Command) -> Result<String, String> {
    let name = format!("{command:?}");
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{name}: {error}"))
}
