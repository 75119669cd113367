//! Starting and stopping: a port in use, a clean stop, a second start on the same data.

use std::net::TcpListener;
use std::time::Duration;

use crate::caravan::{Caravan, Place};
use crate::http::Http;
use crate::report::Report;
use crate::samples;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

/// Once everything is built and compiled.
const START_MAX: Duration = Duration::from_secs(5);

/// What can be seen before anything runs.
pub(super) async fn before(report: &mut Report, place: &Place) {
    report.step("a port in use is named, with the flag that changes it", port_in_use(place)).await;
    report.step("a command without a running Caravan says what to do", not_running(place)).await;
}

async fn port_in_use(place: &Place) -> Result<String, Wrong> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let output = place.run(&["up", "--port-base", &port]).await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure(output.status.code() == Some(1), || format!("it ended with {}", output.status))?;
    ensure(said.contains(&port) && said.contains("--port-base"), || format!("it said {said:?}"))?;
    Ok(String::new())
}

async fn not_running(place: &Place) -> Result<String, Wrong> {
    let output = place.run(&["documents"]).await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure(output.status.code() == Some(1), || format!("it ended with {}", output.status))?;
    ensure(said.contains("hint: ") && said.contains("caravan up"), || format!("it said {said:?}"))?;
    Ok(String::new())
}

/// Stops, starts again on the same data, looks for it, stops for good.
pub(super) async fn again(report: &mut Report, place: &Place, world: World) {
    let mut had = None;
    report
        .step("Ctrl-C stops everything in order", async {
            had = world.http.timeline(samples::PUBLISHED_PRO).await?;
            drop(world.tail);
            Ok(format!("after {:?}", world.caravan.stop().await?))
        })
        .await;
    let mut second = None;
    report
        .step("a second start is ready within 5 s", async {
            let caravan = Caravan::start(place).await?;
            let took = caravan.took;
            second = Some(caravan);
            ensure(took < START_MAX, || format!("it took {took:?}"))?;
            Ok(format!("{took:?}"))
        })
        .await;
    let Some(caravan) = second else { return };
    report
        .step("data survives the restart", async {
            let now = Http::new(&caravan)?.timeline(samples::PUBLISHED_PRO).await?;
            ensure(now.is_some() && now == had, || format!("it was {had:?} and is {now:?}"))?;
            Ok(String::new())
        })
        .await;
    report
        .step("caravan doctor is all ok", async {
            let told = place.told(&["doctor"]).await?;
            let good = told.lines().all(|line| line.starts_with("ok"));
            ensure(good && told.contains("running"), || told.clone())?;
            Ok(String::new())
        })
        .await;
    report.step("it stops again", async { Ok(format!("after {:?}", caravan.stop().await?)) }).await;
}
