//! The process under test: started, read until ready, stopped or killed; and its other commands.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::wrong::{Wrong, ensure};

/// The first start may have to compile the components.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// What is in hand is finished first.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
/// Every other command.
const COMMAND_WITHIN: Duration = Duration::from_secs(60);

/// Where the binary and its data folder are.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) binary: PathBuf,
    pub(crate) data: PathBuf,
    /// Where the log goes, and files to send.
    pub(crate) scratch: PathBuf,
}

impl Place {
    /// A command on this data folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("--data-dir").arg(&self.data).args(arguments);
        command.env_remove("CARAVAN_URL").env_remove("CARAVAN_API_KEY");
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<Output, Wrong> {
        let output = tokio::time::timeout(COMMAND_WITHIN, self.command(arguments).output()).await;
        Ok(output.map_err(|_| Wrong(format!("caravan {arguments:?} did not end")))??)
    }

    /// Runs a command that must succeed, for its standard output.
    pub(crate) async fn told(&self, arguments: &[&str]) -> Result<String, Wrong> {
        let output = self.run(arguments).await?;
        ensure(output.status.success(), || {
            format!(
                "caravan {arguments:?}: {}; {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            )
        })?;
        Ok(String::from_utf8(output.stdout)?)
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.data.join("keys")
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.scratch.join("caravan.log")
    }
}

/// A running `caravan up`.
#[derive(Debug)]
pub(crate) struct Caravan {
    child: Child,
    keys: PathBuf,
    pub(crate) took: Duration,
    pub(crate) url: String,
    pub(crate) api_key: String,
    pub(crate) sftp_port: String,
    /// What it printed before it was ready.
    pub(crate) banner: String,
}

/// Starts the process without waiting.
pub(crate) fn spawn(place: &Place) -> Result<Child, Wrong> {
    let log = std::fs::File::options().create(true).append(true).open(place.log_path())?;
    let mut command = place.command(&["up", "--port-base", "0", "--log", "info"]);
    Ok(command.stdout(Stdio::piped()).stderr(log).spawn()?)
}

impl Caravan {
    /// Starts it and waits until it says that it is ready.
    pub(crate) async fn start(place: &Place) -> Result<Self, Wrong> {
        let begun = Instant::now();
        Self::ready(place, spawn(place)?, begun).await
    }

    async fn ready(place: &Place, mut child: Child, begun: Instant) -> Result<Self, Wrong> {
        let stdout = child.stdout.take().ok_or_else(|| Wrong::new("no standard output"))?;
        let mut lines = BufReader::new(stdout).lines();
        let mut banner = String::new();
        let reading = async {
            while let Some(line) = lines.next_line().await? {
                banner.push_str(&line);
                banner.push('\n');
                if line.starts_with("ready") {
                    return Ok(true);
                }
            }
            Ok::<bool, std::io::Error>(false)
        };
        let ready = tokio::time::timeout(READY_WITHIN, reading).await;
        let ready = ready.map_err(|_| Wrong(format!("not ready within {READY_WITHIN:?}")))??;
        ensure(ready, || {
            format!("it ended before it was ready; see {}", place.log_path().display())
        })?;
        let took = begun.elapsed();
        // Whatever it prints later is read, so that it never waits for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let note: Value =
            serde_json::from_slice(&std::fs::read(place.keys().join("running.json"))?)?;
        let text = |key: &str| {
            let value = note.get(key).and_then(Value::as_str);
            value.map(str::to_owned).ok_or_else(|| Wrong(format!("the note has no {key}")))
        };
        let address = text("sftp_address")?;
        let sftp_port = address.rsplit(':').next().unwrap_or_default().to_owned();
        let (url, api_key) = (text("url")?, text("api_key")?);
        Ok(Self { child, keys: place.keys(), took, url, api_key, sftp_port, banner })
    }

    /// Address of a demo simulator, as printed.
    pub(crate) fn simulator(&self, party: &str) -> Result<String, Wrong> {
        let line = self.banner.lines().find(|line| line.starts_with("simulators"));
        let mut words = line.unwrap_or_default().split_whitespace();
        words
            .find(|word| *word == party)
            .and_then(|_| words.next())
            .map(str::to_owned)
            .ok_or_else(|| Wrong(format!("the banner does not name the simulator of {party}")))
    }

    /// Resident memory in KiB, with its high-water mark.
    pub(crate) fn memory_kib(&self) -> Result<(u64, u64), Wrong> {
        let id = self.child.id().ok_or_else(|| Wrong::new("the process has ended"))?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        Ok((value("VmRSS:"), value("VmHWM:")))
    }

    /// Ctrl-C, and everything in order.
    pub(crate) async fn stop(mut self) -> Result<Duration, Wrong> {
        let begun = Instant::now();
        let id = self.child.id().ok_or_else(|| Wrong::new("it had ended by itself"))?;
        let sent = Command::new("kill").arg("-INT").arg(id.to_string()).status().await?;
        ensure(sent.success(), || format!("kill -INT {id}: {sent}"))?;
        let ended = tokio::time::timeout(STOPPED_WITHIN, self.child.wait()).await;
        let status =
            ended.map_err(|_| Wrong(format!("still there {STOPPED_WITHIN:?} after Ctrl-C")))??;
        ensure(status.success(), || format!("it ended with {status}"))?;
        ensure(!self.keys.join("running.json").exists(), || {
            "the note of a running Caravan is still there".into()
        })?;
        Ok(begun.elapsed())
    }

    /// kill -9, this process only.
    pub(crate) async fn kill(mut self) -> Result<(), Wrong> {
        kill(&mut self.child).await
    }
}

/// kill -9 of one process; it has ended when this returns.
pub(crate) async fn kill(child: &mut Child) -> Result<(), Wrong> {
    child.start_kill()?;
    child.wait().await?;
    Ok(())
}

/// A text file's path as an argument.
pub(crate) fn argument(path: &Path) -> String {
    path.display().to_string()
}
