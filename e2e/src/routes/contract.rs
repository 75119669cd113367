//! schemathesis against the running system: it makes requests of all sorts from the merged OpenAPI document, right and wrong ones, and
//! no answer may contradict that document or be an error of ours.
//!
//! It asks with the demo's key. The examples, and half of the random paths, lead to the same things as in the matrix beside this, so
//! that there is more to be answered than "not found".

mod examples;
mod left_out;
mod settings;

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

use tokio::process::Command;

use super::callers;
use super::document::{self, Route};
use super::things::Things;
use crate::caravan::{Caravan, Place};
use crate::http::Http;
use crate::report::Report;
use crate::steps;
use crate::wrong::{Wrong, ensure};

/// What is held against the document, of each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,negative_data_rejection";

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The tool; the one that `cargo xtask test` installs unless said.
    #[arg(long)]
    schemathesis: Option<PathBuf>,
    /// Most random requests of each operation.
    #[arg(long, default_value_t = 10)]
    examples: u32,
    /// What they are made of.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Only this operation, by its id.
    #[arg(long)]
    only: Option<String>,
}

/// Starts a system with the demo's data, and has every route of the document asked.
pub(crate) async fn run(binary: &Path, options: &Options) -> Result<ExitCode, Wrong> {
    let tool = tool(options)?;
    let folder = steps::folder()?;
    let place = steps::place(binary, folder.path());
    let mut report = Report::over(place.logs());
    let caravan = Caravan::start(&place).await?;
    let http = Http::new(&caravan)?;
    let mut things = None;
    let prepared = async {
        let found = prepare(&place, &caravan, &http).await?;
        let told = format!("{} operations, {} things", found.asked, found.things.count());
        things = Some(found);
        Ok(told)
    };
    report.step("every operation has what it is tried with", prepared).await;
    if things.is_some() {
        let asked = ask(&tool, &place, &http, options);
        report.step("no answer contradicts the document", asked).await;
    }
    caravan.stop().await?;
    Ok(steps::conclude(&report, folder))
}

/// Beside the folder of this binary.
fn tool(options: &Options) -> Result<PathBuf, Wrong> {
    let own = std::env::current_exe()?;
    let target = own.parent().and_then(Path::parent);
    let beside = target.map(|target| target.join("contract-venv/bin/schemathesis"));
    let tool = options.schemathesis.clone().or(beside).unwrap_or_default();
    ensure(tool.is_file(), || {
        format!(
            "there is no {}; `cargo xtask test` installs it, or name another with --schemathesis",
            tool.display()
        )
    })?;
    Ok(tool)
}

/// What must be there as long as it is asked.
struct Prepared {
    asked: usize,
    things: Things,
}

/// Writes the document and the settings.
async fn prepare(place: &Place, caravan: &Caravan, http: &Http) -> Result<Prepared, Wrong> {
    let document = http.get_without_key("/openapi.json").await?.expect(200)?.json()?;
    let routes = document::routes(&document)?;
    let (left, asked): (Vec<Route>, Vec<Route>) = routes.into_iter().partition(left_out::is);
    left_out::all_known(&left)?;
    let things = Things::find(http, &callers::password(caravan)?, &asked).await?;
    let document = examples::within(document, &asked, &things);
    std::fs::write(document_path(place), document.to_string())?;
    std::fs::write(settings_path(place), settings::of(&asked, &left, &things))?;
    Ok(Prepared { asked: asked.len(), things })
}

fn document_path(place: &Place) -> PathBuf {
    place.scratch.join("openapi.json")
}

fn settings_path(place: &Place) -> PathBuf {
    place.scratch.join("schemathesis.toml")
}

/// Runs it to its end; what it found is told as it tells it.
async fn ask(tool: &Path, place: &Place, http: &Http, options: &Options) -> Result<String, Wrong> {
    let mut command = Command::new(tool);
    command.arg("--config-file").arg(settings_path(place)).arg("run").arg(document_path(place));
    command.args(["--url", &http.url, "--checks", CHECKS, "--no-color"]);
    command.args(["--phases", "examples,coverage,fuzzing", "--continue-on-failure"]);
    command.args(["--max-examples", &options.examples.to_string()]);
    command.args(["--seed", &options.seed.to_string(), "--generation-deterministic"]);
    command.args(["--workers", "2", "--request-timeout", "60", "--warnings", "off"]);
    if let Some(operation) = &options.only {
        command.args(["--include-operation-id", operation]);
    }
    command.arg("--header").arg(format!("Authorization: {}", http.bearer()));
    command.current_dir(&place.scratch).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    std::fs::write(place.scratch.join("schemathesis.log"), &told)?;
    ensure(output.status.success(), || {
        let failed = String::from_utf8_lossy(&output.stderr);
        format!("schemathesis ended with {}:\n{told}{failed}", output.status)
    })?;
    let sum = told.lines().find(|line| line.contains("generated")).unwrap_or_default();
    Ok(sum.trim().to_owned())
}
