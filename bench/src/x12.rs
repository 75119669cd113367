//! X12 214: MB per processor second in the sandbox with all checks, natively, tokenized only; and the peers.

use std::path::Path;
use std::sync::Arc;

use caravan_connector_sdk::testing::FakeHost;
use caravan_connector_sdk::{self as sdk, Files as _, Reader as _};
use caravan_connector_x12::X12Files;
use caravan_hub_sandbox::{Call, Class, Config, Connector, Sandbox, testing};
use caravan_mappings_x12::{Limits, Tokenizer};

use crate::file_blob::FileBlob;
use crate::report::{Target, head, line, note};
use crate::{Failure, generate, measure, peers};

pub(crate) const MESSAGE: &str = "x12/214";
/// About 50 MB.
const SETS: u64 = 170_000;
/// About 5 MB: the slower peer's share.
const SETS_SMALL: u64 = 17_000;
const RUNS: usize = 3;

/// Runs it.
pub(crate) fn run(with_peers: bool) -> Result<(), Failure> {
    head("x12: 214, MB per processor second (user + system, all threads)");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("214.edi");
    let bytes = generate::file(&path, 0, SETS)?;
    note(&format!(
        "generated file {:.1} MB, {SETS} sets, {} segments; best of {RUNS} runs",
        measure::mb(bytes),
        SETS * 13
    ));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sandbox = Sandbox::new(Config::default())?;
    let connector = connector(&sandbox)?;

    let tokens = rate(bytes, || tokenize(&path))?;
    let native = rate(bytes, || native(&path))?;
    let guest = rate(bytes, || {
        runtime.block_on(sandbox.run(translate(Arc::clone(&connector), path.clone())))?
    })?;
    line("tokenizer only, native", tokens, "MB/s", Target::None);
    line("connector with all checks, native", native, "MB/s", Target::None);
    line("connector with all checks, sandboxed", guest, "MB/s", Target::None);
    line("native / sandboxed", native / guest, "×", Target::None);
    if !with_peers {
        note(
            "peers skipped; `cargo xtask bench -- x12 --peers` installs them (mvn, javac, pip) and runs them",
        );
        return Ok(());
    }
    let staedi = peers::staedi(&path, bytes)?;
    line("StAEDI, control checks only, warm", staedi, "MB/s", Target::None);
    line("sandboxed / StAEDI", guest / staedi, "×", Target::AtLeast(3.0));
    let small = folder.path().join("small.edi");
    let bytes = generate::file(&small, 0, SETS_SMALL)?;
    let pyx12 = peers::pyx12(&small, bytes)?;
    line("pyx12 X12Reader, envelope checks only (5 MB cut)", pyx12, "MB/s", Target::None);
    line("sandboxed / pyx12", guest / pyx12, "×", Target::AtLeast(20.0));
    Ok(())
}

/// The x12 connector in `sandbox`.
pub(crate) fn connector(sandbox: &Sandbox) -> Result<Arc<Connector>, Failure> {
    let component = caravan_connectors_bundle::component("x12").ok_or("the bundle has no x12")?;
    Ok(sandbox.load(component.wasm)?)
}

fn profile() -> Result<&'static str, Failure> {
    let profile = caravan_connectors_bundle::profile("x12-standard");
    Ok(profile.ok_or("there is no profile x12-standard")?.json)
}

/// Bytes over the processor time of `run`, which answers how many records there were; the best of the runs.
fn rate(bytes: u64, mut run: impl FnMut() -> Result<u64, Failure>) -> Result<f64, Failure> {
    let mut best = 0_f64;
    for _ in 0..RUNS {
        let before = measure::cpu()?;
        let records = run()?;
        let used = measure::cpu()?.saturating_sub(before);
        if records < SETS {
            return Err(format!("{records} records of {SETS} sets").into());
        }
        best = best.max(measure::mb(bytes) / used.as_secs_f64());
    }
    Ok(best)
}

/// Translates a file in the sandbox; answers the milestones.
pub(crate) async fn translate(
    connector: Arc<Connector>,
    path: std::path::PathBuf,
) -> Result<u64, Failure> {
    let mut call: Call = testing::call(Class::L);
    call.context.message = Some(MESSAGE.to_owned());
    call.context.deadline_ms = u32::MAX;
    call.profile = Arc::from(profile()?.as_bytes());
    let mut reader = connector.open(call, Arc::new(FileBlob::open(&path)?)).await?;
    let mut records = 0_u64;
    loop {
        let batch = reader.next().await?;
        records += u64::try_from(batch.records.len())?;
        if let Some(reject) = batch.rejects.first() {
            return Err(format!("the generated file is not clean: {reject:?}").into());
        }
        if batch.done {
            return Ok(records);
        }
    }
}

fn native(path: &Path) -> Result<u64, Failure> {
    let host = FakeHost::at(0).profile(profile()?);
    let context = sdk::Context { message: Some(MESSAGE.to_owned()), ..sdk::Context::default() };
    let mut reader = X12Files::open(&host, &context, Box::new(FileBlob::open(path)?))?;
    let mut records = 0_u64;
    loop {
        let batch = reader.next(&host)?;
        records += u64::try_from(batch.records.len())?;
        if batch.done {
            return Ok(records);
        }
    }
}

/// Cuts into segments and looks at each one's tag; the file is in memory.
fn tokenize(path: &Path) -> Result<u64, Failure> {
    let bytes = std::fs::read(path)?;
    let mut tokenizer = Tokenizer::new(bytes.as_slice(), Limits::default());
    let mut sets = 0_u64;
    while tokenizer.advance()? {
        sets += u64::from(tokenizer.segment().tag() == b"ST");
    }
    Ok(sets)
}
