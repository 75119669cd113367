//! Building and running our own binaries, with cargo's progress in view.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Command, Stdio};

use crate::{need, portal, tree};

/// Builds `target/release/caravan`, components inside.
pub(crate) fn binary() -> Result<(), String> {
    need::to_build()?;
    portal::build_if_possible()?;
    cargo(&["build", "--release", "--package", "caravan"])?;
    components()
}

/// Builds the binary and the walk that checks it.
pub(crate) fn binary_and_walk() -> Result<(), String> {
    need::to_build()?;
    portal::build_if_possible()?;
    cargo(&["build", "--release", "--package", "caravan", "--package", "caravan-e2e"])?;
    components()
}

/// Has the binary compile the components that it carries for this user, so that its first start need not.
fn components() -> Result<(), String> {
    run("target/release/caravan", ["compile-components"])
}

/// Builds every binary and every test with one choice of features: what `cargo test` and the walk then run is built once.
/// Clippy is the compiler of our own crates meanwhile, and no warning passes: a check of its own would read all dependencies again.
pub(crate) fn everything() -> Result<(), String> {
    need::to_build()?;
    let arguments =
        ["build", "--release", "--workspace", "--bins", "--tests", "--examples", "--keep-going"];
    eprintln!("$ cargo {}, with clippy", arguments.join(" "));
    finish(linting(&mut Command::new("cargo")).args(arguments).current_dir(tree::root()?))
}

/// Has a cargo that builds compile our crates with clippy, every warning an error: what `cargo clippy` does for checks.
pub(crate) fn linting(cargo: &mut Command) -> &mut Command {
    let separator = "__CLIPPY_HACKERY__";
    cargo
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        .env("CLIPPY_ARGS", ["-D", "warnings", ""].join(separator))
}

/// Builds the benchmarks and the binary that some of them start.
pub(crate) fn bench() -> Result<(), String> {
    need::to_build()?;
    cargo(&["build", "--release", "--package", "caravan", "--package", "caravan-bench"])
}

/// Runs cargo in the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Result<(), String> {
    eprintln!("$ cargo {}", arguments.join(" "));
    finish(Command::new("cargo").args(arguments).current_dir(tree::root()?))
}

/// Runs one of our binaries in the workspace's root.
pub(crate) fn run<A: AsRef<OsStr>>(
    binary: &str,
    arguments: impl IntoIterator<Item = A>,
) -> Result<(), String> {
    let root = tree::root()?;
    finish(Command::new(root.join(binary)).args(arguments).current_dir(root))
}

/// Runs what tells its steps line by line, shows them, and has those that went wrong in its error.
pub(crate) fn walk(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{name} could not be started: {error}"))?;
    let mut wrong = String::new();
    for line in lines(child.stdout.take()) {
        println!("{line}");
        if line.starts_with("WRONG ") || line.starts_with("FAILED ") {
            wrong.push_str("\n    ");
            wrong.push_str(&line);
        }
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} ended with {status}{wrong}")),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// The lines of a child's output, as they come.
pub(crate) fn lines(of: Option<impl Read>) -> impl Iterator<Item = String> {
    let lines = of.into_iter().flat_map(|of| BufReader::new(of).split(b'\n'));
    lines.map_while(Result::ok).map(|line| String::from_utf8_lossy(&line).into_owned())
}

pub(crate) fn finish(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} ended with {status}")),
        Err(error) => Err(format!("{name} could not be started: {error}")),
    }
}
