//! Bakes the portal's built files (`portal/dist`, by `cargo xtask build`) into the gateway. Without them there is a page that says how.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script its folders by the environment"
)]

use core::hash::{Hash as _, Hasher as _};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hash::DefaultHasher;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = std::env::var("CARGO_MANIFEST_DIR")?;
    let folder = Path::new(&manifest).parent().unwrap_or(Path::new("..")).join("portal/dist");
    println!("cargo:rerun-if-changed=build.rs");
    // A folder that is not there would have this run at every build; git keeps an empty one.
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    files.sort();
    let mut text = String::from("static FILES: &[File] = &[\n");
    for path in &files {
        let name = path.strip_prefix(&folder)?.to_string_lossy().into_owned();
        if name.ends_with(".gitkeep") || name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        let mut hasher = DefaultHasher::new();
        fs::read(path)?.hash(&mut hasher);
        writeln!(
            text,
            "File {{ path: \"/{name}\", etag: \"\\\"{:016x}\\\"\", plain: include_bytes!({path:?}), br: {}, gzip: {} }},",
            hasher.finish(),
            packed(path, "br"),
            packed(path, "gz"),
        )?;
    }
    text.push_str("];\n");
    fs::write(Path::new(&std::env::var("OUT_DIR")?).join("portal.rs"), text)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The same file as the build packed it, where that was worth it.
fn packed(path: &Path, ending: &str) -> String {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    let packed = PathBuf::from(name);
    if packed.is_file() { format!("Some(include_bytes!({packed:?}))") } else { "None".to_owned() }
}
