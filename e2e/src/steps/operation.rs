//! What an operator looks at: refusals, metrics, readiness, memory.

use crate::report::Report;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

pub(super) async fn walk(report: &mut Report, world: &World) {
    report
        .step("no API key: 401 and problem+json", problem(world, "/v1/documents", 401, false))
        .await;
    report
        .step("an unknown path: 404 and problem+json", problem(world, "/v1/nothing", 404, true))
        .await;
    report
        .step(
            "an unknown shipment: 404 and problem+json",
            problem(world, "/v1/shipments/NOBODYS/timeline", 404, true),
        )
        .await;
    report.step("/readyz and /metrics answer", answers(world)).await;
    report.step("resident memory after the walk", memory(world)).await;
}

async fn problem(world: &World, path: &str, status: u16, key: bool) -> Result<String, Wrong> {
    let answer =
        if key { world.http.get(path).await? } else { world.http.get_without_key(path).await? };
    let answer = answer.expect(status)?;
    let kind = answer.header("content-type").to_owned();
    ensure(kind == "application/problem+json", || format!("content type {kind:?}"))?;
    let body = answer.json()?;
    let told = crate::http::text(&body, "detail").to_owned();
    ensure(!told.is_empty() && crate::http::number(&body, "status") == i64::from(status), || {
        body.to_string()
    })?;
    Ok(told)
}

async fn answers(world: &World) -> Result<String, Wrong> {
    let ready = world.http.get_without_key("/readyz").await?.expect(200)?.text();
    ensure(ready.contains("\"ready\":true"), || ready.clone())?;
    let metrics = world.http.get_without_key("/metrics").await?.expect(200)?.text();
    for name in [
        "caravan_documents_received_total",
        "caravan_events_published_total",
        "caravan_tracking_milestones_total",
        "caravan_polls_total",
        "caravan_sftp_uploads_total",
    ] {
        ensure(metrics.contains(name), || format!("{name} is not there"))?;
    }
    Ok(format!("{} lines", metrics.lines().count()))
}

async fn memory(world: &World) -> Result<String, Wrong> {
    let (now_kib, most_kib) = world.caravan.memory_kib()?;
    ensure(now_kib > 0, || "it cannot be read".to_owned())?;
    Ok(format!("{} MiB, at most {} MiB (without PostgreSQL)", now_kib >> 10, most_kib >> 10))
}
