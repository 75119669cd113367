//! What must be true after every role was killed: every order, milestone and posting is there, once.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::business::{Business, LOADS, ROWS, load, pro, row};
use crate::caravan::Place;
use crate::events::Tail;
use crate::http::{list, text};
use crate::report::Report;
use crate::wait::until_true;
use crate::wrong::{Wrong, ensure};

/// How long the log may take to be printed.
const TOLD_WITHIN: Duration = Duration::from_secs(60);

/// Every check, each a step of the report.
pub(super) async fn all(report: &mut Report, place: &Place, business: &Business, roles: &[&str]) {
    let imported = roles.iter().flat_map(|role| (0..ROWS).map(|number| row(role, number)));
    let loads: Vec<String> =
        roles.iter().flat_map(|role| (1..=LOADS).map(|number| load(role, number))).collect();
    let numbers: Vec<String> = imported.chain(loads.iter().cloned()).collect();
    report.step("every order is there once", orders(business, &numbers)).await;
    report.step("every order was placed once in the log", placed(place, &numbers)).await;
    report.step("every timeline has its milestones once", timelines(business, &loads)).await;
    report.step("every bill is there once, and posted once", bills(business, &loads)).await;
    report.step("every shipment is accrued once, and every entry balances", ledger(business)).await;
}

/// All pages of a list.
async fn pages(business: &Business, path: &str) -> Result<Vec<Value>, Wrong> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = business.read(&format!("{path}limit=200{cursor}")).await?;
        all.extend(list(&page, "items"));
        let next = text(&page, "next");
        if next.is_empty() {
            return Ok(all);
        }
        cursor = format!("&cursor={next}");
    }
}

/// How often each `key` occurs.
fn counted<'a>(keys: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        let count: &mut usize = counts.entry(key).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

/// Each of `wanted` is counted once.
fn once(wanted: &[String], counts: &BTreeMap<&str, usize>) -> Result<String, Wrong> {
    for each in wanted {
        let count = counts.get(each.as_str()).copied().unwrap_or_default();
        ensure(count == 1, || format!("{each} is there {count} times"))?;
    }
    Ok(wanted.len().to_string())
}

async fn orders(business: &Business, numbers: &[String]) -> Result<String, Wrong> {
    let all = pages(business, "/v1/orders?").await?;
    once(numbers, &counted(all.iter().map(|order| text(order, "number"))))
}

async fn placed(place: &Place, numbers: &[String]) -> Result<String, Wrong> {
    let kind = ["--from-beginning", "--kind", "caravan.order.placed"];
    let tail = Tail::start(place, "placed.ndjson", &kind)?;
    until_true(TOLD_WITHIN, "the log has the placing of every order", async || {
        Ok(tail.events()?.len() >= numbers.len())
    })
    .await?;
    let events = tail.events()?;
    let data = events.iter().filter_map(|event| event.get("data"));
    once(numbers, &counted(data.map(|data| text(data, "number"))))
}

async fn timelines(business: &Business, loads: &[String]) -> Result<String, Wrong> {
    for number in loads {
        let path = format!("/v1/shipments/{}/timeline", pro(number));
        let timeline = business.read(&path).await?;
        let milestones = list(&timeline, "milestones");
        let counts = counted(milestones.iter().map(|each| text(each, "status")));
        let right = ["picked-up", "delivered"].map(|status| counts.get(status).copied());
        ensure(right == [Some(1), Some(1)], || format!("{number}: {counts:?}"))?;
    }
    Ok(loads.len().to_string())
}

async fn bills(business: &Business, loads: &[String]) -> Result<String, Wrong> {
    for load in loads {
        let page = business.read(&format!("/v1/freight-invoices?number=INV-{load}")).await?;
        let found = list(&page, "items");
        let [bill] = found.as_slice() else {
            return Err(Wrong(format!("INV-{load} is there {} times", found.len())));
        };
        ensure(text(bill, "status") == "approved", || bill.to_string())?;
        let entries = format!("/v1/ledger/entries?invoice={}", text(bill, "id"));
        let entries = list(&business.read(&entries).await?, "items");
        let posted = entries.iter().filter(|entry| text(entry, "kind") == "approval").count();
        ensure(posted == 1, || format!("INV-{load} is posted {posted} times"))?;
    }
    Ok(loads.len().to_string())
}

async fn ledger(business: &Business) -> Result<String, Wrong> {
    let entries = pages(business, "/v1/ledger/entries?").await?;
    for entry in &entries {
        let amounts = list(entry, "postings");
        let sum = amounts.iter().map(|posting| minor(text(posting, "amount"))).sum::<i64>();
        ensure(sum == 0, || entry.to_string())?;
    }
    let accruals = entries.iter().filter(|entry| text(entry, "kind") == "accrual");
    let counts = counted(accruals.map(|entry| text(entry, "shipment_id")));
    let doubled = counts.iter().find(|(_, count)| **count != 1);
    ensure(doubled.is_none(), || format!("accrued more than once: {doubled:?}"))?;
    Ok(format!("{} entries, {} shipments", entries.len(), counts.len()))
}

/// `-12.30` as -1230.
fn minor(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap_or(i64::MAX)
}
