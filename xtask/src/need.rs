//! What a machine must have: looked for, installed when we may, else named with the exact command.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::tree;

/// What building needs: what librdkafka asks for (a C compiler and linker came with Rust), and the guests' compile target.
pub(crate) fn to_build() -> Result<(), String> {
    if !on_path("make") || !on_path("c++") {
        packages("make or a C++ compiler", &["make", "g++"])?;
    }
    let target = "wasm32-unknown-unknown";
    let listed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    let Ok(listed) = listed else {
        // Without rustup the distribution's compiler may well have the target; the build says so if not.
        return Ok(());
    };
    if String::from_utf8_lossy(&listed.stdout).lines().any(|line| line == target) {
        return Ok(());
    }
    install("the WebAssembly compile target", "rustup", &["target", "add", target])
}

/// What running needs: PostgreSQL's server binaries, and the OpenSSH client that the first things to try are told with.
pub(crate) fn to_run() -> Result<(), String> {
    if !has_postgres() {
        packages_after(NO_CLUSTER, "PostgreSQL's server", &["postgresql"])?;
    }
    if !on_path("sftp") || !on_path("ssh-keygen") {
        packages("the OpenSSH client", &["openssh-client"])?;
    }
    Ok(())
}

/// What the walk needs beyond that: certificates for a party that speaks TLS.
pub(crate) fn to_walk() -> Result<(), String> {
    to_run()?;
    if !on_path("openssl") {
        packages("OpenSSL's command", &["openssl"])?;
    }
    Ok(())
}

/// What the tests need beyond that: a client for the gateway's TLS, Python with venv for paramiko, Java and Maven for Kafka and
/// Keycloak.
pub(crate) fn to_test() -> Result<(), String> {
    to_walk()?;
    if !on_path("curl") {
        packages("curl", &["curl"])?;
    }
    if !on_path("python3") {
        packages("Python 3", &["python3", "python3-venv"])?;
    }
    if !on_path("java") || !on_path("mvn") {
        packages("Java or Maven", &["default-jre-headless", "maven"])?;
    }
    Ok(())
}

/// What the contract suite needs beyond that: schemathesis, in an environment of its own where `caravan-e2e contract` looks for it,
/// made anew when another version is pinned.
pub(crate) fn to_check_contract() -> Result<(), String> {
    to_test()?;
    let root = tree::root()?;
    let pinned = root.join("e2e/contract/requirements.txt");
    let folder = root.join("target/contract-venv");
    let installed = folder.join("requirements.txt");
    let read = |file: &Path| {
        fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
    };
    let wanted = read(&pinned)?;
    if read(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    let (environment, pinned) = (folder.display().to_string(), pinned.display().to_string());
    install("Python's venv", "python3", &["-m", "venv", "--clear", &environment])?;
    // All of it is pinned, so that nothing else is looked for.
    let pip = ["-m", "pip", "install", "-q", "--no-deps", "-r", &pinned];
    install("schemathesis", &format!("{environment}/bin/python3"), &pip)?;
    fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))
}

/// What the portal's build needs. Debian's own Node.js is too old for it, so nothing is installed here.
pub(crate) fn to_build_portal() -> Result<(), String> {
    let asked = Command::new("node").arg("--version").output();
    let told = asked.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    let told = told.unwrap_or_default();
    let mut numbers = told.trim_start_matches('v').split('.').map(str::parse);
    let version = (numbers.next().and_then(Result::ok), numbers.next().and_then(Result::ok));
    if version < (Some(20_u32), Some(19_u32)) || !on_path("npm") {
        return Err(format!(
            "Node.js 20.19 with npm is missing{}\nhint: install it from https://nodejs.org, then run this again",
            if told.is_empty() { String::new() } else { format!(" (there is {told})") }
        ));
    }
    Ok(())
}

/// What the portal's walk needs beyond that: a browser.
pub(crate) fn to_walk_portal() -> Result<(), String> {
    to_build_portal()?;
    if !on_path("chromium") && !on_path("google-chrome") {
        // With a font for Hindi, so that its texts have the widths that they have for people.
        packages("Chromium", &["chromium", "fonts-lohit-deva"])?;
    }
    Ok(())
}

fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    on_path("postgres") || versions.into_iter().any(|v| v.path().join("bin/postgres").is_file())
}

fn on_path(name: &str) -> bool {
    let probe = Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", name])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    probe.is_ok_and(|status| status.success())
}

/// Debian's package creates and starts a cluster of its own at install; ours is private, so that one is not wanted.
const NO_CLUSTER: &str = "mkdir -p /etc/postgresql-common && \
    { test -e /etc/postgresql-common/createcluster.conf || \
      echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf; } && ";

fn packages(what: &str, names: &[&str]) -> Result<(), String> {
    packages_after("", what, names)
}

/// Installs Debian's packages after the shell's `first`, as root only.
fn packages_after(first: &str, what: &str, names: &[&str]) -> Result<(), String> {
    let command = format!("apt-get install -y --no-install-recommends {}", names.join(" "));
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt as _;
        own.uid() == 0
    });
    if !Path::new("/usr/bin/apt-get").exists() || !root {
        return Err(format!(
            "{what} is missing\nhint: install it with `sudo {command}`, then run this again"
        ));
    }
    let script = format!("{first}apt-get update -q && {command}");
    install(what, "env", &["DEBIAN_FRONTEND=noninteractive", "sh", "-c", &script])
}

fn install(what: &str, program: &str, arguments: &[&str]) -> Result<(), String> {
    eprintln!("installing {what}: {program} {}", arguments.join(" "));
    match Command::new(program).args(arguments).status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!(
            "{what} is missing and could not be installed\nhint: run `{program} {}` yourself, then this again",
            arguments.join(" ")
        )),
    }
}
