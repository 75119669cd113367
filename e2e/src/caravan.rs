//! The processes under test: started, read until ready, stopped or killed; and the binary's other commands.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::apart::{Apart, ROLES, SECONDS};
use crate::wrong::{Wrong, ensure};

/// The first start may have to compile the components.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// What is in hand is finished first.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
/// Every other command.
const COMMAND_WITHIN: Duration = Duration::from_secs(60);

/// Where the binary and its data folder are, and in which shape it runs.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) binary: PathBuf,
    /// The folder by which commands find what runs.
    pub(crate) data: PathBuf,
    /// Where the logs go, and files to send.
    pub(crate) scratch: PathBuf,
    /// The settings of one process per role; none when one process does it all.
    pub(crate) apart: Option<Arc<Apart>>,
    /// The broker on which the one process has its event log; none when that is in PostgreSQL.
    pub(crate) kafka: Option<String>,
    /// Where every process sends its spans; none where nobody looks at them.
    pub(crate) collector: Option<String>,
    /// The only certificate that every process trusts; none where the machine's authorities are meant.
    pub(crate) trusted: Option<PathBuf>,
}

impl Place {
    /// A command on this data folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("--data-dir").arg(&self.data).args(arguments);
        command.env_remove("CARAVAN_URL").env_remove("CARAVAN_API_KEY");
        match &self.apart {
            Some(apart) => command.env("CARAVAN_DATABASE_URL", apart.database_url()),
            None => command.env_remove("CARAVAN_DATABASE_URL"),
        };
        self.surround(&mut command);
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// The one process, with the demo.
    fn up(&self) -> Command {
        let mut command = self.command(&["up", "--port-base", "0", "--log", "info"]);
        if let Some(brokers) = &self.kafka {
            command.args(["--kafka", brokers]);
        }
        command
    }

    /// Has a process send its spans, and trust whom it shall, by the variables that other programs know too.
    pub(crate) fn surround(&self, command: &mut Command) {
        if let Some(trusted) = &self.trusted {
            command.env("SSL_CERT_FILE", trusted).env_remove("SSL_CERT_DIR");
        }
        match &self.collector {
            Some(url) => command.env("OTEL_EXPORTER_OTLP_ENDPOINT", url),
            None => command.env_remove("OTEL_EXPORTER_OTLP_ENDPOINT"),
        };
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

    /// The data folder of whoever takes documents in.
    pub(crate) fn hub_data(&self) -> PathBuf {
        self.apart.as_ref().map_or_else(|| self.data.clone(), |apart| apart.data("hub"))
    }

    /// Where a process logs to.
    pub(crate) fn log_path(&self, role: &str) -> PathBuf {
        self.scratch.join(format!("{role}.log"))
    }

    /// Every process with its log.
    pub(crate) fn logs(&self) -> Vec<(String, PathBuf)> {
        let processes = match &self.apart {
            Some(_) => [&ROLES[..], &SECONDS].concat(),
            None => vec![ALL],
        };
        processes.into_iter().map(|name| (name.to_owned(), self.log_path(name))).collect()
    }
}

/// The name of the process that does everything.
pub(crate) const ALL: &str = "caravan";

/// One process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) role: &'static str,
    child: Child,
    /// What it printed before it was ready.
    banner: String,
}

/// A running system: `caravan up`, or a `caravan serve` for each role.
#[derive(Debug)]
pub(crate) struct Caravan {
    /// In the order in which they were started.
    processes: Vec<Process>,
    place: Place,
    pub(crate) took: Duration,
    pub(crate) url: String,
    pub(crate) api_key: String,
    pub(crate) sftp_port: String,
    /// What was printed for the user.
    pub(crate) banner: String,
}

/// Starts the one process without waiting.
pub(crate) fn spawn(place: &Place) -> Result<Child, Wrong> {
    launch(place, ALL, place.up())
}

/// Starts a process, logging to its file, without waiting.
fn launch(place: &Place, role: &str, mut command: Command) -> Result<Child, Wrong> {
    let log = std::fs::File::options().create(true).append(true).open(place.log_path(role))?;
    Ok(command.stdout(Stdio::piped()).stderr(log).spawn()?)
}

impl Process {
    /// Starts it and waits until it says that it is ready.
    pub(crate) async fn start(
        place: &Place,
        role: &'static str,
        command: Command,
    ) -> Result<Self, Wrong> {
        let mut child = launch(place, role, command)?;
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
        let ready =
            ready.map_err(|_| Wrong(format!("{role} is not ready within {READY_WITHIN:?}")))??;
        ensure(ready, || {
            format!("{role} ended before it was ready; see {}", place.log_path(role).display())
        })?;
        // Whatever it prints later is read, so that it never waits for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { role, child, banner })
    }

    /// Resident memory in KiB, with its high-water mark.
    fn memory_kib(&self) -> Result<(u64, u64), Wrong> {
        let id = self.child.id().ok_or_else(|| Wrong(format!("{} has ended", self.role)))?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        Ok((value("VmRSS:"), value("VmHWM:")))
    }

    /// Ctrl-C, and everything in order.
    async fn stop(mut self) -> Result<(), Wrong> {
        let role = self.role;
        let id = self.child.id().ok_or_else(|| Wrong(format!("{role} had ended by itself")))?;
        let sent = Command::new("kill").arg("-INT").arg(id.to_string()).status().await?;
        ensure(sent.success(), || format!("kill -INT {id}: {sent}"))?;
        let ended = tokio::time::timeout(STOPPED_WITHIN, self.child.wait()).await;
        let status = ended
            .map_err(|_| Wrong(format!("{role} is there {STOPPED_WITHIN:?} after Ctrl-C")))??;
        ensure(status.success(), || format!("{role} ended with {status}"))
    }
}

impl Caravan {
    /// Starts it and waits until it says that it is ready.
    pub(crate) async fn start(place: &Place) -> Result<Self, Wrong> {
        let begun = Instant::now();
        let processes = match &place.apart {
            Some(apart) => apart.start(place).await?,
            None => vec![Process::start(place, ALL, place.up()).await?],
        };
        let note: Value =
            serde_json::from_slice(&std::fs::read(place.keys().join("running.json"))?)?;
        let text = |key: &str| {
            let value = note.get(key).and_then(Value::as_str);
            value.map(str::to_owned).ok_or_else(|| Wrong(format!("the note has no {key}")))
        };
        let address = text("sftp_address")?;
        let sftp_port = address.rsplit(':').next().unwrap_or_default().to_owned();
        let (url, api_key, took) = (text("url")?, text("api_key")?, begun.elapsed());
        let banner = processes.last().map(|last| last.banner.clone()).unwrap_or_default();
        let place = place.clone();
        Ok(Self { processes, place, took, url, api_key, sftp_port, banner })
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

    /// Resident memory of all processes in KiB, with the sum of their high-water marks.
    pub(crate) fn memory_kib(&self) -> Result<(u64, u64), Wrong> {
        let mut sum = (0_u64, 0_u64);
        for process in &self.processes {
            let (now, most) = process.memory_kib()?;
            sum = (sum.0.saturating_add(now), sum.1.saturating_add(most));
        }
        Ok(sum)
    }

    /// Addresses that have `/metrics`: the gateway's, and each role's that stands behind it.
    pub(crate) fn metrics_urls(&self) -> Vec<String> {
        self.place.apart.as_ref().map_or_else(|| vec![self.url.clone()], |apart| apart.urls())
    }

    /// Ctrl-C to each, the last one first, and everything in order.
    pub(crate) async fn stop(mut self) -> Result<Duration, Wrong> {
        let begun = Instant::now();
        while let Some(process) = self.processes.pop() {
            process.stop().await?;
        }
        ensure(!self.place.keys().join("running.json").exists(), || {
            "the note of a running Caravan is still there".into()
        })?;
        Ok(begun.elapsed())
    }

    /// kill -9 of every process.
    pub(crate) async fn kill(mut self) -> Result<(), Wrong> {
        for process in &mut self.processes {
            kill(&mut process.child).await?;
        }
        Ok(())
    }

    /// kill -9 of one role, and nothing of the others.
    pub(crate) async fn kill_role(&mut self, role: &str) -> Result<(), Wrong> {
        let process = self.processes.iter_mut().find(|process| process.role == role);
        let process = process.ok_or_else(|| Wrong(format!("no process is {role}")))?;
        kill(&mut process.child).await
    }

    /// Starts a killed role again, where it was.
    pub(crate) async fn revive(&mut self, role: &'static str) -> Result<(), Wrong> {
        let apart = self.place.apart.clone().ok_or_else(|| Wrong::new("there is one process"))?;
        let started = apart.start_role(&self.place, role).await?;
        let process = self.processes.iter_mut().find(|process| process.role == role);
        *process.ok_or_else(|| Wrong(format!("no process is {role}")))? = started;
        Ok(())
    }

    /// Starts another process of a role. Tells where it listens.
    pub(crate) async fn join(&mut self, name: &'static str) -> Result<String, Wrong> {
        let apart = self.place.apart.clone().ok_or_else(|| Wrong::new("there is one process"))?;
        self.processes.push(apart.start_role(&self.place, name).await?);
        Ok(apart.url(name))
    }

    /// Takes leave of a killed process.
    pub(crate) fn forget(&mut self, name: &str) {
        self.processes.retain(|process| process.role != name);
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
