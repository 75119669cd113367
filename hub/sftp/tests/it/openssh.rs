//! The OpenSSH client, as partners run it.
use std::process::Stdio;

use bytes::Bytes;
use caravan_hub_sftp::Folder;
use tokio::process::Command;

use crate::world::{World, eventually, generate_key, noise, run};

#[tokio::test(flavor = "multi_thread")]
async fn puts_lists_gets_and_removes() {
    let world = World::start().await;
    let file = world.local("214.edi", b"ISA*00*");
    let back = world.path("back").display().to_string();
    world.mailbox.put("alice", Folder::Outbox, "997.edi", &Bytes::from_static(b"AK9*A"));

    let batch = format!(
        "ls\nput -p {file} inbox/a.edi\nput {file} b.edi\ncd inbox\nput {file}\nls -l\nls -l ../outbox\nget ../outbox/997.edi {back}\nrm ../outbox/997.edi"
    );
    let out = world.sftp("alice", &batch).await.succeeds();
    for expected in ["inbox", "outbox", "processed", "rejected", "997.edi"] {
        assert!(out.contains(expected), "{out}");
    }
    let names = world.mailbox.received_names();
    assert_eq!(names, ["alice/a.edi", "alice/b.edi", "alice/214.edi"]);
    assert_eq!(world.mailbox.received()[0].1, b"ISA*00*"[..]);
    assert_eq!(std::fs::read(back).unwrap(), b"AK9*A");
    assert!(!world.mailbox.has("alice", Folder::Outbox, "997.edi"));
    assert_eq!(world.staged_files(), [], "staging is clean");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_megabytes_go_both_ways_unchanged() {
    let world = World::start().await;
    let bytes = noise(100 << 20);
    let file = world.local("big", &bytes);
    world.sftp("alice", &format!("put {file} big.edi")).await.succeeds();
    let received = world.mailbox.received().remove(0).1;
    assert!(received == bytes, "{} bytes came of {}", received.len(), bytes.len());

    world.mailbox.put("alice", Folder::Outbox, "big.edi", &received);
    let back = world.path("back").display().to_string();
    world.sftp("alice", &format!("get outbox/big.edi {back}")).await.succeeds();
    assert!(std::fs::read(back).unwrap() == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_name_is_received_at_its_rename() {
    let world = World::start().await;
    let file = world.local("x", b"ISA");
    let out = world.sftp("alice", &format!("put {file} inbox/a.edi.tmp\nls -l inbox")).await;
    assert!(out.succeeds().contains("a.edi.tmp"));
    assert_eq!(world.mailbox.received(), []);
    world.sftp("bob", "rename inbox/a.edi.tmp inbox/a.edi").await.fails_with("no such file");
    world.sftp("alice", "get inbox/a.edi.tmp /dev/null").await.fails_with("permission denied");

    let moves = "rename inbox/a.edi.tmp inbox/a.edi.part\nrename inbox/a.edi.part inbox/a.edi";
    world.sftp("alice", moves).await.succeeds();
    assert_eq!(world.mailbox.received(), [("alice/a.edi".to_owned(), Bytes::from_static(b"ISA"))]);
    assert_eq!(world.staged_files(), []);

    world.sftp("alice", "rename inbox/a.edi inbox/b.edi").await.fails_with("permission denied");
    world.sftp("alice", &format!("put {file} .dot\nrm .dot")).await.succeeds();
    assert_eq!(world.mailbox.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_connection_dies_is_never_received() {
    let world = World::start().await;
    let file = world.local("big", &noise(64 << 20));
    // Slow, and in a process group of its own so that the ssh child dies with it, without a word to the server.
    let batch = format!("put {file} big.edi");
    let mut client = world
        .sftp_command("alice", "alice", &batch, &["-l", "20000"])
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually(|| world.staged_files().iter().any(|(_, size)| *size > 0)).await;
    let group = format!("-{}", client.id().unwrap());
    assert!(run(Command::new("kill").args(["-KILL", "--", &group])).await.ok);
    client.wait().await.unwrap();

    eventually(|| world.staged_files().iter().any(|(name, _)| name.ends_with(".meta"))).await;
    assert_eq!(world.mailbox.received(), []);
    let out = world.sftp("alice", "ls -l inbox").await.succeeds();
    assert!(out.contains("big.edi.partial"), "{out}");
    world.sftp("alice", "rename inbox/big.edi.partial inbox/big.edi").await.fails_with("failure");
    world.sftp("alice", "get inbox/big.edi.partial /dev/null").await.fails_with("denied");

    let whole = world.local("whole", b"ISA");
    world.sftp("alice", &format!("put {whole} big.edi")).await.succeeds();
    assert_eq!(world.mailbox.received_names(), ["alice/big.edi"]);
    assert_eq!(world.staged_files(), [], "the note goes when the file came");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused_alike() {
    let world = World::start().await;
    generate_key(world.folder.path(), "mallory").await;
    let refuse = async |user: &str, key: &str| {
        let run = run(&mut world.sftp_command(user, key, "ls", &[])).await;
        assert!(!run.ok);
        run.err.replace(user, "USER")
    };
    let wrong_key = refuse("alice", "mallory").await;
    assert!(wrong_key.contains("Permission denied (publickey)"), "{wrong_key}");
    assert_eq!(refuse("nobody", "mallory").await, wrong_key);
    assert_eq!(refuse("alice", "bob").await, wrong_key);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_do_not_see_each_other() {
    let world = World::start().await;
    let file = world.local("x", b"secret");
    world.mailbox.put("alice", Folder::Outbox, "answer.edi", &Bytes::from_static(b"x"));
    world.sftp("alice", &format!("put {file} a.edi\nput {file} b.tmp")).await.succeeds();
    let out = world.sftp("bob", "ls -la inbox\nls -la outbox").await.succeeds();
    assert!(!out.contains("a.edi") && !out.contains("b.tmp") && !out.contains("answer"), "{out}");
    for batch in [
        "get inbox/a.edi /dev/null",
        "get outbox/answer.edi /dev/null",
        "get /alice/inbox/a.edi /dev/null",
        "get ../alice/inbox/a.edi /dev/null",
        "rm inbox/b.tmp",
        "rm outbox/answer.edi",
    ] {
        world.sftp("bob", batch).await.fails_with("no");
    }
    assert!(world.mailbox.has("alice", Folder::Outbox, "answer.edi"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outside_the_folders_can_be_reached() {
    let world = World::start().await;
    let file = world.local("x", b"x");
    for path in ["/etc/passwd", "../../../../etc/passwd", "inbox/../../../etc/passwd"] {
        world.sftp("alice", &format!("get {path} /dev/null")).await.fails_with("not found");
    }
    for batch in [
        format!("put {file} outbox/x"),
        format!("put {file} processed/x"),
        format!("put {file} rejected/x"),
        format!("put {file} sub/x"),
        format!("put {file} inbox/sub/x"),
        "mkdir inbox/sub".to_owned(),
        "rmdir inbox".to_owned(),
        "rm inbox/nothing".to_owned(),
        "rename inbox outbox".to_owned(),
        "chown 0 inbox".to_owned(),
        "symlink /etc/passwd inbox/link".to_owned(),
        "ln -s /etc/passwd inbox/link".to_owned(),
    ] {
        let run = world.sftp("alice", &batch).await;
        assert!(!run.ok, "{batch} worked: {run:?}");
    }
    world.sftp("alice", &format!("put {file} ../../up.edi")).await.succeeds();
    assert_eq!(world.mailbox.received_names(), ["alice/up.edi"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_shell_and_no_forwarding() {
    let world = World::start().await;
    let exec = world.ssh(&[], &["ls"]).await;
    exec.fails_with("exec request failed");
    let shell = world.ssh(&["-tt"], &[]).await;
    assert!(!shell.ok, "{shell:?}");
    shell.fails_with("request failed");
    let address = format!("127.0.0.1:{}", world.port);
    world.ssh(&["-W", &address], &[]).await.fails_with("forwarding failed");
    let remote = ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22"];
    world.ssh(&remote, &[]).await.fails_with("remote port forwarding failed");
    let other = world.ssh(&["-s"], &["netconf"]).await;
    other.fails_with("subsystem request failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_strong_algorithms_are_offered() {
    let world = World::start().await;
    world
        .ssh(&["-o", "HostKeyAlgorithms=ssh-rsa"], &["x"])
        .await
        .fails_with("no matching host key type");
    world.ssh(&["-c", "aes128-cbc"], &["x"]).await.fails_with("no matching cipher");
    world
        .ssh(&["-o", "KexAlgorithms=diffie-hellman-group14-sha1"], &["x"])
        .await
        .fails_with("no matching key exchange method");
    world
        .ssh(&["-o", "MACs=hmac-sha1", "-c", "aes256-ctr"], &["x"])
        .await
        .fails_with("no matching mac");

    let trace = world.ssh(&["-vv", "-o", "Compression=yes"], &["x"]).await.err;
    let server = trace.split("peer server KEXINIT proposal").nth(1).expect("a server proposal");
    assert!(server.contains("kex-strict-s-v00@openssh.com"), "{server}");
    assert!(
        server.contains("host key algorithms: ssh-ed25519\r\n")
            || server.contains("host key algorithms: ssh-ed25519\n"),
        "{server}"
    );
    assert!(
        server.contains("compression ctos: none\n") || server.contains("compression ctos: none\r")
    );
    assert!(
        server.contains("compression stoc: none\n") || server.contains("compression stoc: none\r")
    );
    let signatures = trace.lines().find(|line| line.contains("server-sig-algs")).unwrap();
    assert!(!signatures.contains("ssh-rsa"), "{signatures}");
    assert!(signatures.contains("rsa-sha2-512"), "{signatures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rsa_keys_log_in_with_sha2_only() {
    let world = World::start().await;
    let path = world.path("rsa");
    let keygen = ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"];
    assert!(run(Command::new("ssh-keygen").args(keygen).arg(&path)).await.ok);
    let text = std::fs::read_to_string(world.path("rsa.pub")).unwrap();
    world.mailbox.allow("alice", caravan_hub_sftp::PublicKey::from_openssh(&text).unwrap());
    let sftp = async |algorithms: &str| {
        let option = format!("PubkeyAcceptedAlgorithms={algorithms}");
        run(&mut world.sftp_command("alice", "rsa", "ls", &["-o", &option])).await
    };
    sftp("rsa-sha2-512").await.succeeds();
    sftp("ssh-rsa").await.fails_with("denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_refuses_is_not_acknowledged() {
    let world = World::with(|config| config.upload_bytes_max = 1 << 20).await;
    let small = world.local("small", b"x");
    world.sftp("alice", &format!("put {small} refuse.edi")).await.fails_with("fail");
    let large = world.local("large", &noise((1 << 20) + 1));
    world.sftp("alice", &format!("put {large} large.edi")).await.fails_with("fail");
    let exact = world.local("exact", &noise(1 << 20));
    world.sftp("alice", &format!("put {exact} exact.edi")).await.succeeds();
    assert_eq!(world.mailbox.received_names(), ["alice/exact.edi"]);
    eventually(|| world.staged_files().is_empty()).await;
}
