//! kill -9 of one role at a time, each in its own process on Kafka, while orders are imported and while freight is settled.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use super::business::{Business, IMPORT_STEPS, SETTLE_STEPS};
use super::random::Random;
use super::sums;
use crate::apart::SECONDS;
use crate::caravan::Caravan;
use crate::report::Report;
use crate::steps;
use crate::wait::until_true;
use crate::wrong::Wrong;

/// Every role of an installation; each is killed once in either work.
const KILLED: [&str; 5] = ["hub", "order", "tracking", "settlement", "gateway"];
/// How long a second process of a role may be without a share of the log.
const SHARED_WITHIN: Duration = Duration::from_secs(30);

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
        report.step(&name, back(&mut caravan, role, (&business, at), business.import(role))).await;
        let at = random.below(SETTLE_STEPS).saturating_add(1);
        let name = format!("kill -9 of {role} during settlement");
        report.step(&name, back(&mut caravan, role, (&business, at), business.settle(role))).await;
    }
    for second in SECONDS {
        let name = format!("{second} comes beside the first and has its share");
        report.step(&name, beside(&mut caravan, second, &business)).await;
        let name = format!("kill -9 of {second} for good during an import");
        let at = random.below(IMPORT_STEPS).saturating_add(1);
        report
            .step(&name, gone(&mut caravan, second, (&business, at), business.import(second)))
            .await;
        let name = format!("without {second} the first goes on alone");
        report.step(&name, business.settle(second)).await;
    }
    sums::all(&mut report, &place, &business, &[&KILLED[..], &SECONDS].concat()).await;
    report
        .step("it stops in order", async { Ok(format!("after {:?}", caravan.stop().await?)) })
        .await;
    servers.stop().await?;
    Ok(steps::conclude(&report, folder))
}

/// Does the work, and kills the role once so many of its steps are behind it; it is started again at once.
async fn back(
    caravan: &mut Caravan,
    role: &'static str,
    (business, at): (&Business, u64),
    work: impl Future<Output = Result<String, Wrong>>,
) -> Result<String, Wrong> {
    tokio::pin!(work);
    let seen = killed(caravan, role, (business, at), work.as_mut()).await?;
    let (done, revived) = tokio::join!(work, caravan.revive(role));
    revived?;
    Ok(format!("{}, killed when {seen} steps were behind it", done?))
}

/// The same, and it stays away: the other process of its role has the rest of the work.
async fn gone(
    caravan: &mut Caravan,
    name: &'static str,
    (business, at): (&Business, u64),
    work: impl Future<Output = Result<String, Wrong>>,
) -> Result<String, Wrong> {
    tokio::pin!(work);
    let seen = killed(caravan, name, (business, at), work.as_mut()).await?;
    caravan.forget(name);
    Ok(format!("{}, killed when {seen} steps were behind it", work.await?))
}

/// Kills the process in the middle of the work, and tells how much of it was done. The work is not polled meanwhile: what it has yet
/// to do is done after the kill.
async fn killed(
    caravan: &mut Caravan,
    name: &str,
    (business, at): (&Business, u64),
    work: impl Future<Output = Result<String, Wrong>>,
) -> Result<u64, Wrong> {
    business.begin();
    let seen = tokio::select! {
        biased;
        seen = business.reached(at) => seen?,
        done = work => return Err(Wrong(format!("nothing was killed in it: {}", done?))),
    };
    caravan.kill_role(name).await?;
    Ok(seen)
}

/// Starts a second process of a role, and waits until it reads partitions of its own.
async fn beside(
    caravan: &mut Caravan,
    name: &'static str,
    business: &Business,
) -> Result<String, Wrong> {
    let metrics = format!("{}/metrics", caravan.join(name).await?);
    until_true(SHARED_WITHIN, &format!("{name} reads partitions"), async || {
        let told = business.http.bare_get(&metrics).await?.expect(200)?;
        Ok(told.text().contains("caravan_log_lag_events{"))
    })
    .await?;
    Ok(String::new())
}
