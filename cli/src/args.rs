//! The command line: every command, option and example.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use url::Url;

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
    Serve(Box<Serve>),
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
        /// Its id, or the first digits of it; with `@` and a connection where several received the same bytes.
        id: String,
        /// The bytes as they were received, to standard output.
        #[arg(long, conflicts_with = "json")]
        raw: bool,
        /// One JSON object instead of text.
        #[arg(long)]
        json: bool,
        /// The bytes of one of its answers, to standard output, by the hash that stands beside the answer.
        #[arg(long, value_name = "HASH", conflicts_with_all = ["json", "raw"])]
        answer: Option<String>,
        /// Save it as a golden case below this folder, mostly fixtures/parties: input, expected.json, notes.md.
        #[arg(long, conflicts_with_all = ["json", "raw", "answer"])]
        fixture: Option<PathBuf>,
    },
    /// Process a stored document again.
    Replay {
        /// Its id, or the first digits of it; with `@` and a connection where several received the same bytes.
        id: String,
        /// Show what it would give and publish nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// The audit trail.
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
    /// Tenants of this installation: for its operator, on the gateway's data folder.
    #[command(after_help = TENANT_EXAMPLES)]
    Tenant {
        #[command(subcommand)]
        command: Tenant,
        #[command(flatten)]
        place: Place,
    },
    /// Users of this installation: for its operator, on the gateway's data folder.
    User {
        #[command(subcommand)]
        command: User,
        #[command(flatten)]
        place: Place,
    },
    /// The secrets that are stored: for the operator, on the gateway's data folder.
    #[command(after_help = VAULT_EXAMPLES)]
    Vault {
        #[command(subcommand)]
        command: VaultCommand,
        #[command(flatten)]
        place: Place,
    },
    /// Events that a service set aside, as it could not handle them: for the operator, on the gateway's data folder.
    #[command(after_help = PARKED_EXAMPLES)]
    Parked {
        #[command(subcommand)]
        command: ParkedCommand,
        #[command(flatten)]
        place: Place,
    },
    /// Who reads the event log, and how far each is: for the operator, on the gateway's data folder.
    #[command(after_help = GROUP_EXAMPLES)]
    Group {
        #[command(subcommand)]
        command: GroupCommand,
        #[command(flatten)]
        place: Place,
    },
    /// Canonical events as they are appended, one CloudEvent a line.
    Tail(Tail),
    /// Compile the components, once for all data folders of this user; `caravan up` has this done where it was not.
    #[command(hide = true)]
    CompileComponents,
    /// How the installation stands: roles, lags, stores, what waits for you; exit code 1 when not all is well.
    Operations {
        /// One JSON object, as the API answers it.
        #[arg(long)]
        json: bool,
    },
    /// Check what this machine has, and what a running Caravan says of itself.
    Doctor,
    /// Completions for a shell: `caravan completions bash > /etc/bash_completion.d/caravan`.
    Completions {
        /// Shell.
        shell: clap_complete::Shell,
    },
}

/// What can be done with the audit trail.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Hash every entry again; exit code 1 when the chain is broken.
    Verify {
        /// The head that an earlier verification printed: finds a trail that was rewritten as a whole.
        #[arg(long, conflicts_with = "checkpoints")]
        witness: Option<String>,
        /// Instead, every tenant's chain against all signed checkpoints in this folder: for the operator.
        #[arg(long)]
        checkpoints: Option<PathBuf>,
        /// The key that `audit checkpoint` printed; the data folder's own unless said.
        #[arg(long, requires = "checkpoints")]
        key: Option<String>,
        /// A database that others run, with `{role}` where the login role stands; the data folder's own unless said.
        #[arg(long, env = "CARAVAN_DATABASE_URL")]
        database_url: Option<String>,
    },
    /// Write where every tenant's chain ends into a signed note of its own: from cron, to where the database's owner does not reach.
    Checkpoint {
        /// The folder that keeps the notes; made if need be.
        folder: PathBuf,
        /// A database that others run, with `{role}` where the login role stands; the data folder's own unless said.
        #[arg(long, env = "CARAVAN_DATABASE_URL")]
        database_url: Option<String>,
    },
}

const TENANT_EXAMPLES: &str = "Examples:
  caravan tenant create 'Acme Traders' --owner asha@acme.example
  caravan tenant invite acme-traders vikram@acme.example
  caravan tenant list --json | jq -r '.tenants[].short_name'

Beside a running `caravan up` it uses its database; without one it starts and stops the data folder's own.
A database that others run is named by --database-url; the data folder is then the gateway's, for its keys.";

/// What an operator does with tenants.
#[derive(Debug, Subcommand)]
pub(crate) enum Tenant {
    /// Make a tenant and invite its first owner; prints the token, once.
    Create {
        /// What it is called; no other tenant may have the name.
        name: String,
        /// The owner's e-mail address.
        #[arg(long)]
        owner: String,
        /// How its people name it where they sign in: letters, digits, hyphens; made of the name unless said.
        #[arg(long)]
        short_name: Option<String>,
    },
    /// Invite an owner: when the first invitation ran out, or no owner can come in any more; prints the token, once.
    Invite {
        /// The tenant's short name, or its id.
        tenant: String,
        /// The owner's e-mail address.
        email: String,
    },
    /// Have a tenant take passwords again, when the identity provider that alone let people in is gone.
    AllowPasswords {
        /// The tenant's short name, or its id.
        tenant: String,
    },
    /// All tenants, the oldest first.
    List,
}

/// What an operator does with users.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make a token for a new password, for who forgot the old one; prints it, once.
    Reset {
        /// The user's e-mail address.
        email: String,
    },
}

const VAULT_EXAMPLES: &str = "Examples:
  caravan --data-dir DIR vault reseal
  caravan --data-dir DIR vault reseal --json | jq .unreadable

keys/vault seals, keys/vault.other opens too; docs/operations.md says how the one takes the other's place.
It may run beside everything else, and again: what is sealed under keys/vault already stays.";

/// What an operator does with stored secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Seal under keys/vault what is sealed under keys/vault.other; exit code 1 when something opens by neither. Shows no secret.
    Reseal,
}

const PARKED_EXAMPLES: &str = "Examples:
  caravan --data-dir DIR parked list --group settlement
  caravan --data-dir DIR parked retry --group settlement
  caravan --data-dir DIR parked retry --id 0199a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b

An event's data is not shown. What is tried again has its effect once, or stays with the new reason.";

/// What an operator does with parked events.
#[derive(Debug, Subcommand)]
pub(crate) enum ParkedCommand {
    /// Which there are, the oldest first, and why.
    List {
        #[command(flatten)]
        which: ParkedWhich,
    },
    /// Have them tried again by their service, within some seconds; exit code 1 when there are none.
    #[command(group = clap::ArgGroup::new("what").required(true).args(["group", "id", "all"]).multiple(true))]
    Retry {
        #[command(flatten)]
        which: ParkedWhich,
        /// All of them.
        #[arg(long, conflicts_with_all = ["group", "id"])]
        all: bool,
    },
}

/// Which parked events.
#[derive(Debug, Args)]
pub(crate) struct ParkedWhich {
    /// Of this consumer group: order, tracking, settlement or another that `list` shows.
    #[arg(long)]
    pub(crate) group: Option<String>,
    /// The one with this id.
    #[arg(long)]
    pub(crate) id: Option<uuid::Uuid>,
}

const GROUP_EXAMPLES: &str = "Examples:
  caravan --data-dir DIR group list
  caravan --data-dir DIR group forget kafka/caravan.events

The log keeps what any of them has yet to take in, however old it is: one that never comes back is to be forgotten.";

/// What an operator does with the groups that read the event log.
#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Which there are, with their members and what they have yet to take in.
    List,
    /// Have the log no longer keep events for a group that will not come back; exit code 1 when somebody reads for it.
    Forget {
        /// Its name, as `list` shows it.
        group: String,
    },
}

/// Which database an operator's command works on, and how it answers.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// A database that others run, with `{role}` where the login role stands; the data folder's own unless said.
    #[arg(long, global = true, env = "CARAVAN_DATABASE_URL")]
    pub(crate) database_url: Option<String>,
    /// One JSON object instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
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
    /// Where browsers reach this installation, for logins by an identity provider; http://localhost:PORT unless said.
    #[arg(long, env = "CARAVAN_PUBLIC_URL")]
    pub(crate) public_url: Option<Url>,
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
    /// Send spans to this OpenTelemetry collector: the base of its OTLP over HTTP, such as http://127.0.0.1:4318.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub(crate) otlp_endpoint: Option<Url>,
    /// Of how many traces, from 0 to 1; give all processes the same.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value_t = 1.0, value_parser = share)]
    pub(crate) otlp_ratio: f64,
    /// As what this process appears there; `caravan`, or `caravan-ROLE`, unless said.
    #[arg(long, env = "OTEL_SERVICE_NAME")]
    pub(crate) otlp_service: Option<String>,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "it must be a number from 0 to 1".to_owned())
}

const SERVE_EXAMPLES: &str = "Examples:
  caravan serve --role order --listen 127.0.0.1:8701 --database-url 'postgres://{role}@db.internal/caravan'
  caravan serve --role gateway --listen 0.0.0.0:8600 --database-url … \\
    --upstream hub=hub:8700 --upstream order=order:8701 --upstream tracking=tracking:8702 --upstream settlement=settlement:8703

  caravan serve --role demo --gateway http://127.0.0.1:8600 --sftp 127.0.0.1:8622 --database-url …

Every role's data folder holds the same keys/ (context_key, api_key_pepper, vault): make them once, hand them out as secrets.
context_key.other and vault.other, where they are, are believed besides: docs/operations.md says how a key is changed.
The hub keeps documents in its own. The demo is for trials on one machine; it also wants the hub's keys/known_hosts.";

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
    /// For the hub: where its SFTP server listens; for the demo: where that is.
    #[arg(long, default_value = "127.0.0.1:8622")]
    pub(crate) sftp: SocketAddr,
    /// For the gateway: its certificate, and what leads to its authority, as PEM; without it, it speaks plain http.
    #[arg(long, env = "CARAVAN_TLS_CERT", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// For the gateway: the certificate's private key, as PEM. Both are read again when they change.
    #[arg(long, env = "CARAVAN_TLS_KEY", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// For the gateway: where each other role listens, `ROLE=HOST:PORT`.
    #[arg(long = "upstream")]
    pub(crate) upstreams: Vec<String>,
    /// For the demo: where the gateway is, as http://HOST:PORT.
    #[arg(long)]
    pub(crate) gateway: Option<String>,
    /// For the gateway: where browsers reach this installation, for logins by an identity provider.
    #[arg(long, env = "CARAVAN_PUBLIC_URL")]
    pub(crate) public_url: Option<Url>,
    /// For the hub and the gateway: let connectors and logins call loopback and private networks. For tests only.
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
    /// Words that are all in it: numbers of shipments, orders and bills, its file name; `PRO1*` for what begins so.
    #[arg(long)]
    pub(crate) q: Option<String>,
    /// The party's key in the catalogue.
    #[arg(long)]
    pub(crate) party: Option<String>,
    /// The connection's id or name.
    #[arg(long)]
    pub(crate) connection: Option<String>,
    /// Kind of an event made of it, or of a message in it: caravan.milestone.recorded, 214.
    #[arg(long)]
    pub(crate) kind: Option<String>,
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
