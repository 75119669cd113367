//! What is wrong with shipments: found by rules, taken by somebody, put away, ended; and the counts follow.

use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{list, number, text};
use crate::report::Report;
use crate::wait::until;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

const SOON: Duration = Duration::from_secs(20);

pub(super) async fn walk(report: &mut Report, world: &World) {
    report.step("a shipment that goes back is an exception, and is counted", found(world)).await;
    report.step("somebody takes it, puts it away and ends it", ended(world)).await;
}

/// The first open exception of the returned parcel.
async fn exception(world: &World) -> Result<Value, Wrong> {
    until(SOON, "a return is an exception", async || {
        let page = world.http.get("/v1/exceptions?cause=return").await?.expect(200)?.json()?;
        Ok(list(&page, "items").first().cloned())
    })
    .await
}

async fn counts(world: &World) -> Result<Value, Wrong> {
    world.http.get("/v1/shipments/counts").await?.expect(200)?.json()
}

async fn found(world: &World) -> Result<String, Wrong> {
    let exception = exception(world).await?;
    let counts = counts(world).await?;
    ensure(number(&counts, "exceptions") > 0, || counts.to_string())?;
    let path = format!("/v1/shipments/{}/timeline", text(&exception, "reference"));
    let timeline = world.http.get(&path).await?.expect(200)?.json()?.to_string();
    ensure(timeline.contains(text(&exception, "id")), || timeline.clone())?;
    Ok(format!("{}: {}", text(&exception, "reference"), text(&exception, "rule")))
}

async fn ended(world: &World) -> Result<String, Wrong> {
    let before = number(&counts(world).await?, "exceptions");
    let path = format!("/v1/exceptions/{}", text(&exception(world).await?, "id"));
    let acts = [
        json!({ "action": "assign" }),
        json!({ "action": "snooze", "until": "2090-01-01T09:00:00+05:30" }),
        json!({ "action": "resolve", "reason": "the shipper takes it back" }),
    ];
    for act in &acts {
        world.http.act(&path, &path, Some(act)).await?.expect(200)?;
    }
    let shown = world.http.get(&path).await?.expect(200)?.json()?;
    ensure(list(&shown, "history").len() == 4, || shown.to_string())?;
    let after = number(&counts(world).await?, "exceptions");
    ensure(after < before, || format!("{before} before, {after} after"))?;
    Ok(format!("{before} exceptions before, {after} after"))
}
