//! A partner with the ordinary OpenSSH `sftp` client.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::caravan::{Caravan, Place};
use crate::wrong::{Wrong, ensure};

/// Longest session.
const SESSION_WITHIN: Duration = Duration::from_secs(60);

/// One account on one server.
#[derive(Debug, Clone)]
pub(crate) struct Sftp {
    port: String,
    user: &'static str,
    keys: PathBuf,
    scratch: PathBuf,
}

impl Sftp {
    pub(crate) fn new(place: &Place, caravan: &Caravan, user: &'static str) -> Self {
        let (keys, scratch) = (place.keys(), place.scratch.clone());
        Self { port: caravan.sftp_port.clone(), user, keys, scratch }
    }

    /// The client with more options, and a batch on its standard input.
    pub(crate) fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new("sftp");
        command.args(["-q", "-F", "/dev/null", "-P", &self.port]).args(options);
        for option in [
            format!("UserKnownHostsFile={}", self.keys.join("known_hosts").display()),
            "GlobalKnownHostsFile=/dev/null".to_owned(),
            "StrictHostKeyChecking=yes".to_owned(),
            "IdentitiesOnly=yes".to_owned(),
            "BatchMode=yes".to_owned(),
            "ConnectTimeout=5".to_owned(),
            format!("IdentityFile={}", self.keys.join("demo_sftp_ed25519").display()),
        ] {
            command.args(["-o", &option]);
        }
        command.args(["-b", "-", &format!("{}@127.0.0.1", self.user)]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        command
    }

    /// Runs a batch; it ends at the first command that fails.
    pub(crate) async fn batch(&self, commands: &str) -> Result<Output, Wrong> {
        let mut child = self.command(&[]).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A client that could not connect has closed its input; its exit says why.
            drop(stdin.write_all(commands.as_bytes()).await);
        }
        let output = tokio::time::timeout(SESSION_WITHIN, child.wait_with_output()).await;
        Ok(output.map_err(|_| Wrong(format!("sftp did not end: {commands}")))??)
    }

    async fn done(&self, commands: &str) -> Result<String, Wrong> {
        let output = self.batch(commands).await?;
        ensure(output.status.success(), || {
            format!(
                "sftp {:?}: {}",
                commands.trim(),
                String::from_utf8_lossy(&output.stderr).trim()
            )
        })?;
        Ok(String::from_utf8(output.stdout)?)
    }

    /// A local file with these bytes.
    pub(crate) fn local(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Wrong> {
        let path = self.scratch.join("send").join(name);
        std::fs::create_dir_all(self.scratch.join("send"))?;
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// Drops bytes as `inbox/<name>`; when it returns, the server has said that it holds them.
    pub(crate) async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Wrong> {
        let path = self.local(name, bytes)?;
        self.done(&format!("put {} inbox/{name}\n", path.display())).await.map(drop)
    }

    /// Names in a folder.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<String>, Wrong> {
        let told = self.done(&format!("ls -1 {folder}\n")).await?;
        let lines = told.lines().filter(|line| !line.starts_with("sftp>"));
        let name = |line: &str| line.trim().rsplit('/').next().unwrap_or_default().to_owned();
        Ok(lines.map(name).filter(|name| !name.is_empty()).collect())
    }

    /// The bytes of one remote file.
    pub(crate) async fn get(&self, remote: &str) -> Result<Vec<u8>, Wrong> {
        let path = self.scratch.join("got");
        self.done(&format!("get {remote} {}\n", path.display())).await?;
        Ok(std::fs::read(path)?)
    }

    /// Everything in the outbox, into a local folder.
    pub(crate) async fn collect(&self, into: &Path) -> Result<(), Wrong> {
        std::fs::create_dir_all(into)?;
        self.done(&format!("get outbox/* {}/\n", into.display())).await.map(drop)
    }

    pub(crate) async fn remove(&self, remote: &str) -> Result<(), Wrong> {
        self.done(&format!("rm {remote}\n")).await.map(drop)
    }
}
