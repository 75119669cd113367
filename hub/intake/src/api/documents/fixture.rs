//! A document as a golden case: `fixtures/parties/<party>/<message>/<case>/{input.*, expected.json, notes.md}`.

use axum::Extension;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use caravan_manifest::{Direction, Manifest, Reading};
use caravan_model::Level;
use caravan_tenancy::{Caller, TenantTx};
use caravan_web::{Json, Path, Problem};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::wire::DryRun;
use super::super::{parties, unavailable};
use super::dry_run;
use super::which::one;
use crate::documents::{DocumentRow, Door};
use crate::intake::Intake;

/// Largest document that becomes a fixture.
const BYTES_MAX: i64 = 1024 * 1024;
/// Digits of the hash in a case's name.
const NAME_DIGITS: usize = 12;

/// A document as a golden case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentFixture)]
pub(crate) struct Fixture {
    /// Where it goes, below `fixtures/parties/`.
    #[schema(example = "dhl/tracking/3f1c0a9be2d4")]
    folder: String,
    files: Vec<FixtureFile>,
}

/// One file of a case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FixtureFile {
    /// `input.edi`, `expected.json`, `notes.md`.
    name: String,
    /// `utf-8`, or `base64` where the bytes are no text.
    encoding: &'static str,
    content: String,
}

/// Save a document as a fixture.
///
/// Its bytes, what they give now, and notes to be written: a golden case, as the connectors' tests read them. The bytes are real:
/// replace what is personal before it is committed.
#[utoipa::path(
    get, path = "/v1/documents/{id}/fixture", operation_id = "fetchDocumentFixture", tag = "documents",
    params(("id" = String, Path, description = "The first 4 to 64 hex digits of its SHA-256; with `@` and a connection's id or name, that one's of the same bytes.")),
    security(("api_key" = ["documents:read"])),
    responses(
        (status = 200, description = "The files of the case.", body = Fixture),
        (status = 400, description = "`document-id`"), (status = 404, description = "`not-found`"),
        (status = 422, description = "`document-too-large`"),
    ),
)]
pub(crate) async fn show(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Fixture>, Problem> {
    let mut tx = TenantTx::read(intake.database(), caller.tenant).await?;
    let row = one(&mut tx, &id).await?;
    let seen = seen(&mut tx, &row).await?;
    tx.commit().await?;
    if row.size_bytes > BYTES_MAX {
        let detail = format!(
            "This document has {} bytes; a fixture has at most {BYTES_MAX}: cut it down to the part that shows the case, and fetch the whole with `/raw`.",
            row.size_bytes
        );
        return Err(Problem::unprocessable("document-too-large", detail));
    }
    let (_, component) = parties::find(&intake, &row.party).ok_or_else(|| {
        Problem::not_found("party-not-found", format!("there is no party {:?} any more", row.party))
    })?;
    let bytes =
        intake.inner.objects.get(row.key.hash).await.map_err(|error| unavailable(&error))?;
    let run = dry_run(&intake, &row).await?;
    let message = message(&row, &component.manifest, seen.as_deref());
    Ok(Json(of(&row, &message, &bytes, &run)))
}

/// The kind of its first message, as the connector's verdict names it.
async fn seen(tx: &mut TenantTx, row: &DocumentRow) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT kind FROM hub.document_verdicts
          WHERE tenant_id = $1 AND connection_id = $2 AND hash = $3 AND level = $4 ORDER BY position LIMIT 1",
    )
    .bind(row.key.tenant.0)
    .bind(row.key.connection.0)
    .bind(row.key.hash.0.as_slice())
    .bind(Level::Message.as_str())
    .fetch_optional(tx.conn())
    .await
}

/// The records as the connector gives them: who reported them is the hub's to say.
fn records(run: &DryRun) -> Vec<Value> {
    let mut records = run.records.clone();
    for record in records.iter_mut().filter_map(Value::as_object_mut) {
        record.remove("reported_by");
    }
    records
}

/// The case of `row`: its bytes, and what they give now.
fn of(row: &DocumentRow, message: &str, bytes: &[u8], run: &DryRun) -> Fixture {
    let expected = match &run.stopped {
        Some(stopped) if run.records.is_empty() => json!({ "failure": stopped.message }),
        _ => json!([{ "records": records(run), "rejects": rejects(run), "done": true }]),
    };
    let digits: String = row.id.chars().take(NAME_DIGITS).collect();
    let (encoding, content) = match core::str::from_utf8(bytes) {
        Ok(text) => ("utf-8", text.to_owned()),
        Err(_) => ("base64", STANDARD.encode(bytes)),
    };
    let input = FixtureFile { name: format!("input.{}", ending(bytes)), encoding, content };
    let text = |name: &str, content: String| FixtureFile {
        name: name.to_owned(),
        encoding: "utf-8",
        content,
    };
    Fixture {
        folder: format!("{}/{message}/{digits}", row.party),
        files: vec![
            input,
            text("expected.json", format!("{expected:#}\n")),
            text("notes.md", notes(row)),
        ],
    }
}

fn rejects(run: &DryRun) -> Vec<Value> {
    let rejects = run.rejects.iter().map(|one| {
        json!({
            "severity": one.severity, "code": one.code, "path": one.path, "message": one.message,
            "source": [0, one.start, one.end],
        })
    });
    rejects.collect()
}

/// What a person has to add, and to take out.
fn notes(row: &DocumentRow) -> String {
    let message = row.message.as_deref().unwrap_or("not named");
    format!(
        "Saved from the document {}: party {}, door {}, message {message}, {} bytes.\n\
         Say here what this case shows, and which document of the party explains it.\n\
         The bytes are real: replace names, addresses and numbers by invented ones of the same form before this is committed.\n\
         `expected.json` is what the connector made of it when it was saved, in the hub's form; the connector's tests write it in their own with `UPDATE=1`.\n",
        row.id, row.party, row.door, row.size_bytes
    )
}

/// The folder of the message: what was asked for, else what was `seen` in it, else what the connector reads through the
/// document's door.
fn message(row: &DocumentRow, manifest: &Manifest, seen: Option<&str>) -> String {
    let reading = match row.door.as_str() {
        door if door == Door::Poll.as_str() => Reading::Tracking,
        door if door == Door::Webhook.as_str() => Reading::Webhooks,
        _ => Reading::Files,
    };
    let mut read = manifest.messages.iter().filter(|message| {
        message.direction == Direction::In && message.operation.is_none_or(|one| one == reading)
    });
    let seen = seen.and_then(|seen| {
        let all = manifest.messages.iter().map(|message| &message.kind);
        all.into_iter().find(|kind| kind.rsplit('/').next() == Some(seen)).cloned()
    });
    let only = read.next().filter(|_| read.next().is_none()).map(|message| message.kind.clone());
    let kind = row
        .message
        .clone()
        .or(seen)
        .or(only)
        .unwrap_or_else(|| format!("{}/document", manifest.connector.id));
    let plain = |text: &str| {
        let letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let text: String = text.chars().map(|one| if letter(one) { one } else { '-' }).collect();
        text.trim_matches('.').to_owned()
    };
    match kind.split_once('/') {
        Some((party, rest)) if party == row.party => plain(rest),
        _ => plain(&kind),
    }
}

/// By the first bytes, as the golden suites name their inputs.
fn ending(bytes: &[u8]) -> &'static str {
    let start = bytes.trim_ascii_start();
    match start.first() {
        Some(b'{' | b'[') => "json",
        Some(b'<') => "xml",
        _ if start.starts_with(b"ISA") => "edi",
        _ => "txt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_named_by_its_first_bytes() {
        let cases: [(&[u8], &str); 4] =
            [(b" {\"a\":1}", "json"), (b"<IDOC/>", "xml"), (b"ISA*00*", "edi"), (b"\xff", "txt")];
        for (bytes, expected) in cases {
            assert_eq!(ending(bytes), expected);
        }
    }
}
