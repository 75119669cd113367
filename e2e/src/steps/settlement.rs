//! Freight bills of the order that was delivered: one that agrees, one that does not, and what is posted and handed over.

use std::time::Duration;

use serde_json::{Value, json};

use super::orders::{CARRIER, PRO};
use crate::http::{list, number, text};
use crate::report::Report;
use crate::wait::until;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

const SOON: Duration = Duration::from_secs(10);

pub(super) async fn walk(report: &mut Report, world: &World) {
    report
        .step("a bill that agrees is matched in three ways, approved and posted", right(world))
        .await;
    report.step("the same bill again is found as a duplicate", twice(world)).await;
    report.step("a bill that does not agree is disputed", wrong(world)).await;
    report
        .step("the dispute has its evidence, the carrier's reply, and an end", argued(world))
        .await;
    report.step("it is approved, and the carrier's credit note is posted", credited(world)).await;
    report.step("every posting balances", balanced(world)).await;
    report.step("what is approved is handed over once, as CSV", handed_over(world)).await;
    report.step("the ERP gets it as an INVOIC02, by SFTP", booked(world)).await;
    report.step("a bill of nobody's shipment says so", unknown(world)).await;
}

fn bill(number: &str, reference: &str, total: &str) -> Value {
    json!({
        "carrier": CARRIER, "number": number, "currency": "USD", "total": total, "billed_date": "2026-11-29",
        "references": [ { "kind": "pro", "value": reference } ],
        "lines": [ { "description": "Linehaul", "amount": total } ]
    })
}

/// Sends a bill and waits until it has this outcome.
async fn billed(world: &World, bill: &Value, outcome: &str) -> Result<Value, Wrong> {
    let made = world.http.posted("/v1/freight-invoices", bill, 201).await?;
    let path = format!("/v1/freight-invoices/{}", text(&made, "id"));
    until(SOON, &format!("bill {} is {outcome}", text(bill, "number")), async || {
        let shown = world.http.get(&path).await?.expect(200)?.json()?;
        Ok((text(&shown, "outcome") == outcome).then_some(shown))
    })
    .await
}

async fn right(world: &World) -> Result<String, Wrong> {
    let shown = billed(world, &bill("INV-WALK-1", PRO, "3895.00"), "matched").await?;
    ensure(number(&shown, "ways") == 3, || shown.to_string())?;
    let thing = format!("/v1/freight-invoices/{}", text(&shown, "id"));
    let approve = format!("{thing}/approve");
    let approved = world.http.act(&thing, &approve, None).await?.expect(200)?.json()?;
    ensure(text(&approved, "status") == "approved", || approved.to_string())?;
    Ok("3895.00 USD".to_owned())
}

async fn twice(world: &World) -> Result<String, Wrong> {
    let shown = billed(world, &bill("INV-WALK-1B", PRO, "3895.00"), "duplicate").await?;
    Ok(shown
        .get("match")
        .and_then(|found| list(found, "exceptions").first().cloned())
        .map_or_else(String::new, |exception| text(&exception, "what").to_owned()))
}

/// The bill that does not agree.
async fn contested(world: &World) -> Result<Value, Wrong> {
    let page = world.http.get("/v1/freight-invoices?number=INV-WALK-2").await?.expect(200)?;
    let first = list(&page.json()?, "items").into_iter().next();
    let id = first.map(|bill| text(&bill, "id").to_owned()).unwrap_or_default();
    world.http.get(&format!("/v1/freight-invoices/{id}")).await?.expect(200)?.json()
}

async fn wrong(world: &World) -> Result<String, Wrong> {
    let shown = billed(world, &bill("INV-WALK-2", PRO, "4400.00"), "disputed").await?;
    let id = text(&shown, "id").to_owned();
    let evidence = text(&world.http.ended("published.edi").await?, "id").to_owned();
    let opened = json!({
        "reason": "rate", "text": "the contract says 4.75 a kilogram", "evidence": [evidence]
    });
    let thing = format!("/v1/freight-invoices/{id}");
    let disputed = world.http.act(&thing, &format!("{thing}/dispute"), Some(&opened)).await?;
    let disputed = disputed.expect(200)?.json()?;
    ensure(text(&disputed, "status") == "disputed", || disputed.to_string())?;
    Ok(format!("variance {} USD", text(&shown, "variance")))
}

async fn argued(world: &World) -> Result<String, Wrong> {
    let shown = contested(world).await?;
    let dispute = list(&shown, "disputes").into_iter().next().unwrap_or_default();
    let path = format!("/v1/disputes/{}", text(&dispute, "id"));
    let reply = json!({ "side": "carrier", "text": "right, a credit note follows" });
    world.http.posted(&format!("{path}/messages"), &reply, 201).await?;
    let thread = list(&world.http.get(&path).await?.expect(200)?.json()?, "messages");
    let sides: Vec<&str> = thread.iter().map(|message| text(message, "side")).collect();
    let evidence = thread.first().map(|first| list(first, "evidence")).unwrap_or_default();
    ensure(sides == ["ours", "carrier"] && evidence.len() == 1, || format!("{thread:?}"))?;
    // What is said to show it can be read.
    let shows = evidence.first().and_then(Value::as_str).unwrap_or_default();
    world.http.get(&format!("/v1/documents/{shows}")).await?.expect(200)?;
    let resolution = json!({ "resolution": "a credit note over the difference" });
    let ended = world.http.posted(&format!("{path}/resolve"), &resolution, 200).await?;
    ensure(text(&ended, "status") == "resolved", || ended.to_string())?;
    Ok(text(&dispute, "amount").to_owned())
}

async fn credited(world: &World) -> Result<String, Wrong> {
    let thing = format!("/v1/freight-invoices/{}", text(&contested(world).await?, "id"));
    let why = json!({ "reason": "less the carrier's credit note" });
    let approved = world.http.act(&thing, &format!("{thing}/approve"), Some(&why)).await?;
    approved.expect(200)?;
    let note =
        json!({ "kind": "credit", "number": "CN-WALK-2", "amount": "505.00", "reason": "rate" });
    let noted = world.http.posted(&format!("{thing}/notes"), &note, 200).await?;
    let notes = list(&noted, "notes");
    ensure(notes.len() == 1, || noted.to_string())?;
    let path = format!("/v1/ledger/entries?invoice={}", text(&noted, "id"));
    let entries = list(&world.http.get(&path).await?.expect(200)?.json()?, "items");
    let booked = entries.iter().find(|entry| text(entry, "kind") == "note");
    let booked = booked.is_some_and(|entry| entry.to_string().contains("505.00"));
    ensure(booked, || format!("{entries:?}"))?;
    Ok(format!("505.00 USD, {} entries of the bill", entries.len()))
}

async fn balanced(world: &World) -> Result<String, Wrong> {
    let page = world.http.get("/v1/ledger/entries").await?.expect(200)?.json()?;
    let entries = list(&page, "items");
    ensure(!entries.is_empty(), || page.to_string())?;
    for entry in &entries {
        let amounts = list(entry, "postings");
        let minor = amounts.iter().map(|posting| minor(text(posting, "amount"))).sum::<i64>();
        ensure(minor == 0, || entry.to_string())?;
    }
    Ok(format!("{} entries", entries.len()))
}

/// `-12.30` as -1230.
fn minor(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap_or(i64::MAX)
}

async fn handed_over(world: &World) -> Result<String, Wrong> {
    let made = world.http.posted("/v1/hand-overs", &json!({}), 201).await?;
    let file = world.http.get(text(&made, "file")).await?.expect(200)?;
    ensure(file.text().contains("INV-WALK-1"), || file.text())?;
    let again = world.http.change(reqwest::Method::POST, "/v1/hand-overs", &json!({})).await?;
    again.expect(409)?;
    Ok(format!("{} bills", number(&made, "invoices")))
}

async fn booked(world: &World) -> Result<String, Wrong> {
    let path = "/v1/outgoing?about=settled-bill&number=INV-WALK-1";
    let sent = until(SOON, "the bill is sent to the books", async || {
        let page = world.http.get(path).await?.expect(200)?.json()?;
        let first = list(&page, "items").first().cloned();
        ensure(first.as_ref().is_none_or(|one| text(one, "status") != "failed"), || {
            page.to_string()
        })?;
        Ok(first.filter(|one| text(one, "status") == "sent"))
    })
    .await?;
    let bytes = world.http.get(&format!("/v1/outgoing/{}/raw", text(&sent, "id"))).await?;
    let bytes = bytes.expect(200)?.text();
    let name = text(&sent, "file_name").to_owned();
    let fetched = String::from_utf8(world.erp.get(&format!("outbox/{name}")).await?)?;
    ensure(fetched == bytes, || format!("{name} has other bytes than /v1/outgoing"))?;
    for wanted in ["<BSART>INVO</BSART>", "INV-WALK-1", "<SUMME>3895.00</SUMME><WAERQ>USD</WAERQ>"]
    {
        ensure(bytes.contains(wanted), || format!("{wanted} is not in {bytes}"))?;
    }
    Ok(name)
}

async fn unknown(world: &World) -> Result<String, Wrong> {
    let shown = billed(world, &bill("INV-WALK-3", "NOBODYS-PRO", "10.00"), "exception").await?;
    let exceptions = shown.get("match").map(|found| list(found, "exceptions")).unwrap_or_default();
    Ok(exceptions.first().map(|first| text(first, "what").to_owned()).unwrap_or_default())
}
