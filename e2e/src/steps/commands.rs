//! The other commands of the binary.

use serde_json::Value;

use crate::caravan::argument;
use crate::http::{list, text};
use crate::report::Report;
use crate::samples;
use crate::wait::until_true;
use crate::world::World;
use crate::wrong::{Wrong, ensure};

pub(super) async fn walk(report: &mut Report, world: &World) {
    report
        .step("translate a good file: NDJSON, exit 0", translate(world, samples::TWO_SETS, 0, 3, 0))
        .await;
    report
        .step(
            "translate a file with a bad set: records and reject, exit 3",
            translate(world, samples::ONE_BAD_SET, 3, 1, 1),
        )
        .await;
    report
        .step(
            "translate a file that is no X12: exit 2",
            translate(world, samples::NOT_X12, 2, 0, 0),
        )
        .await;
    report.step("translate with --party, and an IDoc", others(world)).await;
    report.step("parties --json lists the catalogue", parties(world)).await;
    report.step("documents lists what came", documents(world)).await;
    report.step("document --raw gives the bytes that were sent", raw(world)).await;
    report.step("document --answer gives the 997 that the carrier got", answer(world)).await;
    report.step("replay --dry-run shows the records and publishes nothing", dry_run(world)).await;
    report.step("replay of a done document doubles nothing", replay(world)).await;
    report.step("audit verify hashes the trail again, and finds it whole", audit(world)).await;
    report.step("completions for bash, zsh and fish", completions(world)).await;
    report.step("--help has examples", help(world)).await;
}

async fn audit(world: &World) -> Result<String, Wrong> {
    let output = world.place.run(&["audit", "verify"]).await?;
    let found: Value = serde_json::from_slice(&output.stdout)?;
    ensure(output.status.success() && found.get("ok") == Some(&Value::Bool(true)), || {
        format!("exit {}; {found}", output.status)
    })?;
    // Its own head is a witness that it keeps.
    let head = text(&found, "head").to_owned();
    let again = world.place.run(&["audit", "verify", "--witness", &head]).await?;
    ensure(again.status.success(), || format!("exit {} with its own witness", again.status))?;
    Ok(format!("head {head:.20}…"))
}

async fn translate(
    world: &World,
    sample: &[u8],
    code: i32,
    records: usize,
    rejects: usize,
) -> Result<String, Wrong> {
    let path = argument(&world.carrier.local("translate.edi", sample)?);
    let output = world.place.run(&["translate", "--message", "x12/214", &path]).await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure(output.status.code() == Some(code), || format!("exit {}; {said}", output.status))?;
    let lines: Vec<Value> = String::from_utf8(output.stdout)?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let found = lines.iter().filter(|line| text(line, "record") == "milestone").count();
    let refused = lines.iter().filter(|line| !text(line, "reject").is_empty()).count();
    ensure(found == records && refused == rejects, || {
        format!("{found} records and {refused} rejects")
    })?;
    ensure(said.contains("records") || code == 2 && !said.is_empty(), || {
        format!("no summary: {said:?}")
    })?;
    Ok(said.lines().last().unwrap_or_default().to_owned())
}

async fn others(world: &World) -> Result<String, Wrong> {
    let bill = argument(&world.carrier.local("translate.210", samples::BILL_210)?);
    let told = world
        .place
        .told(&["translate", "--message", "x12/210", "--party", "demo-carrier", &bill])
        .await?;
    ensure(told.contains("\"record\":\"freight-invoice\""), || told.clone())?;
    let order = argument(&world.carrier.local("translate.xml", samples::ORDER_XML)?);
    let told = world.place.told(&["translate", "--message", "idoc/ORDERS05", &order]).await?;
    ensure(told.contains("\"record\":\"order\"") && told.contains(samples::ORDER_NUMBER), || {
        told.clone()
    })?;
    let unknown = world.place.run(&["translate", "--message", "x12/999", &bill]).await?;
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    ensure(unknown.status.code() == Some(2) && said.contains("x12/214"), || {
        format!("{} {said}", unknown.status)
    })?;
    Ok(String::new())
}

async fn parties(world: &World) -> Result<String, Wrong> {
    let catalog: Value = serde_json::from_str(&world.place.told(&["parties", "--json"]).await?)?;
    let parties = list(&catalog, "parties");
    for party in ["demo-carrier", "demo-erp", "dhl", "delhivery", "aramex"] {
        ensure(parties.iter().any(|each| text(each, "id") == party), || {
            format!("{party} is not there")
        })?;
    }
    Ok(format!("{} parties", parties.len()))
}

async fn documents(world: &World) -> Result<String, Wrong> {
    let told = world.place.told(&["documents", "--limit", "500"]).await?;
    for name in ["published.edi", "one-bad-set.edi", "bill.edi", "order.idoc"] {
        ensure(told.contains(name), || format!("{name} is not in {told}"))?;
    }
    let told = world.place.told(&["documents", "--status", "rejected", "--json"]).await?;
    let rejected = list(&serde_json::from_str(&told)?, "items");
    let all = rejected.iter().all(|each| text(each, "status") == "rejected");
    ensure(all && rejected.len() >= 3, || told.clone())?;
    Ok(String::new())
}

async fn raw(world: &World) -> Result<String, Wrong> {
    let document = world.http.ended("clean.edi").await?;
    let short: String = text(&document, "id").chars().take(12).collect();
    let output = world.place.run(&["document", &short, "--raw"]).await?;
    ensure(output.status.success() && output.stdout == samples::TWO_SETS, || {
        format!("{} bytes", output.stdout.len())
    })?;
    Ok(String::new())
}

async fn answer(world: &World) -> Result<String, Wrong> {
    let document = world.http.ended("clean.edi").await?;
    let offered = super::carrier::fetched(&world.carrier, &document).await?;
    let answers = list(&document, "answers");
    let hash = answers.first().map(|one| text(one, "document")).unwrap_or_default();
    let output = world.place.run(&["document", text(&document, "id"), "--answer", hash]).await?;
    ensure(output.status.success() && output.stdout == offered.as_bytes(), || {
        format!("{} bytes, not {}", output.stdout.len(), offered.len())
    })?;
    Ok(format!("{} bytes", offered.len()))
}

async fn dry_run(world: &World) -> Result<String, Wrong> {
    let document = world.http.ended("one-bad-set.edi").await?;
    let id = text(&document, "id");
    let before = world.tail.of_document(id)?.len();
    let told = world.place.told(&["replay", id, "--dry-run"]).await?;
    ensure(told.lines().count() == 2 && told.contains("x12-segment-count"), || told.clone())?;
    let after = world.http.get(&format!("/v1/documents/{id}")).await?.expect(200)?.json()?;
    ensure(after == document, || "the document has changed".to_owned())?;
    let events = world.tail.of_document(id)?.len();
    ensure(events == before, || format!("{before} events before, {events} after"))?;
    Ok(String::new())
}

async fn replay(world: &World) -> Result<String, Wrong> {
    let document = world.http.ended("clean.edi").await?;
    let id = text(&document, "id");
    let finished = |value: &Value| crate::http::number(value, "finished_ms");
    world.place.told(&["replay", id]).await?;
    until_true(std::time::Duration::from_secs(10), "it has been processed again", async || {
        let now = world.http.get(&format!("/v1/documents/{id}")).await?.expect(200)?.json()?;
        Ok(text(&now, "status") == "done" && finished(&now) > finished(&document))
    })
    .await?;
    let now = world.http.get(&format!("/v1/documents/{id}")).await?.expect(200)?.json()?;
    let records = list(&now, "shown_records").len();
    ensure(records == 3, || format!("{records} records are listed"))?;
    ensure(crate::http::number(&now, "duplicates") == 3, || now.to_string())?;
    let ids: std::collections::BTreeSet<String> =
        world.tail.events()?.iter().map(|event| text(event, "id").to_owned()).collect();
    ensure(ids.len() == world.tail.events()?.len(), || "an event id comes twice".to_owned())?;
    let timeline = world.http.timeline("PRO1").await?.unwrap_or_default();
    let milestones = list(&timeline, "milestones").len();
    ensure(milestones == 2, || format!("{milestones} milestones"))?;
    let answers = list(&now, "answers").len();
    ensure(answers == 1, || {
        format!("{answers} answers after a replay; a party gets each answer once")
    })?;
    Ok(String::new())
}

async fn completions(world: &World) -> Result<String, Wrong> {
    for shell in ["bash", "zsh", "fish"] {
        let told = world.place.told(&["completions", shell]).await?;
        ensure(told.contains("caravan") && told.contains("translate"), || {
            format!("{shell}: {} bytes", told.len())
        })?;
    }
    Ok(String::new())
}

async fn help(world: &World) -> Result<String, Wrong> {
    for arguments in [vec!["--help"], vec!["translate", "--help"]] {
        let told = world.place.told(&arguments).await?;
        ensure(told.contains("Examples:"), || told.clone())?;
    }
    Ok(String::new())
}
