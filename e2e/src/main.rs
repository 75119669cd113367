//! `caravan-e2e`: walks through the real binary's real doors, and kills it again and again, as a user and a power cut would.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a walk tells a terminal what it sees"
)]

mod apart;
mod caravan;
mod events;
mod http;
mod kill;
mod report;
mod routes;
mod samples;
mod sftp;
mod steps;
mod tls;
mod wait;
mod world;
mod wrong;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "caravan-e2e", about = "Walks through a real Caravan, from outside")]
struct Cli {
    /// The binary to drive; the one beside this one unless said.
    #[arg(long, global = true)]
    caravan: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Walk through every door once, good and bad input.
    Walk {
        /// One process per role, the event log on a Kafka that is started for it.
        #[arg(long)]
        kafka: bool,
    },
    /// Kill -9 during a stream of drops, start again, and look whether anything is lost or doubled.
    Kill(kill::Options),
    /// Kill -9 of one role at a time, each in its own process on Kafka, during an import of orders and during settlement.
    KillRoles(kill::roles::Options),
    /// Ask every described route as every role, with keys of each scope, as nobody, and as another tenant.
    Routes,
    /// Have schemathesis ask every described route, and hold each answer against the document.
    Contract(routes::contract::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name("caravan"));
    let Some(binary) = cli.caravan.or(beside).filter(|path| path.is_file()) else {
        eprintln!("error: there is no caravan binary beside this one");
        eprintln!("hint: cargo build --release -p caravan, or name it with --caravan");
        return ExitCode::from(2);
    };
    let result = match cli.command {
        Command::Walk { kafka } => steps::walk(&binary, kafka).await,
        Command::Kill(options) => kill::run(&binary, &options).await,
        Command::KillRoles(options) => kill::roles::run(&binary, &options).await,
        Command::Routes => routes::run(&binary).await,
        Command::Contract(options) => routes::contract::run(&binary, &options).await,
    };
    result.unwrap_or_else(|wrong| {
        eprintln!("error: {wrong}");
        println!("0 passed, 1 failed");
        ExitCode::FAILURE
    })
}
