//! The demo ERP: IDocs posted and dropped, exactly one event for each document number, SYSTAT01 back.

use std::time::Duration;

use super::carrier::fetched;
use crate::http::{Answer, list, text};
use crate::report::Report;
use crate::samples;
use crate::wait::until_true;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

const SOON: Duration = Duration::from_secs(10);
const POST: &str = "/v1/connections/demo-erp/documents";

pub(super) async fn walk(report: &mut Report, world: &World) {
    report.step("a posted ORDERS05 is answered by SYSTAT01 with status 16", posted(world)).await;
    report.step("posted again: a duplicate, and no second order event", again(world)).await;
    report
        .step("the same DOCNUM with other bytes: still one order event", other_bytes(world))
        .await;
    report
        .step(
            "a flat ORDERS05 by SFTP: order event, SYSTAT01 in outbox/",
            dropped(world, "order.idoc", samples::ORDER_FLAT, "order"),
        )
        .await;
    report
        .step(
            "a flat DELVRY07 by SFTP: delivery event, SYSTAT01 in outbox/",
            dropped(
                world,
                "delivery.idoc",
                &numbered(samples::DELIVERY_FLAT, "0000000000900002"),
                "delivery",
            ),
        )
        .await;
    report.step("a bad IDoc gets status 17 with the reason", bad(world)).await;
    report.step("what is posted and is no IDoc gets a problem", nonsense(world)).await;
}

async fn post(world: &World, bytes: Vec<u8>) -> Result<Answer, Wrong> {
    world.http.post(POST, "application/xml", bytes).await
}

/// How many events speak of the order's own number.
fn orders(world: &World) -> Result<usize, Wrong> {
    let events = world.tail.events()?;
    let ours = |event: &&serde_json::Value| {
        text(event, "type") == "caravan.order.received"
            && event.get("data").is_some_and(|data| text(data, "number") == samples::ORDER_NUMBER)
    };
    Ok(events.iter().filter(ours).count())
}

async fn posted(world: &World) -> Result<String, Wrong> {
    let answer = post(world, samples::ORDER_XML.to_vec()).await?.expect(200)?;
    let body = answer.text();
    for wanted in
        ["<IDOCTYP>SYSTAT01</IDOCTYP>", "<DOCNUM>0000000000146002</DOCNUM>", "<STATUS>16</STATUS>"]
    {
        ensure(body.contains(wanted), || format!("{wanted} is not in {body}"))?;
    }
    ensure(answer.header("caravan-duplicate") == "false", || {
        "it counts as a duplicate".to_owned()
    })?;
    until_true(SOON, "tail shows the order", async || Ok(orders(world)? == 1)).await?;
    Ok(String::new())
}

async fn again(world: &World) -> Result<String, Wrong> {
    let answer = post(world, samples::ORDER_XML.to_vec()).await?.expect(200)?;
    ensure(answer.header("caravan-duplicate") == "true", || {
        "it does not count as a duplicate".to_owned()
    })?;
    ensure(answer.text().contains("<STATUS>16</STATUS>"), || answer.text())?;
    one_order(world).await
}

async fn other_bytes(world: &World) -> Result<String, Wrong> {
    let mut bytes = samples::ORDER_XML.to_vec();
    bytes.extend_from_slice(b"\n\n");
    let answer = post(world, bytes).await?.expect(200)?;
    ensure(answer.header("caravan-duplicate") == "false", || {
        "other bytes are another document".to_owned()
    })?;
    ensure(answer.text().contains("<STATUS>16</STATUS>"), || answer.text())?;
    let id = answer.header("caravan-document").to_owned();
    let document = world.http.get(&format!("/v1/documents/{id}")).await?.expect(200)?.json()?;
    ensure(crate::http::number(&document, "duplicates") == 1, || document.to_string())?;
    one_order(world).await
}

/// A later event is in the tail, and still there is one of this order.
async fn one_order(world: &World) -> Result<String, Wrong> {
    let events = world
        .place
        .told(&["tail", "--from-beginning", "--kind", "caravan.order.received", "--limit", "1"])
        .await?;
    ensure(events.contains(samples::ORDER_NUMBER), || events.clone())?;
    let found = orders(world)?;
    ensure(found == 1, || format!("{found} order events"))?;
    Ok(String::new())
}

/// A flat sample under another document number of the same length.
fn numbered(sample: &[u8], docnum: &str) -> Vec<u8> {
    samples::renamed(sample, &[(samples::FLAT_DOCNUM, docnum)])
}

async fn dropped(world: &World, name: &str, bytes: &[u8], kind: &str) -> Result<String, Wrong> {
    world.erp.put(name, bytes).await?;
    let document = world.http.ended(name).await?;
    ensure(text(&document, "status") == "done", || document.to_string())?;
    let answer = fetched(&world.erp, &document).await?;
    ensure(answer.contains("SYSTAT01") && answer.contains("CRV00016"), || answer.clone())?;
    let records = list(&document, "shown_records");
    let [record] = records.as_slice() else {
        return Err(Wrong(format!("{} records", records.len())));
    };
    let data = record.get("data").cloned().unwrap_or_default();
    ensure(
        text(record, "kind") == "caravan.order.received" && text(&data, "kind") == kind,
        || record.to_string(),
    )?;
    Ok(format!("{kind} {}", text(&data, "number")))
}

async fn bad(world: &World) -> Result<String, Wrong> {
    world.erp.put("bad.idoc", &numbered(samples::BAD_ORDER_FLAT, "0000000000900003")).await?;
    let document = world.http.ended("bad.idoc").await?;
    ensure(text(&document, "status") == "rejected", || document.to_string())?;
    let answer = fetched(&world.erp, &document).await?;
    ensure(answer.contains("CRV00017PSGNUM 9 names no segment"), || answer.clone())?;
    let rejected = world.erp.list("rejected").await?;
    ensure(rejected.iter().any(|name| name == "bad.idoc"), || {
        format!("rejected/ holds {rejected:?}")
    })?;
    Ok(String::new())
}

async fn nonsense(world: &World) -> Result<String, Wrong> {
    let answer = post(world, b"{\"order\": 1}".to_vec()).await?.expect(422)?;
    ensure(answer.header("caravan-status") == "rejected", || answer.text())?;
    ensure(answer.body.len() > 20, || "nothing is said".to_owned())?;
    Ok(answer.text().lines().find(|line| line.contains("problem")).unwrap_or_default().to_owned())
}
