//! kill -9 of one role at a time, each in its own process on Kafka, while orders are imported and while freight is settled.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use super::business::Business;
use super::random::Random;
use super::sums;
use crate::caravan::Caravan;
use crate::report::Report;
use crate::steps;
use crate::wrong::Wrong;

/// Every role of an installation; each is killed once in either work.
const KILLED: [&str; 5] = ["hub", "order", "tracking", "settlement", "gateway"];
/// Within this after the upload an import is being checked or committed.
const IMPORTING_MS: u64 = 2_500;
/// Within this after the first order loads are on their way to an approved bill.
const SETTLING_MS: u64 = 4_000;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Repeats the delays of an earlier run.
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
        let delay = Duration::from_millis(random.below(IMPORTING_MS));
        let name = format!("kill -9 of {role} during an import");
        report.step(&name, during(&mut caravan, role, delay, business.import(role))).await;
        let delay = Duration::from_millis(random.below(SETTLING_MS));
        let name = format!("kill -9 of {role} during settlement");
        report.step(&name, during(&mut caravan, role, delay, business.settle(role))).await;
    }
    sums::all(&mut report, &place, &business, &KILLED).await;
    report
        .step("it stops in order", async { Ok(format!("after {:?}", caravan.stop().await?)) })
        .await;
    servers.stop().await?;
    Ok(steps::conclude(&report, folder))
}

/// Does the work, and kills the role after `delay` in the middle of it; it is started again at once.
async fn during(
    caravan: &mut Caravan,
    role: &'static str,
    delay: Duration,
    work: impl Future<Output = Result<String, Wrong>>,
) -> Result<String, Wrong> {
    tokio::pin!(work);
    // The moment of the kill is the experiment; nothing is waited for.
    let early = tokio::time::timeout(delay, &mut work).await.ok();
    caravan.kill_role(role).await?;
    let Some(done) = early else {
        let (done, revived) = tokio::join!(work, caravan.revive(role));
        revived?;
        return Ok(format!("{}, killed after {delay:?}", done?));
    };
    caravan.revive(role).await?;
    Ok(format!("{}, and the kill came after it", done?))
}
