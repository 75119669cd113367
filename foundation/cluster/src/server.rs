//! PostgreSQL's own programs: initdb and pg_ctl, run as the right user.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::Error;
use crate::account::Account;
use crate::layout::Layout;

/// How long a start may take, recovery after a crash included, and a stop.
const WAIT_S: &str = "120";
/// Tries when a crashed server's children still hold its memory.
const START_TRIES: u32 = 3;

/// How often, and with which wait, the children of a crashed server are given time to notice and end.
const ORPHAN_TRIES: u32 = 100;
const ORPHAN_WAIT: core::time::Duration = core::time::Duration::from_millis(100);

/// The server of one data folder.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) binaries: PathBuf,
    pub(crate) account: Account,
    pub(crate) layout: Layout,
}

impl Server {
    /// Makes the data, once. An interrupted initdb leaves no trace: it works on a folder of another name.
    pub(crate) async fn initialize(&self, fsync: bool) -> Result<(), Error> {
        let data = &self.layout.data;
        if data.join("PG_VERSION").exists() {
            return Ok(());
        }
        let making = self.layout.root.join("data.making");
        if making.exists() {
            std::fs::remove_dir_all(&making)
                .map_err(|source| Error::file("remove", &making, source))?;
        }
        let mut arguments: Vec<&OsStr> = vec!["-D".as_ref(), making.as_os_str()];
        for argument in
            ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"]
        {
            arguments.push(argument.as_ref());
        }
        if !fsync {
            arguments.push("--no-sync".as_ref());
        }
        self.run("initdb", &arguments).await?;
        // The folder around the socket is the guard: only the server's own user can open it.
        self.write(&making.join("pg_hba.conf"), "local all all trust\n")?;
        let include = "include_if_exists = 'caravan.conf'\n";
        let file = making.join("postgresql.conf");
        let ours =
            std::fs::read_to_string(&file).map_err(|source| Error::file("read", &file, source))?;
        self.write(&file, &format!("{ours}\n{include}"))?;
        std::fs::rename(&making, data).map_err(|source| Error::file("rename", &making, source))
    }

    /// Runs the server with `settings`: uses one that runs already, if its settings are the same, else starts or restarts it.
    pub(crate) async fn start(&self, settings: &str) -> Result<(), Error> {
        let file = self.layout.data.join("caravan.conf");
        let same = std::fs::read_to_string(&file).is_ok_and(|text| text == settings);
        self.drop_stale_pid_file().await?;
        let running = self.is_running().await;
        if running && same && self.answers().await {
            tracing::info!("taking over the database server that a former run left behind");
            return Ok(());
        }
        self.write(&file, settings)?;
        if running && let Err(error) = self.stop().await {
            // It may have died of something else just now.
            self.drop_stale_pid_file().await?;
            if self.is_running().await {
                return Err(error);
            }
        }
        if !is_anybodys_folder(&self.layout.data) {
            // The socket's own lock file has the same trouble with dead numbers, and its folder is ours alone.
            drop(std::fs::remove_file(self.layout.socket.join(".s.PGSQL.5432.lock")));
        }
        let mut tries = 0_u32;
        loop {
            tries = tries.saturating_add(1);
            let log = self.layout.log.as_os_str();
            let started = self.ctl(&["-l".as_ref(), log, "start".as_ref()]).await;
            match started {
                Err(error) if tries >= START_TRIES => return Err(error),
                Err(_) => tokio::time::sleep(core::time::Duration::from_millis(500)).await,
                Ok(()) => return Ok(()),
            }
        }
    }

    /// Fast shutdown: disconnects clients, rolls back what they had open, writes everything down.
    pub(crate) async fn stop(&self) -> Result<(), Error> {
        self.ctl(&["-m".as_ref(), "fast".as_ref(), "stop".as_ref()]).await
    }

    pub(crate) async fn is_running(&self) -> bool {
        self.ctl(&["status".as_ref()]).await.is_ok()
    }

    /// Whether it answers on its socket; pg_ctl's own wait is for that too, and does nothing to a running server.
    async fn answers(&self) -> bool {
        tokio::net::UnixStream::connect(self.layout.socket.join(".s.PGSQL.5432")).await.is_ok()
    }

    /// A pid file may outlive its server, and its number may meanwhile be some other process, or one that is dead and not yet
    /// buried (in a container whose first process buries nobody): PostgreSQL would then refuse to start. Where /proc tells that
    /// it is not PostgreSQL, the file is removed, but only once no child of the old server is left in the data folder: the file
    /// is what keeps two servers off one set of data.
    async fn drop_stale_pid_file(&self) -> Result<(), Error> {
        let file = self.layout.data.join("postmaster.pid");
        let Ok(text) = std::fs::read_to_string(&file) else { return Ok(()) };
        let Some(pid) = text.lines().next().and_then(|line| line.trim().parse::<u32>().ok()) else {
            return Ok(());
        };
        let Ok(command) = std::fs::read(format!("/proc/{pid}/cmdline")) else { return Ok(()) };
        if String::from_utf8_lossy(&command).contains("postgres") {
            return Ok(());
        }
        for _ in 0..ORPHAN_TRIES {
            if !is_anybodys_folder(&self.layout.data) {
                tracing::warn!(pid, "removing the pid file of a server that is no more");
                return std::fs::remove_file(&file)
                    .map_err(|source| Error::file("remove", &file, source));
            }
            tokio::time::sleep(ORPHAN_WAIT).await;
        }
        let output = "children of a crashed server are still at work in the data folder".to_owned();
        Err(Error::Failed { program: "postgres", output })
    }

    async fn ctl(&self, arguments: &[&OsStr]) -> Result<(), Error> {
        let mut all: Vec<&OsStr> =
            vec!["-D".as_ref(), self.layout.data.as_os_str(), "-s".as_ref(), "-t".as_ref()];
        all.push(WAIT_S.as_ref());
        if arguments.last() != Some(&OsStr::new("status")) {
            all.push("-w".as_ref());
        }
        all.extend(arguments);
        self.run("pg_ctl", &all).await
    }

    async fn run(&self, program: &'static str, arguments: &[&OsStr]) -> Result<(), Error> {
        let mut command = self.account.command(&self.binaries.join(program));
        // The server inherits them: output into a pipe would be held open, so it goes to a file that nobody else reads.
        let output_file = self.layout.root.join(format!("{program}.out"));
        let output = std::fs::File::create(&output_file)
            .map_err(|source| Error::file("create", &output_file, source))?;
        let errors =
            output.try_clone().map_err(|source| Error::file("open", &output_file, source))?;
        command.args(arguments).stdin(Stdio::null()).stdout(output).stderr(errors);
        let failed = |source| Error::Run { program, source };
        let status = tokio::process::Command::from(command).status().await.map_err(failed)?;
        if status.success() {
            return Ok(());
        }
        let said = std::fs::read_to_string(&output_file).unwrap_or_default();
        Err(Error::Failed { program, output: format!("{}{}", said.trim(), self.last_lines()) })
    }

    /// The end of the server's log, which says why it did not start.
    fn last_lines(&self) -> String {
        let log = std::fs::read_to_string(&self.layout.log).unwrap_or_default();
        let mut lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.reverse();
        lines.iter().map(|line| format!("\n  {line}")).collect()
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), Error> {
        std::fs::write(path, text).map_err(|source| Error::file("write", path, source))?;
        self.account.own(path)
    }
}

/// Whether some process works in `folder`, as every process of a PostgreSQL server does in its data.
fn is_anybodys_folder(folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| std::fs::read_link(process.path().join("cwd")).ok())
        .any(|working| working == folder)
}
