//! kill -9 of one role at a time, each in its own process on Kafka, while orders are imported and while freight is settled.

use std::path::Path;
use std::process::ExitCode;

use super::business::{Business, IMPORT_STEPS, SETTLE_STEPS};
use super::random::Random;
use super::sums;
use crate::caravan::Caravan;
use crate::report::Report;
use crate::steps;
use crate::wrong::Wrong;

/// Every role of an installation; each is killed once in either work.
const KILLED: [&str; 5] = ["hub", "order", "tracking", "settlement", "gateway"];

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Repeats the moments of an earlier run.
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) async fn run(binary: &Path, options: &Options) -> Result<ExitCode, Wrong> {
    let mut random = Random::new(super::seed(options.seed));
    let folder = steps::folder()?;
    let (servers, place) = steps::place_apart(binary, folder.path()).await?;
    let mut report = Report::over(place.logs());
    let mut caravan = Caravan::start(&place).await?;
    let business = Business::new(&place, &caravan)?;
    report.step("a rate contract is published", steps::orders::contract(&business.http)).await;
    for role in KILLED {
        let at = random.below(IMPORT_STEPS).saturating_add(1);
        let name = format!("kill -9 of {role} during an import");
        report
            .step(&name, during(&mut caravan, role, (&business, at), business.import(role)))
            .await;
        let at = random.below(SETTLE_STEPS).saturating_add(1);
        let name = format!("kill -9 of {role} during settlement");
        report
            .step(&name, during(&mut caravan, role, (&business, at), business.settle(role)))
            .await;
    }
    sums::all(&mut report, &place, &business, &KILLED).await;
    report
        .step("it stops in order", async { Ok(format!("after {:?}", caravan.stop().await?)) })
        .await;
    servers.stop().await?;
    Ok(steps::conclude(&report, folder))
}

/// Does the work, and kills the role once so many of its steps are behind it; it is started again at once.
async fn during(
    caravan: &mut Caravan,
    role: &'static str,
    (business, at): (&Business, u64),
    work: impl Future<Output = Result<String, Wrong>>,
) -> Result<String, Wrong> {
    business.begin();
    tokio::pin!(work);
    let seen = tokio::select! {
        biased;
        seen = business.reached(at) => seen?,
        done = &mut work => return Err(Wrong(format!("nothing was killed in it: {}", done?))),
    };
    // The work is not polled meanwhile: what it has yet to do is done after the kill.
    caravan.kill_role(role).await?;
    let (done, revived) = tokio::join!(work, caravan.revive(role));
    revived?;
    Ok(format!("{}, killed when {seen} steps were behind it", done?))
}
