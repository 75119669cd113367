//! paramiko, the client inside most Python integrations: its `put` asks for the size after CLOSE, its `get` asks for
//! the whole file at once.
use std::path::PathBuf;

use bytes::Bytes;
use caravan_hub_sftp::Folder;
use tokio::process::Command;

use crate::world::{World, noise, run};

const ENABLE: &str = "python3 -m venv target/venv && target/venv/bin/pip install paramiko";

/// The interpreter of a virtual environment that has paramiko, made on demand.
async fn interpreter() -> Option<PathBuf> {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let venv = workspace.join("target/venv");
    let python = venv.join("bin/python3");
    let mut probe = Command::new(&python);
    if python.exists() && run(probe.args(["-c", "import paramiko"])).await.ok {
        return Some(python);
    }
    let made = run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).await.ok;
    let mut pip = Command::new(&python);
    let installed = made && run(pip.args(["-m", "pip", "install", "-q", "paramiko"])).await.ok;
    installed.then_some(python)
}

#[tokio::test(flavor = "multi_thread")]
async fn paramiko_walks_through() {
    let Some(python) = interpreter().await else {
        let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!ci, "paramiko is missing; enable it with: {ENABLE}");
        println!("skipped: paramiko is missing; enable it with: {ENABLE}");
        return;
    };
    let world = World::start().await;
    let big = Bytes::from(noise(48 << 20));
    world.mailbox.put("alice", Folder::Outbox, "big.edi", &big);
    for number in 0..250 {
        let name = format!("{number:03}.edi");
        world.mailbox.put("alice", Folder::Processed, &name, &Bytes::from_static(b"x"));
    }
    let local = world.local("big", &big);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/paramiko_walk.py");
    let walk = run(Command::new(python)
        .arg(script)
        .arg(world.port.to_string())
        .arg(world.path("known_hosts"))
        .arg(world.path("alice"))
        .arg(world.path("bob"))
        .arg(local))
    .await;
    assert!(walk.ok, "{}\n{}", walk.out, walk.err);
    let received = world.mailbox.received();
    let names: Vec<&str> = received.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["alice/gone.edi", "alice/renamed.edi", "alice/moved.edi", "alice/over.edi"]);
    assert!(received[0].1 == big);
    assert_eq!(received[3].1, b"ISB*00"[..]);
    assert_eq!(world.staged_files(), []);
}
