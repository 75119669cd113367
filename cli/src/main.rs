//! `caravan`: the one binary. It wires the crates together and talks to a terminal; it decides nothing.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a command line tool talks to a terminal and is where configuration enters"
)]

mod args;
mod client;
mod commands;
mod failure;
mod folder;
mod operator;
mod parts;
mod ports;
mod roles;
mod serve;
mod stop;
mod storage;
mod up;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::failure::Failure;

/// For the many small texts of a record.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(Failure::new(format!("the runtime cannot be started: {error}"))),
    };
    result.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        for hint in failure.hints() {
            eprintln!("hint: {hint}");
        }
        failure.exit_code()
    })
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let data = &cli.data_dir;
    match cli.command {
        Command::Up(up) => up::run(data, &up).await,
        Command::Serve(serve) => serve::run(data, &serve).await,
        Command::Translate(translate) => commands::translate::run(data, &translate).await,
        Command::Parties { json } => commands::parties::run(json),
        Command::Documents(documents) => commands::documents::list(data, &documents).await,
        Command::Document { id, fixture: Some(folder), .. } => {
            commands::documents::save_fixture(data, &id, &folder).await
        }
        Command::Document { id, answer: Some(hash), .. } => {
            commands::documents::answer(data, &id, &hash).await
        }
        Command::Document { id, raw, json, .. } => {
            commands::documents::show(data, &id, raw, json).await
        }
        Command::Replay { id, dry_run } => commands::documents::replay(data, &id, dry_run).await,
        Command::Audit { command } => commands::audit::run(data, command).await,
        Command::Tenant { command, place } => commands::tenant::run(data, &command, &place).await,
        Command::User { command, place } => commands::user::run(data, &command, &place).await,
        Command::Vault { command, place } => commands::vault::run(data, &command, &place).await,
        Command::Group { command, place } => commands::group::run(data, &command, &place).await,
        Command::Parked { command, place } => commands::parked::run(data, command, &place).await,
        Command::Tail(tail) => commands::tail::run(data, &tail).await,
        Command::CompileComponents => parts::load(data).map(|_| ExitCode::SUCCESS),
        Command::Operations { json } => commands::operations::run(data, json).await,
        Command::Doctor => commands::doctor::run(data).await,
        Command::Completions { shell } => commands::completions::run(shell),
    }
}
