//! haproxy as a stand-in for a gateway: a key looked up in a file, a rate counted by key, connections to the service kept open.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Failure, measure};

const UP_WITHIN: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

/// A running haproxy; it ends with this.
pub(super) struct Haproxy {
    child: Child,
    /// `host:port`.
    pub(super) address: String,
}

impl Haproxy {
    /// Starts it before `upstream`; it knows one `key`.
    pub(super) async fn start(
        folder: &Path,
        threads: usize,
        upstream: &str,
        key: &str,
    ) -> Result<Self, Failure> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let (keys, settings) = (folder.join("keys"), folder.join("haproxy.cfg"));
        std::fs::write(&keys, format!("Bearer {key}\n"))?;
        std::fs::write(
            &settings,
            format!(
                "global\n  nbthread {threads}\n  maxconn 4096\n\
                 defaults\n  mode http\n  timeout connect 3s\n  timeout client 30s\n  timeout server 30s\n\
                 frontend in\n  bind {address}\n  default_backend service\n\
                 \x20 stick-table type string len 80 size 100k expire 10s store http_req_rate(1s)\n\
                 \x20 http-request deny deny_status 401 unless {{ req.hdr(authorization) -f {keys} }}\n\
                 \x20 http-request track-sc0 req.hdr(authorization)\n\
                 \x20 http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt 100000000 }}\n\
                 backend service\n  http-reuse always\n  server one {upstream}\n",
                keys = keys.display()
            ),
        )?;
        let child = Command::new("haproxy")
            .args(["-db", "-q", "-f"])
            .arg(&settings)
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("haproxy: {error}; on Debian: apt-get install haproxy"))?;
        let haproxy = Self { child, address };
        let end = Instant::now() + UP_WITHIN;
        while TcpStream::connect(&haproxy.address).is_err() {
            if Instant::now() > end {
                return Err(format!("haproxy did not listen within {UP_WITHIN:?}").into());
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(haproxy)
    }

    /// Its processor time so far.
    pub(super) fn cpu(&self) -> Result<Duration, Failure> {
        measure::cpu_below(&format!("/proc/{}/task", self.child.id()), None)
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
