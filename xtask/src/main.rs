//! `cargo xtask`: the one front door for building, running and testing Caravan.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a build tool talks to a terminal")]

mod compile;
mod errors;
mod layering;
mod need;
mod portal;
mod suite;
mod tidy;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Build, run and test Caravan.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Install what is missing, build, and start everything; `--check` walks the real doors instead and stops.
    Up {
        /// Start on free ports and an empty data folder, walk every door, print each step, stop.
        #[arg(long)]
        check: bool,
        /// Passed on to `caravan up` (`--data-dir`, `--port-base`, `--no-demo`). With `--check`, `--kafka` walks one process per role on a
        /// real Kafka.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Build one self-contained `target/release/caravan`.
    Build,
    /// Run everything that CI runs; ends with `N passed, N failed`.
    Test,
    /// Check layering, file sizes, first lines and the invariants that a tool can check.
    Tidy {
        /// Rewrite `docs/architecture/dependencies.md`.
        #[arg(long)]
        write: bool,
    },
    /// Run the benchmarks; see docs/performance.md.
    Bench {
        /// Passed on to `caravan-bench`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Up { check: false, rest } => {
            compile::binary().and_then(|()| need::to_run()).and_then(|()| {
                compile::run("target/release/caravan", [&["up".to_owned()], &*rest].concat())
            })
        }
        Task::Up { check: true, rest } => {
            let kafka = rest.iter().any(|argument| argument == "--kafka");
            let need = if kafka { need::to_test } else { need::to_walk };
            compile::binary_and_walk().and_then(|()| need()).and_then(|()| {
                compile::run("target/release/caravan-e2e", [&["walk".to_owned()], &*rest].concat())
            })
        }
        Task::Build => compile::binary(),
        Task::Test => suite::run(),
        Task::Tidy { write } => tidy::run(write),
        Task::Bench { rest } => {
            compile::bench().and_then(|()| compile::run("target/release/caravan-bench", rest))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
