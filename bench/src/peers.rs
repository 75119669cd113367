//! The peers, installed by the tools that their own users take, below `target/peers`; each says what a pass over the file cost it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{Failure, measure};

const STAEDI: &str = "1.25.3";
const PYX12: &str = "4.0.0";
/// The first pass of a JVM is its warm-up.
const PASSES: &str = "3";

/// StAEDI reading all events of `path`: MB per processor second of its best pass.
pub(crate) fn staedi(path: &Path, bytes: u64) -> Result<f64, Failure> {
    let home = home("staedi")?;
    let jar = home.join(format!("staedi-{STAEDI}.jar"));
    if !jar.is_file() {
        // Versions of the plugin before 3 cannot copy an artefact by its name.
        finish(
            Command::new("mvn")
                .args(["-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"])
                .arg(format!("-Dartifact=io.xlate:staedi:{STAEDI}"))
                .arg(format!("-DoutputDirectory={}", home.display())),
        )?;
    }
    let source = root().join("bench/peers/staedi/ReadAll.java");
    finish(Command::new("javac").arg("-cp").arg(&jar).arg("-d").arg(&home).arg(source))?;
    let class_path = format!("{}:{}", jar.display(), home.display());
    let mut java = Command::new("java");
    java.args(["-cp", &class_path, "ReadAll"]).arg(path).arg(PASSES);
    best(&mut java, bytes)
}

/// pyx12's reader over `path`: MB per processor second.
pub(crate) fn pyx12(path: &Path, bytes: u64) -> Result<f64, Failure> {
    let home = home("pyx12")?;
    let python = home.join("bin/python");
    if !python.is_file() {
        finish(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    }
    if finish(Command::new(&python).args(["-c", "import pyx12"]).stderr(Stdio::null())).is_err() {
        let wanted = format!("pyx12=={PYX12}");
        finish(Command::new(&python).args(["-m", "pip", "install", "--quiet", &wanted]))?;
    }
    let script = root().join("bench/peers/pyx12/read_all.py");
    best(Command::new(&python).arg(script).arg(path), bytes)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn home(name: &str) -> Result<PathBuf, Failure> {
    let home = root().join("target/peers").join(name);
    std::fs::create_dir_all(&home)?;
    Ok(home)
}

fn finish(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// Lines `segments N cpu_ns N`, one a pass; the best pass counts.
fn best(command: &mut Command, bytes: u64) -> Result<f64, Failure> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} ended with {}", output.status).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let mut best = 0_f64;
    for line in text.lines() {
        let nanos = line.rsplit(' ').next().unwrap_or_default().parse()?;
        best = best.max(measure::mb(bytes) / Duration::from_nanos(nanos).as_secs_f64());
    }
    if best > 0.0 { Ok(best) } else { Err(format!("{command:?} said nothing").into()) }
}
