//! One process per role on a real Kafka: the servers, and what each role is started with.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use caravan_cluster::{Cluster, Config};
use caravan_world::{Kafka, port};
use tokio::process::Command;

use crate::caravan::{Place, Process};
use crate::wrong::Wrong;

/// What is started, in this order: who is called before who calls.
pub(crate) const ROLES: [&str; 6] = [HUB, "order", "tracking", "settlement", GATEWAY, DEMO];
/// Another process of a role each, to which the gateway does not lead: it shares the work that comes by the log and the database.
pub(crate) const SECONDS: [&str; 3] = ["order-2", "tracking-2", "settlement-2"];
const HUB: &str = "hub";
const GATEWAY: &str = "gateway";
const DEMO: &str = "demo";
/// Keys that all data folders share, as an operator would hand them out.
const SHARED_KEYS: [&str; 3] = ["context_key", "api_key_pepper", "vault"];
const DATABASE: &str = "caravan";

/// The servers that the roles stand on; Kafka ends with this.
#[derive(Debug)]
pub(crate) struct Servers {
    cluster: Cluster,
    _kafka: Kafka,
}

/// What the roles are started with, the same at every start.
#[derive(Debug)]
pub(crate) struct Apart {
    folder: PathBuf,
    database_url: String,
    brokers: String,
    ports: BTreeMap<&'static str, u16>,
    sftp_port: u16,
}

impl Servers {
    /// Starts PostgreSQL and Kafka, and makes the roles' data folders with the keys that they share.
    pub(crate) async fn start(folder: &Path) -> Result<(Self, Arc<Apart>), Wrong> {
        let failed = |error: &dyn std::error::Error| Wrong(format!("a server: {error}"));
        let kafka = Kafka::start().await.map_err(|error| failed(&error))?;
        let cluster = Cluster::start(Config::new(folder.join("postgres")))
            .await
            .map_err(|error| failed(&error))?;
        cluster.ensure_database(DATABASE).await.map_err(|error| failed(&error))?;
        let mut ports = BTreeMap::new();
        for role in ROLES.into_iter().chain(SECONDS) {
            ports.insert(role, port::free().map_err(|error| failed(&error))?);
        }
        let apart = Apart {
            folder: folder.join("roles"),
            database_url: cluster.url(DATABASE, "{role}"),
            brokers: kafka.brokers(),
            ports,
            sftp_port: port::free().map_err(|error| failed(&error))?,
        };
        apart.hand_out_keys()?;
        Ok((Self { cluster, _kafka: kafka }, Arc::new(apart)))
    }

    pub(crate) async fn stop(self) -> Result<(), Wrong> {
        self.cluster.stop().await.map_err(|error| Wrong(format!("PostgreSQL: {error}")))
    }
}

impl Apart {
    /// The data folder of one role.
    pub(crate) fn data(&self, role: &str) -> PathBuf {
        self.folder.join(role)
    }

    /// Where the operator's commands find the database, with `{role}` where the login role stands.
    pub(crate) fn database_url(&self) -> &str {
        &self.database_url
    }

    /// The folder by which commands find the system: the demo leaves its note there.
    pub(crate) fn own_data(&self) -> PathBuf {
        self.data(DEMO)
    }

    fn hand_out_keys(&self) -> Result<(), Wrong> {
        std::fs::create_dir_all(&self.folder)?;
        for key in SHARED_KEYS {
            let mut bytes = [0_u8; 32];
            File::open("/dev/urandom")?.read_exact(&mut bytes)?;
            for role in ROLES.into_iter().chain(SECONDS) {
                let keys = self.data(role).join("keys");
                DirBuilder::new().recursive(true).mode(0o700).create(&keys)?;
                let mut options = OpenOptions::new();
                let mut file =
                    options.write(true).create_new(true).mode(0o600).open(keys.join(key))?;
                file.write_all(&bytes)?;
            }
        }
        Ok(())
    }

    /// All roles: those behind the gateway at once, then the gateway, then the demo.
    pub(crate) async fn start(&self, place: &Place) -> Result<Vec<Process>, Wrong> {
        let [hub, order, tracking, settlement, gateway, demo] = ROLES;
        let (hub, order, tracking, settlement) = tokio::try_join!(
            self.start_role(place, hub),
            self.start_role(place, order),
            self.start_role(place, tracking),
            self.start_role(place, settlement),
        )?;
        let mut processes = vec![hub, order, tracking, settlement];
        processes.push(self.start_role(place, gateway).await?);
        processes.push(self.start_role(place, demo).await?);
        Ok(processes)
    }

    pub(crate) async fn start_role(
        &self,
        place: &Place,
        role: &'static str,
    ) -> Result<Process, Wrong> {
        if role == DEMO {
            let known = "keys/known_hosts";
            std::fs::copy(self.data(HUB).join(known), self.data(DEMO).join(known))?;
        }
        Process::start(place, role, self.command(place, role)).await
    }

    fn command(&self, place: &Place, process: &'static str) -> Command {
        let role = process.strip_suffix("-2").unwrap_or(process);
        let mut command = Command::new(&place.binary);
        command.arg("--data-dir").arg(self.data(process)).args(["serve", "--role", role]);
        command.args(["--database-url", &self.database_url, "--log", "info"]);
        let (sftp, listen) = (at(self.sftp_port), at(self.port(process)));
        if role == DEMO {
            let gateway = format!("http://{}", at(self.port(GATEWAY)));
            command.args(["--gateway", &gateway, "--sftp", &sftp]);
        } else {
            command.args(["--listen", &listen, "--kafka", &self.brokers]);
        }
        if role == HUB {
            command.args(["--sftp", &sftp, "--allow-test-nets"]);
        }
        if role == GATEWAY {
            for (role, port) in self.behind() {
                command.args(["--upstream", &format!("{role}={}", at(port))]);
            }
        }
        place.surround(&mut command);
        command.stdin(std::process::Stdio::null()).kill_on_drop(true);
        command
    }

    /// Roles that the gateway leads to.
    fn behind(&self) -> impl Iterator<Item = (&'static str, u16)> {
        let ports = self.ports.iter().map(|(role, port)| (*role, *port));
        ports.filter(|(role, _)| ![GATEWAY, DEMO].contains(role) && !SECONDS.contains(role))
    }

    /// Where each role that listens has its metrics.
    pub(crate) fn urls(&self) -> Vec<String> {
        let listening = ROLES.into_iter().filter(|role| *role != DEMO);
        listening.map(|role| self.url(role)).collect()
    }

    /// Where a process listens.
    pub(crate) fn url(&self, process: &str) -> String {
        format!("http://{}", at(self.port(process)))
    }

    fn port(&self, role: &str) -> u16 {
        self.ports.get(role).copied().unwrap_or_default()
    }
}

fn at(port: u16) -> String {
    format!("127.0.0.1:{port}")
}
