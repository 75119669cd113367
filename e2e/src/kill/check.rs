//! What must be true after all the kills.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::stream::Drops;
use crate::caravan::{Caravan, Place};
use crate::events::Tail;
use crate::http::{Http, list, number, text};
use crate::report::Report;
use crate::sftp::Sftp;
use crate::wait::until_true;
use crate::wrong::{Wrong, ensure};

/// How long the last life may take to catch up.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(120);
/// Milestones of one set.
const PER_SET: usize = 2;

/// Every check, each a step of the report.
pub(super) async fn all(report: &mut Report, place: &Place, caravan: &Caravan, drops: &Drops) {
    let Ok(http) = Http::new(caravan) else { return };
    let mut documents = BTreeMap::new();
    report
        .step("every document has ended", async {
            for status in ["received", "processing"] {
                until_true(CAUGHT_UP_WITHIN, "none is left", async || {
                    Ok(http.documents(&format!("&status={status}")).await?.is_empty())
                })
                .await?;
            }
            documents = by_name(&http).await?;
            Ok(format!("{} files received", documents.len()))
        })
        .await;
    report
        .step(
            "every confirmed file is there and done, with all its records",
            files(drops, &documents),
        )
        .await;
    report.step("every milestone is in the log exactly once", log(place, drops, &documents)).await;
    report
        .step("every timeline has its milestones exactly once", timelines(&http, drops, &documents))
        .await;
    report
        .step(
            "every file has exactly one answer, and it accepts",
            answers(place, caravan, &http, &documents),
        )
        .await;
}

/// All dropped documents by name.
async fn by_name(http: &Http) -> Result<BTreeMap<String, Value>, Wrong> {
    let mut found = BTreeMap::new();
    for document in http.documents("").await? {
        // The demo's own carrier trades through the same account.
        if text(&document, "door") == "sftp" && text(&document, "name").starts_with("drop-") {
            let name = text(&document, "name").to_owned();
            let other = found.insert(name.clone(), document);
            ensure(other.is_none(), || format!("{name} is there twice"))?;
        }
    }
    Ok(found)
}

async fn files(drops: &Drops, documents: &BTreeMap<String, Value>) -> Result<String, Wrong> {
    for file in &drops.files {
        let Some(document) = documents.get(&file.name) else {
            ensure(!file.confirmed, || format!("{} was confirmed and is lost", file.name))?;
            continue;
        };
        let wanted = i64::try_from(file.pros.len().saturating_mul(PER_SET)).unwrap_or(i64::MAX);
        let whole = text(document, "status") == "done" && number(document, "records") == wanted;
        ensure(whole, || format!("{} should have {wanted} records: {document}", file.name))?;
    }
    let unconfirmed = documents.len().saturating_sub(drops.confirmed());
    ensure(drops.confirmed() > 0, || "no file was ever confirmed".to_owned())?;
    Ok(format!(
        "{} tried, {} confirmed, {unconfirmed} more had arrived",
        drops.files.len(),
        drops.confirmed()
    ))
}

/// Shipments whose file is there, with the number of milestones each must have.
fn expected(drops: &Drops, documents: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let there = drops.files.iter().filter(|file| documents.contains_key(&file.name));
    there.flat_map(|file| file.pros.iter().cloned()).collect()
}

async fn log(
    place: &Place,
    drops: &Drops,
    documents: &BTreeMap<String, Value>,
) -> Result<String, Wrong> {
    let shipments = expected(drops, documents);
    let wanted = shipments.len().saturating_mul(PER_SET);
    let tail = Tail::start(
        place,
        "kill.ndjson",
        &["--from-beginning", "--kind", "caravan.milestone.recorded"],
    )?;
    let ours = || -> Result<Vec<Value>, Wrong> {
        Ok(tail
            .events()?
            .into_iter()
            .filter(|event| text(event, "subject").starts_with('K'))
            .collect())
    };
    until_true(CAUGHT_UP_WITHIN, &format!("tail shows {wanted} milestones"), async || {
        Ok(ours()?.len() >= wanted)
    })
    .await?;
    let events = ours()?;
    ensure(events.len() == wanted, || format!("{} events, not {wanted}", events.len()))?;
    let ids: BTreeSet<&str> = events.iter().map(|event| text(event, "id")).collect();
    ensure(ids.len() == events.len(), || format!("{} ids in {} events", ids.len(), events.len()))?;
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for event in &events {
        let status = event.get("data").map(|data| text(data, "status")).unwrap_or_default();
        let count = counts.entry((text(event, "subject"), status)).or_default();
        *count = count.saturating_add(1);
    }
    for shipment in &shipments {
        for status in ["picked-up", "delivered"] {
            let count = counts.get(&(shipment.as_str(), status)).copied().unwrap_or_default();
            ensure(count == 1, || format!("{shipment} is {status} {count} times"))?;
        }
    }
    Ok(format!("{wanted} milestones of {} shipments", shipments.len()))
}

async fn timelines(
    http: &Http,
    drops: &Drops,
    documents: &BTreeMap<String, Value>,
) -> Result<String, Wrong> {
    let shipments = expected(drops, documents);
    for shipment in &shipments {
        // The consumer may still be at it.
        let enough = |timeline: &Value| list(timeline, "milestones").len() >= PER_SET;
        let timeline = http.timeline_when(shipment, CAUGHT_UP_WITHIN, enough).await?;
        let milestones = list(&timeline, "milestones");
        let statuses: Vec<&str> = milestones.iter().map(|each| text(each, "status")).collect();
        ensure(statuses == ["picked-up", "delivered"], || format!("{shipment} has {statuses:?}"))?;
    }
    Ok(format!("{} timelines", shipments.len()))
}

async fn answers(
    place: &Place,
    caravan: &Caravan,
    http: &Http,
    documents: &BTreeMap<String, Value>,
) -> Result<String, Wrong> {
    let into = place.scratch.join("collected");
    Sftp::new(place, caravan, "demo-carrier").collect(&into).await?;
    let mut names = BTreeSet::new();
    for (name, document) in documents {
        let shown = http
            .get(&format!("/v1/documents/{}", text(document, "id")))
            .await?
            .expect(200)?
            .json()?;
        let answers = list(&shown, "answers");
        let [answer] = answers.as_slice() else {
            return Err(Wrong(format!("{name} has {} answers", answers.len())));
        };
        let file = std::fs::read_to_string(into.join(text(answer, "name")))?;
        let sets = number(document, "records").checked_div(2).unwrap_or_default();
        let accepts = format!("AK9*A*{sets}*{sets}*{sets}");
        ensure(file.contains(&accepts), || {
            format!("{name} should be answered by {accepts}: {file}")
        })?;
        names.insert(text(answer, "name").to_owned());
    }
    ensure(names.len() == documents.len(), || {
        format!("{} answers in outbox/ for {} documents", names.len(), documents.len())
    })?;
    Ok(format!("{} answers", names.len()))
}
