//! What an operator looks at: refusals, metrics, readiness, memory.

use crate::http::{list, number, text};
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
    report.step("every role and store is well, in one answer", stands(world)).await;
    report.step("`caravan operations` says so too", told(world)).await;
    report
        .step("`caravan group` lists who reads, and forgets none that lives", groups(world))
        .await;
    report.step("resident memory after the walk", memory(world)).await;
}

async fn problem(world: &World, path: &str, status: u16, key: bool) -> Result<String, Wrong> {
    let answer =
        if key { world.http.get(path).await? } else { world.http.get_without_key(path).await? };
    let answer = answer.expect(status)?;
    let kind = answer.header("content-type").to_owned();
    ensure(kind == "application/problem+json", || format!("content type {kind:?}"))?;
    let body = answer.json()?;
    let told = text(&body, "detail").to_owned();
    ensure(!told.is_empty() && number(&body, "status") == i64::from(status), || body.to_string())?;
    Ok(told)
}

async fn answers(world: &World) -> Result<String, Wrong> {
    let ready = world.http.get_without_key("/readyz").await?.expect(200)?.text();
    ensure(ready.contains("\"ready\":true"), || ready.clone())?;
    let metrics = world.metrics().await?;
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

async fn stands(world: &World) -> Result<String, Wrong> {
    // Each role has answered something within the last minute.
    for path in ["/v1/parties", "/v1/orders", "/v1/shipments/counts", "/v1/rate-contracts"] {
        world.http.get(path).await?.expect(200)?;
    }
    let stand = world.http.get("/v1/operations").await?.expect(200)?.json()?;
    ensure(text(&stand, "status") == "ok", || stand.to_string())?;
    let roles = list(&stand, "roles");
    let names: Vec<&str> = roles.iter().map(|role| text(role, "role")).collect();
    let wanted = ["gateway", "hub", "order", "tracking", "settlement"];
    ensure(names == wanted, || format!("roles {names:?}"))?;
    let busy = roles.iter().skip(1).all(|role| role.get("p95_ms").is_some());
    ensure(busy, || format!("a role without an answer in the last minute: {stand}"))?;
    let apart = world.place.apart.is_some();
    let processes = list(&stand, "processes").len();
    ensure(processes == if apart { wanted.len() } else { 1 }, || format!("{processes} processes"))?;
    ensure(stand.get("kafka").is_some() == apart, || format!("kafka: {stand}"))?;
    ensure(list(&stand, "disks").len() == 1, || format!("disks: {stand}"))?;
    let groups = stand.get("log").map(|log| list(log, "groups").len()).unwrap_or_default();
    ensure(groups > 4, || format!("groups: {stand}"))?;
    let yours = stand.get("yours").cloned().unwrap_or_default();
    ensure(number(&yours, "quarantined") > 0, || format!("this walk's quarantine: {yours}"))?;
    ensure(!list(&yours, "breakers").is_empty(), || format!("this walk's calls out: {yours}"))?;
    Ok(format!("{processes} processes, {groups} groups"))
}

async fn told(world: &World) -> Result<String, Wrong> {
    let said = world.place.told(&["operations"]).await?;
    for word in ["gateway", "settlement", "tracking-orders", "database", "quarantined"] {
        ensure(said.contains(word), || format!("no {word:?} in {said}"))?;
    }
    let json = world.place.told(&["operations", "--json"]).await?;
    let stand: serde_json::Value = serde_json::from_str(&json)?;
    Ok(text(&stand, "status").to_owned())
}

async fn groups(world: &World) -> Result<String, Wrong> {
    let told = world.place.told(&["group", "list", "--json"]).await?;
    let all = list(&serde_json::from_str(&told)?, "groups");
    let live = all.iter().all(|group| number(group, "members") > 0);
    ensure(all.len() > 4 && live, || told.clone())?;
    let shown = world.place.told(&["group", "list"]).await?;
    ensure(shown.contains("tracking-orders"), || shown.clone())?;
    for (group, why) in [("tracking-orders", "somebody reads"), ("nobody", "no group")] {
        let refused = world.place.run(&["group", "forget", group]).await?;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        ensure(refused.status.code() == Some(1) && said.contains(why), || {
            format!("{} {said}", refused.status)
        })?;
    }
    let still = world.place.told(&["group", "list", "--json"]).await?;
    ensure(list(&serde_json::from_str(&still)?, "groups").len() == all.len(), || still.clone())?;
    Ok(format!("{} groups", all.len()))
}

async fn memory(world: &World) -> Result<String, Wrong> {
    let (now_kib, most_kib) = world.caravan.memory_kib()?;
    ensure(now_kib > 0, || "it cannot be read".to_owned())?;
    Ok(format!("{} MiB, at most {} MiB (without PostgreSQL)", now_kib >> 10, most_kib >> 10))
}
