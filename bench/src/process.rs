//! A `caravan up` of our own: started on free ports over an empty folder, asked over HTTP, stopped again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Failure, measure};

/// Bytes of an answer at most.
const ANSWER_BYTES_MAX: u64 = 16 << 20;
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A running Caravan; it is killed when dropped without having been stopped.
pub(crate) struct Caravan {
    child: Child,
    /// From the start of the process to its last line before it waits.
    pub(crate) ready_after: Duration,
    /// `host:port` of the gateway.
    pub(crate) gateway: String,
    /// The demo tenant's.
    pub(crate) api_key: String,
    /// `host:port` of the SFTP server.
    sftp: String,
    keys: PathBuf,
}

impl Caravan {
    /// Starts it over `data`.
    pub(crate) fn start(data: &Path) -> Result<Self, Failure> {
        let binary = std::env::current_exe()?.with_file_name("caravan");
        let began = Instant::now();
        let mut child = Command::new(&binary)
            .args(["up", "--port-base", "0", "--data-dir"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let lines = child.stdout.take().ok_or("no standard output")?;
        let ready = BufReader::new(lines)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.starts_with("ready"));
        let ready_after = began.elapsed();
        let keys = data.join("keys");
        let note = std::fs::read_to_string(keys.join("running.json"));
        let (true, Ok(note)) = (ready, note) else {
            child.kill()?;
            return Err("caravan up ended before it was ready".into());
        };
        let note: Value = serde_json::from_str(&note)?;
        let text = |name: &str| {
            note.get(name).and_then(Value::as_str).ok_or(format!("the note has no {name}"))
        };
        Ok(Self {
            child,
            ready_after,
            gateway: text("url")?.trim_start_matches("http://").to_owned(),
            api_key: text("api_key")?.to_owned(),
            sftp: text("sftp_address")?.to_owned(),
            keys,
        })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The status and body of a GET.
    pub(crate) fn get(&self, path: &str) -> Result<(u16, String), Failure> {
        let Self { gateway, api_key, .. } = self;
        let mut stream = TcpStream::connect(gateway)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {gateway}\r\nauthorization: Bearer {api_key}\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no HTTP answer")?;
        let status = head.split(' ').nth(1).ok_or("no HTTP status")?.parse()?;
        Ok((status, body.to_owned()))
    }

    /// The sum of a counter over those of its label sets that contain `label`.
    pub(crate) fn counter(&self, name: &str, label: &str) -> Result<u64, Failure> {
        let (_, text) = self.get("/metrics")?;
        let values = text
            .lines()
            .filter(|line| line.starts_with(name) && line.contains(label))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        Ok(values.sum())
    }

    /// An `sftp` process of `user` that reads its batch from standard input.
    pub(crate) fn sftp(&self, user: &str) -> Result<Command, Failure> {
        let (host, port) = self.sftp.rsplit_once(':').ok_or("no SFTP port")?;
        let mut sftp = Command::new("sftp");
        sftp.args(["-q", "-b", "-", "-P", port, "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"])
            .arg("-i")
            .arg(self.keys.join("demo_sftp_ed25519"))
            .arg("-o")
            .arg(format!("UserKnownHostsFile={}", self.keys.join("known_hosts").display()))
            .arg(format!("{user}@{host}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        Ok(sftp)
    }

    /// Asks it to stop and waits.
    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        Command::new("kill").args(["-TERM", &self.id().to_string()]).status()?;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("caravan up ended with {status}").into())
        }
    }
}

impl Drop for Caravan {
    fn drop(&mut self) {
        // Ended already in the ordinary case. PostgreSQL below it recovers or not with its temporary folder.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A temporary folder that PostgreSQL may pass through: it runs as a user of its own when this runs as root.
pub(crate) fn folder() -> Result<tempfile::TempDir, Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir()?;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711))?;
    Ok(folder)
}

/// Proportional resident memory in KiB of the PostgreSQL whose files are in `folder` or right below it; it is no child of ours.
pub(crate) fn postgres_kib(folder: &Path) -> Result<u64, Failure> {
    let mut folders = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder)? {
        folders.push(entry?.path());
    }
    let notes = folders.iter().map(|folder| std::fs::read_to_string(folder.join("postmaster.pid")));
    let note = notes.into_iter().find_map(Result::ok).ok_or("no PostgreSQL runs there")?;
    let postmaster: u32 = note.lines().next().unwrap_or_default().trim().parse()?;
    let mut total = measure::kib(&postmaster.to_string(), "smaps_rollup", "Pss")?;
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().filter(|name| name.parse::<u32>().is_ok()) else { continue };
        let Ok(status) = std::fs::read_to_string(format!("/proc/{id}/status")) else { continue };
        let parent =
            status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok());
        if parent == Some(postmaster) {
            let kib = measure::kib(id, "smaps_rollup", "Pss");
            total = total.saturating_add(kib.unwrap_or_default());
        }
    }
    Ok(total)
}
