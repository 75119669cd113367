//! Bad input at the SFTP door: what it gets, and that the good beside it still arrives.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::carrier::fetched;
use crate::caravan;
use crate::http::{list, number, text};
use crate::report::Report;
use crate::samples;
use crate::wait::until_true;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

const SOON: Duration = Duration::from_secs(10);
/// Large enough that the client is still sending when it is killed.
const CUT_BYTES: usize = 40 << 20;

pub(super) async fn walk(report: &mut Report, world: &World) {
    report
        .step("a 214 with one bad set: AK5*R and AK9*P, the good set arrives", one_bad_set(world))
        .await;
    report.step("caravan document shows the reject with its byte range", shown(world)).await;
    report
        .step(
            "a file that is not X12 ends in rejected/, with a note",
            not_taken(world, "not-x12.edi", samples::NOT_X12),
        )
        .await;
    report
        .step(
            "a file of zero bytes ends in rejected/, with a note",
            not_taken(world, "zero.edi", b""),
        )
        .await;
    report.step("a connection killed during an upload leaves nothing received", cut(world)).await;
}

async fn one_bad_set(world: &World) -> Result<String, Wrong> {
    // Words of the same length, so that the byte ranges are those of the golden case.
    let words = [("PRO1*S1*", "BAD1*S5*"), ("PRO2*S2*", "BAD2*S6*"), ("PO7*", "PO9*")];
    world.carrier.put("one-bad-set.edi", &samples::renamed(samples::ONE_BAD_SET, &words)).await?;
    let document = world.http.ended("one-bad-set.edi").await?;
    let answer = fetched(&world.carrier, &document).await?;
    ensure(answer.contains("AK5*R*4") && answer.contains("AK9*P*2*2*1"), || answer.clone())?;
    let delivered = |timeline: &serde_json::Value| text(timeline, "status") == "delivered";
    world.http.timeline_when("BAD2", SOON, delivered).await?;
    ensure(world.http.timeline("BAD1").await?.is_none(), || "the bad set arrived too".to_owned())?;
    ensure(text(&document, "status") == "done" && number(&document, "rejects") == 1, || {
        document.to_string()
    })?;
    Ok(String::new())
}

async fn shown(world: &World) -> Result<String, Wrong> {
    let document = world.http.ended("one-bad-set.edi").await?;
    let told = world.place.told(&["document", text(&document, "id")]).await?;
    for wanted in ["bytes 321..323", "x12-segment-count", "hint: ", "acknowledge", "µs"] {
        ensure(told.contains(wanted), || format!("{wanted:?} is not in {told}"))?;
    }
    Ok(String::new())
}

async fn not_taken(world: &World, name: &str, bytes: &[u8]) -> Result<String, Wrong> {
    world.carrier.put(name, bytes).await?;
    let document = world.http.ended(name).await?;
    ensure(text(&document, "status") == "rejected", || document.to_string())?;
    ensure(number(&document, "records") == 0, || document.to_string())?;
    let rejected = world.carrier.list("rejected").await?;
    ensure(rejected.iter().any(|each| each == name), || format!("rejected/ holds {rejected:?}"))?;
    let note = fetched(&world.carrier, &document).await?;
    let says = [name, text(&document, "id"), text(&document, "failure_code"), "problem: "];
    ensure(says.iter().all(|word| !word.is_empty() && note.contains(word)), || note.clone())?;
    let raw = world
        .http
        .get(&format!("/v1/documents/{}/raw", text(&document, "id")))
        .await?
        .expect(200)?;
    ensure(raw.body == bytes, || format!("{} raw bytes", raw.body.len()))?;
    Ok(text(&document, "failure_code").to_owned())
}

async fn cut(world: &World) -> Result<String, Wrong> {
    let mut bytes = samples::made_214(79, &["CUT1".to_owned()]);
    bytes.resize(CUT_BYTES, b'\n');
    let local = world.carrier.local("cut", &bytes)?;
    let mut child = world.carrier.command(&["-l", "20000"]).spawn()?;
    let staged = || -> Result<u64, Wrong> {
        let mut most = 0;
        for entry in std::fs::read_dir(world.place.hub_data().join("staging"))? {
            most = most.max(entry?.metadata().map(|data| data.len()).unwrap_or_default());
        }
        Ok(most)
    };
    if let Some(stdin) = child.stdin.as_mut() {
        stdin.write_all(format!("put {} inbox/cut.edi\n", local.display()).as_bytes()).await?;
    }
    until_true(SOON, "the upload is on its way", async || Ok(staged()? > 0)).await?;
    let arrived = staged()?;
    caravan::kill(&mut child).await?;
    ensure(arrived < u64::try_from(CUT_BYTES).unwrap_or(u64::MAX), || {
        "it was through before the kill".to_owned()
    })?;
    until_true(SOON, "the session has ended", async || {
        let metrics = world.metrics().await?;
        Ok(metrics.lines().any(|line| line == "caravan_sftp_sessions 0"))
    })
    .await?;
    ensure(world.http.named("cut.edi").await?.is_empty(), || {
        "half a file was received".to_owned()
    })?;
    ensure(!list_contains(world, "inbox").await?, || "inbox/ shows it".to_owned())?;
    // The whole file under that name is taken as if nothing had been.
    world.carrier.put("cut.edi", &samples::made_214(79, &["CUT1".to_owned()])).await?;
    let document = world.http.ended("cut.edi").await?;
    ensure(text(&document, "status") == "done", || document.to_string())?;
    ensure(list(&document, "shown_records").len() == 2, || document.to_string())?;
    Ok(format!("killed with {} KiB there", arrived >> 10))
}

async fn list_contains(world: &World, folder: &str) -> Result<bool, Wrong> {
    Ok(world.carrier.list(folder).await?.iter().any(|name| name == "cut.edi"))
}
