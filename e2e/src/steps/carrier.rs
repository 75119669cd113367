//! The demo carrier's SFTP account, as it should be used: 214s, their 997s, the same again, a bill.

use std::time::{Duration, Instant};

use crate::http::{list, number, text};
use crate::report::Report;
use crate::samples;
use crate::sftp::Sftp;
use crate::wait::{until, until_true};
use crate::world::World;
use crate::wrong::{Wrong, ensure};

/// How soon a drop must be in the timeline.
const TIMELINE_WITHIN: Duration = Duration::from_secs(1);
/// The same by way of Kafka, whose first event takes 1.5 s (docs/gaps.md).
const FIRST_BY_KAFKA_WITHIN: Duration = Duration::from_secs(3);
const SOON: Duration = Duration::from_secs(10);

pub(super) async fn walk(report: &mut Report, world: &World) {
    let apart = world.place.apart.is_some();
    let within = if apart { FIRST_BY_KAFKA_WITHIN } else { TIMELINE_WITHIN };
    let name = format!("a published 214 is in the timeline within {within:?} of its put");
    report.step(&name, published(world, within)).await;
    report
        .step(
            "its 997 is in outbox/ and says AK9*E 19 of 19 (nine sets have noted errors)",
            answer(world),
        )
        .await;
    report.step("it has moved from inbox/ to processed/", moved(world)).await;
    report.step("caravan tail shows its 19 milestones", tail(world)).await;
    report.step("a clean 214 is answered by AK9*A", clean(world)).await;
    report.step("the same file again: nothing doubled, its 997 offered again", same(world)).await;
    report.step("the same name with other bytes: both are processed", same_name(world)).await;
    report.step("two interchanges in one file: both arrive, both are answered", two(world)).await;
    report.step("a 210 becomes a freight invoice with its three charges", bill(world)).await;
    report.step("a file under a temporary name counts when it is renamed", renamed(world)).await;
}

/// The name of the one answer to a document.
pub(super) fn answer_name(document: &serde_json::Value) -> Result<String, Wrong> {
    let answers = list(document, "answers");
    match answers.as_slice() {
        [one] => Ok(text(one, "name").to_owned()),
        other => Err(Wrong(format!("{} answers: {other:?}", other.len()))),
    }
}

/// The text of the one answer, as the party fetches it.
pub(super) async fn fetched(account: &Sftp, document: &serde_json::Value) -> Result<String, Wrong> {
    let name = answer_name(document)?;
    Ok(String::from_utf8(account.get(&format!("outbox/{name}")).await?)?)
}

async fn published(world: &World, within: Duration) -> Result<String, Wrong> {
    world.carrier.put("published.edi", samples::PUBLISHED_214).await?;
    let put = Instant::now();
    let has = |timeline: &serde_json::Value| list(timeline, "milestones").len() == 1;
    let timeline = world.http.timeline_when(samples::PUBLISHED_PRO, SOON, has).await?;
    let took = put.elapsed();
    ensure(text(&timeline, "status") == "booked", || {
        format!("status {:?}", text(&timeline, "status"))
    })?;
    ensure(took <= within, || format!("it took {took:?} after the put had returned"))?;
    Ok(format!("{} ms after the put had returned", took.as_millis()))
}

async fn answer(world: &World) -> Result<String, Wrong> {
    let document = world.http.ended("published.edi").await?;
    let answer = fetched(&world.carrier, &document).await?;
    ensure(answer.contains("AK9*E*19*19*19"), || answer.clone())?;
    ensure(text(&document, "status") == "done" && number(&document, "records") == 19, || {
        document.to_string()
    })?;
    answer_name(&document)
}

async fn moved(world: &World) -> Result<String, Wrong> {
    let processed = world.carrier.list("processed").await?;
    let inbox = world.carrier.list("inbox").await?;
    let name = "published.edi".to_owned();
    ensure(processed.contains(&name) && !inbox.contains(&name), || {
        format!("processed {processed:?}, inbox {inbox:?}")
    })?;
    Ok(String::new())
}

async fn tail(world: &World) -> Result<String, Wrong> {
    let document = world.http.ended("published.edi").await?;
    let wanted = samples::PUBLISHED_MILESTONES;
    until_true(SOON, "tail shows all of them", async || {
        let events = world.tail.of_document(text(&document, "id"))?;
        Ok(events
            .iter()
            .filter(|event| text(event, "type") == "caravan.milestone.recorded")
            .count()
            == wanted)
    })
    .await?;
    Ok(String::new())
}

async fn clean(world: &World) -> Result<String, Wrong> {
    world.carrier.put("clean.edi", samples::TWO_SETS).await?;
    let document = world.http.ended("clean.edi").await?;
    let answer = fetched(&world.carrier, &document).await?;
    ensure(answer.contains("AK9*A*2*2*2"), || answer.clone())?;
    let delivered = |timeline: &serde_json::Value| text(timeline, "status") == "delivered";
    world.http.timeline_when("PRO2", SOON, delivered).await?;
    Ok(String::new())
}

async fn same(world: &World) -> Result<String, Wrong> {
    let before = world.http.ended("published.edi").await?;
    let name = answer_name(&before)?;
    world.carrier.remove(&format!("outbox/{name}")).await?;
    ensure(!world.carrier.list("outbox").await?.contains(&name), || {
        format!("{name} is still in outbox/")
    })?;
    world.carrier.put("published.edi", samples::PUBLISHED_214).await?;
    until_true(SOON, "its 997 is offered again", async || {
        Ok(world.carrier.list("outbox").await?.contains(&name))
    })
    .await?;
    let after = world.http.named("published.edi").await?;
    ensure(after.len() == 1, || format!("{} documents", after.len()))?;
    let events = world.tail.of_document(text(&before, "id"))?.len();
    ensure(events == samples::PUBLISHED_MILESTONES, || format!("{events} events"))?;
    let timeline = world.http.timeline(samples::PUBLISHED_PRO).await?.unwrap_or_default();
    ensure(list(&timeline, "milestones").len() == 1, || timeline.to_string())?;
    Ok(String::new())
}

async fn same_name(world: &World) -> Result<String, Wrong> {
    let other = samples::made_214(77, &["SAMENAME1".to_owned()]);
    world.carrier.put("published.edi", &other).await?;
    let both = |timeline: &serde_json::Value| list(timeline, "milestones").len() == 2;
    world.http.timeline_when("SAMENAME1", SOON, both).await?;
    until(SOON, "both have ended", async || {
        let found = world.http.named("published.edi").await?;
        let done = found.iter().filter(|each| text(each, "status") == "done").count();
        Ok((found.len() == 2 && done == 2).then_some(()))
    })
    .await?;
    Ok(String::new())
}

async fn two(world: &World) -> Result<String, Wrong> {
    let words = [("PRO1*S1*", "TWA1*S8*"), ("PRO2|S2|", "TWB2|S9|"), ("PO7*", "PO8*")];
    let bytes = samples::renamed(samples::TWO_INTERCHANGES, &words);
    world.carrier.put("two-interchanges.edi", &bytes).await?;
    let document = world.http.ended("two-interchanges.edi").await?;
    let answer = fetched(&world.carrier, &document).await?;
    ensure(answer.matches("AK9*A*1*1*1").count() == 2, || answer.clone())?;
    for (reference, milestones) in [("TWA1", 2), ("TWB2", 1)] {
        let has = |timeline: &serde_json::Value| list(timeline, "milestones").len() == milestones;
        world.http.timeline_when(reference, SOON, has).await?;
    }
    Ok(String::new())
}

async fn bill(world: &World) -> Result<String, Wrong> {
    world.carrier.put("bill.edi", samples::BILL_210).await?;
    let document = world.http.ended("bill.edi").await?;
    let told = world
        .place
        .told(&[
            "tail",
            "--from-beginning",
            "--kind",
            "caravan.freight-invoice.received",
            "--limit",
            "1",
        ])
        .await?;
    let event: serde_json::Value = serde_json::from_str(told.trim())?;
    ensure(text(&event, "documentid") == text(&document, "id"), || event.to_string())?;
    let charges = event.get("data").map(|data| list(data, "charges")).unwrap_or_default();
    ensure(charges.len() == 3, || format!("{} charges in {event}", charges.len()))?;
    Ok(String::new())
}

async fn renamed(world: &World) -> Result<String, Wrong> {
    let bytes = samples::made_214(78, &["RENAMED1".to_owned()]);
    let local = world.carrier.local("renamed", &bytes)?;
    let output =
        world.carrier.batch(&format!("put {} inbox/renamed.edi.part\n", local.display())).await?;
    ensure(output.status.success(), || String::from_utf8_lossy(&output.stderr).into_owned())?;
    let early = world.http.timeline("RENAMED1").await?;
    ensure(early.is_none(), || "it was taken under its temporary name".to_owned())?;
    let output = world.carrier.batch("rename inbox/renamed.edi.part inbox/renamed.edi\n").await?;
    ensure(output.status.success(), || String::from_utf8_lossy(&output.stderr).into_owned())?;
    let document = world.http.ended("renamed.edi").await?;
    ensure(text(&document, "status") == "done", || document.to_string())?;
    Ok(String::new())
}
