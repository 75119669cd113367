//! kill -9 during a stream of drops, again and again: what was confirmed is there, whole, and once.

mod business;
mod check;
mod random;
pub(crate) mod roles;
mod stream;
mod sums;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::caravan::{self, Caravan, Place};
use crate::report::Report;
use crate::steps;
use crate::wrong::Wrong;
use random::Random;
use stream::{Drops, Stream};

/// Every so manieth kill comes before the start is through.
const EARLY_EVERY: u32 = 5;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How often it is killed.
    #[arg(long, default_value_t = 20)]
    cycles: u32,
    /// Repeats the delays and the files of an earlier run.
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) async fn run(binary: &Path, options: &Options) -> Result<ExitCode, Wrong> {
    let seed = seed(options.seed);
    let folder = steps::folder()?;
    let place = steps::place(binary, folder.path());
    let mut random = Random::new(seed);
    let mut drops = Drops::new(seed);
    let mut report = Report::default();
    for cycle in 1..=options.cycles {
        let name = format!("cycle {cycle} of {}", options.cycles);
        report.step(&name, one(&place, cycle, &mut random, &mut drops)).await;
    }
    let caravan = Caravan::start(&place).await?;
    check::all(&mut report, &place, &caravan, &drops).await;
    report
        .step("it stops in order", async { Ok(format!("after {:?}", caravan.stop().await?)) })
        .await;
    Ok(steps::conclude(&report, folder))
}

/// The given seed or a new one; printed, so that a run can be repeated.
fn seed(given: Option<u64>) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = given.unwrap_or(now.as_secs());
    println!("seed {seed} (repeat with --seed {seed})");
    seed
}

/// Starts, drops files, kills at a random moment.
async fn one(
    place: &Place,
    cycle: u32,
    random: &mut Random,
    drops: &mut Drops,
) -> Result<String, Wrong> {
    if cycle.is_multiple_of(EARLY_EVERY) {
        let delay = Duration::from_millis(random.below(1500));
        let mut child = caravan::spawn(place)?;
        // The moment of the kill is the experiment; nothing is waited for.
        drop(tokio::time::timeout(delay, child.wait()).await);
        caravan::kill(&mut child).await?;
        return Ok(format!("killed {delay:?} after its start"));
    }
    let delay = Duration::from_millis(200_u64.saturating_add(random.below(2500)));
    let caravan = Caravan::start(place).await?;
    let ready = caravan.took;
    let before = drops.confirmed();
    let stream = Stream::new(place, &caravan);
    // Until the moment has come, files go in; the client then loses its server in the middle of something.
    {
        let dropping = stream.run(drops);
        tokio::pin!(dropping);
        let ended = tokio::time::timeout(delay, &mut dropping).await;
        caravan.kill().await?;
        match ended {
            Ok(_) => return Err(Wrong::new("a session failed while the server was running")),
            Err(_) => dropping.await?,
        }
    }
    let new = drops.confirmed().saturating_sub(before);
    Ok(format!("ready after {ready:?}, killed {delay:?} later, {new} files confirmed"))
}
