//! How much the process grows while a file of 500 MB passes through the sandbox.

use std::sync::Arc;
use std::time::Duration;

use caravan_hub_sandbox::{Config, Sandbox};

use crate::report::{Target, head, line, note};
use crate::{Failure, generate, measure, x12};

const SETS: u64 = 1_700_000;
const SETS_WARM: u64 = 17_000;
const EVERY: Duration = Duration::from_millis(20);

/// Runs it.
pub(crate) fn run() -> Result<(), Failure> {
    head("memory: growth over a 500 MB 214 in the sandbox");
    let folder = tempfile::tempdir()?;
    let (warm, large) = (folder.path().join("warm.edi"), folder.path().join("large.edi"));
    generate::file(&warm, 0, SETS_WARM)?;
    let bytes = generate::file(&large, 0, SETS)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sandbox = Sandbox::new(Config::default())?;
    let connector = x12::connector(&sandbox)?;
    let rss = || measure::kib("self", "status", "VmRSS");
    let cold = rss()?;
    runtime.block_on(sandbox.run(x12::translate(Arc::clone(&connector), warm)))??;
    let before = rss()?;
    let (records, peak) = runtime.block_on(async {
        let translated = sandbox.run(x12::translate(connector, large));
        tokio::pin!(translated);
        let mut ticks = tokio::time::interval(EVERY);
        let mut peak = before;
        loop {
            tokio::select! {
                done = &mut translated => return Ok::<_, Failure>((done??, peak.max(rss()?))),
                _ = ticks.tick() => peak = peak.max(rss()?),
            }
        }
    })?;
    if records != SETS {
        return Err(format!("{records} records of {SETS} sets").into());
    }
    let mib = |kib: u64| measure::count(kib) / 1024.0;
    note(&format!(
        "file {:.0} MB, {records} milestones; sampled every {} ms",
        measure::mb(bytes),
        EVERY.as_millis()
    ));
    line("resident before the first file", mib(cold), "MiB", Target::None);
    line("resident after a warm-up of 5 MB", mib(before), "MiB", Target::None);
    let growth = mib(peak.saturating_sub(before));
    line("growth at the peak, after the warm-up", growth, "MiB", Target::AtMost(32.0));
    let growth = mib(peak.saturating_sub(cold));
    line("growth at the peak, from before any file", growth, "MiB", Target::AtMost(32.0));
    Ok(())
}
