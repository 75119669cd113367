//! The command line: every command, option and example.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::roles::Role;

/// An open freight integration hub: what a carrier, an ERP or an authority sends becomes a durable canonical event.
#[derive(Debug, Parser)]
#[command(name = "caravan", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Folder of the database, the documents and the keys.
    #[arg(long, global = true, env = "CARAVAN_DATA_DIR", default_value = "data")]
    pub(crate) data_dir: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  caravan up                                    start everything, with a demo tenant and simulated carriers
  caravan tail                                  canonical events as they are appended
  caravan documents --status rejected           what could not be understood
  caravan document 3f2a                         one document: records, rejects with byte ranges, steps
  caravan replay 3f2a --dry-run                 what processing it again would give
  caravan translate --message x12/214 file.edi  run a file through the same component, without a server";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start everything in one process: database, hub, SFTP server, tracking service, gateway, demo parties.
    Up(Up),
    /// Start one role in a process of its own, beside others that share the database.
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// Run files through a connector in the sandbox; one canonical record or reject a line.
    #[command(after_help = TRANSLATE_EXAMPLES)]
    Translate(Translate),
    /// The catalogue of parties.
    Parties {
        /// One JSON object instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Documents that were received, newest first.
    Documents(Documents),
    /// One document: raw bytes, records, rejects with the byte range each came from, steps with their times.
    Document {
        /// Its id, or the first digits of it.
        id: String,
        /// The bytes as they were received, to standard output.
        #[arg(long, conflicts_with = "json")]
        raw: bool,
        /// One JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Process a stored document again.
    Replay {
        /// Its id, or the first digits of it.
        id: String,
        /// Show what it would give and publish nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Canonical events as they are appended, one CloudEvent a line.
    Tail(Tail),
    /// Compile the components into the data folder's cache; `caravan up` has this done before its first start.
    #[command(hide = true)]
    CompileComponents,
    /// Check what this machine has, and what a running Caravan says of itself.
    Doctor,
    /// Completions for a shell: `caravan completions bash > /etc/bash_completion.d/caravan`.
    Completions {
        /// Shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    /// First of the ports in use: gateway at +0, SFTP at +22, simulators from +31. 0 takes free ones.
    #[arg(long, env = "CARAVAN_PORT_BASE", default_value_t = 8600)]
    pub(crate) port_base: u16,
    /// Put the event log on Kafka: HOST:PORT, several with commas between them.
    #[arg(long, env = "CARAVAN_KAFKA")]
    pub(crate) kafka: Option<String>,
    /// Without demo tenant and simulators.
    #[arg(long)]
    pub(crate) no_demo: bool,
    #[command(flatten)]
    pub(crate) observing: Observing,
}

/// What is logged, and how.
#[derive(Debug, Args)]
pub(crate) struct Observing {
    /// Log filter, for example `info,caravan_hub_intake=debug`.
    #[arg(long, env = "CARAVAN_LOG", default_value = "warn")]
    pub(crate) log: String,
    /// One JSON object a log line.
    #[arg(long)]
    pub(crate) log_json: bool,
}

const SERVE_EXAMPLES: &str = "Examples:
  caravan serve --role order --listen 127.0.0.1:8701 --database-url 'postgres://{role}@db.internal/caravan'
  caravan serve --role gateway --listen 0.0.0.0:8600 --database-url … \\
    --upstream hub=hub:8700 --upstream order=order:8701 --upstream tracking=tracking:8702 --upstream settlement=settlement:8703

Every role's data folder holds the same keys/ (context_key, api_key_pepper, vault): make them once, hand them out as secrets.";

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// What this process does.
    #[arg(long, value_enum)]
    pub(crate) role: Role,
    /// Where it listens: the gateway for callers, the others for the gateway.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The database, with `{role}` where the login role stands.
    #[arg(long, env = "CARAVAN_DATABASE_URL")]
    pub(crate) database_url: String,
    /// The address under which the owner of the schemas logs in, if it is another.
    #[arg(long, env = "CARAVAN_DATABASE_OWNER_URL")]
    pub(crate) database_owner_url: Option<String>,
    /// Put the event log on Kafka: HOST:PORT, several with commas between them.
    #[arg(long, env = "CARAVAN_KAFKA")]
    pub(crate) kafka: Option<String>,
    /// The hub's SFTP server.
    #[arg(long, default_value = "127.0.0.1:8622")]
    pub(crate) sftp: SocketAddr,
    /// For the gateway: where each other role listens, `ROLE=HOST:PORT`.
    #[arg(long = "upstream")]
    pub(crate) upstreams: Vec<String>,
    /// For the hub: let connectors call loopback and private networks. For tests only.
    #[arg(long)]
    pub(crate) allow_test_nets: bool,
    #[command(flatten)]
    pub(crate) observing: Observing,
}

const TRANSLATE_EXAMPLES: &str = "Examples:
  caravan translate --message x12/214 214.edi
  caravan translate --message x12/210 --party odfl bill.edi | jq .charges
  caravan translate --message idoc/ORDERS05 order.xml

Exit codes: 0 all was understood, 3 something was rejected, 2 a file is not that message at all.";

#[derive(Debug, Args)]
pub(crate) struct Translate {
    /// Kind of message, `dialect/message`: x12/214, x12/210, idoc/ORDERS05, idoc/DELVRY07.
    #[arg(long)]
    pub(crate) message: String,
    /// Party whose profile is used; the dialect's standard profile unless said.
    #[arg(long)]
    pub(crate) party: Option<String>,
    /// Files to read.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Documents {
    /// received, processing, done, rejected or quarantined.
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// How many.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u32,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Begin with the oldest event that is kept.
    #[arg(long)]
    pub(crate) from_beginning: bool,
    /// One kind only, for example caravan.milestone.recorded.
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Stop after so many.
    #[arg(long)]
    pub(crate) limit: Option<u64>,
}
