//! What a machine must have: looked for, installed when we may, else named with the exact command.

use std::path::Path;
use std::process::{Command, Stdio};

/// What building needs: the guests' compile target.
pub(crate) fn to_build() -> Result<(), String> {
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

/// What running needs: PostgreSQL's server binaries.
pub(crate) fn to_run() -> Result<(), String> {
    if has_postgres() {
        return Ok(());
    }
    packages("PostgreSQL's server", &["postgresql"])
}

/// What the tests need beyond that: the OpenSSH client, and Python with venv for paramiko.
pub(crate) fn to_test() -> Result<(), String> {
    to_run()?;
    if !on_path("sftp") || !on_path("ssh-keygen") {
        packages("the OpenSSH client", &["openssh-client"])?;
    }
    if !on_path("python3") {
        packages("Python 3", &["python3", "python3-venv"])?;
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

fn packages(what: &str, names: &[&str]) -> Result<(), String> {
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
    // Debian's package creates and starts a cluster of its own at install; ours is private, so that one is not wanted.
    let quiet = "mkdir -p /etc/postgresql-common && \
                 { test -e /etc/postgresql-common/createcluster.conf || \
                   echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf; }";
    let script = format!("{quiet}; apt-get update -q && {command}");
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
