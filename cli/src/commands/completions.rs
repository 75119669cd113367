//! `caravan completions`: the shell's knowledge of this command line.

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::args::Cli;
use crate::failure::Failure;

#[expect(clippy::unnecessary_wraps, reason = "every command has the same form")]
pub(crate) fn run(shell: clap_complete::Shell) -> Result<ExitCode, Failure> {
    clap_complete::generate(shell, &mut Cli::command(), "caravan", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}
