//! DHL, Delhivery and Aramex: polled, pushing, misbehaving.

use std::time::Duration;

use serde_json::Value;

use crate::http::{list, number, text};
use crate::report::Report;
use crate::samples;
use crate::wait::{until, until_true};
use crate::world::World;
use crate::wrong::{Wrong, ensure};

/// Polls go out every five seconds.
const POLLED_WITHIN: Duration = Duration::from_secs(15);
/// DHL's own example, which the simulator has expected two hours after its start.
const EXPRESS: &str = "7777777770";
/// Header by which the demo's Delhivery proves who pushes.
const PUSH_HEADER: (&str, &str) = ("x-webhook-token", "demo-delhivery-push");

pub(super) async fn walk(report: &mut Report, world: &World) {
    report
        .step("polled DHL shipments have timelines; one came back to its sender", dhl(world))
        .await;
    report.step("when DHL expects a delivery is at the shipment", expected(world)).await;
    report.step("polled Delhivery packages have timelines", delhivery(world)).await;
    report.step("polled Aramex waybills have timelines; one is delivered", aramex(world)).await;
    report
        .step("codes that no document explains stay unmapped, with the code", unmapped(world))
        .await;
    report.step("an hour later all three have delivered", later(world)).await;
    report.step("a delivered shipment expects nothing any more", over(world)).await;
    report
        .step("a pushed Delhivery scan is answered with 2xx and in the timeline", pushed(world))
        .await;
    report.step("a push with a wrong header gets 401 and leaves nothing", forged(world)).await;
    report
        .step(
            "an error in an HTTP 200 (unknown waybill) is a failed poll, not a milestone",
            error_in_200(world),
        )
        .await;
    report.step("HTML in an HTTP 200 is quarantined with its bytes", html_in_200(world)).await;
}

/// Statuses of a timeline, oldest first.
fn statuses(timeline: &Value) -> Vec<String> {
    list(timeline, "milestones").iter().map(|each| text(each, "status").to_owned()).collect()
}

async fn has(world: &World, reference: &str, status: &str) -> Result<(), Wrong> {
    let wanted = |timeline: &Value| statuses(timeline).iter().any(|each| each == status);
    let found = world.http.timeline_when(reference, POLLED_WITHIN, wanted).await;
    match found {
        Ok(_) => Ok(()),
        Err(_) => {
            let now = world.http.timeline(reference).await?.unwrap_or_default();
            Err(Wrong(format!("{reference} has {:?}, no {status}", statuses(&now))))
        }
    }
}

async fn dhl(world: &World) -> Result<String, Wrong> {
    has(world, EXPRESS, "in-transit").await?;
    has(world, "00340434100000000011", "out-for-delivery").await?;
    has(world, "00340434100000000028", "returned").await?;
    has(world, "SE1234567890", "label-created").await?;
    Ok(String::new())
}

/// What is expected of DHL's express shipment now, and all that ever was.
async fn expectations(world: &World) -> Result<(Vec<Value>, Vec<Value>), Wrong> {
    let timeline = world.http.timeline(EXPRESS).await?.unwrap_or_default();
    let path = format!("/v1/shipments/{EXPRESS}/etas");
    let told = world.http.get(&path).await?.expect(200)?.json()?;
    Ok((list(&timeline, "expected"), list(&told, "items")))
}

async fn expected(world: &World) -> Result<String, Wrong> {
    let (now, told) = expectations(world).await?;
    let [one] = now.as_slice() else { return Err(Wrong(format!("{now:?} of {told:?}"))) };
    let announced = (text(one, "source"), text(one, "why")) == ("carrier", "announced");
    ensure(announced && told == now, || format!("{now:?} of {told:?}"))?;
    let page =
        world.http.get(&format!("/v1/shipments?numbers={EXPRESS}")).await?.expect(200)?.json()?;
    let listed = list(&page, "items").first().cloned().unwrap_or_default();
    ensure(text(&listed, "expected_at") == text(one, "at"), || page.to_string())?;
    Ok(text(one, "at").to_owned())
}

async fn over(world: &World) -> Result<String, Wrong> {
    let (now, told) = expectations(world).await?;
    let why: Vec<&str> = told.iter().map(|one| text(one, "why")).collect();
    ensure(now.is_empty() && why.last() == Some(&"over"), || format!("{now:?} of {told:?}"))?;
    Ok(why.join(", "))
}

async fn delhivery(world: &World) -> Result<String, Wrong> {
    has(world, "26805710001011", "picked-up").await?;
    has(world, "26805710001022", "delivery-attempted").await?;
    has(world, "26805710001033", "booked").await?;
    has(world, "26805710001044", "label-created").await?;
    Ok(String::new())
}

async fn aramex(world: &World) -> Result<String, Wrong> {
    has(world, "30793916001", "picked-up").await?;
    has(world, "30793916012", "delivery-attempted").await?;
    has(world, "30793916023", "delivered").await?;
    Ok(String::new())
}

async fn unmapped(world: &World) -> Result<String, Wrong> {
    for (reference, code) in [("26805710001044", "UD/Quarantined"), ("30793916034", "SH999")] {
        has(world, reference, "unmapped").await?;
        let timeline = world.http.timeline(reference).await?.unwrap_or_default();
        let milestones = list(&timeline, "milestones");
        let kept = milestones.iter().any(|each| {
            text(each, "status") == "unmapped"
                && each.get("raw").is_some_and(|raw| text(raw, "code") == code)
        });
        ensure(kept, || format!("{code} is not in {timeline}"))?;
    }
    Ok(String::new())
}

/// Tells a simulator something.
async fn control(world: &World, party: &str, body: &str) -> Result<(), Wrong> {
    let url = format!("{}/_control", world.caravan.simulator(party)?);
    world.http.post_to(&url, ("x-from", "e2e"), body.to_owned()).await?.expect(204).map(drop)
}

async fn later(world: &World) -> Result<String, Wrong> {
    // One clock for the three.
    control(world, "dhl", r#"{"advance_s": 3600}"#).await?;
    has(world, EXPRESS, "delivered").await?;
    has(world, "26805710001011", "delivered").await?;
    has(world, "26805710001022", "returned").await?;
    has(world, "30793916001", "delivered").await?;
    Ok(String::new())
}

/// The webhook's address: its token is the connection's secret.
fn hook(world: &World) -> Result<String, Wrong> {
    let token = std::fs::read(world.place.keys().join("demo_hook_token"))?;
    let token: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}/hooks/{token}", world.http.url))
}

fn scan(waybill: &str) -> String {
    let bytes = samples::renamed(samples::SCAN_PUSH, &[(samples::SCAN_PUSH_WAYBILL, waybill)]);
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn pushed(world: &World) -> Result<String, Wrong> {
    let answer = world.http.post_to(&hook(world)?, PUSH_HEADER, scan("77705710001001")).await?;
    ensure((200..300).contains(&answer.status), || {
        format!("HTTP {}: {}", answer.status, answer.text())
    })?;
    has(world, "77705710001001", "returned").await?;
    Ok(String::new())
}

async fn forged(world: &World) -> Result<String, Wrong> {
    let before = world.http.documents("").await?.len();
    let forged = (PUSH_HEADER.0, "not-the-agreed-value");
    world.http.post_to(&hook(world)?, forged, scan("77705710001002")).await?.expect(401)?;
    world
        .http
        .post_to(
            &format!("{}/hooks/{}", world.http.url, "0".repeat(64)),
            PUSH_HEADER,
            scan("77705710001002"),
        )
        .await?
        .expect(404)?;
    // A push after it is through, so a stored forgery would show by now.
    world.http.post_to(&hook(world)?, PUSH_HEADER, scan("77705710001003")).await?.expect(200)?;
    has(world, "77705710001003", "returned").await?;
    ensure(world.http.timeline("77705710001002").await?.is_none(), || {
        "the forged scan is in a timeline".to_owned()
    })?;
    let hooks = world.http.documents("").await?;
    let kept = hooks.iter().filter(|each| text(each, "door") == "webhook");
    for document in kept.take(3) {
        let raw = world
            .http
            .get(&format!("/v1/documents/{}/raw", text(document, "id")))
            .await?
            .expect(200)?;
        ensure(!raw.text().contains("77705710001002"), || {
            "the forged request was stored".to_owned()
        })?;
    }
    Ok(format!("{before} documents before"))
}

/// What the metrics count of a party's polls of one class.
async fn polls(world: &World, party: &str, class: &str) -> Result<u64, Wrong> {
    let metrics = world.metrics().await?;
    let name = format!("caravan_polls_total{{party=\"{party}\",class=\"{class}\"}} ");
    Ok(metrics.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap_or_default())
}

async fn error_in_200(world: &World) -> Result<String, Wrong> {
    let before = polls(world, "delhivery", "permanent").await?;
    let body = r#"{"references": ["99900000000001"], "interval_s": 1}"#;
    let path = "/v1/connections/delhivery/watch";
    world.http.post(path, "application/json", body.as_bytes().to_vec()).await?.expect(200)?;
    until_true(POLLED_WITHIN, "the poll has failed", async || {
        Ok(polls(world, "delhivery", "permanent").await? > before)
    })
    .await?;
    ensure(world.http.timeline("99900000000001").await?.is_none(), || {
        "it has a timeline".to_owned()
    })?;
    Ok(String::new())
}

async fn html_in_200(world: &World) -> Result<String, Wrong> {
    control(world, "dhl", r#"{"fault": "garbage"}"#).await?;
    let found = until(POLLED_WITHIN, "the page is quarantined", async || {
        let kept = world.http.documents("&status=quarantined").await?;
        Ok(kept
            .into_iter()
            .find(|each| text(each, "party") == "dhl" && text(each, "door") == "poll"))
    })
    .await;
    control(world, "dhl", r#"{"fault": null}"#).await?;
    let document = found?;
    ensure(number(&document, "records") == 0, || document.to_string())?;
    let raw = world
        .http
        .get(&format!("/v1/documents/{}/raw", text(&document, "id")))
        .await?
        .expect(200)?;
    ensure(raw.text().contains("Scheduled maintenance"), || raw.text())?;
    Ok(format!("{}: {}", text(&document, "failure_class"), text(&document, "failure_text")))
}
