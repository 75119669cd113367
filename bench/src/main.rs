//! Measures what Caravan promises about speed and memory, with the peer in the same run; results go to docs/performance.md.
//!
//! Each subcommand prints its numbers beside their targets. A missed target is a line that says so, not a failure:
//! what other work the machine did decides too much.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::float_arithmetic,
    reason = "a benchmark talks to a terminal, in rates"
)]

mod call;
mod drop;
mod file_blob;
mod generate;
mod kafka;
mod live;
mod measure;
mod memory;
mod peers;
mod process;
mod proxy;
mod report;
mod timelines;
mod x12;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

/// The binary's own allocator, so that what is measured is what runs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever stopped a benchmark; only ever shown to a person.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// A fresh sandboxed call with a ten-event reply, against the same logic natively.
    Call,
    /// X12 214 in the sandbox, natively, tokenized only; with `--peers` also StAEDI and pyx12.
    X12,
    /// Growth of the process over a 500 MB file.
    Memory,
    /// From an SFTP drop to stored timelines, end to end; also what an idle process takes.
    Drop,
    /// The log on a real Kafka, against Kafka's own tools; installs Kafka through mvn. Only when named.
    Kafka,
    /// Milestones by way of a real Kafka into stored timelines. Only when named.
    Timelines,
    /// 2,000 live connections that each see every event.
    Live,
    /// The gateway against haproxy before the same upstream, with wrk; both from apt. Only when named.
    Proxy,
}

/// Caravan's benchmarks.
#[derive(Debug, Parser)]
#[command(name = "caravan-bench")]
struct Cli {
    /// Which; all but those that need another server unless said.
    names: Vec<Name>,
    /// Also install and run the peers, through mvn and pip.
    #[arg(long)]
    peers: bool,
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let all = [Name::Call, Name::X12, Name::Memory, Name::Drop, Name::Live];
    let names = if cli.names.is_empty() { &all[..] } else { &cli.names };
    report::machine()?;
    for name in names {
        match name {
            Name::Call => call::run()?,
            Name::X12 => x12::run(cli.peers)?,
            Name::Memory => memory::run()?,
            Name::Drop => drop::run()?,
            Name::Kafka => kafka::run()?,
            Name::Timelines => timelines::run()?,
            Name::Live => live::run()?,
            Name::Proxy => proxy::run()?,
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
