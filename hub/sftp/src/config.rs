//! What the operator decides about the door, and the limits that hold when nothing is decided.
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Settings of one SFTP server. [`Config::new`] gives every limit its default.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one (see `Server::local_addr`).
    pub address: SocketAddr,
    /// The server's ed25519 key in OpenSSH format; made with mode 0600 when the file is absent.
    pub host_key: PathBuf,
    /// Private folder of uploads under way; made with mode 0700. One process only.
    pub staging: PathBuf,
    /// Largest single upload, in bytes. Default 512 MiB.
    pub upload_bytes_max: u64,
    /// Bytes that one account may hold in staging at a time, parked temporary names included. Default 2 GiB.
    pub staging_bytes_max: u64,
    /// Uploads that one account may leave under temporary names. Default 1,000.
    pub parked_max: usize,
    /// How long an unfinished upload, or one never renamed from its temporary name, is kept. Default 24 h.
    pub parked_ttl: Duration,
    /// Time from TCP accept to an open SFTP subsystem. Default 30 s.
    pub login_grace: Duration,
    /// Refused keys per connection before it is cut. Default 3.
    pub auth_attempts_max: usize,
    /// Every refusal of a key takes at least this long, whatever its reason. Default 300 ms.
    pub auth_rejection_delay: Duration,
    /// Sessions per account. Default 10.
    pub sessions_per_account_max: usize,
    /// Open files and listings per session. Default 64.
    pub handles_max: usize,
    /// Connections of one address that have not logged in yet. Default 16.
    pub pre_auth_per_ip_max: usize,
    /// Connections in all. Default 1,024.
    pub connections_max: usize,
    /// A session without any request for so long is ended. Default 15 min.
    pub idle_timeout: Duration,
    /// A client that takes no answer for so long is cut. Default 60 s.
    pub write_timeout: Duration,
    /// Silence after which the client is asked whether it is alive; three unanswered questions end it. Default 30 s.
    pub keepalive: Duration,
    /// How long sessions with an upload under way may go on after the shutdown signal. Default 10 s.
    pub drain: Duration,
}

impl Config {
    /// The defaults, with the three values that have none.
    #[must_use]
    pub fn new(address: SocketAddr, host_key: PathBuf, staging: PathBuf) -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            address,
            host_key,
            staging,
            upload_bytes_max: 512 * MIB,
            staging_bytes_max: 2048 * MIB,
            parked_max: 1000,
            parked_ttl: Duration::from_secs(24 * 3600),
            login_grace: Duration::from_secs(30),
            auth_attempts_max: 3,
            auth_rejection_delay: Duration::from_millis(300),
            sessions_per_account_max: 10,
            handles_max: 64,
            pre_auth_per_ip_max: 16,
            connections_max: 1024,
            idle_timeout: Duration::from_secs(15 * 60),
            write_timeout: Duration::from_secs(60),
            keepalive: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}
