//! Connections that people make, and documents that they look into: tested, saved, polled; found, compared, saved as a fixture.

use std::time::Duration;

use serde_json::{Value, json};

use crate::caravan::argument;
use crate::http::{list, number, text};
use crate::report::Report;
use crate::samples;
use crate::tls::Certificate;
use crate::wait::{until, until_true};
use crate::world::World;
use crate::wrong::{Wrong, ensure};

const NAME: &str = "second-dhl";
/// The demo's key of the DHL simulator.
const KEY: &str = "demo-dhl-api-key";
const NUMBER: &str = "7777777770";
const POLLED_WITHIN: Duration = Duration::from_secs(15);

pub(super) async fn walk(report: &mut Report, world: &World, certificate: &Certificate) {
    report
        .step("a connection with a wrong key fails its test, which says what to do", refused(world))
        .await;
    report
        .step(
            "over TLS it passes where the certificate is trusted, and fails where it is not",
            encrypted(world, certificate),
        )
        .await;
    report
        .step(
            "with the right key it is saved, polled at once, and its milestones arrive",
            made(world),
        )
        .await;
    report
        .step(
            "a changed connection is used by the next poll; a disabled one is not polled",
            changed(world),
        )
        .await;
    report
        .step("documents are found by a number in them, by name, by connection", found(world))
        .await;
    report.step("a document is compared with its dry run and with another", compared(world)).await;
    report
        .step(
            "`caravan document --fixture` writes a golden case with the same bytes",
            fixture(world),
        )
        .await;
}

fn draft(world: &World, key: &str) -> Result<Value, Wrong> {
    Ok(draft_at(&world.caravan.simulator("dhl")?, key))
}

fn draft_at(url: &str, key: &str) -> Value {
    json!({
        "party": "dhl",
        "connection": {
            "name": NAME, "environment": "sandbox", "endpoints": { "api": url },
            "secrets": { "key": { "value": key } },
        },
    })
}

/// A step of a connection's test.
fn step(test: &Value, name: &str) -> Value {
    list(test, "steps").into_iter().find(|step| text(step, "step") == name).unwrap_or_default()
}

async fn refused(world: &World) -> Result<String, Wrong> {
    let party = world.http.get("/v1/parties/dhl").await?.expect(200)?.json()?;
    let pointer = "/connection_schema/properties/secrets/properties/key/properties/value/writeOnly";
    ensure(party.pointer(pointer) == Some(&json!(true)), || party.to_string())?;
    let wrong = draft(world, "not-the-key")?;
    let test = world.http.posted("/v1/connections/test", &wrong, 200).await?;
    let auth = step(&test, "auth");
    ensure(test.get("ok") == Some(&json!(false)), || test.to_string())?;
    ensure(text(&step(&test, "tcp"), "outcome") == "ok", || test.to_string())?;
    ensure(text(&auth, "outcome") == "failed", || test.to_string())?;
    ensure(text(&auth, "hint").contains("Consumer Key"), || auth.to_string())?;
    let problem = world.http.posted("/v1/connections", &wrong, 422).await?;
    ensure(text(&problem, "code") == "connection-test-failed", || problem.to_string())?;
    world.http.get(&format!("/v1/connections/{NAME}")).await?.expect(404)?;
    Ok(text(&auth, "hint").chars().take(60).collect())
}

/// The documents of the connection, newest first.
async fn documents(world: &World) -> Result<Vec<Value>, Wrong> {
    world.http.documents(&format!("&connection={NAME}")).await
}

/// The simulator behind TLS: once with the certificate that this installation trusts, once with a stranger's.
async fn encrypted(world: &World, trusted: &Certificate) -> Result<String, Wrong> {
    let simulator = world.caravan.simulator("dhl")?;
    let behind = simulator.trim_start_matches("http://");
    let test = async |certificate: &Certificate| {
        let draft = draft_at(&certificate.front(behind).await?, KEY);
        world.http.posted("/v1/connections/test", &draft, 200).await
    };
    let passed = test(trusted).await?;
    for name in ["tcp", "tls", "auth"] {
        ensure(text(&step(&passed, name), "outcome") == "ok", || passed.to_string())?;
    }
    ensure(passed.get("ok") == Some(&json!(true)), || passed.to_string())?;
    let stranger = Certificate::make(&world.place.scratch, "stranger").await?;
    let refused = test(&stranger).await?;
    let tls = step(&refused, "tls");
    ensure(text(&tls, "outcome") == "failed", || refused.to_string())?;
    ensure(text(&step(&refused, "auth"), "outcome") == "skipped", || refused.to_string())?;
    Ok(text(&tls, "detail").to_owned())
}

async fn made(world: &World) -> Result<String, Wrong> {
    let saved = world.http.posted("/v1/connections", &draft(world, KEY)?, 201).await?;
    ensure(!saved.to_string().contains(KEY), || "the key came back".to_owned())?;
    let watch = json!({ "references": [NUMBER], "interval_s": 1 });
    world.http.posted(&format!("/v1/connections/{NAME}/watch"), &watch, 200).await?;
    let document = until(POLLED_WITHIN, "a poll's reply is a document", async || {
        let all = documents(world).await?;
        Ok(all.into_iter().find(|one| text(one, "status") == "done" && number(one, "records") > 0))
    })
    .await?;
    let id = text(&document, "id");
    until_true(POLLED_WITHIN, "its milestones are in the stream", async || {
        let events = world.tail.of_document(id)?;
        Ok(events.iter().any(|event| text(event, "type") == "caravan.milestone.recorded"))
    })
    .await?;
    Ok(format!("{} records", number(&document, "records")))
}

async fn changed(world: &World) -> Result<String, Wrong> {
    let path = format!("/v1/connections/{NAME}");
    let shown = world.http.get(&path).await?.expect(200)?;
    ensure(!shown.text().contains(KEY), || "the key is shown".to_owned())?;
    let version = number(&shown.json()?, "version").to_string();
    let wrong = draft(world, "not-the-key")?;
    let change = json!({
        "connection": wrong.get("connection"), "untested": true, "reason": "to see it pause"
    });
    world.http.put_if(&path, &version, &change).await?.expect(200)?;
    world.http.put_if(&path, &version, &change).await?.expect(412)?;
    until_true(POLLED_WITHIN, "the wrong key pauses it", async || {
        let now = world.http.get(&path).await?.expect(200)?.json()?;
        Ok(now.pointer("/paused/class") == Some(&json!("auth")))
    })
    .await?;
    let version = number(&world.http.get(&path).await?.expect(200)?.json()?, "version").to_string();
    let change = json!({ "connection": draft(world, KEY)?.get("connection") });
    let mended = world.http.put_if(&path, &version, &change).await?.expect(200)?.json()?;
    ensure(mended.get("paused") == Some(&Value::Null), || mended.to_string())?;
    let reason = json!({ "reason": "seen enough" });
    let rests = world.http.posted(&format!("{path}/disable"), &reason, 200).await?;
    ensure(rests.pointer("/paused/class") == Some(&json!("disabled")), || rests.to_string())?;
    Ok(String::new())
}

async fn found(world: &World) -> Result<String, Wrong> {
    let names = async |query: &str| -> Result<Vec<String>, Wrong> {
        let all = world.http.documents(query).await?;
        Ok(all.iter().map(|one| text(one, "name").to_owned()).collect())
    };
    for query in ["&q=PRO1", "&q=clean", "&q=pro1%20clean.edi", "&q=cle*&party=demo-carrier"] {
        let found = names(query).await?;
        ensure(found.iter().any(|name| name == "clean.edi"), || format!("{query}: {found:?}"))?;
    }
    let polled = names(&format!("&q={NUMBER}&connection={NAME}")).await?;
    ensure(!polled.is_empty(), || "the poll's reply is not found".to_owned())?;
    let nothing = names("&q=no-such-number").await?;
    ensure(nothing.is_empty(), || format!("{nothing:?}"))?;
    let told = world.place.told(&["documents", "--q", "PRO1", "--party", "demo-carrier"]).await?;
    ensure(told.contains("clean.edi"), || told.clone())?;
    Ok(String::new())
}

async fn compared(world: &World) -> Result<String, Wrong> {
    let document = world.http.ended("clean.edi").await?;
    let id = text(&document, "id");
    let path = format!("/v1/documents/{id}/diff");
    let diff = world.http.get(&path).await?.expect(200)?.json()?;
    let records = number(&document, "records");
    ensure(number(&diff, "same") == records && number(&diff, "changed_count") == 0, || {
        diff.to_string()
    })?;
    let other = world.http.ended("one-bad-set.edi").await?;
    let with = format!("{path}?with={}", text(&other, "id"));
    let diff = world.http.get(&with).await?.expect(200)?.json()?;
    ensure(number(&diff, "same") < records, || diff.to_string())?;
    Ok(format!("{records} records"))
}

async fn fixture(world: &World) -> Result<String, Wrong> {
    let document = world.http.ended("clean.edi").await?;
    let id: String = text(&document, "id").chars().take(12).collect();
    let folder = world.place.scratch.join("fixtures");
    world.place.told(&["document", &id, "--fixture", &argument(&folder)]).await?;
    let case = folder.join("demo-carrier").join("x12-214").join(&id);
    let input = std::fs::read(case.join("input.edi"))?;
    ensure(input == samples::TWO_SETS, || format!("{} bytes", input.len()))?;
    let expected: Value = serde_json::from_slice(&std::fs::read(case.join("expected.json"))?)?;
    let records = expected.pointer("/0/records").and_then(Value::as_array).map_or(0, Vec::len);
    ensure(i64::try_from(records).ok() == Some(number(&document, "records")), || {
        expected.to_string()
    })?;
    ensure(case.join("notes.md").is_file(), || "there is no notes.md".to_owned())?;
    Ok(String::new())
}
