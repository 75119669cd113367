//! Compiles every connector folder to a component, and lists them with the profiles for `src/lib.rs`.
//!
//! A folder below `connectors/{carriers,erp,generic,government}` counts when it has a `connector.toml` and its
//! `src/lib.rs` calls `register!`. All are compiled for `wasm32-unknown-unknown` by a nested cargo with its own target
//! folder, then wrapped by `wit-component`, which checks that each exports what its contract says.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const TARGET: &str = "wasm32-unknown-unknown";
const KINDS: [&str; 4] = ["carriers", "erp", "generic", "government"];
/// What the bundle is made of; a change in any of these makes it anew.
const INPUTS: [&str; 7] = [
    "connectors",
    "connector-sdk/rust",
    "connector-sdk/wit",
    "mappings",
    "foundation/model",
    "Cargo.toml",
    "Cargo.lock",
];
/// A quarter of a MiB of stack, then data, then heap: with 1 MiB from the start a short call never grows its memory, and
/// there is less of it to look through when it is reset.
/// SIMD is for `memchr`; wasmtime always has it.
const RUSTFLAGS: [&str; 3] = [
    "-Clink-arg=-zstack-size=262144",
    "-Clink-arg=--initial-memory=1048576",
    "-Ctarget-feature=+simd128",
];

type Failure = Box<dyn Error>;

struct Connector {
    id: String,
    folder: PathBuf,
}

#[expect(clippy::print_stderr, reason = "cargo shows it when the build fails")]
fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let root = variable("CARGO_MANIFEST_DIR")?;
    let root = Path::new(&root).join("../..").canonicalize()?;
    let out = PathBuf::from(variable("OUT_DIR")?);
    for input in INPUTS.iter().map(|input| root.join(input)).filter(|input| input.exists()) {
        println!("cargo::rerun-if-changed={}", input.display());
    }
    println!("cargo::rerun-if-env-changed=CI");

    let connectors = connectors(&root.join("connectors"))?;
    let modules = compile(&root, &connectors)?;
    let mut list = String::from("/// Every connector.\npub const COMPONENTS: &[Component] = &[\n");
    for connector in &connectors {
        let Connector { id, folder } = connector;
        let module = modules.join(format!("{}.wasm", package(id).replace('-', "_")));
        let path = out.join(format!("{id}.wasm"));
        fs::write(&path, component(&module).map_err(|error| format!("{id}: {error}"))?)?;
        let manifest = folder.join("connector.toml");
        writeln!(
            list,
            "    Component {{ id: {id:?}, wasm: include_bytes!({path:?}), manifest: include_str!({manifest:?}) }},"
        )?;
    }
    list.push_str("];\n\n/// Every profile.\npub const PROFILES: &[Profile] = &[\n");
    for folder in folders(&root.join("mappings/profiles"))? {
        let (party, json) = (name(&folder), folder.join("profile.json"));
        if json.exists() {
            writeln!(list, "    Profile {{ party: {party:?}, json: include_str!({json:?}) }},")?;
        }
    }
    list.push_str("];\n");
    fs::write(out.join("components.rs"), list)?;
    Ok(())
}

fn variable(name: &str) -> Result<OsString, Failure> {
    env::var_os(name).ok_or_else(|| format!("cargo did not set {name}").into())
}

fn package(id: &str) -> String {
    format!("caravan-connector-{id}")
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folders in `parent`, sorted; none when it does not exist.
fn folders(parent: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !parent.exists() {
        return Ok(Vec::new());
    }
    let entries: Result<Vec<_>, _> =
        fs::read_dir(parent)?.map(|entry| entry.map(|it| it.path())).collect();
    let mut folders: Vec<_> = entries?.into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

fn connectors(parent: &Path) -> Result<Vec<Connector>, Failure> {
    let mut connectors = Vec::new();
    for kind in KINDS {
        for folder in folders(&parent.join(kind))? {
            if !folder.join("connector.toml").exists() {
                continue;
            }
            let id = name(&folder);
            if fs::read_to_string(folder.join("src/lib.rs"))?.contains("register!") {
                connectors.push(Connector { id, folder });
            } else {
                println!(
                    "cargo::warning=connector {id} is left out: its src/lib.rs does not call register!"
                );
            }
        }
    }
    connectors.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(connectors)
}

/// Compiles the connectors and answers the folder with their modules.
fn compile(root: &Path, connectors: &[Connector]) -> Result<PathBuf, Failure> {
    require_target()?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let target = root.join(target).join("components");
    for connector in connectors {
        let mut cargo = Command::new(variable("CARGO")?);
        // One at a time and as `cdylib` only: with an `rlib` beside it, cargo gives up link-time optimisation.
        cargo.current_dir(root).args(["rustc", "--lib", "--crate-type", "cdylib"]);
        cargo.args(["--profile", "component", "--target", TARGET, "-p", &package(&connector.id)]);
        cargo.arg("--target-dir").arg(&target);
        cargo.arg("--config").arg(format!("target.{TARGET}.rustflags={RUSTFLAGS:?}"));
        if env::var_os("CI").is_some() {
            cargo.arg("--locked");
        }
        forget_outer_build(&mut cargo);
        if !cargo.status()?.success() {
            return Err(format!("connector {} does not compile for {TARGET}", connector.id).into());
        }
    }
    Ok(target.join(TARGET).join("component"))
}

fn require_target() -> Result<(), Failure> {
    let mut rustc = Command::new(variable("RUSTC")?);
    let output = rustc.args(["--print", "target-libdir", "--target", TARGET]).output()?;
    let libraries = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    Err(format!("the target {TARGET} is missing; run `rustup target add {TARGET}`").into())
}

/// What the outer cargo tells this script must not leak into the nested one: flags and wrappers of the host's build
/// (clippy is one) and this package's own variables.
fn forget_outer_build(cargo: &mut Command) {
    for name in [
        "RUSTFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTDOC",
        "CLIPPY_ARGS",
        "OUT_DIR",
    ] {
        cargo.env_remove(name);
    }
    let prefixes = ["CARGO_CFG_", "CARGO_FEATURE_", "CARGO_PKG_", "CARGO_MANIFEST_", "DEP_"];
    let exact = [
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_TARGET_DIR",
    ];
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if prefixes.iter().any(|prefix| text.starts_with(prefix)) || exact.contains(&&*text) {
            cargo.env_remove(&name);
        }
    }
}

fn component(module: &Path) -> Result<Vec<u8>, Failure> {
    let module = fs::read(module).map_err(|error| format!("{}: {error}", module.display()))?;
    let encoder = wit_component::ComponentEncoder::default().validate(true).module(&module);
    encoder.and_then(|mut encoder| encoder.encode()).map_err(|error| format!("{error:#}").into())
}
