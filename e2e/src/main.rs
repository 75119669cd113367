//! `caravan-e2e`: walks through the real binary's real doors, and kills it again and again, as a user and a power cut would.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a walk tells a terminal what it sees"
)]

mod caravan;
mod events;
mod http;
mod kill;
mod report;
mod samples;
mod sftp;
mod steps;
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
    Walk,
    /// Kill -9 during a stream of drops, start again, and look whether anything is lost or doubled.
    Kill(kill::Options),
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
        Command::Walk => steps::walk(&binary).await,
        Command::Kill(options) => kill::run(&binary, &options).await,
    };
    result.unwrap_or_else(|wrong| {
        eprintln!("error: {wrong}");
        println!("0 passed, 1 failed");
        ExitCode::FAILURE
    })
}
