//! `caravan documents`, `document`, `replay`: what was received, what became of it, once more.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::args::Documents;
use crate::client::Client;
use crate::failure::Failure;

/// Most documents of a page.
const PAGE_MAX: usize = 200;

pub(crate) async fn list(data: &Path, asked: &Documents) -> Result<ExitCode, Failure> {
    let client = Client::open(data)?;
    let mut filter = String::new();
    for (name, value) in [
        ("q", &asked.q),
        ("status", &asked.status),
        ("party", &asked.party),
        ("connection", &asked.connection),
        ("kind", &asked.kind),
    ] {
        if let Some(value) = value {
            filter.push('&');
            filter.push_str(name);
            filter.push('=');
            filter.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
        }
    }
    let rows = newest(&client, &filter, asked.limit).await?;
    if asked.json {
        println!("{}", json!({ "items": rows }));
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{:<12} {:<12} {:<9} {:<13} {:>8} {:>8} {:>8}  NAME",
        "DOCUMENT", "STATUS", "DOOR", "PARTY", "BYTES", "RECORDS", "REJECTS"
    );
    for row in &rows {
        println!(
            "{:<12} {:<12} {:<9} {:<13} {:>8} {:>8} {:>8}  {}",
            text(row, "id").get(..12).unwrap_or_default(),
            text(row, "status"),
            text(row, "door"),
            text(row, "party"),
            number(row, "size_bytes"),
            number(row, "records"),
            number(row, "rejects"),
            text(row, "name"),
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// At most `limit` documents, page by page.
async fn newest(client: &Client, filter: &str, limit: u32) -> Result<Vec<Value>, Failure> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let left = limit.saturating_sub(rows.len());
        let path = format!("/v1/documents?limit={}{filter}{cursor}", left.clamp(1, PAGE_MAX));
        let page = client.get(&path).await?;
        rows.extend(array(&page, "items").iter().take(left).cloned());
        let next = text(&page, "next");
        if next.is_empty() || rows.len() >= limit {
            return Ok(rows);
        }
        cursor = format!("&cursor={next}");
    }
}

pub(crate) async fn show(
    data: &Path,
    id: &str,
    raw: bool,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let client = Client::open(data)?;
    if raw {
        return print_bytes(&client, &format!("/v1/documents/{id}/raw")).await;
    }
    let document = client.get(&format!("/v1/documents/{id}")).await?;
    if as_json {
        println!("{document}");
        return Ok(ExitCode::SUCCESS);
    }
    print_head(&document);
    print_parts(&document);
    Ok(ExitCode::SUCCESS)
}

/// The bytes of what was answered to a document's sender.
pub(crate) async fn answer(data: &Path, id: &str, hash: &str) -> Result<ExitCode, Failure> {
    let client = Client::open(data)?;
    print_bytes(&client, &format!("/v1/documents/{id}/answers/{hash}/raw")).await
}

async fn print_bytes(client: &Client, path: &str) -> Result<ExitCode, Failure> {
    let mut response = client.stream(path).await?;
    let mut stdout = std::io::stdout().lock();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| Failure::of("the stream broke", &error))?
    {
        stdout.write_all(&chunk).map_err(|error| Failure::of("standard output", &error))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the document as a golden case below `folder`, as the connectors' tests read them from `fixtures/parties`.
pub(crate) async fn save_fixture(
    data: &Path,
    id: &str,
    folder: &Path,
) -> Result<ExitCode, Failure> {
    let client = Client::open(data)?;
    let fixture = client.get(&format!("/v1/documents/{id}/fixture")).await?;
    let mut place = folder.to_path_buf();
    // Plain names only: what a server says must not lead out of the folder.
    for part in text(&fixture, "folder").split('/') {
        place.push(plain(part)?);
    }
    let failed = |error| Failure::of("the fixture cannot be written", &error);
    std::fs::create_dir_all(&place).map_err(failed)?;
    for file in array(&fixture, "files") {
        let content = text(file, "content");
        let bytes = match text(file, "encoding") {
            "utf-8" => content.as_bytes().to_vec(),
            // Only the document itself may be no text.
            _ => {
                let mut raw = client.stream(&format!("/v1/documents/{id}/raw")).await?;
                let mut bytes = Vec::new();
                while let Some(chunk) =
                    raw.chunk().await.map_err(|error| Failure::of("the stream broke", &error))?
                {
                    bytes.extend_from_slice(&chunk);
                }
                bytes
            }
        };
        let path = place.join(plain(text(file, "name"))?);
        std::fs::write(&path, bytes).map_err(failed)?;
        println!("{}", path.display());
    }
    eprintln!("replace what is personal, and write notes.md, before you commit it");
    Ok(ExitCode::SUCCESS)
}

fn plain(name: &str) -> Result<&str, Failure> {
    let ok = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']);
    if ok { Ok(name) } else { Err(Failure::new(format!("{name:?} is not a plain file name"))) }
}

/// What it is, how it stands, and the steps with their times.
fn print_head(document: &Value) {
    for (label, key) in [
        ("document", "id"),
        ("name", "name"),
        ("door", "door"),
        ("party", "party"),
        ("status", "status"),
        ("trace", "trace_id"),
        ("class", "failure_class"),
        ("code", "failure_code"),
        ("problem", "failure_text"),
    ] {
        let value = text(document, key);
        if !value.is_empty() {
            println!("{label:<9} {value}");
        }
    }
    println!("{:<9} {}", "bytes", number(document, "size_bytes"));
    for other in array(document, "elsewhere") {
        let (id, name, party) = (text(document, "id"), text(other, "name"), text(other, "party"));
        println!("{:<9} {id}@{name} ({party})", "also");
    }
    println!("\nsteps");
    for step in array(document, "steps") {
        println!(
            "  {:<12} {:>9} µs  {}",
            text(step, "step"),
            number(step, "duration_us"),
            text(step, "detail")
        );
    }
}

/// Records, rejects and answers.
fn print_parts(document: &Value) {
    println!(
        "\nrecords ({}, {} of them known before)",
        number(document, "records"),
        number(document, "duplicates")
    );
    for record in array(document, "shown_records") {
        println!(
            "  bytes {}..{}  {}",
            number(record, "start"),
            number(record, "end"),
            summary(record)
        );
    }
    println!(
        "\nrejects ({} errors, {} warnings)",
        number(document, "rejects"),
        number(document, "warnings")
    );
    for reject in array(document, "shown_rejects") {
        println!(
            "  bytes {}..{}  {} {}  {}: {}",
            number(reject, "start"),
            number(reject, "end"),
            text(reject, "severity"),
            text(reject, "code"),
            text(reject, "path"),
            text(reject, "message"),
        );
        let hint = text(reject, "hint");
        if !hint.is_empty() {
            println!("      hint: {hint}");
        }
    }
    println!("\nanswers");
    for answer in array(document, "answers") {
        println!(
            "  {}  {}  {} bytes  {}",
            text(answer, "kind"),
            text(answer, "name"),
            number(answer, "size_bytes"),
            text(answer, "document")
        );
    }
}

/// A record in one line.
fn summary(record: &Value) -> String {
    let data = record.get("data").unwrap_or(&Value::Null);
    let first = |key: &str| text(data, key).to_owned();
    match text(record, "kind") {
        "caravan.milestone.recorded" => {
            let reference = array(data, "references")
                .first()
                .map(|each| text(each, "value"))
                .unwrap_or_default();
            format!(
                "milestone  {} {} {}",
                first("status"),
                reference,
                data.pointer("/at/time").and_then(Value::as_str).unwrap_or_default()
            )
        }
        "caravan.order.received" => format!("order  {} {}", first("kind"), first("number")),
        "caravan.freight-invoice.received" => format!("freight invoice  {}", first("number")),
        other => other.to_owned(),
    }
}

pub(crate) async fn replay(data: &Path, id: &str, dry_run: bool) -> Result<ExitCode, Failure> {
    let answer =
        Client::open(data)?.post(&format!("/v1/documents/{id}/replay?dry_run={dry_run}")).await?;
    if dry_run {
        for record in array(&answer, "records") {
            println!("{record}");
        }
        let rejects = array(&answer, "rejects");
        for reject in rejects {
            println!("{reject}");
        }
        let warnings =
            rejects.iter().filter(|reject| text(reject, "severity") == "warning").count();
        eprintln!(
            "would give {} records, {} rejects and {warnings} warnings; nothing was published",
            array(&answer, "records").len(),
            rejects.len().saturating_sub(warnings)
        );
        if let Some(stopped) = answer.get("stopped").filter(|stopped| !stopped.is_null()) {
            eprintln!("stopped: {} ({})", text(stopped, "message"), text(stopped, "code"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "document {} is processed again; `caravan document {id}` shows how it ends",
        text(&answer, "id").get(..12).unwrap_or_default()
    );
    Ok(ExitCode::SUCCESS)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> i64 {
    value.get(key).and_then(Value::as_i64).unwrap_or_default()
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
