//! One process with its event log on Kafka: `caravan up --kafka`.

use std::path::Path;
use std::time::Duration;

use caravan_world::Kafka;

use crate::caravan::{Caravan, Place};
use crate::http::{Http, text};
use crate::report::Report;
use crate::samples;
use crate::sftp::Sftp;
use crate::wrong::{Wrong, ensure};

const SOON: Duration = Duration::from_secs(10);
const PRO: &str = "TOGETHER1";

/// With a broker and data of its own, once the roles have let go of theirs.
pub(super) async fn walk(report: &mut Report, binary: &Path, folder: &Path) -> Result<(), Wrong> {
    let folder = folder.join("together");
    std::fs::create_dir(&folder)?;
    let kafka = Kafka::start().await.map_err(|error| Wrong(format!("Kafka: {error}")))?;
    let place = Place { kafka: Some(kafka.brokers()), ..super::place(binary, &folder) };
    let mut running = None;
    report
        .step("`caravan up --kafka` is ready in one process", async {
            let caravan = Caravan::start(&place).await?;
            let took = caravan.took;
            running = Some(caravan);
            Ok(format!("after {took:?}"))
        })
        .await;
    let Some(caravan) = running else { return Ok(()) };
    report.step("a drop there comes to its timeline over Kafka", dropped(&place, &caravan)).await;
    report.step("it stops too", async { Ok(format!("after {:?}", caravan.stop().await?)) }).await;
    Ok(())
}

async fn dropped(place: &Place, caravan: &Caravan) -> Result<String, Wrong> {
    let http = Http::new(caravan)?;
    let carrier = Sftp::new(place, caravan, "demo-carrier");
    carrier.put("together.edi", &samples::made_214(91, &[PRO.to_owned()])).await?;
    let delivered = |timeline: &serde_json::Value| text(timeline, "status") == "delivered";
    http.timeline_when(PRO, SOON, delivered).await?;
    let stand = http.get("/v1/operations").await?.expect(200)?.json()?;
    ensure(stand.get("kafka").is_some(), || format!("its log is not on Kafka: {stand}"))?;
    Ok(String::new())
}
